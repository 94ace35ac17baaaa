"""Standardised differences and tests of one patient characteristic between two classes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import chi2_contingency, fisher_exact, norm

from radiomics_mammo.stats.ranks import FloatArray, constant_columns
from radiomics_mammo.stats.rows import CONSTANT, TOO_FEW
from radiomics_mammo.stats.two_groups import compare_two_groups

FISHER = "Fisher's exact test"
CHI_SQUARED = "chi-squared test, p by random relabelling"
CONTINUOUS_EFFECT = "standardised mean difference"
CATEGORICAL_EFFECT = "standardised difference (Mahalanobis)"


@dataclass(frozen=True)
class Difference:
    """How one characteristic differs between two classes; NaN where it cannot be said, with the reason in `note`."""

    effect_name: str
    effect: float = np.nan
    ci_low: float = np.nan
    ci_high: float = np.nan
    statistic: float = np.nan
    p_value: float = np.nan
    method: str = ""
    note: str = ""


def continuous_difference(
    first: FloatArray, second: FloatArray, *, min_cell: int, confidence: float = 0.95
) -> Difference:
    """Standardised mean difference second minus first, and Mann-Whitney test.

    Parameters
    ----------
    first, second : ndarray
        One value per patient, no missing values.

    Notes
    -----
    ``d = (m2 - m1) / sqrt((s1^2 + s2^2) / 2)`` (Austin, Stat Med 2009;28:3083), interval from
    ``sqrt((n1 + n2) / (n1 n2) + d^2 / (2 (n1 + n2)))``.

    Examples
    --------
    >>> found = continuous_difference(np.array([1.0, 2.0, 3.0]), np.array([2.0, 3.0, 4.0]), min_cell=3)
    >>> (found.effect, round(found.p_value, 3))
    (1.0, 0.369)
    """
    if min(len(first), len(second)) < min_cell:
        return Difference(CONTINUOUS_EFFECT, note=TOO_FEW)
    tested = compare_two_groups(
        pd.DataFrame({"value": np.concatenate([first, second])}),
        np.repeat([False, True], [len(first), len(second)]),
        min_cell=min_cell,
    ).iloc[0]
    inside = [constant_columns(side[:, None])[0] for side in (first, second)]
    if tested["note"] or all(inside):
        note = tested["note"] or "no spread within the classes"
        return Difference(CONTINUOUS_EFFECT, p_value=float(tested["p_value"]), method=tested["method"], note=note)
    spread = float(np.sqrt((first.var(ddof=1) + second.var(ddof=1)) / 2))
    effect = float(second.mean() - first.mean()) / spread
    low, high = smd_interval(effect, len(first), len(second), confidence=confidence)
    statistic, p_value = float(tested["statistic"]), float(tested["p_value"])
    return Difference(CONTINUOUS_EFFECT, effect, low, high, statistic, p_value, tested["method"], tested["note"])


def smd_interval(effect: float, n_first: int, n_second: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """Large-sample interval of a standardised difference (Hedges and Olkin 1985).

    Examples
    --------
    >>> low, high = smd_interval(0.0, 50, 50)
    >>> (round(low, 3), round(high, 3))
    (-0.392, 0.392)
    """
    total = n_first + n_second
    error = float(np.sqrt(total / (n_first * n_second) + effect**2 / (2 * total)))
    half = float(norm.ppf((1 + confidence) / 2)) * error
    return effect - half, effect + half


def categorical_difference(
    table: NDArray[np.int64], *, rng: np.random.Generator, permutations: int, min_cell: int, confidence: float = 0.95
) -> Difference:
    """Standardised difference of several proportions, and an exact or relabelling test.

    Parameters
    ----------
    table : ndarray of int, shape (2, levels)
        Patients per class and level.
    rng : numpy.random.Generator
        For the relabelling test of more than two levels.
    permutations : int
        Random relabellings.

    Notes
    -----
    Mahalanobis distance between the proportions (Yang and Dalton, SAS Global Forum 2012, paper 335); never negative,
    therefore its interval is cut at zero. Two levels: Fisher's exact test.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> found = categorical_difference(np.array([[3, 1], [1, 3]]), rng=rng, permutations=100, min_cell=2)
    >>> (round(found.effect, 3), round(found.p_value, 3))
    (1.155, 0.486)
    """
    table = table[:, table.sum(axis=0) > 0]
    sizes = table.sum(axis=1)
    if sizes.min() < min_cell:
        return Difference(CATEGORICAL_EFFECT, note=TOO_FEW)
    if table.shape[1] < 2:
        return Difference(CATEGORICAL_EFFECT, note=CONSTANT)
    effect = _mahalanobis(table / sizes[:, None])
    low, high = smd_interval(effect, int(sizes[0]), int(sizes[1]), confidence=confidence)
    if table.shape[1] == 2:
        statistic, p_value, method = np.nan, float(fisher_exact(table).pvalue), FISHER
    else:
        statistic, p_value = relabelling_test(table, rng=rng, permutations=permutations)
        method = CHI_SQUARED
    note = "" if np.isfinite(effect) else "the classes share no spread"
    return Difference(CATEGORICAL_EFFECT, effect, float(np.maximum(0.0, low)), high, statistic, p_value, method, note)


def _mahalanobis(proportions: FloatArray) -> float:
    shares = proportions[:, 1:]
    gap = shares[1] - shares[0]
    covariance = sum((np.diag(share) - np.outer(share, share) for share in shares), np.zeros((len(gap), len(gap)))) / 2
    inverse = np.linalg.pinv(covariance, hermitian=True)
    explained = np.allclose(covariance @ inverse @ gap, gap)
    return float(np.sqrt(gap @ inverse @ gap)) if explained else float("nan")


def relabelling_test(table: NDArray[np.int64], *, rng: np.random.Generator, permutations: int) -> tuple[float, float]:
    """Chi-squared statistic of a table and its p value with both margins fixed, by random relabelling.

    ``p = (1 + number at least as large) / (1 + permutations)``.

    Examples
    --------
    >>> relabelling_test(np.array([[5, 5, 5], [5, 5, 5]]), rng=np.random.default_rng(0), permutations=100)
    (0.0, 1.0)
    """
    observed = chi2_contingency(table, correction=False)
    drawn = rng.multivariate_hypergeometric(table.sum(axis=0), int(table[0].sum()), size=permutations)
    expected = np.asarray(observed.expected_freq)
    first = ((drawn - expected[0]) ** 2 / expected[0]).sum(axis=1)
    second = ((drawn - expected[0]) ** 2 / expected[1]).sum(axis=1)
    reached = int((first + second >= observed.statistic * (1 - 1e-9)).sum())
    return float(observed.statistic), (1 + reached) / (1 + permutations)
