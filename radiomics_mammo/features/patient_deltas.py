"""One row a patient: the features and changes of her lesions, aggregated by a declared rule.

All her measured recent lesions count, whatever their label (see `tables.masses`). The outlines of one mass in the two
views are joined first (mean of the two), so that no mass counts twice. Then over masses:

===========  =========================================================================================================
``mean``     mean of the masses
``largest``  the mass with the largest area (mean of its views; mm2, or pixels where no spacing is known)
``extreme``  per feature the value farthest from zero, with its sign
===========  =========================================================================================================

Columns are ``<aggregation>_<recent|prior|delta|relative|logratio|rate|z>_<feature>`` and
``<aggregation>_similarity_<name>``. Missing values are passed over; where all are missing the cell is empty. Prior
values are used where the change is, that is where the prior region is trusted.

The *whole breast* needs no place and no outline: ``breast_<recent|prior|delta|relative|logratio|rate>_tissue_<name>``
hold its tissue in both exams and the change, by view first (recent minus prior of one view), then the mean over views;
they are the same under every policy.
"""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from radiomics_mammo.config.features import FeatureConfig
from radiomics_mammo.core.vocabulary import PriorPolicy, RoiSource, Visit
from radiomics_mammo.features.deltas import CHANGES, changes, delta_features
from radiomics_mammo.features.similarity import SIMILARITY_COLUMNS
from radiomics_mammo.tables.masses import mass_of_lesions, measured_lesions, patient_labels, recent_lesions
from radiomics_mammo.tables.patient_deltas import PATIENT_DELTAS, PatientDeltaRow
from radiomics_mammo.tables.patients import PATIENTS

BREAST = "breast_"
"""Prefix of the columns of the whole breast."""

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
    measured, names = _lesion_values(deltas, features)
    under = {policy: measured[measured["prior_policy"] == str(policy)] for policy in PriorPolicy}
    masses, labels = _masses(features, lesions, links), patient_labels(lesions)
    rows: list[PatientDeltaRow] = []
    values: list[_Values] = []
    for patient in PATIENTS.rows(patients):
        if patient.patient_id not in labels:
            continue
        own = masses[masses["patient_id"] == patient.patient_id]
        for policy in PriorPolicy:
            rows.append(
                PatientDeltaRow(
                    patient_id=patient.patient_id,
                    label=labels[patient.patient_id],
                    density=patient.density,
                    age_years=patient.age_years,
                    n_lesions=own["mass"].nunique(),
                    prior_policy=policy,
                )
            )
            found = under[policy].set_index("recent_lesion_id")[names].reindex(own["lesion_id"])
            values.append(_aggregate(found.to_numpy(dtype=np.float64), own, config.patient_aggregations))
    columns = [f"{how}_{name}" for how in config.patient_aggregations for name in names]
    wide = pd.DataFrame(np.vstack(values) if values else np.empty((0, len(columns))), columns=columns)
    breast = breast_changes(features, patients).reindex([row.patient_id for row in rows]).reset_index(drop=True)
    return PATIENT_DELTAS.of(rows, pd.concat([wide, breast], axis=1))


def breast_changes(features: pd.DataFrame, patients: pd.DataFrame) -> pd.DataFrame:
    """Tissue of the whole breast in both exams and its change, one row a patient.

    Parameters
    ----------
    features, patients : DataFrame
        ``features.csv`` and ``patients.csv``.

    Returns
    -------
    DataFrame
        Indexed by patient_id, columns ``breast_<kind>_tissue_<name>``. A view that lacks an exam has no change.
    """
    rows = features[features["source"] == str(RoiSource.TISSUE)]
    names = [str(name) for name in rows.columns if str(name).startswith("tissue_")]
    exams = [
        rows[rows["visit"] == str(visit)].groupby(["patient_id", "view"])[names].mean().astype("float64")
        for visit in (Visit.RECENT, Visit.PRIOR)
    ]
    recent, prior = exams[0].align(exams[1], join="outer", axis=0)
    owners = recent.index.get_level_values("patient_id")
    years = (
        patients.set_index("patient_id")["interval_years"].reindex(owners).to_numpy(dtype=np.float64, na_value=np.nan)
    )
    values = {"recent": recent.to_numpy(), "prior": prior.to_numpy()}
    values |= changes(recent.to_numpy(), prior.to_numpy(), years)
    columns = [f"{BREAST}{kind}_{name}" for kind in values for name in names]
    by_view = pd.DataFrame(np.hstack(list(values.values())), index=owners, columns=columns)
    return by_view.groupby(level=0).mean()


def _masses(features: pd.DataFrame, lesions: pd.DataFrame, links: pd.DataFrame) -> pd.DataFrame:
    """Measured recent lesions with their mass and area (mm2, or pixels where a patient has one of unknown spacing)."""
    recent = recent_lesions(lesions)
    mass = mass_of_lesions(dict(zip(recent["lesion_id"], recent["patient_id"], strict=True)), links)
    kept = recent[recent["lesion_id"].isin(measured_lesions(features, delta_features(features)))]
    in_mm = kept["area_mm2"].notna().groupby(kept["patient_id"]).transform("all").astype(bool)
    area = kept["area_mm2"].astype("float64").where(in_mm, kept["area_px"].astype("float64"))
    return kept[["lesion_id", "patient_id"]].assign(mass=kept["lesion_id"].map(mass), area=area)


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


def _aggregate(values: _Values, masses: pd.DataFrame, aggregations: tuple[str, ...]) -> _Values:
    """Values of lesions, shape (n_lesions, n_values), by every rule; shape (n_aggregations * n_values,)."""
    if masses.empty:
        return np.full(len(aggregations) * values.shape[1], np.nan)
    groups = [members for _, members in masses.reset_index(drop=True).groupby("mass", sort=False)]
    per_mass = np.vstack([_mean(values[members.index]) for members in groups])
    areas = np.array([members["area"].mean() for members in groups])
    largest = per_mass[int(np.argmax(np.where(np.isnan(areas), -np.inf, areas)))]
    made = {"mean": _mean(per_mass), "largest": largest, "extreme": _extreme(per_mass)}
    return np.concatenate([made[how] for how in aggregations])


def _mean(values: _Values) -> _Values:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.asarray(np.nanmean(values, axis=0))


def _extreme(values: _Values) -> _Values:
    size = np.where(np.isnan(values), -1.0, np.abs(values))
    return np.asarray(np.take_along_axis(values, size.argmax(axis=0)[None, :], axis=0)[0])
