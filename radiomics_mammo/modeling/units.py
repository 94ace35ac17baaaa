"""Rows of an analysis: a lesion in one view, a mass over its views, or a patient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from radiomics_mammo.core.errors import ModelingError
from radiomics_mammo.core.results import MeasuredStudy
from radiomics_mammo.core.vocabulary import LesionLabel, Visit
from radiomics_mammo.modeling.checking import patient_labels, recent_rows
from radiomics_mammo.modeling.context import clinical_values, shortcut_values
from radiomics_mammo.modeling.design import Design, Flags, Unit
from radiomics_mammo.modeling.feature_sets import (
    CHANGE_BLOCKS,
    SHORTCUT,
    allowed_columns,
    icc_of_columns,
    radiomic_features,
)

BOTH_VIEWS = "both"
_KEYS = ["patient_id", "recent_lesion_id", "view", "label"]
_RANK = {str(LesionLabel.MALIGNANT): 0, str(LesionLabel.BENIGN): 1, str(LesionLabel.UNCONFIRMED): 2}


@dataclass(frozen=True, eq=False)
class UnitTable:
    """Rows of one unit with every column a model may see.

    Parameters
    ----------
    unit : {'lesion', 'mass', 'patient'}
    prior_policy : str
    keys : DataFrame
        patient_id, recent_lesion_id (missing for patients), view, label; sorted, so row order never matters.
    values : DataFrame
        The allowed columns, float, same index.
    robustness : DataFrame
        ``robustness.csv``.
    """

    unit: Unit
    prior_policy: str
    keys: pd.DataFrame
    values: pd.DataFrame
    robustness: pd.DataFrame

    @property
    def measured(self) -> Flags:
        """Rows with any feature of the recent exam; the others were outlined but could not be measured."""
        recent = [name for name in self.values.columns if str(name).startswith("recent_")]
        return np.asarray(self.values[recent].notna().any(axis=1).to_numpy(dtype=bool))

    @property
    def _learnable(self) -> Flags:
        labelled = (self.keys["label"] != str(LesionLabel.UNCONFIRMED)).to_numpy(dtype=bool)
        return np.asarray(labelled & self.measured)

    def design(self) -> Design:
        """Measured rows with a confirmed label, for learning.

        Raises
        ------
        ModelingError
            If there is none.
        """
        known = self._learnable
        if not known.any():
            raise ModelingError(f"unit {self.unit}", "measured rows, benign or malignant", "none", "check the outlines")
        columns = tuple(map(str, self.values.columns))
        return Design(
            self.keys["patient_id"].to_numpy(dtype=str)[known],
            (self.keys["label"] == str(LesionLabel.MALIGNANT)).to_numpy(dtype=bool)[known],
            self.values.to_numpy(dtype=np.float64)[known],
            columns,
            icc_of_columns(columns, self.robustness),
        )

    def labelled_keys(self) -> pd.DataFrame:
        """Keys of the rows of `design`, in the same order."""
        return self.keys[self._learnable].reset_index(drop=True)

    def notes(self) -> list[str]:
        """Rows that are left out of learning, in words; empty where there are none."""
        unconfirmed = self.keys["label"] == str(LesionLabel.UNCONFIRMED)
        counts = {"unconfirmed": int(unconfirmed.sum()), "not measured": int((~unconfirmed & ~self.measured).sum())}
        return [f"{n} rows of unit {self.unit} left out: {why}." for why, n in counts.items() if n]


def missing_rows(study: MeasuredStudy, table: UnitTable) -> list[str]:
    """Outlined lesions or patients with a label that have no row in a table at all, in words.

    Parameters
    ----------
    study : MeasuredStudy
    table : UnitTable
        A mass has the rows of its lesions, so nothing is said of masses.
    """
    if table.unit == "mass":
        return []
    recent = study.lesions[study.lesions["visit"] == str(Visit.RECENT)]
    of_lesions = dict(zip(recent["lesion_id"], recent["label"], strict=True))
    labels = patient_labels(study.lesions) if table.unit == "patient" else of_lesions
    key = "patient_id" if table.unit == "patient" else "recent_lesion_id"
    outlined = {name for name, label in labels.items() if label != str(LesionLabel.UNCONFIRMED)}
    absent = sorted(outlined - set(table.keys[key]))
    if not absent:
        return []
    return [f"{len(absent)} rows of unit {table.unit} left out: outlined, but in no table ({', '.join(absent[:3])})."]


def unit_table(
    study: MeasuredStudy, unit: Unit, *, prior_policy: str, aggregation: str, columns: tuple[str, ...] | None = None
) -> UnitTable:
    """Rows of one unit under one prior policy.

    Parameters
    ----------
    study : MeasuredStudy
    unit : {'lesion', 'mass', 'patient'}
        A mass joins the outlines of one mass in both views (``links.csv``) by their mean.
    prior_policy : {'registered', 'outlined-first'}
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
        table = _join_views(table, study.links) if unit == "mass" else table
    table = table.sort_values(_KEYS[:2], kind="stable").reset_index(drop=True)
    values = table.reindex(columns=list(wanted)).astype("float64")
    return UnitTable(unit, prior_policy, table[_KEYS], values, study.robustness)


