"""What else could tell the label (scanner, size, spacing, interval, side), and the AUC once it cannot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from radiomics_mammo.config.analysis import StatisticsConfig
from radiomics_mammo.stats.cohort import difference, known_values, patient_characteristics
from radiomics_mammo.stats.fairness import NO_PREDICTIONS, Scores, auc_bounds, logits, primary_scores, resampled
from radiomics_mammo.stats.measurements import Layout
from radiomics_mammo.stats.ranks import BoolArray, FloatArray, IntArray
from radiomics_mammo.stats.statistical_table import DESCRIPTIVE, TOO_FEW, Result, StatisticalTable, counted
from radiomics_mammo.stats.strata import LABELS, class_sizes
from radiomics_mammo.tables.resampling import share_bounds

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
RESAMPLED = "resampled patients, widened as in metrics.csv"
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
    tools = (study.config, resampled(scores, study))
    rows.append(_overall(scores, tools))
    rows += [_within(scores, known[name], tools) for name in VARIABLES]
    return [*rows, _together(scores, known, tools)]


def _association(values: pd.Series, label: pd.Series, study: Layout) -> Result:
    sides = {name: known_values(values[label == name]) for name in LABELS}
    found = difference(*sides.values(), config=study.config, rng=study.draws["predictions"])
    return _row(values.name, ASSOCIATION, {name: len(side) for name, side in sides.items()}).with_figures(found)


def _row(variable: object, analysis: str, sizes: Mapping[str, int]) -> Result:
    about, family = {"variable": str(variable), "analysis": analysis}, f"confounders, {analysis}"
    return replace(counted(sizes, "AUC"), about=about, family=family)


def _scored(row: Result, scores: Scores, tools: tuple[StatisticsConfig, FloatArray], note: str) -> Result:
    """The AUC of the scores with its interval."""
    config, weights = tools
    everyone = np.ones(len(scores.malignant), dtype=np.bool_)
    low, high = auc_bounds(scores, everyone, weights, confidence=config.confidence)
    return replace(row, effect=float(scores.wins.mean()), ci_low=low, ci_high=high, method=RESAMPLED, note=note)


def _overall(scores: Scores, tools: tuple[StatisticsConfig, FloatArray]) -> Result:
    config, _ = tools
    row = _row(ALL, OVERALL, class_sizes(scores.malignant))
    if min(scores.wins.shape) < config.min_cell:
        return replace(row, note=TOO_FEW)
    return _scored(row, scores, tools, DESCRIPTIVE)


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


def _within(scores: Scores, values: pd.Series, tools: tuple[StatisticsConfig, FloatArray]) -> Result:
    config, weights = tools
    level = levels_of(values)
    shared = np.intersect1d(level[scores.malignant], level[~scores.malignant])
    malignant = scores.malignant[np.isin(level, shared[shared >= 0])]
    row = _row(values.name, WITHIN, class_sizes(malignant))
    if min(class_sizes(malignant).values()) < config.min_cell:
        return replace(row, note=TOO_FEW)
    aucs = matched_auc(scores, level, weights)
    low, high = share_bounds(aucs, patients=min(class_sizes(malignant).values()), confidence=config.confidence)
    return replace(
        row,
        effect=float(aucs[0]),
        ci_low=low,
        ci_high=high,
        method=f"pairs of equal level only; {RESAMPLED}",
        note=f"{DESCRIPTIVE}: the scores were learned from these labels",
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


def _together(scores: Scores, known: pd.DataFrame, tools: tuple[StatisticsConfig, FloatArray]) -> Result:
    config, _ = tools
    levels = [levels_of(known[name]) for name in known.columns]
    indicators = [(level == number).astype(np.float64) for level in levels for number in np.unique(level)[1:]]
    row = _row(ALL, TOGETHER, class_sizes(scores.malignant))
    if min(scores.wins.shape) < config.min_cell or ROWS_PER_TERM * (len(indicators) + 1) > len(known):
        return replace(row, note=TOO_FEW)
    logit = logits(scores.by_repeat)
    design = np.column_stack([np.ones(len(logit)), *indicators])
    residual = logit - design @ np.linalg.lstsq(design, logit, rcond=None)[0]
    note = f"{DESCRIPTIVE}; removes more than confounding where a characteristic goes with the disease"
    return _scored(row, Scores(scores.patient_id, scores.malignant, residual), tools, note)


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
