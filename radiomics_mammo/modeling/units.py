"""Rows of an analysis: a lesion in one view, a mass over its views, or a patient; from tables that agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from radiomics_mammo.core.errors import ModelingError
from radiomics_mammo.core.vocabulary import LesionLabel
from radiomics_mammo.modeling.design import Design, Flags
from radiomics_mammo.modeling.feature_sets import (
    CHANGE_BLOCKS,
    CHANGE_MISSING,
    SHORTCUT,
    allowed_columns,
    clinical_values,
    icc_of_columns,
    radiomic_features,
    shortcut_values,
)
from radiomics_mammo.tables.masses import (
    joint_label,
    mass_of_lesions,
    measured_lesions,
    patient_labels,
    recent_lesions,
    recent_regions,
)
from radiomics_mammo.tables.primary import Unit
from radiomics_mammo.tables.schema import TEXT, unique
from radiomics_mammo.tables.study import MeasuredStudy
from radiomics_mammo.tables.trust import with_trusted_prior

BOTH_VIEWS = "both"
_KEYS = ["patient_id", "recent_lesion_id", "view", "label"]
_UNCONFIRMED = str(LesionLabel.UNCONFIRMED)
_REMEDY = "run `features` again; tables of one run agree"


@dataclass(frozen=True, eq=False, kw_only=True)
class UnitTable:
    """Rows of one unit with every column a model may see.

    Parameters
    ----------
    unit : {'lesion', 'mass', 'patient'}
    keys : DataFrame
        patient_id, recent_lesion_id (missing for patients), view, label; sorted, so row order never matters.
    values : DataFrame
        The allowed columns, float, same index.
    robustness : DataFrame
        ``robustness.csv``.
    """

    unit: Unit
    keys: pd.DataFrame
    values: pd.DataFrame
    robustness: pd.DataFrame

    @cached_property
    def measured(self) -> Flags:
        """Rows with any feature of the recent exam; the others were outlined but could not be measured."""
        recent = [name for name in self.values.columns if str(name).startswith("recent_")]
        return np.asarray(self.values[recent].notna().any(axis=1).to_numpy(dtype=bool))

    @cached_property
    def compared(self) -> Flags:
        """Rows of `design` with a usable change from the prior exam, in any feature."""
        known = self.measured & ~self._unconfirmed
        changes = [name for name in self.values.columns if str(name).startswith(("delta_", "logratio_"))]
        return np.asarray(self.values.loc[known, changes].notna().any(axis=1).to_numpy(dtype=bool))

    @property
    def _unconfirmed(self) -> Flags:
        return np.asarray((self.keys["label"] == _UNCONFIRMED).to_numpy(dtype=bool))

    @cached_property
    def design(self) -> Design:
        """Measured rows with a confirmed label, for learning.

        Raises
        ------
        ModelingError
            If there is none.
        """
        keys, known = self.labelled_keys, self.measured & ~self._unconfirmed
        if keys.empty:
            raise ModelingError(f"unit {self.unit}", "measured rows, benign or malignant", "none", "check the outlines")
        columns = tuple(map(str, self.values.columns))
        return Design(
            patients=keys["patient_id"].to_numpy(dtype=str),
            malignant=(keys["label"] == str(LesionLabel.MALIGNANT)).to_numpy(dtype=bool),
            values=self.values.to_numpy(dtype=np.float64)[known],
            columns=columns,
            reliability=icc_of_columns(columns, self.robustness),
        )

    @cached_property
    def labelled_keys(self) -> pd.DataFrame:
        """Keys of the rows of `design`, in the same order."""
        return self.keys[self.measured & ~self._unconfirmed].reset_index(drop=True)

    def notes(self) -> list[str]:
        """Rows that are left out of learning, in words; empty where there are none."""
        counts = {"unconfirmed": self._unconfirmed.sum(), "not measured": (~self._unconfirmed & ~self.measured).sum()}
        return [f"{n} rows of unit {self.unit} left out: {why}." for why, n in counts.items() if n]


def unit_table(
    study: MeasuredStudy, unit: Unit, *, prior_policy: str, aggregation: str, columns: tuple[str, ...] | None = None
) -> UnitTable:
    """Rows of one unit under one prior policy.

    Parameters
    ----------
    study : MeasuredStudy
    unit : {'lesion', 'mass', 'patient'}
        A mass joins the outlines of one mass in both views (``links.csv``) by their mean; a patient has the row of
        ``patient_deltas.csv``. Both over all measured recent lesions, whatever their label: which one is malignant is
        not known of a new patient.
    prior_policy : {'regional', 'registered', 'outlined-first'}
    aggregation : {'mean', 'largest', 'extreme'}
        For the patient unit: which columns of ``patient_deltas.csv``.
    columns : tuple of str, optional
        Columns a saved model takes; by default all that are allowed in this study.

    Raises
    ------
    ModelingError
        If ``patient_deltas.csv`` was not aggregated in this way.
    """
    wanted = allowed_columns(study) if columns is None else columns
    if unit == "patient":
        table = _patient_rows(study, prior_policy, aggregation)
    else:
        table = _lesion_rows(study, prior_policy, wanted)
        table = _join_views(study, table) if unit == "mass" else table
    table = table.sort_values(_KEYS[:2], kind="stable").reset_index(drop=True)
    values = table.reindex(columns=list(wanted)).astype("float64")
    changes = [name for name in wanted if name.startswith(("delta_", "logratio_"))]
    if CHANGE_MISSING in wanted and changes:
        values[CHANGE_MISSING] = values[changes].isna().mean(axis=1)
    return UnitTable(unit=unit, keys=table[_KEYS], values=values, robustness=study.robustness)


def _patient_rows(study: MeasuredStudy, prior_policy: str, aggregation: str) -> pd.DataFrame:
    rows = study.patient_deltas[study.patient_deltas["prior_policy"] == prior_policy].set_index("patient_id")
    prefix = f"{aggregation}_"
    named = {str(c): str(c).removeprefix(prefix) for c in rows.columns if str(c).startswith(prefix)}
    if not named:
        remedy = f"add {aggregation} to features.patient_aggregations, or change modeling.aggregation"
        raise ModelingError("patient_deltas.csv", f"columns named {prefix}...", "none", remedy)
    shortcut = shortcut_values(study)
    shortcut = shortcut[shortcut["lesion_id"].isin(_measured(study))].groupby("patient_id")[list(SHORTCUT)].mean()
    context = [table.reindex(rows.index) for table in (shortcut, clinical_values(study.patients))]
    table = pd.concat([rows[["label"]], rows[list(named)].rename(columns=named), *context], axis=1)
    return table.assign(recent_lesion_id=None, view=BOTH_VIEWS).rename_axis("patient_id").reset_index()


def _lesion_rows(study: MeasuredStudy, prior_policy: str, wanted: tuple[str, ...]) -> pd.DataFrame:
    features = list(radiomic_features(study))
    recent = recent_regions(study.features).set_index("recent_lesion_id").sort_index(kind="stable")
    deltas = study.deltas[study.deltas["prior_policy"] == prior_policy].set_index("recent_lesion_id")
    keys = study.lesions.set_index("lesion_id").reindex(recent.index)[["patient_id", "view", "label"]]
    by_roi = study.features.drop_duplicates("roi_id").set_index("roi_id")[features]
    prior = by_roi.reindex(deltas["prior_roi_id"]).set_index(deltas.index)
    prior = prior.where(with_trusted_prior(deltas, study.rois), np.nan, axis=0)
    blocks = [
        keys,
        recent[features].add_prefix("recent_"),
        deltas[[name for name in wanted if name.startswith(CHANGE_BLOCKS)]].reindex(recent.index),
        prior.add_prefix("prior_").reindex(recent.index),
        shortcut_values(study).set_index("lesion_id")[list(SHORTCUT)].reindex(recent.index),
        clinical_values(study.patients).reindex(keys["patient_id"]).set_index(recent.index),
    ]
    return pd.concat(blocks, axis=1).rename_axis("recent_lesion_id").reset_index()


def _measured(study: MeasuredStudy) -> set[str]:
    return measured_lesions(study.features, radiomic_features(study))


def _join_views(study: MeasuredStudy, table: pd.DataFrame) -> pd.DataFrame:
    """Means over the measured lesions of each mass, beside the label of the mass."""
    lesions = recent_lesions(study.lesions).set_index("lesion_id").sort_index()
    mass = pd.Series(mass_of_lesions(lesions["patient_id"].to_dict(), study.links), dtype=TEXT)
    by_lesion = table.set_index("recent_lesion_id")
    owner = mass.reindex(by_lesion.index)
    measured = pd.Series(by_lesion.index.isin(_measured(study)), by_lesion.index)
    values = by_lesion.drop(columns=["patient_id", "view", "label"]).where(measured, np.nan, axis=0)
    joined = (
        values.groupby(owner)
        .mean()
        .assign(
            patient_id=by_lesion["patient_id"].groupby(owner).first(),
            label=lesions["label"].groupby(mass).agg(lambda labels: str(joint_label(labels))),
            view=BOTH_VIEWS,
        )
    )
    return joined.rename_axis("recent_lesion_id").reset_index()


def missing_rows(study: MeasuredStudy, table: UnitTable) -> list[str]:
    """Outlined lesions or patients with a label that have no row in a table at all, in words.

    A mass has the rows of its lesions, so nothing is said of masses.
    """
    if table.unit == "mass":
        return []
    key, labels = "patient_id", {**patient_labels(study.lesions)}
    if table.unit == "lesion":
        recent = recent_lesions(study.lesions)
        key, labels = "recent_lesion_id", dict(zip(recent["lesion_id"], recent["label"], strict=True))
    outlined = {name for name, label in labels.items() if label != _UNCONFIRMED}
    absent = sorted(outlined - set(table.keys[key]))
    if not absent:
        return []
    return [f"{len(absent)} rows of unit {table.unit} left out: outlined, but in no table ({', '.join(absent[:3])})."]


def check_tables(study: MeasuredStudy) -> None:
    """Refuse duplicated rows, labels that are none, and labels or patients that disagree with the lesion table.

    Raises
    ------
    ModelingError
        Naming table and the first ids.
    """
    measured, recent = recent_regions(study.features), recent_lesions(study.lesions)
    keys = (
        ("lesions.csv", study.lesions, ["lesion_id"]),
        ("patients.csv", study.patients, ["patient_id"]),
        ("images.csv", study.images, ["image_id"]),
        ("rois.csv", study.rois, ["roi_id"]),
        ("features.csv (recent regions)", measured, ["recent_lesion_id"]),
        ("features.csv", study.features, ["roi_id"]),
        ("deltas.csv", study.deltas, ["recent_lesion_id", "prior_policy"]),
        ("patient_deltas.csv", study.patient_deltas, ["patient_id", "prior_policy"]),
    )
    for name, table, key in keys:
        if twice := unique(table, key):
            raise ModelingError(name, f"one row per {' and '.join(key)}", f"several for {_first(twice)}", _REMEDY)
    words = [str(label) for label in LesionLabel]
    strange = recent[~recent["label"].isin(words)]
    if len(strange):
        found = [f"{k} {label}" for k, label in zip(strange["lesion_id"], strange["label"], strict=True)]
        raise ModelingError("lesions.csv label", f"one of {words}", _first(found), _REMEDY)
    for word in ("label", "patient_id"):
        by_lesion = dict(zip(recent["lesion_id"], recent[word], strict=True))
        _agree(study.deltas, ("recent_lesion_id", word), by_lesion, "deltas.csv")
        _agree(measured, ("recent_lesion_id", word), by_lesion, "features.csv")
    _agree(study.patient_deltas, ("patient_id", "label"), patient_labels(study.lesions), "patient_deltas.csv")


def _agree(table: pd.DataFrame, columns: tuple[str, str], truth: Mapping[str, str], name: str) -> None:
    key, word = columns
    wrong = [f"{k} {value}" for k, value in zip(table[key], table[word], strict=True) if truth.get(k) != value]
    if wrong:
        raise ModelingError(f"{name} {word}", f"the {word} of lesions.csv", _first(wrong), _REMEDY)


def _first(words: list[str]) -> str:
    return ", ".join(sorted(words)[:5])
