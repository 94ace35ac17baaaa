"""Jonckheere-Terpstra trend over ordered strata with Somers' D as its effect, for many features at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd
from scipy.stats import norm

from radiomics_mammo.stats.across_strata import compare_across_strata
from radiomics_mammo.stats.ranks import FloatArray, IntArray, tie_sizes
from radiomics_mammo.stats.rows import join_notes
from radiomics_mammo.stats.two_groups import auc_interval

JONCKHEERE = "Jonckheere-Terpstra, normal approximation with ties"
NO_INTERVAL = "interval not defined at a perfect order"


def trend_over_groups(
    values: pd.DataFrame, group: IntArray, *, names: Sequence[str], min_cell: int, confidence: float = 0.95
) -> pd.DataFrame:
    """Test of a monotone trend over the strata that are large enough, feature by feature.

    Parameters
    ----------
    values : DataFrame of shape (patients, features)
    group : ndarray of int, shape (patients,)
        Number of the ordered stratum in `names`; negative is missing.
    names : sequence of str
    min_cell : int
        Strata with fewer patients are counted and left out of the test.
    confidence : float
        Of the interval of Somers' D.

    Returns
    -------
    DataFrame, one row per feature
        `n`, `n_per_group`, `statistic` (J), `effect` (Somers' D of the feature given the stratum: positive when it
        rises) with the jackknife interval of Newson on the inverse hyperbolic tangent scale (between two strata
        ``2 A - 1`` of the common-language effect A with its score interval), two-sided `p_value`,
        `method`, `note`.

    Notes
    -----
    Variance with ties: Hollander and Wolfe, Nonparametric Statistical Methods, equation 6.19.

    Examples
    --------
    >>> values = pd.DataFrame({"f": [1.0, 2.0, 3.0, 2.5, 4.0, 5.0, 4.5, 6.0, 7.0]})
    >>> found = trend_over_groups(values, np.repeat([0, 1, 2], 3), names=["a", "b", "c"], min_cell=3)
    >>> found["statistic"].item(), round(found["p_value"].item(), 3)
    (25.0, 0.0...)
    """
    tested = compare_across_strata(
        partial(_jonckheere, confidence=confidence), values, group, names=names, min_cell=min_cell, method=JONCKHEERE
    )
    perfect = (tested["effect"].abs() >= 1) & tested["ci_low"].isna()
    told = [join_notes(note, NO_INTERVAL) for note in tested["note"]]
    return tested.assign(note=np.where(perfect, told, tested["note"]))


def _jonckheere(values: FloatArray, group: IntArray, *, confidence: float) -> dict[str, FloatArray]:
    later = np.sign(group[None, :] - group[:, None]).astype(np.float64)
    concordance = np.stack([later[row] @ np.sign(values - values[row]) for row in range(len(values))])
    comparable = np.abs(later).sum(axis=1)
    total, pairs = concordance.sum(axis=0), comparable.sum()
    counts = np.unique(group, return_counts=True)[1]
    variance = trend_variance(counts, tie_sizes(values))
    # half of `total` is concordant minus discordant pairs; J counts concordant pairs, ties for one half
    z = (total / 4) / np.sqrt(variance)
    effect = total / pairs
    if len(counts) == 2:
        n_first, n_second = map(int, counts)
        bounds = auc_interval((effect + 1) / 2, n_first=n_first, n_second=n_second, confidence=confidence)
        low, high = (2 * bound - 1 for bound in bounds)
    else:
        left_out = (total - 2 * concordance) / (pairs - 2 * comparable)[:, None]
        low, high = _somers_interval(effect, left_out, confidence)
    return {
        "statistic": pairs / 4 + total / 4,
        "effect": effect,
        "ci_low": low,
        "ci_high": high,
        "p_value": np.asarray(2 * norm.sf(np.abs(z))),
    }


def trend_variance(counts: IntArray, sizes: FloatArray) -> FloatArray:
    """Null variance of the Jonckheere statistic with ties, column by column.

    Parameters
    ----------
    counts : ndarray of int
        Patients per stratum.
    sizes : ndarray of shape (n, columns)
        For every entry, how many entries of its column equal it (`tie_sizes`).

    Examples
    --------
    Two strata of two without ties: the Mann-Whitney variance 2 * 2 * 5 / 12.

    >>> trend_variance(np.array([2, 2]), np.ones((4, 1))).round(4).tolist()
    [1.6667]
    """
    group, n = counts.astype(np.float64), float(counts.sum())
    # sums over the entries of f(t) / t are sums of f(t) over groups of ties
    first = n * (n - 1) * (2 * n + 5) - (group * (group - 1) * (2 * group + 5)).sum()
    tied = ((sizes - 1) * (2 * sizes + 5)).sum(axis=0)
    triples = (group * (group - 1) * (group - 2)).sum() * ((sizes - 1) * (sizes - 2)).sum(axis=0)
    doubles = (group * (group - 1)).sum() * (sizes - 1).sum(axis=0)
    variance = (first - tied) / 72 + doubles / (8 * n * (n - 1))
    if n > 2:
        variance = variance + triples / (36 * n * (n - 1) * (n - 2))
    return np.asarray(variance, dtype=np.float64)


def _somers_interval(effect: FloatArray, left_out: FloatArray, confidence: float) -> tuple[FloatArray, FloatArray]:
    n = len(left_out)
    error = np.sqrt((n - 1) / n * ((left_out - left_out.mean(axis=0)) ** 2).sum(axis=0))
    perfect = np.abs(effect) >= 1
    inside = np.where(perfect, 0.0, effect)
    half = norm.ppf((1 + confidence) / 2) * error / (1 - inside**2)
    low, high = np.tanh(np.arctanh(inside) - half), np.tanh(np.arctanh(inside) + half)
    return np.where(perfect, np.nan, low), np.where(perfect, np.nan, high)
