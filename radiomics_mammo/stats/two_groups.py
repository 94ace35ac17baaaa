"""Mann-Whitney, common-language effect and Hodges-Lehmann shift of two groups, for many features at once."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import norm

from radiomics_mammo.stats.rank_null import MAX_EXACT_PAIRS, interval_order, mann_whitney_cdf, two_sided_p
from radiomics_mammo.stats.ranks import (
    BoolArray,
    FloatArray,
    IntArray,
    average_ranks,
    columns_by_missing_rows,
    constant_columns,
    tie_sizes,
)
from radiomics_mammo.stats.rows import ALL_MISSING, CONSTANT, TOO_FEW

COLUMNS_AT_ONCE = 200
"""Features whose pairwise differences are held in memory together."""

BISECTIONS = 60
"""Halvings of an interval of length one: beyond the precision of a double."""

ASYMPTOTIC = "Mann-Whitney, normal approximation with ties and continuity correction"
EXACT = "Mann-Whitney, exact"

Count = int | IntArray
"""Size of a group: one for all columns, or one a column."""

FIELDS = (
    "n_first",
    "n_second",
    "statistic",
    "effect",
    "ci_low",
    "ci_high",
    "shift",
    "shift_low",
    "shift_high",
    "p_value",
)


def compare_two_groups(
    values: pd.DataFrame, in_second: BoolArray, *, min_cell: int, confidence: float = 0.95
) -> pd.DataFrame:
    """Compare two groups of patients, feature by feature.

    Parameters
    ----------
    values : DataFrame of shape (patients, features)
        One row per patient; missing and infinite values are left out of their feature.
    in_second : ndarray of bool, shape (patients,)
        Membership of the second group (malignant); the others are the first (benign).
    min_cell : int
        Patients per group below which a feature is not tested.
    confidence : float
        Of both intervals.

    Returns
    -------
    DataFrame, one row per feature
        `n_first`, `n_second`; `statistic` (U of the second group); `effect` = P(second > first) + P(equal) / 2 with
        the interval of Newcombe (2006, method 5); `shift` = median of all differences second minus first with the
        interval of Moses; `p_value` (exact without ties, else normal with ties and continuity correction); `method`;
        `note`, which says why a p value is absent.

    Examples
    --------
    >>> values = pd.DataFrame({"area": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]})
    >>> second = np.array([False, False, False, True, True, True])
    >>> compare_two_groups(values, second, min_cell=3)[["effect", "shift", "p_value"]].iloc[0].round(3).tolist()
    [1.0, 3.0, 0.1]
    """
    matrix = values.to_numpy(dtype=np.float64)
    result = {name: np.full(matrix.shape[1], np.nan) for name in FIELDS}
    method = np.full(matrix.shape[1], "", dtype=object)
    note = np.full(matrix.shape[1], "", dtype=object)
    for rows, columns in columns_by_missing_rows(matrix):
        second = in_second[rows]
        n_second = int(second.sum())
        n_first = int(rows.sum()) - n_second
        result["n_first"][columns], result["n_second"][columns] = n_first, n_second
        if min(n_first, n_second) < min_cell:
            note[columns] = TOO_FEW if rows.any() else ALL_MISSING
            continue
        block = matrix[np.ix_(rows, columns)]
        flat = constant_columns(block)
        note[columns[flat]] = CONSTANT
        varying = np.flatnonzero(~flat)
        for start in range(0, len(varying), COLUMNS_AT_ONCE):
            part = varying[start : start + COLUMNS_AT_ONCE]
            tested = _compare_complete(block[~second][:, part], block[second][:, part], confidence=confidence)
            method[columns[part]] = tested.pop("method")
            for name, found in tested.items():
                result[name][columns[part]] = found
    return pd.DataFrame({**result, "method": method, "note": note}, index=values.columns)


def _compare_complete(first: FloatArray, second: FloatArray, *, confidence: float) -> dict[str, FloatArray]:
    n_first, n_second = len(first), len(second)
    together = np.vstack([first, second])
    statistic = average_ranks(together)[n_first:].sum(axis=0) - n_second * (n_second + 1) / 2
    sizes = tie_sizes(together)
    exact = (sizes.max(axis=0) == 1) & (n_first * n_second <= MAX_EXACT_PAIRS)
    p_value = _normal_p(statistic, sizes, n_first=n_first, n_second=n_second)
    if exact.any():
        p_value[exact] = two_sided_p(mann_whitney_cdf(n_first, n_second), statistic[exact])
    effect = statistic / (n_first * n_second)
    low, high = auc_interval(effect, n_first=n_first, n_second=n_second, confidence=confidence)
    shift, shift_low, shift_high = hodges_lehmann(first, second, confidence=confidence)
    return {
        "statistic": statistic,
        "effect": effect,
        "ci_low": low,
        "ci_high": high,
        "shift": shift,
        "shift_low": shift_low,
        "shift_high": shift_high,
        "p_value": p_value,
        "method": np.where(exact, EXACT, ASYMPTOTIC),
    }


def _normal_p(statistic: FloatArray, sizes: FloatArray, *, n_first: int, n_second: int) -> FloatArray:
    total = n_first + n_second
    ties = (sizes**2 - 1).sum(axis=0)
    variance = n_first * n_second / 12 * (total + 1 - ties / (total * (total - 1)))
    excess = np.maximum(np.abs(statistic - n_first * n_second / 2) - 0.5, 0.0)
    return np.asarray(np.minimum(1.0, 2 * norm.sf(excess / np.sqrt(variance))), dtype=np.float64)


def auc_interval(
    auc: FloatArray, *, n_first: Count, n_second: Count, confidence: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Score-type interval of an area under the curve (Newcombe, Stat Med 2006;25:559, method 5).

    Stays inside [0, 1] and has positive width even when the groups do not overlap.

    Parameters
    ----------
    auc : ndarray
        P(second > first) + P(equal) / 2.
    n_first, n_second : int or ndarray
        Group sizes.

    Examples
    --------
    >>> low, high = auc_interval(np.array([0.85]), n_first=15, n_second=50)
    >>> (low.round(3).item(), high.round(3).item())
    (0.699, 0.929)
    """
    z = float(norm.ppf((1 + confidence) / 2))
    auc = np.asarray(auc, dtype=np.float64)
    low = _lower_bound(auc, n_first=n_first, n_second=n_second, z=z)
    high = 1 - _lower_bound(1 - auc, n_first=n_first, n_second=n_second, z=z)
    return low, high


