"""Does the primary model serve every stratum? Out-of-fold discrimination and calibration by density and age."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.stats import t as student
from statsmodels.stats.proportion import proportion_confint

from radiomics_mammo.config.analysis import StatisticsConfig
from radiomics_mammo.stats.measurements import Layout
from radiomics_mammo.stats.ranks import ROUNDING, BoolArray, FloatArray
from radiomics_mammo.stats.statistical_table import DESCRIPTIVE, SERVED, TOO_FEW, Result, StatisticalTable, counted
from radiomics_mammo.stats.strata import LABELS, class_sizes
from radiomics_mammo.tables.primary import PRIMARY
from radiomics_mammo.tables.resampling import bootstrap_generator, patient_weights, share_bounds

FAMILY = "differences between strata, primary model"
NO_PREDICTIONS = "no out-of-fold predictions of the primary model"
METRICS = ("AUC", "sensitivity", "specificity", "calibration in the large")
OPERATING_POINT = "at the threshold that gives the configured sensitivity over all patients; Wilson interval"
METHODS = {
    "AUC": "mean over repeats of the out-of-fold AUC; resampled patients, widened as in metrics.csv",
    "sensitivity": OPERATING_POINT,
    "specificity": OPERATING_POINT,
    "calibration in the large": "mean predicted minus observed share of malignant; t interval by patient",
}
DIFFERENCE = "square-and-add interval (Newcombe 1998); p by random reassignment of strata within class"


@dataclass(frozen=True, eq=False)
class Scores:
    """Out-of-fold scores of the primary model by patient.

    Parameters
    ----------
    patient_id : Index of shape (patients,)
    malignant : ndarray of bool, shape (patients,)
    by_repeat : ndarray of shape (patients, repeats)
        Probabilities.
    """

    patient_id: pd.Index = field(repr=False)
    malignant: BoolArray = field(repr=False)
    by_repeat: FloatArray = field(repr=False)

    @cached_property
    def mean(self) -> FloatArray:
        """Probability of every patient, mean over the repeats."""
        return np.asarray(self.by_repeat.mean(axis=1), dtype=np.float64)

    @cached_property
    def wins(self) -> FloatArray:
        """Share of repeats in which a malignant patient (row) scores above a benign one (column); ties one half."""
        above = self.by_repeat[self.malignant][:, None, :], self.by_repeat[~self.malignant][None, :, :]
        return np.asarray(((above[0] > above[1]) + 0.5 * (above[0] == above[1])).mean(axis=2), dtype=np.float64)


def primary_scores(predictions: pd.DataFrame | None) -> Scores | None:
    """Scores of the primary analysis; None when there are none. Patients missing from a repeat are left out."""
    if predictions is None or predictions.empty:
        return None
    rows = PRIMARY.of(predictions)
    rows = rows[rows["label"].isin(LABELS)]
    if rows.empty:
        return None
    wide = rows.pivot_table(index="patient_id", columns="repeat", values="probability", aggfunc="mean").dropna()
    label = rows.drop_duplicates("patient_id").set_index("patient_id")["label"].reindex(wide.index)
    return Scores(wide.index, (label == LABELS[1]).to_numpy(dtype=np.bool_), wide.to_numpy(dtype=np.float64))


def fairness(study: Layout) -> list[Result]:
    """AUC, sensitivity, specificity and calibration per density half and age half, and against the rest.

    Sensitivity and specificity are read at the one threshold that gives the configured sensitivity over all patients,
    so the sensitivity over all is set, not found.
    """
    scores, config = primary_scores(study.predictions), study.config
    if scores is None:
        return [Result(about={"stratification": "all"}, note=NO_PREDICTIONS)]
    people = study.patients.reindex(scores.patient_id)
    everyone = {"stratification": "all", "stratum": "all"}
    tools = (config, resampled(scores, study))
    rows = _stratum_rows(scores, np.ones(len(people), dtype=np.bool_), everyone, tools)
    for by in study.strata.values():
        sides = {name: (people[by.half_column] == name).to_numpy(dtype=np.bool_) for name in by.half_names}
        for name, side in sides.items():
            rows += _stratum_rows(scores, side, {"stratification": by.name, "stratum": name}, tools)
        rows += _difference_rows(scores, sides, by.name, (*tools, study.draws["predictions"]))
    return rows


def _stratum_rows(
    scores: Scores, member: BoolArray, words: dict[str, str], tools: tuple[StatisticsConfig, FloatArray]
) -> list[Result]:
    config, _ = tools
    cells = class_sizes(scores.malignant[member])
    rows = [replace(counted(cells, name), about=words | {"metric": name}, family=FAMILY) for name in METRICS]
    if min(cells.values()) < config.min_cell:
        return [replace(row, note=TOO_FEW) for row in rows]
    found, intervals = figures(scores, member, config.operating_sensitivity), _intervals(scores, member, tools)
    measured = [
        replace(row, effect=value, ci_low=low, ci_high=high, method=METHODS[row.effect_name], note=DESCRIPTIVE)
        for row, value, (low, high) in zip(rows, found, intervals, strict=False)
    ]
    return measured


def logits(probabilities: FloatArray) -> FloatArray:
    """Log odds of probabilities, which are kept 1e-6 away from 0 and 1."""
    bounded = np.clip(probabilities, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(bounded / (1 - bounded)), dtype=np.float64)


def figures(scores: Scores, member: BoolArray, target: float) -> FloatArray:
    """`METRICS` of one stratum; calibration in the large is mean predicted minus observed share of malignant.

    Parameters
    ----------
    scores : Scores
    member : ndarray of bool, shape (patients,)
        Needs patients of both classes.
    target : float
        Sensitivity over all patients, which sets the one threshold.

    Examples
    --------
    >>> scores = Scores(pd.Index(list("abcd")), np.array([True, True, False, False]),
    ...     np.array([[0.9], [0.6], [0.7], [0.1]]))
    >>> figures(scores, np.ones(4, dtype=bool), 0.5).round(3).tolist()
    [0.75, 0.5, 1.0, 0.075]
    """
    called = scores.mean >= threshold(scores, target)
    auc = scores.wins[np.ix_(member[scores.malignant], member[~scores.malignant])].mean()
    sensitivity, specificity = called[member & scores.malignant].mean(), (~called[member & ~scores.malignant]).mean()
    return np.array([auc, sensitivity, specificity, (scores.mean - scores.malignant)[member].mean()])


def threshold(scores: Scores, sensitivity: float) -> float:
    """Highest mean probability at which at least the wanted share of all malignant patients is called.

    Examples
    --------
    >>> scores = Scores(pd.Index(list("abc")), np.array([True, True, False]), np.array([[0.9], [0.6], [0.7]]))
    >>> threshold(scores, 0.9), threshold(scores, 0.5)
    (0.6, 0.9)
    """
    descending = np.sort(scores.mean[scores.malignant])[::-1]
    return float(descending[math.ceil(sensitivity * len(descending) - 1e-9) - 1])


def resampled(scores: Scores, study: Layout) -> FloatArray:
    """How often each patient is taken, shape (draws + 1, patients): the resamples behind ``metrics.csv``."""
    rng, ids = bootstrap_generator(study.seed, PRIMARY.unit), scores.patient_id.to_numpy(dtype=str)
    return patient_weights(ids, scores.malignant, draws=study.config.bootstrap_draws, rng=rng)


def auc_bounds(scores: Scores, member: BoolArray, weights: FloatArray, *, confidence: float) -> tuple[float, float]:
    """Interval of the AUC of some patients: the one of the classification, from resamples of shape (draws + 1, n)."""
    malignant, benign = member & scores.malignant, member & ~scores.malignant
    kernel = scores.wins[np.ix_(malignant[scores.malignant], benign[~scores.malignant])]
    high, low = weights[:, malignant], weights[:, benign]
    pairs = high.sum(axis=1) * low.sum(axis=1)
    wins = ((high @ kernel) * low).sum(axis=1)
    aucs = np.divide(wins, pairs, out=np.full(len(pairs), np.nan), where=pairs > 0)
    return share_bounds(aucs, patients=int(min(malignant.sum(), benign.sum())), confidence=confidence)


def _intervals(
    scores: Scores, member: BoolArray, tools: tuple[StatisticsConfig, FloatArray]
) -> list[tuple[float, float]]:
    config, weights = tools
    estimate = figures(scores, member, config.operating_sensitivity)
    benign, malignant = class_sizes(scores.malignant[member]).values()
    auc = auc_bounds(scores, member, weights, confidence=config.confidence)
    error = (scores.mean - scores.malignant)[member]
    half = student.ppf((1 + config.confidence) / 2, len(error) - 1) * error.std(ddof=1) / np.sqrt(len(error))
    shares = [
        proportion_confint(round(share * size), size, alpha=1 - config.confidence, method="wilson")
        for share, size in ((estimate[1], malignant), (estimate[2], benign))
    ]
    middle = float(estimate[3])
    return [auc, *shares, (middle - float(half), middle + float(half))]


def _difference_rows(
    scores: Scores,
    sides: Mapping[str, BoolArray],
    name: str,
    tools: tuple[StatisticsConfig, FloatArray, np.random.Generator],
) -> list[Result]:
    (config, weights, rng), (earlier, later) = tools, sides
    first, second = sides.values()
    cells = {
        f"{label} {half}": n for half, side in sides.items() for label, n in class_sizes(scores.malignant[side]).items()
    }
    about = {"stratification": name, "stratum": later, "comparison": f"{later} minus {earlier}"}
    rows = [
        replace(counted(cells, f"difference in {metric}"), about=about | {"metric": metric}, family=FAMILY)
        for metric in METRICS
    ]
    if min(cells.values()) < config.min_cell:
        return [replace(row, note=TOO_FEW) for row in rows]
    target = config.operating_sensitivity
    ends = [figures(scores, side, target) for side in (first, second)]
    low, high = square_and_add(
        ends, [np.array(_intervals(scores, side, (config, weights))) for side in (first, second)]
    )
    found = ends[1] - ends[0]
    null = np.stack([_reassigned(scores, first, second, (target, rng)) for _ in range(config.permutations)])
    p_values = (1 + (np.abs(null) >= np.abs(found) - ROUNDING).sum(axis=0)) / (1 + len(null))
    return [
        replace(row, effect=effect, ci_low=lower, ci_high=upper, p_value=p_value, method=DIFFERENCE)
        for row, effect, lower, upper, p_value in zip(rows, found, low, high, p_values, strict=True)
    ]


def square_and_add(estimates: Sequence[FloatArray], intervals: Sequence[FloatArray]) -> tuple[FloatArray, FloatArray]:
    """Interval of the second minus the first of two independent figures from their own intervals.

    Newcombe's square-and-add rule (Stat Med 1998;17:873; Zou and Donner, Stat Med 2008;27:1693).

    Parameters
    ----------
    estimates : two ndarray of shape (figures,)
    intervals : two ndarray of shape (figures, 2)
    """
    (first, second), (inner, outer) = estimates, intervals
    low = np.hypot(second - outer[:, 0], inner[:, 1] - first)
    high = np.hypot(outer[:, 1] - second, first - inner[:, 0])
    return np.asarray(second - first - low), np.asarray(second - first + high)


def _reassigned(
    scores: Scores, first: BoolArray, second: BoolArray, tools: tuple[float, np.random.Generator]
) -> FloatArray:
    target, rng = tools
    later = second.copy()
    for label in (scores.malignant, ~scores.malignant):
        place = np.flatnonzero((first | second) & label)
        later[place] = rng.permutation(later[place])
    earlier = (first | second) & ~later
    return np.asarray(figures(scores, later, target) - figures(scores, earlier, target), dtype=np.float64)


FAIRNESS = StatisticalTable(
    name="fairness",
    chapter="Fairness of the classifier",
    caption="Out-of-fold performance of the primary model by density and age; differences with p by "
    "permutation; q: hierarchical Benjamini-Hochberg (question of the report, difference)",
    keys=("stratification", "stratum", "metric", "comparison"),
    make=fairness,
    question=SERVED,
    asks=True,
    subject="Performance differing between strata",
)
