"""Curves as data: receiver operating characteristic, precision and recall, calibration, decision."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.stats import rankdata

from radiomics_mammo.modeling.crossval import CvResult
from radiomics_mammo.modeling.design import Flags, Floats
from radiomics_mammo.modeling.scoring import cumulative_counts

GRID = np.linspace(0.0, 1.0, 51)
"""Abscissae of ROC and precision-recall curves."""
THRESHOLDS = np.linspace(0.05, 0.95, 37)
"""Threshold probabilities of decision curves."""
CALIBRATION_GROUPS = 5
"""Groups of about equal size, fewer where probabilities are equal; with 65 patients each holds 13."""
_DIGITS = 9
"""Probabilities that agree to so many digits are equal: a mean over repeats leaves rounding."""
BAND_DRAWS = 200
"""Resamples of patients behind a pointwise band; a band needs fewer than an interval that is printed."""
_Curve = Callable[[Floats, Flags, Floats], Floats]


def curve_rows(result: CvResult, weights: Floats, *, everybody: bool = True) -> list[dict[str, object]]:
    """Rows of ``curves.csv`` of one analysis, averaged over repeats, with pointwise bands by resampled patients.

    Parameters
    ----------
    result : CvResult
    weights : ndarray of shape (draws + 1, n)
        As `patient_weights` draws them; the first `BAND_DRAWS` resamples are used.
    everybody : bool
        Whether the decision curve comes with that of calling everybody (model ``treat-all``), which is the same for
        all models on the same rows.
    """
    used = weights[: BAND_DRAWS + 1]
    used = used[used[:, result.malignant].any(axis=1) & used[:, ~result.malignant].any(axis=1)]
    curves = {"roc": (GRID, _roc), "pr": (GRID, _precision), "decision": (THRESHOLDS, _net_benefit)}
    rows = []
    for name, (abscissa, curve) in curves.items():
        rows += _rows(result, name, abscissa, _mean_curve(result, used, curve))
    if everybody:
        rows += _rows(result, "decision", THRESHOLDS, _treat_all(result.malignant, used), model="treat-all")
    return rows + _calibration_rows(result, used)


def _mean_curve(result: CvResult, weights: Floats, curve: _Curve) -> Floats:
    drawn = [curve(probability, result.malignant, weights) for probability in result.probability]
    return np.asarray(np.mean(drawn, axis=0), dtype=np.float64)


def _roc(probability: Floats, malignant: Flags, weights: Floats) -> Floats:
    hits, alarms = cumulative_counts(probability, malignant, weights)
    rates = zip(alarms / alarms[:, -1:], hits / hits[:, -1:], strict=True)
    return np.array([np.interp(GRID, np.r_[0.0, x], np.r_[0.0, y]) for x, y in rates])


def _precision(probability: Floats, malignant: Flags, weights: Floats) -> Floats:
    hits, alarms = cumulative_counts(probability, malignant, weights)
    recall = hits / hits[:, -1:]
    precision = hits / np.maximum(hits + alarms, np.finfo(float).tiny)
    best = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    reached = [np.searchsorted(row, GRID - 1e-12).clip(max=recall.shape[1] - 1) for row in recall]
    return np.array([row[where] for row, where in zip(best, reached, strict=True)])


def _net_benefit(probability: Floats, malignant: Flags, weights: Floats) -> Floats:
    called = (probability[:, None] >= THRESHOLDS).astype(float)
    hits, alarms = weights @ (called * malignant[:, None]), weights @ (called * ~malignant[:, None])
    return np.asarray((hits - alarms * THRESHOLDS / (1 - THRESHOLDS)) / weights.sum(axis=1, keepdims=True))


def _treat_all(malignant: Flags, weights: Floats) -> Floats:
    everybody = np.ones(len(malignant))
    return _net_benefit(everybody, malignant, weights)


def _rows(
    result: CvResult, curve: str, abscissa: Floats, drawn: Floats, *, model: str | None = None
) -> list[dict[str, object]]:
    low, high = np.nanquantile(drawn, [0.025, 0.975], axis=0)
    head = {
        "curve": curve,
        "unit": result.analysis.unit,
        "model": model or result.analysis.model,
        "feature_set": result.analysis.feature_set,
    }
    return [
        {**head, "x": float(x), "y": float(y), "y_low": float(a), "y_high": float(b)}
        for x, y, a, b in zip(abscissa, drawn[0], low, high, strict=True)
    ]


def _calibration_rows(result: CvResult, weights: Floats) -> list[dict[str, object]]:
    """Observed share of malignant rows against the mean probability, in groups of about equal size."""
    probability = result.probability.mean(axis=0)
    groups = _groups(probability)
    shares = []
    for group in groups:
        total = weights[:, group].sum(axis=1)
        hits = weights[:, group] @ result.malignant[group]
        shares.append(np.where(total > 0, hits / np.maximum(total, 1e-12), np.nan))
    abscissa = np.array([probability[group].mean() for group in groups])
    return _rows(result, "calibration", abscissa, np.column_stack(shares))


def _groups(probability: Floats) -> list[np.ndarray]:
    """Rows by rank of their probability; equal ones stay together, for their order would be that of the names."""
    ranks = rankdata(np.round(probability, _DIGITS), method="average") - 0.5
    numbers = np.floor(ranks / len(ranks) * CALIBRATION_GROUPS).astype(int)
    return [np.flatnonzero(numbers == number) for number in np.unique(numbers)]