def _lower_bound(auc: FloatArray, *, n_first: Count, n_second: Count, z: float) -> FloatArray:
    inside, outside = auc.copy(), np.zeros_like(auc)
    for _ in range(BISECTIONS):
        middle = (inside + outside) / 2
        variance = newcombe_variance(middle, n_first=n_first, n_second=n_second)
        reached = (auc - middle) ** 2 <= z**2 * variance
        inside, outside = np.where(reached, middle, inside), np.where(reached, outside, middle)
    return inside


def newcombe_variance(auc: FloatArray, *, n_first: Count, n_second: Count) -> FloatArray:
    """Variance of an AUC estimate as a function of the true AUC, symmetric in the two groups.

    Hanley and McNeil's variance with both groups' excess replaced by their mean (Newcombe 2006, method 5).

    Examples
    --------
    >>> bool(np.isclose(newcombe_variance(np.array(0.5), n_first=10, n_second=10), 21 / 1200))
    True
    """
    excess = (n_first + n_second) / 2 - 1
    factor = 1 + excess * (1 - auc) / (2 - auc) + excess * auc / (1 + auc)
    return np.asarray(auc * (1 - auc) * factor / (n_first * n_second), dtype=np.float64)


def hodges_lehmann(
    first: FloatArray, second: FloatArray, *, confidence: float = 0.95
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Median of all differences second minus first, with the interval of Moses, column by column.

    Parameters
    ----------
    first, second : ndarray of shape (n, columns)
        No missing values.

    Returns
    -------
    tuple of ndarray
        Shift, lower and upper bound; bounds are NaN where the groups are too small for the confidence.

    Examples
    --------
    >>> first, second = np.array([[1.0], [2.0], [4.0]]), np.array([[3.0], [8.0]])
    >>> hodges_lehmann(first, second, confidence=0.7)[0].item()
    3.0
    """
    differences = np.sort((second[:, None, :] - first[None, :, :]).reshape(-1, first.shape[1]), axis=0)
    shift = np.median(differences, axis=0)
    order = _moses_order(len(first), len(second), confidence=confidence)
    if order == 0:
        return shift, np.full_like(shift, np.nan), np.full_like(shift, np.nan)
    return shift, differences[order - 1], differences[-order]


def _moses_order(n_first: int, n_second: int, *, confidence: float) -> int:
    if n_first * n_second <= MAX_EXACT_PAIRS:
        return interval_order(mann_whitney_cdf(n_first, n_second), confidence=confidence)
    spread = np.sqrt(n_first * n_second * (n_first + n_second + 1) / 12)
    return max(0, int(np.floor(n_first * n_second / 2 - norm.ppf((1 + confidence) / 2) * spread)))
