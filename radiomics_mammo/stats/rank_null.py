"""Exact null distributions of the Mann-Whitney and Wilcoxon statistics without ties."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from radiomics_mammo.stats.ranks import FloatArray

MAX_EXACT_PAIRS = 2500
"""Largest product of group sizes for which the exact distribution is used; beyond it the normal one is as good."""

MAX_EXACT_DIFFERENCES = 100
"""Largest number of differences for which the exact signed-rank distribution is used."""


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
    cumulative: FloatArray = np.minimum(np.cumsum(previous[n_second]), 1.0)
    cumulative.setflags(write=False)
    return cumulative


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
    cumulative: FloatArray = np.minimum(np.cumsum(mass), 1.0)
    cumulative.setflags(write=False)
    return cumulative


def two_sided_p(cdf: FloatArray, statistic: FloatArray) -> FloatArray:
    """Twice the smaller tail of a symmetric distribution on 0 .. len(cdf) - 1, at most 1.

    Examples
    --------
    >>> two_sided_p(mann_whitney_cdf(2, 2), np.array([0.0, 2.0])).round(3).tolist()
    [0.333, 1.0]
    """
    lower = np.minimum(statistic, len(cdf) - 1 - statistic).astype(np.int64)
    return np.asarray(np.minimum(1.0, 2 * cdf[lower]), dtype=np.float64)


def interval_order(cdf: FloatArray, *, confidence: float) -> int:
    """Order k such that the k-th smallest and k-th largest pairwise difference bound the shift (Moses).

    The coverage is ``1 - 2 P(statistic <= k - 1)``, the smallest one not below `confidence`. Zero: not attainable.

    Examples
    --------
    >>> interval_order(mann_whitney_cdf(5, 5), confidence=0.95)
    3
    """
    return int(np.searchsorted(cdf, (1 - confidence) / 2, side="right"))
