"""Ranks, ties and missing values of many columns at once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

ROUNDING = 1e-12
"""Relative spread below which the values of a column differ by rounding only."""


def columns_by_missing_rows(values: FloatArray) -> Iterator[tuple[BoolArray, IntArray]]:
    """Groups of columns that are measured on exactly the same rows.

    Parameters
    ----------
    values : ndarray of shape (n, columns)
        Anything not finite counts as missing.

    Yields
    ------
    rows : ndarray of bool, shape (n,)
        Rows with a value.
    columns : ndarray of int
        Columns with this set of rows.

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


def average_ranks(values: FloatArray) -> FloatArray:
    """Ranks within every column, from 1; ties share their mean rank. No missing values.

    Examples
    --------
    >>> average_ranks(np.array([[3.0], [1.0], [3.0]])).ravel().tolist()
    [2.5, 1.0, 2.5]
    """
    return np.asarray(rankdata(values, axis=0), dtype=np.float64)


def tie_sizes(values: FloatArray) -> FloatArray:
    """For every entry, how many entries of its column equal it, itself included.

    Summing ``f(t) / t`` over the entries is the sum of ``f(t)`` over the groups of ties.

    Examples
    --------
    >>> tie_sizes(np.array([[3.0], [1.0], [3.0]])).ravel().tolist()
    [2.0, 1.0, 2.0]
    """
    high = rankdata(values, method="max", axis=0)
    low = rankdata(values, method="min", axis=0)
    return np.asarray(high - low + 1, dtype=np.float64)


def constant_columns(values: FloatArray) -> BoolArray:
    """Which columns hold one value only, apart from rounding (relative to their largest magnitude).

    Examples
    --------
    >>> constant_columns(np.array([[3.0, 1.0], [3.0, 2.0]])).tolist()
    [True, False]
    """
    spread = values.max(axis=0) - values.min(axis=0)
    return np.asarray(spread <= ROUNDING * np.abs(values).max(axis=0), dtype=np.bool_)
