"""Rows of ``metrics.csv``: every figure with its interval by patient."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from radiomics_mammo.modeling.crossval import CvResult
from radiomics_mammo.modeling.design import Floats
from radiomics_mammo.modeling.intervals import Interval, resampled_interval, share_interval
from radiomics_mammo.modeling.scoring import (
    OperatingPoints,
    curve_figures,
    decision_figures,
    pair_kernel,
    probability_figures,
    weighted_auc,
)

AUC = "auc"
_UNBOUNDED = ("calibration_intercept", "calibration_slope")


def figures_of(result: CvResult, weights: Floats, points: OperatingPoints) -> dict[str, Interval]:
    """All figures of one analysis: the mean over repeats, with an interval by resampled patients.

    Parameters
    ----------
    result : CvResult
    weights : ndarray of shape (draws + 1, n)
        As `patient_weights` draws them; resamples that lost a class are left out.
    points : OperatingPoints

    Returns
    -------
    dict of str to Interval
    """
    ill, well = patients_by_class(result)
    both = weights[:, result.malignant].any(axis=1) & weights[:, ~result.malignant].any(axis=1)
    kept = weights[both]
    drawn = {AUC: auc_draws(result, kept)}
    totals: dict[str, Floats] = {}
    for probability, called in zip(result.probability, result.called, strict=True):
        figures = decision_figures(called, result.malignant, kept)
        figures |= curve_figures(probability, result.malignant, kept, points)
        figures |= probability_figures(probability, result.malignant, kept)
        totals = {name: values + totals.get(name, 0.0) for name, values in figures.items()}
    drawn |= {name: total / len(result.probability) for name, total in totals.items()}
    return {name: _interval(name, values, (ill, well)) for name, values in drawn.items()}


def auc_draws(result: CvResult, weights: Floats) -> Floats:
    """AUC (mean over repeats of the pooled out-of-fold AUC) for each row of `weights`, shape (draws,)."""
    return weighted_auc(pair_kernel(result.probability, result.malignant), result.malignant, weights)


def auc_interval(result: CvResult, weights: Floats) -> Interval:
    """AUC of one analysis with its interval."""
    both = weights[:, result.malignant].any(axis=1) & weights[:, ~result.malignant].any(axis=1)
    return _interval(AUC, auc_draws(result, weights[both]), patients_by_class(result))


def patients_by_class(result: CvResult) -> tuple[int, int]:
    """Number of patients with a malignant row, and of the others."""
    ill = len(np.unique(result.patients[result.malignant]))
    return ill, len(np.unique(result.patients)) - ill


def _interval(name: str, values: Floats, patients: tuple[int, int]) -> Interval:
    ill, well = patients
    if name in _UNBOUNDED:
        return resampled_interval(values)
    if name == "brier":
        return resampled_interval(values, bounds=(0.0, 1.0))
    rests_on = {AUC: min(ill, well), "balanced_accuracy": min(ill, well), "specificity": well}
    if name in rests_on:
        return share_interval(values, patients=max(rests_on[name], 1))
    if name.startswith("specificity"):
        return share_interval(values, patients=max(well, 1))
    total = ill + well if name in ("accuracy", "no_information_rate") else ill
    return share_interval(values, patients=max(total, 1))


def metric_rows(result: CvResult, figures: dict[str, Interval], *, view: str) -> list[dict[str, object]]:
    """Rows of ``metrics.csv``; only the AUC of the two sides of the primary hypothesis is primary."""
    ill, well = patients_by_class(result)
    analysis = result.analysis
    head = {
        "unit": analysis.unit,
        "view": view,
        "model": analysis.model,
        "feature_set": analysis.feature_set,
        "prior_policy": analysis.prior_policy,
        "protocol": analysis.protocol,
        "n_patients": ill + well,
        "n_malignant": ill,
    }
    return [
        {
            **head,
            "role": "primary" if analysis.is_primary and name == AUC else "exploratory",
            "metric": name,
            "estimate": interval.estimate,
            "ci_low": interval.low,
            "ci_high": interval.high,
        }
        for name, interval in figures.items()
    ]


def prediction_rows(result: CvResult, lesions: Sequence[str | None], views: Sequence[str]) -> list[dict[str, object]]:
    """Rows of ``predictions.csv``, one a row and repeat.

    Parameters
    ----------
    result : CvResult
    lesions, views : sequence of length n
        Recent lesion (missing for patients) and view of each row.
    """
    analysis = result.analysis
    return [
        {
            "unit": analysis.unit,
            "patient_id": str(result.patients[row]),
            "recent_lesion_id": lesions[row],
            "view": views[row],
            "model": analysis.model,
            "feature_set": analysis.feature_set,
            "prior_policy": analysis.prior_policy,
            "protocol": analysis.protocol,
            "repeat": repeat + 1,
            "fold": int(result.fold[repeat, row]),
            "label": "malignant" if result.malignant[row] else "benign",
            "probability": float(result.probability[repeat, row]),
            "threshold": float(result.threshold[repeat, row]),
        }
        for repeat in range(len(result.probability))
        for row in range(len(result.patients))
    ]
