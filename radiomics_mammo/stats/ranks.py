"""Many columns at once: missing values, ties, constant columns, and the null distributions that bound intervals.

The rank tests themselves are SciPy's (`mannwhitneyu`, `kruskal`, `wilcoxon`), all columns in one call. The null
distributions are here because SciPy keeps its own private and the intervals of Moses and Tukey need their quantiles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import rankdata

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

ROUNDING = 1e-12
"""Relative spread below which the values of a column differ by rounding only."""
CONSTANT = "constant feature"
COLUMNS_AT_ONCE = 200
"""Columns tested together: bounds the memory of their pairwise differences."""
MAX_EXACT_PAIRS = 2500
"""Largest product of group sizes for which the exact distribution is used; beyond it the normal one is as good."""
MAX_EXACT_DIFFERENCES = 100
"""Largest number of differences for which the exact signed-rank distribution is used."""


Cells = tuple[Mapping[str, float | str], BoolArray | None]
"""Result columns known before a test (counts, and in ``note`` why it is not made), and the rows that enter it."""


def compare_columns(
    values: pd.DataFrame,
    cells: Callable[[BoolArray], Cells],
    test: Callable[[FloatArray, BoolArray], Mapping[str, NDArray[np.generic]]],
    *,
    numbers: Sequence[str],
    flat: tuple[Callable[[FloatArray], BoolArray], str] | None = None,
) -> pd.DataFrame:
    """A test of every column on the rows where it is measured.

    Parameters
    ----------
    values : DataFrame of shape (patients, features)
        Anything not finite is missing.
    cells : callable
        From the rows that are measured to the cells of the test.
    test : callable
        From the values of complete rows and varying columns, and the rows used, to result columns.
    numbers : sequence of str
        Names of the numeric result columns.
    flat : (callable, str), optional
        Which columns cannot be tested, and the note that says so; by default those that are constant.

    Returns
    -------
    DataFrame, one row per column of `values`
        `numbers`, then the words `n_per_group`, `method` and `note`.
    """
    is_flat, flat_note = flat or (constant_columns, CONSTANT)
    matrix = values.to_numpy(dtype=np.float64)
    found: dict[str, NDArray[np.generic]] = {name: np.full(matrix.shape[1], np.nan) for name in numbers}
    found |= {name: np.full(matrix.shape[1], "", dtype=object) for name in ("n_per_group", "method", "note")}
    for rows, columns in columns_by_missing_rows(matrix):
        facts, used = cells(rows)
        for name, fact in facts.items():
            found[name][columns] = fact
        if used is None:
            continue
        block = matrix[np.ix_(used, columns)]
        still = is_flat(block)
        found["note"][columns[still]] = flat_note
        varying = np.flatnonzero(~still)
        for start in range(0, len(varying), COLUMNS_AT_ONCE):
            part = varying[start : start + COLUMNS_AT_ONCE]
            for name, figures in test(block[:, part], used).items():
                found[name][columns[part]] = figures
    return pd.DataFrame(found, index=values.columns)


def columns_by_missing_rows(values: FloatArray) -> Iterator[tuple[BoolArray, IntArray]]:
    """Groups of columns that are measured (finite) on exactly the same rows: the rows, shape (n,), and the columns.

    Examples
    --------
    >>> table = np.array([[1.0, np.nan, 2.0], [3.0, 4.0, 5.0]])
    >>> [(rows.tolist(), columns.tolist()) for rows, columns in columns_by_missing_rows(table)]
    [([False, True], [1]), ([True, True], [0, 2])]
    """
    if values.shape[1] == 0:
        return
    patterns, group = np.unique(np.isfinite(values), axis=1, return_inverse=True)
    for number in range(patterns.shape[1]):
        yield patterns[:, number], np.flatnonzero(np.ravel(group) == number)


def tie_sizes(values: FloatArray) -> FloatArray:
    """For every entry, how many entries of its column equal it, itself included.

    Summing ``f(t) / t`` over the entries is the sum of ``f(t)`` over the groups of ties.

    Examples
    --------
    >>> tie_sizes(np.array([[3.0], [1.0], [3.0]])).ravel().tolist()
    [2.0, 1.0, 2.0]
    """
    high, low = (rankdata(values, method=method, axis=0) for method in ("max", "min"))
    return np.asarray(high - low + 1, dtype=np.float64)


def untied_columns(values: FloatArray) -> BoolArray:
    """Which columns hold no value twice.

    Examples
    --------
    >>> untied_columns(np.array([[3.0, 1.0], [1.0, 2.0], [3.0, 0.0]])).tolist()
    [False, True]
    """
    return np.asarray((np.diff(np.sort(values, axis=0), axis=0) > 0).all(axis=0), dtype=np.bool_)


def constant_columns(values: FloatArray) -> BoolArray:
    """Which columns hold one value only, apart from rounding (relative to their largest magnitude)."""
    spread = values.max(axis=0) - values.min(axis=0)
    return np.asarray(spread <= ROUNDING * np.abs(values).max(axis=0), dtype=np.bool_)


def bisect(
    holds: Callable[[FloatArray], BoolArray], inside: FloatArray, outside: FloatArray, *, halvings: int
) -> FloatArray:
    """Bisection of many intervals at once: the end of `inside` up to which a condition holds.

    Examples
    --------
    >>> bisect(lambda x: x**2 <= 2, np.array([0.0]), np.array([2.0]), halvings=60).round(6).tolist()
    [1.414214]
    """
    for _ in range(halvings):
        middle = (inside + outside) / 2
        held = holds(middle)
        inside, outside = np.where(held, middle, inside), np.where(held, outside, middle)
    return inside


@lru_cache(maxsize=256)
def mann_whitney_cdf(n_first: int, n_second: int) -> FloatArray:
    """P(U <= u) for u = 0 .. n_first * n_second under the null hypothesis, without ties.

    Recursion of Mann and Whitney (1947): the largest observation belongs to the first group with probability
    ``n_first / (n_first + n_second)`` and then exceeds all of the second.

    Examples
    --------
    >>> (mann_whitney_cdf(2, 2) * 6).round().astype(int).tolist()
    [1, 2, 4, 5, 6]
    """
    length = n_first * n_second + 1
    previous = [np.eye(1, length)[0] for _ in range(n_second + 1)]
    for first in range(1, n_first + 1):
        current = [np.eye(1, length)[0]]
        for second in range(1, n_second + 1):
            shifted = np.zeros(length)
            shifted[second:] = previous[second][: length - second]
            current.append((second * current[second - 1] + first * shifted) / (first + second))
        previous = current
    return _cumulative(previous[n_second])


@lru_cache(maxsize=256)
def signed_rank_cdf(n: int) -> FloatArray:
    """P(W <= w) for w = 0 .. n (n + 1) / 2 under the null hypothesis, without ties and zeros (Wilcoxon 1945).

    Examples
    --------
    >>> (signed_rank_cdf(3) * 8).round().astype(int).tolist()
    [1, 2, 3, 5, 6, 7, 8]
    """
    length = n * (n + 1) // 2 + 1
    mass = np.eye(1, length)[0]
    for rank in range(1, n + 1):
        shifted = np.zeros(length)
        shifted[rank:] = mass[: length - rank]
        mass = (mass + shifted) / 2
    return _cumulative(mass)


def _cumulative(mass: FloatArray) -> FloatArray:
    cumulative: FloatArray = np.minimum(np.cumsum(mass), 1.0)
    cumulative.setflags(write=False)
    return cumulative


def interval_order(cdf: FloatArray, *, confidence: float) -> int:
    """Order k such that the k-th smallest and k-th largest pairwise difference bound the shift (Moses).

    The coverage is ``1 - 2 P(statistic <= k - 1)``, the smallest one not below `confidence`. Zero: not attainable.

    Examples
    --------
    >>> interval_order(mann_whitney_cdf(5, 5), confidence=0.95)
    3
    """
    return int(np.searchsorted(cdf, (1 - confidence) / 2, side="right"))


def median_with_bounds(pairwise: FloatArray, order: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Median of every column, and its `order`-th smallest and largest entry; bounds are NaN for order zero."""
    ordered = np.sort(pairwise, axis=0)
    unknown = np.full(ordered.shape[1], np.nan)
    low, high = (ordered[order - 1], ordered[-order]) if order else (unknown, unknown)
    return np.median(ordered, axis=0), low, high
