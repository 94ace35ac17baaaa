"""Metrics of predictions with intervals by resampled patients; many weightings of the same rows at once.

A bootstrap is a matrix of weights: how often each resample took each row of the table; the first is all ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit, logit
from scipy.stats import rankdata

from radiomics_mammo.config.analysis import ModelingConfig
from radiomics_mammo.modeling.design import CvResult, Flags, Floats
from radiomics_mammo.tables.resampling import share_bounds, widened_bounds

AUC = "auc"
_UNBOUNDED = ("calibration_intercept", "calibration_slope")
_NEWTON_STEPS = 25
_SLOPE_RIDGE = 1e-4
"""Keeps a slope, per standard deviation of the scores, finite where the classes are perfectly separated."""
_LINE_STEPS = 200
"""Most steps of a calibration line; a dozen are usual, a separated one needs many."""
_LONGEST_STEP = 5.0
_HALVINGS = 12
_STEP_TOLERANCE = 1e-9
_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Interval:
    """An estimate with its 95 percent interval.

    Examples
    --------
    >>> Interval(0.8, 0.7, 0.9).overlaps(Interval(0.6, 0.5, 0.71))
    True
    """

    estimate: float
    low: float
    high: float

    def named(self, estimate: str) -> dict[str, Any]:
        """Its three cells of a row of a table."""
        return {estimate: self.estimate, "ci_low": self.low, "ci_high": self.high}

    def overlaps(self, other: Interval) -> bool:
        """Whether the two intervals share a value."""
        return self.low <= other.high and other.low <= self.high

    def __str__(self) -> str:
        return f"{self.estimate:.2f} (95 % interval {self.low:.2f} to {self.high:.2f})"


def resampled_interval(figures: Floats, *, bounds: tuple[float, float] = (-np.inf, np.inf)) -> Interval:
    """Widened bootstrap percentile interval of figures under `patient_weights` (draws + 1,); the first is the estimate.

    Examples
    --------
    >>> resampled_interval(np.array([0.5, 0.4, 0.5, 0.6]), bounds=(0, 1)).estimate
    0.5
    """
    low, high = widened_bounds(figures)
    return Interval(float(figures[0]), max(low, bounds[0]), min(high, bounds[1]))


def share_interval(figures: Floats, *, patients: int) -> Interval:
    """Interval of a share or an AUC; where resampling cannot vary (0 or 1), the exact binomial end is used.

    The end of Clopper and Pearson 1934 for the patients the share rests on (of the smaller class for an AUC).

    Examples
    --------
    >>> interval = share_interval(np.ones(101), patients=15)
    >>> round(interval.low, 3), interval.high
    (0.782, 1.0)
    """
    return Interval(float(figures[0]), *share_bounds(figures, patients=patients))


def concordance(scores: Floats, malignant: Flags) -> float:
    """AUC by ranks (Mann-Whitney), ties count one half.

    Examples
    --------
    >>> concordance(np.array([0.1, 0.4, 0.4, 0.8]), np.array([False, False, True, True]))
    0.875
    """
    return float(concordances(scores[None, :], malignant)[0])


def concordances(scores: Floats, malignant: Flags) -> Floats:
    """AUC by ranks of every row of scores, shape (m, n); shape (m,).

    Examples
    --------
    >>> concordances(np.array([[0.1, 0.4, 0.8], [3.0, 2.0, 1.0]]), np.array([False, True, True])).tolist()
    [1.0, 0.0]
    """
    n_malignant = int(malignant.sum())
    n_benign = len(malignant) - n_malignant
    rank_sums = np.asarray(rankdata(scores, axis=1))[:, malignant].sum(axis=1)
    return np.asarray((rank_sums - n_malignant * (n_malignant + 1) / 2) / (n_malignant * n_benign), dtype=np.float64)


def pair_kernel(scores: Floats, malignant: Flags, other: Floats | None = None) -> Floats:
    """Share of repeats in which a malignant row scores above a benign one, shape (n_malignant, n_benign).

    Scores have the shape (repeats, n); those of the benign rows are taken from `other` where it is given.
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
    """Platt scaling: intercept and slope of a logistic curve through scores; the slope is never negative (Platt 1999).

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


def calibration_lines(margin: Floats, malignant: Flags, weights: Floats) -> tuple[Floats, Floats]:
    """Calibration intercept and slope: logistic regression of the label on the log odds, for each row of `weights`.

    Newton steps with a tiny ridge on the slope of the log odds (`margin`) standardised under each weighting, so that it
    pulls alike whatever their unit (margins of a support vector machine have any), and so that a weight of two is a row
    twice. Steps go on until they are small: under separation the ridge alone ends the slope, many steps away. The slope
    of a constant is not-a-number.
    """
    total = weights.sum(axis=1)
    centre = weights @ margin / total
    away = margin[None, :] - centre[:, None]
    scale = np.sqrt((weights * away**2).sum(axis=1) / total)
    varies = scale > _TOLERANCE * float(np.abs(margin).max())
    scale = np.where(varies, scale, 1.0)
    x = away / scale[:, None] * varies[:, None]
    line, moving = np.zeros((len(weights), 2)), np.arange(len(weights))
    for _ in range(_LINE_STEPS):
        part = x[moving], malignant, weights[moving]
        step = _climbing(part, line[moving], _line_step(*part, line[moving]))
        line[moving] += step
        moving = moving[np.abs(step).max(axis=1) > _STEP_TOLERANCE]
        if not len(moving):
            break
    slope = line[:, 1] / scale
    return line[:, 0] - slope * centre, np.where(varies, slope, np.nan)


def _line_step(x: Floats, malignant: Flags, weights: Floats, line: Floats) -> Floats:
    """One Newton step of intercept and slope, shape (draws, 2), of bounded length."""
    fitted = expit(line[:, :1] + line[:, 1:] * x)
    left = weights * (malignant - fitted)
    bend = weights * fitted * (1 - fitted) + 1e-12
    a, b, c = bend.sum(axis=1), (bend * x).sum(axis=1), (bend * x * x).sum(axis=1) + _SLOPE_RIDGE
    up, along = left.sum(axis=1), (left * x).sum(axis=1) - _SLOPE_RIDGE * line[:, 1]
    step = np.column_stack([c * up - b * along, a * along - b * up]) / (a * c - b * b)[:, None]
    return np.asarray(np.clip(step, -_LONGEST_STEP, _LONGEST_STEP))


def _climbing(part: tuple[Floats, Flags, Floats], line: Floats, step: Floats) -> Floats:
    """The steps, halved where they would lower the penalised likelihood: a separated line else goes to and fro."""
    x, malignant, weights = part
    here, shorter = _line_height(x, malignant, weights, line), np.arange(len(line))
    for _ in range(_HALVINGS):
        there = _line_height(x[shorter], malignant, weights[shorter], line[shorter] + step[shorter])
        shorter = shorter[there < here[shorter] - _TOLERANCE]
        if not len(shorter):
            break
        step[shorter] /= 2
    return step


def _line_height(x: Floats, malignant: Flags, weights: Floats, line: Floats) -> Floats:
    margin = line[:, :1] + line[:, 1:] * x
    likelihood = weights * (malignant * margin - np.logaddexp(0.0, margin))
    return np.asarray(likelihood.sum(axis=1) - _SLOPE_RIDGE / 2 * line[:, 1] ** 2)


def cumulative_counts(probability: Floats, malignant: Flags, weights: Floats) -> tuple[Floats, Floats]:
    """Weighted malignant and benign rows at or above each level, highest first, shape (draws, levels)."""
    order = np.argsort(-probability, kind="stable")
    last = np.append(np.flatnonzero(np.diff(probability[order]) != 0), len(order) - 1)
    ranked, labels = weights[:, order], malignant[order]
    true_positive = np.cumsum(ranked * labels, axis=1)[:, last]
    false_positive = np.cumsum(ranked * ~labels, axis=1)[:, last]
    return true_positive, false_positive


def curve_figures(probability: Floats, malignant: Flags, weights: Floats, config: ModelingConfig) -> dict[str, Floats]:
    """Average precision, and the operating points of `config` read off the curve, of one repeat; shape (draws,)."""
    true_positive, false_positive = cumulative_counts(probability, malignant, weights)
    sensitivity = true_positive / true_positive[:, -1:]
    false_rate = false_positive / false_positive[:, -1:]
    precision = true_positive / np.maximum(true_positive + false_positive, _TOLERANCE)
    gain = np.diff(sensitivity, axis=1, prepend=0)
    figures = {"pr_auc": (gain * precision).sum(axis=1)}
    for wanted in config.specificity_points:
        reached = np.where(false_rate <= 1 - wanted + _TOLERANCE, sensitivity, 0.0)
        figures[f"sensitivity_at_specificity_{wanted:g}"] = reached.max(axis=1)
    for wanted in config.sensitivity_points:
        reached = np.where(sensitivity >= wanted - _TOLERANCE, 1 - false_rate, 0.0)
        figures[f"specificity_at_sensitivity_{wanted:g}"] = reached.max(axis=1)
    return figures


def decision_figures(called: Flags, malignant: Flags, weights: Floats) -> dict[str, Floats]:
    """Figures of calls made at the threshold chosen inside, one repeat, each of shape (draws,).

    Examples
    --------
    >>> called, labels = np.array([True, True, False]), np.array([True, False, False])
    >>> float(decision_figures(called, labels, np.ones((1, 3)))["specificity"][0])
    0.5
    """
    positive, negative = weights @ malignant, weights @ ~malignant
    sensitivity = weights @ (called & malignant) / positive
    specificity = weights @ (~called & ~malignant) / negative
    total = positive + negative
    return {
        "sensitivity": sensitivity,
        "specificity": specificity,
        "balanced_accuracy": (sensitivity + specificity) / 2,
        "accuracy": (sensitivity * positive + specificity * negative) / total,
        "no_information_rate": np.maximum(positive, negative) / total,
    }


def predictive_values(sensitivity: Floats, specificity: Floats, prevalence: float) -> dict[str, Floats]:
    """Predictive values where cancer is as rare as in screening; the study's own share of cancers says nothing of them.

    Bayes' rule; not-a-number where nobody, or everybody, would be called.

    Examples
    --------
    >>> found = predictive_values(np.array([0.9]), np.array([0.8]), 0.006)
    >>> [round(float(value[0]), 4) for value in found.values()]
    [0.0264, 0.9992]
    """
    hits, misses = sensitivity * prevalence, (1 - sensitivity) * prevalence
    false, right = (1 - specificity) * (1 - prevalence), specificity * (1 - prevalence)
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            f"ppv_at_prevalence_{prevalence:g}": np.asarray(hits / (hits + false)),
            f"npv_at_prevalence_{prevalence:g}": np.asarray(right / (right + misses)),
        }


def probability_figures(probability: Floats, malignant: Flags, weights: Floats) -> dict[str, Floats]:
    """Brier score, calibration intercept (in the large, slope fixed at 1) and slope of one repeat."""
    margin = log_odds(probability)
    return {
        "brier": weights @ (probability - malignant) ** 2 / weights.sum(axis=1),
        "calibration_intercept": _shift(margin, malignant, weights),
        "calibration_slope": calibration_lines(margin, malignant, weights)[1],
    }


def _shift(margin: Floats, malignant: Flags, weights: Floats) -> Floats:
    shift = np.zeros(len(weights))
    for _ in range(_NEWTON_STEPS):
        fitted = expit(shift[:, None] + margin)
        bend = (weights * fitted * (1 - fitted)).sum(axis=1) + 1e-12
        shift = shift + np.clip((weights * (malignant - fitted)).sum(axis=1) / bend, -2, 2)
    return shift


def log_odds(probability: Floats) -> Floats:
    """Log odds, kept finite at 0 and 1.

    Examples
    --------
    >>> log_odds(np.array([0.5])).tolist()
    [0.0]
    """
    return np.asarray(logit(np.clip(probability, 1e-6, 1 - 1e-6)), dtype=np.float64)


def figures_of(result: CvResult, weights: Floats, config: ModelingConfig) -> dict[str, Interval]:
    """All metrics of one analysis: the mean over repeats, with an interval by resampled patients.

    Weights of shape (draws + 1, n), as `patient_weights` draws them; resamples that lost a class are left out. The
    configuration names the operating points.
    """
    kept = both_classes(weights, result.malignant)
    totals: dict[str, Floats] = {}
    for probability, called in zip(result.probability, result.called, strict=True):
        figures = decision_figures(called, result.malignant, kept)
        figures |= predictive_values(figures["sensitivity"], figures["specificity"], config.screening_prevalence)
        figures |= curve_figures(probability, result.malignant, kept, config)
        figures |= probability_figures(probability, result.malignant, kept)
        totals = {name: values + totals.get(name, 0.0) for name, values in figures.items()}
    means = {name: total / len(result.probability) for name, total in totals.items()}
    drawn = {AUC: auc_draws(result, kept)} | means
    return {name: _interval(name, values, result.n_by_class) for name, values in drawn.items()}


def auc_interval(result: CvResult, weights: Floats) -> Interval:
    """AUC of one analysis with its interval."""
    return _interval(AUC, auc_draws(result, both_classes(weights, result.malignant)), result.n_by_class)


def auc_draws(result: CvResult, weights: Floats) -> Floats:
    """AUC (mean over repeats of the pooled out-of-fold AUC) for each row of `weights`, shape (draws,)."""
    return weighted_auc(pair_kernel(result.probability, result.malignant), result.malignant, weights)


def both_classes(weights: Floats, malignant: Flags) -> Floats:
    """Resamples that hold patients of both classes."""
    return weights[weights[:, malignant].any(axis=1) & weights[:, ~malignant].any(axis=1)]


def _interval(name: str, values: Floats, patients: tuple[int, int]) -> Interval:
    malignant, benign = patients
    if name in _UNBOUNDED:
        return resampled_interval(values)
    if name == "brier":
        return resampled_interval(values, bounds=(0.0, 1.0))
    rests_on = malignant
    if name in (AUC, "balanced_accuracy"):
        rests_on = min(malignant, benign)
    elif name.startswith("specificity"):
        rests_on = benign
    elif name in ("accuracy", "no_information_rate"):
        rests_on = malignant + benign
    return share_interval(values, patients=max(rests_on, 1))
