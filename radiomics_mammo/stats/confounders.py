"""What else could tell the label (scanner, size, spacing, interval, side), and the AUC once it cannot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

import numpy as np
import pandas as pd

from radiomics_mammo.config.statistics import StatisticsConfig
from radiomics_mammo.stats.differences import categorical_difference, continuous_difference
from radiomics_mammo.stats.fairness import NO_PREDICTIONS, Scores
from radiomics_mammo.stats.multiplicity import within_families
from radiomics_mammo.stats.ranks import ROUNDING, BoolArray, FloatArray, IntArray
from radiomics_mammo.stats.rows import DESCRIPTIVE, TOO_FEW, count_text, result_table
from radiomics_mammo.stats.strata import LABELS
from radiomics_mammo.stats.two_groups import auc_interval

KEYS = ("variable", "analysis")
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
WITHIN = "AUC of the primary model among pairs alike in this"
TOGETHER = "AUC of the primary model after removing what all of them predict of its score"
ALL = "all"
MOST_LEVELS = 6
"""A measured characteristic with more values than this is compared within thirds."""

ROWS_PER_TERM = 5
"""Patients per level below which the score is not regressed on all characteristics together."""


def confounder_table(
    characteristics: pd.DataFrame,
    patients: pd.DataFrame,
    scores: Scores | None,
    *,
    config: StatisticsConfig,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Association of every characteristic with the label, and the AUC within its levels.

    Parameters
    ----------
    characteristics : DataFrame
        Of `patient_characteristics`.
    patients : DataFrame
        Of `stratify`.
    scores : Scores or None
        Out-of-fold scores of the primary model.
    config : StatisticsConfig
    rng : numpy.random.Generator
    """
    labelled = patients[patients["label"].isin(LABELS)]
    known = characteristics.loc[labelled.index, list(VARIABLES)]
    rows = [_association(known[name], labelled["label"], config, rng) for name in VARIABLES]
    if scores is None:
        rows.append({"variable": ALL, "analysis": WITHIN, "note": NO_PREDICTIONS})
    else:
        scored = characteristics.reindex(scores.patient_id)[list(VARIABLES)]
        rows.append(_overall(scores, config))
        rows += [_within(scores, scored[name], config, rng) for name in VARIABLES]
        rows.append(_together(scores, scored, config))
    table = result_table([{"family": f"confounders, {row['analysis']}", **row} for row in rows], [*KEYS, "family"])
    return within_families(table).drop(columns="family")


def _association(
    values: pd.Series, label: pd.Series, config: StatisticsConfig, rng: np.random.Generator
) -> dict[str, object]:
    known = values.notna() & (values.astype(object) != "")
    sides = [values[known & (label == name)] for name in LABELS]
    if pd.api.types.is_float_dtype(values):
        first, second = (side.to_numpy(dtype=np.float64) for side in sides)
        found = continuous_difference(first, second, min_cell=config.min_cell, confidence=config.confidence)
    else:
        levels = sorted(set(values[known]))
        counts = np.array([[int((side == level).sum()) for level in levels] for side in sides], dtype=np.int64)
        found = categorical_difference(
            counts.reshape(2, -1),
            rng=rng,
            permutations=config.permutations,
            min_cell=config.min_cell,
            confidence=config.confidence,
        )
    sizes = {name: len(side) for name, side in zip(LABELS, sides, strict=True)}
    head = {
        "variable": values.name,
        "analysis": ASSOCIATION,
        "n": sum(sizes.values()),
        "n_per_group": count_text(sizes),
    }
    return head | asdict(found)


def _head(variable: object, analysis: str, malignant: BoolArray) -> dict[str, object]:
    sizes = {LABELS[0]: int((~malignant).sum()), LABELS[1]: int(malignant.sum())}
    words = {"variable": variable, "analysis": analysis, "effect_name": "AUC"}
    return words | {"n": len(malignant), "n_per_group": count_text(sizes)}


def _overall(scores: Scores, config: StatisticsConfig) -> dict[str, object]:
    row = _head(ALL, "AUC of the primary model, all pairs", scores.malignant)
    if min(scores.wins.shape) < config.min_cell:
        return row | {"note": TOO_FEW}
    return row | _score_interval(float(scores.wins.mean()), scores.wins.shape, config) | {"note": DESCRIPTIVE}


def _score_interval(auc: float, shape: tuple[int, ...], config: StatisticsConfig) -> dict[str, object]:
    low, high = auc_interval(np.array([auc]), n_first=shape[1], n_second=shape[0], confidence=config.confidence)
    return {"effect": auc, "ci_low": low[0], "ci_high": high[0], "method": "score interval by patient (Newcombe 2006)"}


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


