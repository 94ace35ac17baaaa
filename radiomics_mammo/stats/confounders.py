"""What else could tell the label (scanner, size, spacing, interval, side), and the AUC once it cannot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from radiomics_mammo.config.analysis import StatisticsConfig
from radiomics_mammo.stats.cohort import difference, known_values, patient_characteristics
from radiomics_mammo.stats.fairness import NO_PREDICTIONS, Scores, logits, primary_scores
from radiomics_mammo.stats.measurements import Layout
from radiomics_mammo.stats.ranks import ROUNDING, BoolArray, FloatArray, IntArray
from radiomics_mammo.stats.statistical_table import DESCRIPTIVE, TOO_FEW, Result, StatisticalTable, counted
from radiomics_mammo.stats.strata import LABELS, class_sizes
from radiomics_mammo.stats.two_groups import auc_interval
from radiomics_mammo.tables.resampling import patient_weights

VARIABLES = (
    "manufacturer, recent exam",
    "matrix, recent exam",
    "pixel spacing, recent exam, mm",
    "outlined copy, recent exam",
    "interval, years",
    "laterality",
)
"""Characteristics that have nothing to do with the disease; the size of the outlined copy is that of its JPEG."""
ASSOCIATION = "association with the label"
OVERALL = "AUC of the primary model, all pairs"
WITHIN = "AUC of the primary model among pairs alike in this"
TOGETHER = "AUC of the primary model after removing what all of them predict of its score"
ALL = "all"
MOST_LEVELS = 6
"""A measured characteristic with more values than this is compared within thirds."""
ROWS_PER_TERM = 5
"""Patients per level below which the score is not regressed on all characteristics together."""


def confounders(study: Layout) -> list[Result]:
    """Association of every characteristic with the label, and the AUC of the primary model within its levels."""
    labelled = study.patients[study.patients["label"].isin(LABELS)]
    every = patient_characteristics(study.tables, study.patients)[list(VARIABLES)]
    rows = [_association(every.loc[labelled.index, name], labelled["label"], study) for name in VARIABLES]
    scores = primary_scores(study.predictions)
    if scores is None:
        return [*rows, Result(about={"variable": ALL, "analysis": WITHIN}, family=WITHIN, note=NO_PREDICTIONS)]
    known = every.reindex(scores.patient_id)
    rows.append(_overall(scores, study.config))
    rows += [_within(scores, known[name], study.config, study.draws["predictions"]) for name in VARIABLES]
    return [*rows, _together(scores, known, study.config)]


def _association(values: pd.Series, label: pd.Series, study: Layout) -> Result:
    sides = {name: known_values(values[label == name]) for name in LABELS}
    found = difference(*sides.values(), config=study.config, rng=study.draws["predictions"])
    return _row(values.name, ASSOCIATION, {name: len(side) for name, side in sides.items()}).with_figures(found)


def _row(variable: object, analysis: str, sizes: Mapping[str, int]) -> Result:
    about, family = {"variable": str(variable), "analysis": analysis}, f"confounders, {analysis}"
    return replace(counted(sizes, "AUC"), about=about, family=family)


def _scored(row: Result, scores: Scores, config: StatisticsConfig, note: str) -> Result:
    """The AUC of the scores with its interval."""
    auc = float(scores.wins.mean())
    n_second, n_first = scores.wins.shape
    low, high = auc_interval(np.array([auc]), n_first=n_first, n_second=n_second, confidence=config.confidence)
    method = "score interval by patient (Newcombe 2006)"
    return replace(row, effect=auc, ci_low=low[0], ci_high=high[0], method=method, note=note)


def _overall(scores: Scores, config: StatisticsConfig) -> Result:
    row = _row(ALL, OVERALL, class_sizes(scores.malignant))
    if min(scores.wins.shape) < config.min_cell:
        return replace(row, note=TOO_FEW)
    return _scored(row, scores, config, DESCRIPTIVE)


def levels_of(values: pd.Series) -> IntArray:
    """Level of every patient, -1 where unknown; a measurement with many values is cut into thirds.

    Examples
    --------
    >>> levels_of(pd.Series(["GE", "", "FUJI", "GE"])).tolist()
    [1, -1, 0, 1]
    """
    if not pd.api.types.is_float_dtype(values):
        words = values.astype(object).where(values.notna() & (values.astype(object) != ""), None)
        return np.asarray(pd.factorize(words, sort=True)[0], dtype=np.int64)
    rounded = values.round(3)
    if rounded.nunique() > MOST_LEVELS:
        rounded = pd.qcut(values, 3, labels=False, duplicates="drop")
    return np.asarray(pd.factorize(rounded, sort=True)[0], dtype=np.int64)


def _within(scores: Scores, values: pd.Series, config: StatisticsConfig, rng: np.random.Generator) -> Result:
    level = levels_of(values)
    shared = np.intersect1d(level[scores.malignant], level[~scores.malignant])
    malignant = scores.malignant[np.isin(level, shared[shared >= 0])]
    row = _row(values.name, WITHIN, class_sizes(malignant))
    if min(class_sizes(malignant).values()) < config.min_cell:
        return replace(row, note=TOO_FEW)
    ids = scores.patient_id.to_numpy(dtype=str)
    weights = patient_weights(ids, scores.malignant, draws=config.bootstrap_draws, rng=rng)
    auc, *drawn = matched_auc(scores, level, weights).tolist()
    low, high = np.nanquantile(drawn, [(1 - config.confidence) / 2, (1 + config.confidence) / 2])
    null = np.array([_relabelled_auc(scores, level, rng) for _ in range(config.permutations)])
    reached = int((np.abs(null - 0.5) >= abs(auc - 0.5) - ROUNDING).sum())
    return replace(
        row,
        effect=auc,
        ci_low=min(low, auc),
        ci_high=max(high, auc),
        p_value=(1 + reached) / (1 + len(null)),
        method="pairs of equal level only; bootstrap of patients within class; labels permuted within levels",
        more={"pairs": int(_alike(scores, level).sum())},
    )


def _alike(scores: Scores, level: IntArray) -> BoolArray:
    malignant, benign = level[scores.malignant][:, None], level[~scores.malignant][None, :]
    return np.asarray((malignant == benign) & (malignant >= 0), dtype=np.bool_)


def matched_auc(scores: Scores, level: IntArray, weights: FloatArray) -> FloatArray:
    """AUC over pairs of a malignant and a benign patient of one level, under every row of patient weights.

    Parameters
    ----------
    scores : Scores
    level : ndarray of int, shape (patients,)
        -1 is unknown and takes no part.
    weights : ndarray of shape (draws, patients)

    Returns
    -------
    ndarray of shape (draws,)
        NaN for a draw without any such pair.

    Examples
    --------
    >>> scores = Scores(pd.Index(list("abcd")), np.array([True, True, False, False]),
    ...     np.array([[0.9], [0.2], [0.7], [0.1]]))
    >>> matched_auc(scores, np.array([0, 1, 0, 1]), np.ones((1, 4))).tolist()
    [1.0]
    """
    alike = _alike(scores, level).astype(np.float64)
    malignant, benign = weights[:, scores.malignant], weights[:, ~scores.malignant]
    pairs = ((malignant @ alike) * benign).sum(axis=1)
    wins = ((malignant @ (alike * scores.wins)) * benign).sum(axis=1)
    return np.asarray(np.divide(wins, pairs, out=np.full(len(pairs), np.nan), where=pairs > 0), dtype=np.float64)


def _relabelled_auc(scores: Scores, level: IntArray, rng: np.random.Generator) -> float:
    malignant = scores.malignant.copy()
    for number in np.unique(level[level >= 0]):
        place = np.flatnonzero(level == number)
        malignant[place] = rng.permutation(malignant[place])
    relabelled = Scores(scores.patient_id, malignant, scores.by_repeat)
    return float(matched_auc(relabelled, level, np.ones((1, len(level))))[0])


def _together(scores: Scores, known: pd.DataFrame, config: StatisticsConfig) -> Result:
    levels = [levels_of(known[name]) for name in known.columns]
    indicators = [(level == number).astype(np.float64) for level in levels for number in np.unique(level)[1:]]
    row = _row(ALL, TOGETHER, class_sizes(scores.malignant))
    if min(scores.wins.shape) < config.min_cell or ROWS_PER_TERM * (len(indicators) + 1) > len(known):
        return replace(row, note=TOO_FEW)
    logit = logits(scores.by_repeat)
    design = np.column_stack([np.ones(len(logit)), *indicators])
    residual = logit - design @ np.linalg.lstsq(design, logit, rcond=None)[0]
    note = f"{DESCRIPTIVE}; removes more than confounding where a characteristic goes with the disease"
    return _scored(row, Scores(scores.patient_id, scores.malignant, residual), config, note)


CONFOUNDERS = StatisticalTable(
    name="confounders",
    chapter="Confounders and power",
    caption="Technical characteristics against the label, and the AUC of the primary model among alike pairs; q: "
    "Benjamini-Hochberg within the analysis",
    keys=("variable", "analysis"),
    make=confounders,
    subject="Technical characteristics going with the label",
    counted=lambda table: table[table["analysis"] == ASSOCIATION],
)
