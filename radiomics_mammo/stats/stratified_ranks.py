"""Ranks within blocks: several groups compared among women of one class only, all classes added up."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy.stats import rankdata

from radiomics_mammo.stats.ranks import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class StratifiedRanks:
    """Rank scores of several groups within blocks: the van Elteren test for any number of groups.

    Ranks within a block are divided by its size plus one (modified ridits). Sums of scores by group, less what is
    expected of a random order within blocks, with their covariance, give a quadratic form that is chi-squared with as
    many degrees of freedom as groups less one (van Elteren, Bull Int Stat Inst 1960;37:351; Landis, Heyman and Koch,
    Int Stat Rev 1978;46:237). With one block it is Kruskal-Wallis with ties, and a contrast is Dunn's.

    Parameters
    ----------
    values : ndarray of shape (n, columns)
        No missing values.
    group, block : ndarray of int, shape (n,)

    Examples
    --------
    >>> ranks = StratifiedRanks(np.arange(6.0)[:, None], np.array([0, 0, 1, 1, 2, 2]), np.zeros(6, dtype=np.int64))
    >>> ranks.quadratic()[0].round(3).tolist()
    [4.571]
    """

    values: FloatArray = field(repr=False)
    group: IntArray = field(repr=False)
    block: IntArray = field(repr=False)

    @cached_property
    def _sums(self) -> tuple[FloatArray, FloatArray]:
        """Centred sums of scores, shape (columns, groups), and their covariance, shape (columns, groups, groups)."""
        numbers = np.unique(self.group)
        member = (self.group[:, None] == numbers[None, :]).astype(np.float64)
        columns = self.values.shape[1]
        sums, covariance = np.zeros((columns, len(numbers))), np.zeros((columns, len(numbers), len(numbers)))
        for number in np.unique(self.block):
            here = self.block == number
            n = int(here.sum())
            if n < 2:
                continue
            score = rankdata(self.values[here], axis=0) / (n + 1)
            centred, counts = score - score.mean(axis=0), member[here].sum(axis=0)
            sums += centred.T @ member[here]
            shape = np.diag(counts) - np.outer(counts, counts) / n
            covariance += (centred**2).sum(axis=0)[:, None, None] / (n - 1) * shape
        return sums, covariance

    def quadratic(self) -> tuple[FloatArray, int]:
        """Chi-squared statistic of every column, NaN where nothing can vary, and its degrees of freedom."""
        sums, covariance = self._sums
        degrees = sums.shape[1] - 1
        inverse = np.linalg.pinv(covariance, rcond=1e-10, hermitian=True)
        statistic = np.einsum("ci,cij,cj->c", sums, inverse, sums)
        ranks = np.linalg.matrix_rank(covariance, tol=1e-12, hermitian=True) if len(covariance) else np.zeros(0)
        return np.where(ranks == degrees, statistic, np.nan), degrees

    def contrast(self, first: int, second: int) -> float:
        """Z of the mean score of the second group minus that of the first, one column."""
        sums, covariance = self._sums
        numbers = np.unique(self.group).tolist()
        weight = np.zeros(len(numbers))
        weight[numbers.index(second)] = 1 / (self.group == second).sum()
        weight[numbers.index(first)] = -1 / (self.group == first).sum()
        variance = float(weight @ covariance[0] @ weight)
        return float(weight @ sums[0]) / variance**0.5 if variance > 0 else float("nan")


def within_blocks(value: FloatArray, group: IntArray, block: IntArray, pair: tuple[int, int]) -> float:
    """P(second group > first) + P(equal) / 2 over pairs of one block; NaN where no block holds both groups.

    Examples
    --------
    >>> value, group = np.array([1.0, 2.0, 30.0, 20.0]), np.array([0, 1, 0, 1])
    >>> within_blocks(value, group, np.array([0, 0, 1, 1]), (0, 1))
    0.5
    """
    wins = pairs = 0.0
    for number in np.unique(block):
        low, high = (value[(block == number) & (group == one)] for one in pair)
        wins += float((np.sign(high[:, None] - low[None, :]) + 1).sum()) / 2
        pairs += len(low) * len(high)
    return wins / pairs if pairs else float("nan")