def _patient_rows(study: MeasuredStudy, prior_policy: str, aggregation: str) -> pd.DataFrame:
    rows = study.patient_deltas[study.patient_deltas["prior_policy"] == prior_policy].reset_index(drop=True)
    prefix = f"{aggregation}_"
    named = {str(c): str(c).removeprefix(prefix) for c in rows.columns if str(c).startswith(prefix)}
    if not named:
        remedy = f"add {aggregation} to features.patient_aggregations, or change modeling.aggregation"
        raise ModelingError("patient_deltas.csv", f"columns named {prefix}...", "none", remedy)
    keys = rows[["patient_id", "label"]].assign(recent_lesion_id=None, view=BOTH_VIEWS)
    measured = rows[list(named)].rename(columns=named)
    labels = patient_labels(study.lesions)
    context = shortcut_values(study)
    own = context["label"] == context["patient_id"].map(labels)
    shortcut = context[own].groupby("patient_id")[list(SHORTCUT)].mean().reindex(rows["patient_id"])
    clinical = clinical_values(study.patients).reindex(rows["patient_id"])
    blocks = [keys, measured, shortcut.reset_index(drop=True), clinical.reset_index(drop=True)]
    return pd.concat(blocks, axis=1)


def _lesion_rows(study: MeasuredStudy, prior_policy: str, wanted: tuple[str, ...]) -> pd.DataFrame:
    features = list(radiomic_features(study))
    recent = recent_rows(study.features).set_index("recent_lesion_id").sort_index(kind="stable")
    deltas = study.deltas[study.deltas["prior_policy"] == prior_policy].set_index("recent_lesion_id")
    lesions = study.lesions.set_index("lesion_id").reindex(recent.index)
    keys = lesions[["patient_id", "view", "label"]]
    measured = recent[features].add_prefix("recent_")
    change = [name for name in wanted if name.startswith(CHANGE_BLOCKS)]
    prior = _trusted_priors(study, deltas)
    changes = [deltas[change].reindex(recent.index), prior.add_prefix("prior_").reindex(recent.index)]
    shortcut = shortcut_values(study).set_index("lesion_id")[list(SHORTCUT)].reindex(recent.index)
    clinical = clinical_values(study.patients).reindex(keys["patient_id"]).set_index(recent.index)
    table = pd.concat([keys, measured, *changes, shortcut, clinical], axis=1)
    return table.rename_axis("recent_lesion_id").reset_index()


def _trusted_priors(study: MeasuredStudy, deltas: pd.DataFrame) -> pd.DataFrame:
    """Features of the prior region of each recent lesion; empty where the region is not trusted."""
    rois = study.rois.drop_duplicates("roi_id").set_index("roi_id")
    trusted = rois["trusted"].eq(True).fillna(False)
    usable = deltas["prior_roi_id"].map(trusted).eq(True).fillna(False)
    by_roi = study.features.drop_duplicates("roi_id").set_index("roi_id")[list(radiomic_features(study))]
    prior = by_roi.reindex(deltas["prior_roi_id"]).set_index(deltas.index)
    return prior.where(usable, np.nan, axis=0)


def mass_of_lesions(lesions: Mapping[str, str], links: pd.DataFrame) -> dict[str, str]:
    """Mass of each recent lesion, named by its first lesion: outlines linked between views are one mass.

    Parameters
    ----------
    lesions : mapping of str to str
        Patient of each lesion.
    links : DataFrame
        ``links.csv``; links to prior outlines, to unknown lesions or between patients are ignored.

    Examples
    --------
    >>> links = pd.DataFrame({"lesion_id_a": ["a"], "lesion_id_b": ["b"], "relation": ["same-mass-other-view"]})
    >>> mass_of_lesions({"a": "p", "b": "p", "c": "p"}, links)
    {'a': 'a', 'b': 'a', 'c': 'c'}
    """
    mass = {lesion: lesion for lesion in sorted(lesions)}
    joined = links[links["relation"] == "same-mass-other-view"]
    for first, second in zip(joined["lesion_id_a"], joined["lesion_id_b"], strict=True):
        if first in mass and second in mass and lesions[first] == lesions[second]:
            together = sorted((mass[first], mass[second]))
            mass = {lesion: together[0] if name in together else name for lesion, name in mass.items()}
    return mass


def _join_views(table: pd.DataFrame, links: pd.DataFrame) -> pd.DataFrame:
    owner = dict(zip(table["recent_lesion_id"], table["patient_id"], strict=True))
    mass = table["recent_lesion_id"].map(mass_of_lesions(owner, links)).rename("mass")
    numeric = [c for c in table.columns if c not in _KEYS]
    worst = table["label"].map(_RANK)
    ranked = table.assign(mass=mass, worst=worst).sort_values(["mass", "worst", "recent_lesion_id"])
    keys = ranked.groupby("mass")[["patient_id", "label"]].first()
    values = table[numeric].groupby(mass).mean()
    joined = pd.concat([keys, values], axis=1).rename_axis("recent_lesion_id").reset_index()
    return joined.assign(view=BOTH_VIEWS)
