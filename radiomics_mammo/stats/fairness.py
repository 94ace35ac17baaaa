"""Does the primary model serve every stratum? Out-of-fold discrimination and calibration by density and age."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.stats import t as student
from statsmodels.stats.proportion import proportion_confint

from radiomics_mammo.config.statistics import StatisticsConfig
from radiomics_mammo.core.vocabulary import PriorPolicy
from radiomics_mammo.stats.firth import fit_firth
from radiomics_mammo.stats.multiplicity import within_families
from radiomics_mammo.stats.ranks import ROUNDING, BoolArray, FloatArray
from radiomics_mammo.stats.rows import DESCRIPTIVE, TOO_FEW, count_text, result_table
from radiomics_mammo.stats.strata import LABELS, stratifications
from radiomics_mammo.stats.two_groups import auc_interval

KEYS = ("stratification", "stratum", "metric", "comparison")
UNIT, FEATURE_SET, PROTOCOL = "patient", "recent+delta", "grouped-kfold"
MODEL_WORD = "logistic"
"""Part of the name of the primary model, penalised logistic regression."""

FAMILY = "differences between strata, primary model"
NO_PREDICTIONS = "no out-of-fold predictions of the primary model"
METRICS = ("AUC", "sensitivity", "specificity", "calibration in the large")
SLOPE = "calibration slope"
OPERATING_POINT = "at the threshold that gives the configured sensitivity over all patients; Wilson interval"
METHODS = {
    "AUC": "mean over repeats of the out-of-fold AUC; score interval by patient (Newcombe 2006)",
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

    @property
    def mean(self) -> FloatArray:
        """Probability of every patient, mean over the repeats."""
        return np.asarray(self.by_repeat.mean(axis=1), dtype=np.float64)

    @property
    def wins(self) -> FloatArray:
        """Share of repeats in which a malignant patient (row) scores above a benign one (column); ties one half."""
        above = self.by_repeat[self.malignant][:, None, :], self.by_repeat[~self.malignant][None, :, :]
        return np.asarray(((above[0] > above[1]) + 0.5 * (above[0] == above[1])).mean(axis=2), dtype=np.float64)


def primary_scores(predictions: pd.DataFrame | None) -> Scores | None:
    """Rows of the primary model: unit patient, logistic regression, ``recent+delta``, grouped k-fold, registered.

    Returns
    -------
    Scores or None
        None when there are no such rows; patients missing from a repeat are left out.

    Examples
    --------
    >>> primary_scores(None) is None
    True
    """
    if predictions is None or predictions.empty:
        return None
    rows = predictions[
        (predictions["unit"] == UNIT)
        & (predictions["feature_set"] == FEATURE_SET)
        & (predictions["protocol"] == PROTOCOL)
        & (predictions["prior_policy"] == str(PriorPolicy.REGISTERED))
        & predictions["label"].isin(LABELS)
        & predictions["model"].astype(str).str.contains(MODEL_WORD, case=False)
    ]
    if rows.empty:
        return None
    rows = rows[rows["model"] == sorted(rows["model"].astype(str).unique())[0]]
    wide = rows.pivot_table(index="patient_id", columns="repeat", values="probability", aggfunc="mean").dropna()
    label = rows.drop_duplicates("patient_id").set_index("patient_id")["label"].reindex(wide.index)
    return Scores(wide.index, (label == LABELS[1]).to_numpy(dtype=np.bool_), wide.to_numpy(dtype=np.float64))


def fairness_table(
    predictions: pd.DataFrame | None,
    patients: pd.DataFrame,
    *,
    config: StatisticsConfig,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """AUC, sensitivity, specificity and calibration per density half and age half, and against the rest.

    Sensitivity and specificity are read at the one threshold that gives the configured sensitivity over all patients,
    so the sensitivity over all is set, not found.

    Parameters
    ----------
    predictions : DataFrame or None
        ``predictions.csv``.
    patients : DataFrame
        Of `stratify`.
    config : StatisticsConfig
    rng : numpy.random.Generator
    """
    scores = primary_scores(predictions)
    if scores is None:
        return result_table([{"stratification": "all", "note": NO_PREDICTIONS}], KEYS)
    people = patients.reindex(scores.patient_id)
    rows = _stratum_rows(scores, np.ones(len(people), dtype=np.bool_), ("all", "all"), config)
    for by in stratifications(config):
        half = people[by.half_column]
        for name in by.half_names:
            rows += _stratum_rows(scores, (half == name).to_numpy(dtype=np.bool_), (by.name, name), config)
        rows += _difference_rows(scores, half, (by.name, by.half_names), (config, rng))
    table = result_table([{"family": FAMILY, **row} for row in rows], [*KEYS, "family"])
    return within_families(table).drop(columns="family")


def _cells(scores: Scores, member: BoolArray) -> dict[str, int]:
    return {LABELS[0]: int((member & ~scores.malignant).sum()), LABELS[1]: int((member & scores.malignant).sum())}


def _stratum_rows(
    scores: Scores, member: BoolArray, words: tuple[str, str], config: StatisticsConfig
) -> list[dict[str, object]]:
    cells = _cells(scores, member)
    head = {"stratification": words[0], "stratum": words[1], "n": sum(cells.values()), "n_per_group": count_text(cells)}
    if min(cells.values()) < config.min_cell:
        return [head | {"metric": name, "effect_name": name, "note": TOO_FEW} for name in (*METRICS, SLOPE)]
    rows: list[dict[str, object]] = []
    found, intervals = figures(scores, member, config.operating_sensitivity), _intervals(scores, member, config)
    for name, value, (low, high) in zip(METRICS, found, intervals, strict=True):
        row = {"metric": name, "effect_name": name, "effect": value, "ci_low": low, "ci_high": high}
        rows.append(head | row | {"method": METHODS[name], "note": DESCRIPTIVE})
    return [*rows, head | _slope_row(scores, member, config)]


def _slope_row(scores: Scores, member: BoolArray, config: StatisticsConfig) -> dict[str, object]:
    bounded = np.clip(scores.mean[member], 1e-6, 1 - 1e-6)
    logit = np.log(bounded / (1 - bounded))
    row: dict[str, object] = {"metric": SLOPE, "effect_name": SLOPE, "method": "Firth regression on the logit"}
    if np.ptp(logit) == 0:
        return row | {"note": "all predictions are equal"}
    design = np.column_stack([np.ones(len(logit)), logit])
    fit = fit_firth(design, scores.malignant[member], terms=(1,), confidence=config.confidence)
    ends = {"effect": fit.estimate[1], "ci_low": fit.ci_low[1], "ci_high": fit.ci_high[1], "note": DESCRIPTIVE}
    return row | (ends if fit.converged else {"note": "did not converge"})


def figures(scores: Scores, member: BoolArray, sensitivity: float) -> FloatArray:
    """`METRICS` of one stratum; calibration in the large is mean predicted minus observed share of malignant.

    Parameters
    ----------
    scores : Scores
    member : ndarray of bool, shape (patients,)
        Needs patients of both classes.
    sensitivity : float
        Sets the one threshold, over all patients.

    Examples
    --------
    >>> scores = Scores(pd.Index(list("abcd")), np.array([True, True, False, False]),
    ...     np.array([[0.9], [0.6], [0.7], [0.1]]))
    >>> figures(scores, np.ones(4, dtype=bool), 0.5).round(3).tolist()
    [0.75, 0.5, 1.0, 0.075]
    """
    sick, well = member[scores.malignant], member[~scores.malignant]
    called = scores.mean >= threshold(scores, sensitivity)
    auc = scores.wins[np.ix_(sick, well)].mean()
    hit, spared = called[member & scores.malignant].mean(), (~called[member & ~scores.malignant]).mean()
    return np.array([auc, hit, spared, (scores.mean - scores.malignant)[member].mean()])


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


def _intervals(scores: Scores, member: BoolArray, config: StatisticsConfig) -> list[tuple[float, float]]:
    estimate = figures(scores, member, config.operating_sensitivity)
    cells = _cells(scores, member)
    benign, malignant = cells[LABELS[0]], cells[LABELS[1]]
    low, high = auc_interval(estimate[:1], n_first=benign, n_second=malignant, confidence=config.confidence)
    error = (scores.mean - scores.malignant)[member]
    half = student.ppf((1 + config.confidence) / 2, len(error) - 1) * error.std(ddof=1) / np.sqrt(len(error))
    shares = [
        proportion_confint(round(share * size), size, alpha=1 - config.confidence, method="wilson")
        for share, size in ((estimate[1], malignant), (estimate[2], benign))
    ]
    middle = float(estimate[3])
    return [(float(low[0]), float(high[0])), *shares, (middle - float(half), middle + float(half))]


def _difference_rows(
    scores: Scores,
    half: pd.Series,
    words: tuple[str, tuple[str, str]],
    tools: tuple[StatisticsConfig, np.random.Generator],
) -> list[dict[str, object]]:
    (stratification, names), (config, rng) = words, tools
    first, second = ((half == name).to_numpy(dtype=np.bool_) for name in names)
    sides = dict(zip(names, (first, second), strict=True))
    cells = {f"{label} {name}": n for name, side in sides.items() for label, n in _cells(scores, side).items()}
    head = {
        "stratification": stratification,
        "stratum": names[1],
        "comparison": f"{names[1]} minus {names[0]}",
        "n": sum(cells.values()),
        "n_per_group": count_text(cells),
    }
    if min(cells.values()) < config.min_cell:
        return [head | {"metric": name, "effect_name": f"difference in {name}", "note": TOO_FEW} for name in METRICS]
    target = config.operating_sensitivity
    ends = [figures(scores, side, target) for side in (first, second)]
    low, high = square_and_add(ends, [np.array(_intervals(scores, side, config)) for side in (first, second)])
    found = ends[1] - ends[0]
    null = np.stack([_reassigned(scores, first, second, (target, rng)) for _ in range(config.permutations)])
    p_values = (1 + (np.abs(null) >= np.abs(found) - ROUNDING).sum(axis=0)) / (1 + len(null))
    columns = ("effect", "ci_low", "ci_high", "p_value")
    return [
        head
        | {"metric": name, "effect_name": f"difference in {name}", "method": DIFFERENCE}
        | dict(zip(columns, numbers, strict=True))
        for name, *numbers in zip(METRICS, found, low, high, p_values, strict=True)
    ]


def square_and_add(estimates: Sequence[FloatArray], intervals: Sequence[FloatArray]) -> tuple[FloatArray, FloatArray]:
    """Interval of the second minus the first of two independent figures from their own intervals.

    Newcombe's square-and-add rule (Stat Med 1998;17:873; Zou and Donner, Stat Med 2008;27:1693).

    Parameters
    ----------
    estimates : two ndarray of shape (figures,)
    intervals : two ndarray of shape (figures, 2)

    Examples
    --------
    >>> low, high = square_and_add([np.array([0.5]), np.array([0.9])], [np.array([[0.2, 0.8]]), np.array([[0.5, 1.0]])])
    >>> (low.round(3).item(), high.round(3).item())
    (-0.1, 0.716)
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
