"""One row a patient: the features and changes of her lesions, aggregated by a declared rule.

Only lesions that carry the label of the patient count. The CC and MLO outline of one mass are joined first (mean of
the two), so that no mass counts twice. Then over masses:

===========  =========================================================================================================
``mean``     mean of the masses
``largest``  the mass with the largest area (mean of its views; mm2, or pixels where no spacing is known)
``extreme``  per feature the value farthest from zero, with its sign
===========  =========================================================================================================

Columns are ``<aggregation>_<recent|prior|delta|relative|logratio|rate|z>_<feature>`` and
``<aggregation>_similarity_<name>``. Missing values are passed over; where all are missing the cell is empty. Prior
values are used where the change is, that is where the prior region is trusted.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from radiomics_mammo.config.features import FeatureConfig
from radiomics_mammo.core.tables_features import PATIENT_DELTAS
from radiomics_mammo.core.vocabulary import LesionLabel, PriorPolicy, Visit
from radiomics_mammo.features.deltas import CHANGES
from radiomics_mammo.features.pairing import delta_features
from radiomics_mammo.features.similarity import SIMILARITY_COLUMNS

OTHER_VIEW = "same-mass-other-view"
"""Relation of ``links.csv`` that joins the two views of one mass."""

_Values = NDArray[np.float64]


def patient_delta_table(
    deltas: pd.DataFrame,
    features: pd.DataFrame,
    lesions: pd.DataFrame,
    patients: pd.DataFrame,
    *,
    links: pd.DataFrame,
    config: FeatureConfig,
) -> pd.DataFrame:
    """Table ``patient_deltas.csv``.

    Parameters
    ----------
    deltas, features, lesions, patients, links : DataFrame
        The tables of these names.
    config : FeatureConfig
        Says which aggregations are made.

    Returns
    -------
    DataFrame
        One row a patient with a recent lesion and prior policy, patients in the order of `patients`.
    """
    recent = lesions[lesions["visit"] == str(Visit.RECENT)]
    measured, names = _lesion_values(deltas, features)
    columns = [f"{how}_{name}" for how in config.patient_aggregations for name in names]
    heads: list[dict[str, object]] = []
    values: list[_Values] = []
    for patient in patients.to_dict("records"):
        own = recent[recent["patient_id"] == patient["patient_id"]]
        if own.empty:
            continue
        label = patient_label(own["label"])
        masses = join_views(own[own["label"] == label], links)
        for policy in PriorPolicy:
            rows = measured[measured["prior_policy"] == str(policy)].set_index("recent_lesion_id")
            heads.append(_head(patient, label, masses, policy))
            values.append(_aggregate(rows[names], masses, config.patient_aggregations))
    table = PATIENT_DELTAS.from_rows(heads)
    wide = np.vstack(values) if values else np.empty((0, len(columns)))
    return pd.concat([table, pd.DataFrame(wide, columns=columns, index=table.index)], axis=1)


def patient_label(labels: Iterable[str]) -> str:
    """Malignant if any lesion is, else benign, else unconfirmed.

    Examples
    --------
    >>> patient_label(["benign", "unconfirmed"])
    'benign'
    """
    found = set(labels)
    order = (LesionLabel.MALIGNANT, LesionLabel.BENIGN)
    return next((str(label) for label in order if label in found), str(LesionLabel.UNCONFIRMED))


def join_views(lesions: pd.DataFrame, links: pd.DataFrame) -> pd.DataFrame:
    """Lesions of one patient with the mass each belongs to: lesion_id, mass, area.

    Parameters
    ----------
    lesions : DataFrame
        Rows of ``lesions.csv``.
    links : DataFrame
        ``links.csv``.

    Examples
    --------
    >>> outlines = pd.DataFrame({"lesion_id": ["a", "b", "c"], "area_mm2": [3.0, 5.0, 2.0], "area_px": [9, 9, 9]})
    >>> joined = {"lesion_id_a": ["a"], "lesion_id_b": ["b"], "relation": ["same-mass-other-view"]}
    >>> join_views(outlines, pd.DataFrame(joined))["mass"].tolist()
    ['a', 'a', 'c']
    """
    ids = list(lesions["lesion_id"])
    mass = {lesion: lesion for lesion in ids}
    joined = links[links["relation"] == OTHER_VIEW]
    for a, b in zip(joined["lesion_id_a"], joined["lesion_id_b"], strict=True):
        if a in mass and b in mass:
            keep, drop = sorted((mass[a], mass[b]))
            mass = {lesion: keep if group == drop else group for lesion, group in mass.items()}
    known = lesions["area_mm2"].notna().all()
    area = lesions["area_mm2" if known else "area_px"].astype("float64")
    return pd.DataFrame({"lesion_id": ids, "mass": [mass[one] for one in ids], "area": area.to_numpy()})


def _lesion_values(deltas: pd.DataFrame, features: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Recent, prior and changed values of every lesion and policy, and the names of these columns."""
    base = delta_features(features)
    values = features.set_index("roi_id")[base].astype("float64")
    recent = values.reindex(deltas["recent_roi_id"]).to_numpy()
    prior = values.reindex(deltas["prior_roi_id"]).to_numpy()
    used = deltas[[f"delta_{name}" for name in base]].notna().to_numpy()
    changed = [f"{kind}_{name}" for kind in CHANGES for name in base] + list(SIMILARITY_COLUMNS)
    names = [f"recent_{name}" for name in base] + [f"prior_{name}" for name in base] + changed
    wide = np.hstack([recent, np.where(used, prior, np.nan), deltas[changed].to_numpy(dtype=np.float64)])
    table = pd.DataFrame(wide, columns=names, index=deltas.index)
    return deltas[["recent_lesion_id", "prior_policy"]].join(table), names


def _head(patient: dict[str, object], label: str, masses: pd.DataFrame, policy: PriorPolicy) -> dict[str, object]:
    return {
        "patient_id": patient["patient_id"],
        "label": label,
        "density": patient["density"],
        "age_years": patient["age_years"],
        "n_lesions": masses["mass"].nunique(),
        "prior_policy": str(policy),
    }


def _aggregate(rows: pd.DataFrame, masses: pd.DataFrame, aggregations: tuple[str, ...]) -> _Values:
    values = rows.reindex(masses["lesion_id"]).to_numpy(dtype=np.float64)
    groups = list(dict.fromkeys(masses["mass"]))
    members = [(masses["mass"] == group).to_numpy() for group in groups]
    per_mass = np.vstack([_mean(values[rows_of]) for rows_of in members])
    areas = np.array([masses.loc[rows_of, "area"].mean() for rows_of in members])
    largest = int(np.argmax(np.where(np.isnan(areas), -np.inf, areas)))
    made: dict[str, Callable[[], _Values]] = {
        "mean": lambda: _mean(per_mass),
        "largest": lambda: per_mass[largest],
        "extreme": lambda: _extreme(per_mass),
    }
    return np.concatenate([made[how]() for how in aggregations])


def _mean(values: _Values) -> _Values:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.asarray(np.nanmean(values, axis=0))


def _extreme(values: _Values) -> _Values:
    size = np.where(np.isnan(values), -1.0, np.abs(values))
    return np.asarray(np.take_along_axis(values, size.argmax(axis=0)[None, :], axis=0)[0])