def _within(scores: Scores, values: pd.Series, config: StatisticsConfig, rng: np.random.Generator) -> dict[str, object]:
    level = levels_of(values)
    mixed = [number for number in np.unique(level[level >= 0]) if _both_classes(scores, level == number)]
    used = np.isin(level, mixed)
    malignant = scores.malignant[used]
    row = _head(values.name, WITHIN, malignant)
    if min(malignant.sum(), (~malignant).sum()) < config.min_cell:
        return row | {"note": TOO_FEW}
    ones = np.ones((1, len(level)))
    auc = matched_auc(scores, level, ones)[0]
    drawn = matched_auc(scores, level, draw_weights(scores.malignant, rng=rng, draws=config.bootstrap_draws))
    low, high = np.nanquantile(drawn, [(1 - config.confidence) / 2, (1 + config.confidence) / 2])
    null = np.array([_relabelled_auc(scores, level, rng) for _ in range(config.permutations)])
    reached = int((np.abs(null - 0.5) >= abs(auc - 0.5) - ROUNDING).sum())
    row |= {
        "effect": auc,
        "ci_low": min(low, auc),
        "ci_high": max(high, auc),
        "p_value": (1 + reached) / (1 + len(null)),
    }
    method = "pairs of equal level only; bootstrap of patients within class; labels permuted within levels"
    return row | {"pairs": int(_alike(scores, level).sum()), "method": method}


def _both_classes(scores: Scores, member: BoolArray) -> bool:
    return bool((member & scores.malignant).any() and (member & ~scores.malignant).any())


def _alike(scores: Scores, level: IntArray) -> BoolArray:
    sick, well = level[scores.malignant], level[~scores.malignant]
    return np.asarray((sick[:, None] == well[None, :]) & (sick[:, None] >= 0), dtype=np.bool_)


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
    sick, well = weights[:, scores.malignant], weights[:, ~scores.malignant]
    pairs = ((sick @ alike) * well).sum(axis=1)
    wins = ((sick @ (alike * scores.wins)) * well).sum(axis=1)
    return np.asarray(np.divide(wins, pairs, out=np.full(len(pairs), np.nan), where=pairs > 0), dtype=np.float64)


def draw_weights(malignant: BoolArray, *, rng: np.random.Generator, draws: int) -> FloatArray:
    """How often every patient is in each bootstrap resample, drawn within class, shape (draws, patients).

    Examples
    --------
    >>> weights = draw_weights(np.array([True, False, False]), rng=np.random.default_rng(0), draws=4)
    >>> weights[:, 0].tolist(), weights[:, 1:].sum(axis=1).tolist()
    ([1.0, 1.0, 1.0, 1.0], [2.0, 2.0, 2.0, 2.0])
    """
    weights = np.zeros((draws, len(malignant)))
    for side in (malignant, ~malignant):
        size = int(side.sum())
        weights[:, side] = rng.multinomial(size, np.full(size, 1 / size), size=draws)
    return weights


def _relabelled_auc(scores: Scores, level: IntArray, rng: np.random.Generator) -> float:
    malignant = scores.malignant.copy()
    for number in np.unique(level[level >= 0]):
        place = np.flatnonzero(level == number)
        malignant[place] = rng.permutation(malignant[place])
    return float(
        matched_auc(Scores(scores.patient_id, malignant, scores.by_repeat), level, np.ones((1, len(level))))[0]
    )


def _together(scores: Scores, known: pd.DataFrame, config: StatisticsConfig) -> dict[str, object]:
    indicators: Mapping[str, FloatArray] = {
        f"{name} {number}": (level == number).astype(np.float64)
        for name, level in ((name, levels_of(known[name])) for name in known.columns)
        for number in np.unique(level)[1:]
    }
    row = _head(ALL, TOGETHER, scores.malignant)
    if min(scores.wins.shape) < config.min_cell or ROWS_PER_TERM * (len(indicators) + 1) > len(known):
        return row | {"note": TOO_FEW}
    bounded = np.clip(scores.by_repeat, 1e-6, 1 - 1e-6)
    logit = np.log(bounded / (1 - bounded))
    design = np.column_stack([np.ones(len(logit)), *indicators.values()])
    residual = logit - design @ np.linalg.lstsq(design, logit, rcond=None)[0]
    auc = float(Scores(scores.patient_id, scores.malignant, residual).wins.mean())
    note = f"{DESCRIPTIVE}; removes more than confounding where a characteristic goes with the disease"
    return row | _score_interval(auc, scores.wins.shape, config) | {"note": note}
