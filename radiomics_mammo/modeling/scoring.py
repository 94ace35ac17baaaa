"""Figures of merit for many weightings of the same rows at once; a bootstrap is a matrix of weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit
from scipy.stats import rankdata

from radiomics_mammo.modeling.design import Flags, Floats

_NEWTON_STEPS = 25
_SLOPE_RIDGE = 1e-4
"""Keeps a slope, per standard deviation of the scores, finite where the classes are perfectly separated."""
_TOLERANCE = 1e-9


def concordance(scores: Floats, malignant: Flags) -> float:
    """AUC by ranks (Mann-Whitney), ties count one half.

    Examples
    --------
    >>> concordance(np.array([0.1, 0.4, 0.4, 0.8]), np.array([False, False, True, True]))
    0.875
    """
    n_malignant = int(malignant.sum())
    n_benign = len(malignant) - n_malignant
    rank_sum = rankdata(scores)[malignant].sum()
    return float((rank_sum - n_malignant * (n_malignant + 1) / 2) / (n_malignant * n_benign))


def pair_kernel(scores: Floats, malignant: Flags, other: Floats | None = None) -> Floats:
    """Share of repeats in which a malignant row scores above a benign one, shape (n_malignant, n_benign).

    Parameters
    ----------
    scores : ndarray of shape (repeats, n)
    malignant : ndarray of bool, shape (n,)
    other : ndarray of shape (repeats, n), optional
        Scores the benign rows are taken from; `scores` by default.
    """
    above, below = scores[:, malignant], (scores if other is None else other)[:, ~malignant]
    total = np.zeros((above.shape[1], below.shape[1]))
    for high, low in zip(above, below, strict=True):
        total += (high[:, None] > low[None, :]) + 0.5 * (high[:, None] == low[None, :])
    return total / len(scores)


def weighted_auc(kernel: Floats, malignant: Flags, weights: Floats) -> Floats:
    """AUC, mean over repeats, for each row of `weights` (draws, n); shape (draws,).

    Examples
    --------
    >>> labels = np.array([False, False, True, True])
    >>> kernel = pair_kernel(np.array([[0.1, 0.4, 0.4, 0.8]]), labels)
    >>> weighted_auc(kernel, labels, np.array([[1.0, 1, 1, 1], [1, 0, 1, 0]])).tolist()
    [0.875, 1.0]
    """
    high, low = weights[:, malignant], weights[:, ~malignant]
    pairs = high.sum(axis=1) * low.sum(axis=1)
    return np.asarray(((high @ kernel) * low).sum(axis=1) / pairs, dtype=np.float64)


def fit_sigmoid(margin: Floats, malignant: Flags) -> tuple[float, float]:
    """Intercept and slope of a logistic curve through scores; the slope is never negative (Platt 1999).

    Examples
    --------
    >>> intercept, slope = fit_sigmoid(np.array([-1.0, 0, 0, 1]), np.array([False, False, True, True]))
    >>> abs(intercept) < 1e-9, slope > 0
    (True, True)
    """
    intercept, slope = calibration_lines(margin, malignant, np.ones((1, len(margin))))
    if slope[0] > 0:
        return float(intercept[0]), float(slope[0])
    return float(logit(malignant.mean())), 0.0


def calibration_lines(log_odds: Floats, malignant: Flags, weights: Floats) -> tuple[Floats, Floats]:
    """Intercept and slope of the logistic regression of the label on the log odds, for each row of `weights`.

    Newton steps with a tiny ridge on the slope of the standardised log odds, so that it pulls alike whatever their
    unit: margins of a support vector machine have any. The slope of a constant is not-a-number.
    """
    centre, scale = float(log_odds.mean()), float(log_odds.std())
    varies = scale > _TOLERANCE * float(np.abs(log_odds).max())
    x = (log_odds - centre) / scale if varies else np.zeros_like(log_odds)
    total = weights.sum(axis=1)
    variance = weights @ (x * x) / total - (weights @ x / total) ** 2
    ridge = _SLOPE_RIDGE * np.where(variance > _TOLERANCE, variance, 1.0)
    intercept, slope = np.zeros(len(weights)), np.zeros(len(weights))
    for _ in range(_NEWTON_STEPS):
        fitted = expit(intercept[:, None] + slope[:, None] * x)
        left = weights * (malignant - fitted)
        bend = weights * fitted * (1 - fitted) + 1e-12
        a, b, c = bend.sum(1), bend @ x, bend @ (x * x) + ridge
        up, along = left.sum(1), left @ x - ridge * slope
        determinant = a * c - b * b
        intercept = intercept + np.clip((c * up - b * along) / determinant, -5, 5)
        slope = slope + np.clip((a * along - b * up) / determinant, -5, 5)
    if not varies:
        return intercept, np.full(len(weights), np.nan)
    return intercept - slope * centre / scale, np.where(variance > _TOLERANCE, slope, np.nan) / scale


@dataclass(frozen=True)
class OperatingPoints:
    """Where sensitivity and specificity are read off the curve."""

    sensitivities: tuple[float, ...]
    specificities: tuple[float, ...]


def curve_figures(probability: Floats, malignant: Flags, weights: Floats, points: OperatingPoints) -> dict[str, Floats]:
    """Average precision and the fixed operating points of one repeat, each of shape (draws,)."""
    true_positive, false_positive = cumulative_counts(probability, malignant, weights)
    sensitivity = true_positive / true_positive[:, -1:]
    false_rate = false_positive / false_positive[:, -1:]
    precision = true_positive / np.maximum(true_positive + false_positive, _TOLERANCE)
    gain = np.diff(sensitivity, axis=1, prepend=0)
    figures = {"pr_auc": (gain * precision).sum(axis=1)}
    for wanted in points.specificities:
        reached = np.where(false_rate <= 1 - wanted + _TOLERANCE, sensitivity, 0.0)
        figures[f"sensitivity_at_specificity_{wanted:g}"] = reached.max(axis=1)
    for wanted in points.sensitivities:
        reached = np.where(sensitivity >= wanted - _TOLERANCE, 1 - false_rate, 0.0)
        figures[f"specificity_at_sensitivity_{wanted:g}"] = reached.max(axis=1)
    return figures


def cumulative_counts(probability: Floats, malignant: Flags, weights: Floats) -> tuple[Floats, Floats]:
    """Weighted malignant and benign rows at or above each distinct probability, highest first.

    Returns
    -------
    tuple of ndarray of shape (draws, levels)
    """
    order = np.argsort(-probability, kind="stable")
    last = np.append(np.flatnonzero(np.diff(probability[order]) != 0), len(order) - 1)
    ranked, labels = weights[:, order], malignant[order]
    true_positive = np.cumsum(ranked * labels, axis=1)[:, last]
    false_positive = np.cumsum(ranked * ~labels, axis=1)[:, last]
    return true_positive, false_positive


def decision_figures(called: Flags, malignant: Flags, weights: Floats) -> dict[str, Floats]:
    """Figures of calls made at the threshold chosen inside, one repeat, each of shape (draws,).

    Examples
    --------
    >>> called, labels = np.array([True, True, False]), np.array([True, False, False])
    >>> float(decision_figures(called, labels, np.ones((1, 3)))["specificity"][0])
    0.5
    """
    ill, well = weights @ malignant, weights @ ~malignant
    sensitivity = weights @ (called & malignant) / ill
    specificity = weights @ (~called & ~malignant) / well
    total = ill + well
    return {
        "sensitivity": sensitivity,
        "specificity": specificity,
        "balanced_accuracy": (sensitivity + specificity) / 2,
        "accuracy": (sensitivity * ill + specificity * well) / total,
        "no_information_rate": np.maximum(ill, well) / total,
    }


def probability_figures(probability: Floats, malignant: Flags, weights: Floats) -> dict[str, Floats]:
    """Brier score, calibration intercept (in the large, slope fixed at 1) and slope of one repeat."""
    log_odds = logit(np.clip(probability, 1e-6, 1 - 1e-6))
    total = weights.sum(axis=1)
    _, slope = calibration_lines(log_odds, malignant, weights)
    return {
        "brier": weights @ (probability - malignant) ** 2 / total,
        "calibration_intercept": _shift(log_odds, malignant, weights),
        "calibration_slope": slope,
    }


def _shift(log_odds: Floats, malignant: Flags, weights: Floats) -> Floats:
    shift = np.zeros(len(weights))
    for _ in range(_NEWTON_STEPS):
        fitted = expit(shift[:, None] + log_odds)
        bend = (weights * fitted * (1 - fitted)).sum(axis=1) + 1e-12
        shift = shift + np.clip((weights * (malignant - fitted)).sum(axis=1) / bend, -2, 2)
    return shift
