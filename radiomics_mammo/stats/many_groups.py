"""Kruskal-Wallis, epsilon squared and Dunn's comparisons of several groups, for many features at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.special import ncfdtr
from scipy.stats import chi2, norm

from radiomics_mammo.stats.across_strata import compare_across_strata, groups_to_test, stratum_medians
from radiomics_mammo.stats.multiplicity import adjust_holm
from radiomics_mammo.stats.ranks import FloatArray, IntArray, average_ranks, tie_sizes
from radiomics_mammo.stats.rows import count_text
from radiomics_mammo.stats.two_groups import auc_interval

KRUSKAL_WALLIS = "Kruskal-Wallis, chi-squared approximation with ties"
DUNN = "Dunn, ties corrected"

PAIR_COLUMNS = [
    "comparison",
    "n",
    "n_per_group",
    "statistic",
    "effect",
    "ci_low",
    "ci_high",
    "p_value",
    "q_value",
    "method",
]

MAX_NONCENTRALITY = 1e6
"""Upper end of the search for a noncentrality: an effect indistinguishable from 1."""

BISECTIONS = 100
"""Halvings of that search: to the precision of a double."""


def compare_many_groups(
    values: pd.DataFrame, group: IntArray, *, names: Sequence[str], min_cell: int, confidence: float = 0.95
) -> pd.DataFrame:
    """Kruskal-Wallis test over the strata that are large enough, feature by feature.

    Parameters
    ----------
    values : DataFrame of shape (patients, features)
    group : ndarray of int, shape (patients,)
        Number of the stratum in `names`; negative is missing.
    names : sequence of str
        Names of the strata in order.
    min_cell : int
        Strata with fewer patients are counted, described and left out of the test.
    confidence : float
        Of the interval of epsilon squared.

    Returns
    -------
    DataFrame, one row per feature
        `n` and `n_per_group` (all strata), `statistic` (H), `effect` (epsilon squared, H / (n - 1)) with the interval
        of `epsilon_squared_interval`, `p_value`, `method`, `note`, and ``median_<stratum>``.

    Examples
    --------
    >>> values = pd.DataFrame({"f": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]})
    >>> found = compare_many_groups(values, np.array([0, 0, 1, 1, 2, 2]), names=["a", "b", "c"], min_cell=2)
    >>> found[["statistic", "p_value"]].iloc[0].round(3).tolist()
    [4.571, 0.102]
    """
    tested = compare_across_strata(
        partial(_kruskal_wallis, confidence=confidence),
        values,
        group,
        names=names,
        min_cell=min_cell,
        method=KRUSKAL_WALLIS,
    )
    return tested.join(stratum_medians(values, group, names=names))


def _kruskal_wallis(values: FloatArray, group: IntArray, *, confidence: float) -> dict[str, FloatArray]:
    n, numbers = len(values), np.unique(group)
    ranks = average_ranks(values)
    total = ((ranks - (n + 1) / 2) ** 2).sum(axis=0)
    between = np.zeros(values.shape[1])
    for number in numbers:
        member = group == number
        between += member.sum() * (ranks[member].mean(axis=0) - (n + 1) / 2) ** 2
    effect = np.minimum(between / total, 1.0)
    low, high = epsilon_squared_interval(effect, n=n, groups=len(numbers), confidence=confidence)
    statistic = (n - 1) * effect
    p_value = np.asarray(chi2.sf(statistic, len(numbers) - 1))
    return {"statistic": statistic, "effect": effect, "ci_low": low, "ci_high": high, "p_value": p_value}


def epsilon_squared_interval(
    effect: FloatArray, *, n: int, groups: int, confidence: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Interval of epsilon squared by inverting the noncentral F of the analysis of variance of ranks.

    Steiger (Psychol Methods 2004;9:164) applied to ranks; widened where needed to hold the estimate, which is biased
    upwards when strata hardly differ.

    Examples
    --------
    >>> low, high = epsilon_squared_interval(np.array([0.0, 0.3]), n=60, groups=4)
    >>> low.round(2).tolist(), high.round(2).tolist()
    ([0.0, 0.09], [0.0, 0.44])
    """
    between, within = groups - 1, n - groups
    ratio = effect / np.maximum(1 - effect, 1e-12) * within / between
    tail = (1 - confidence) / 2
    low, high = (_noncentrality(ratio, (between, within), level=level) for level in (1 - tail, tail))
    return np.minimum(low / (low + n), effect), np.maximum(high / (high + n), effect)


def _noncentrality(ratio: FloatArray, degrees: tuple[int, int], *, level: float) -> FloatArray:
    """Noncentrality at which the ratio has the given cumulative probability; 0 when none is small enough."""
    low, high = np.zeros_like(ratio), np.full_like(ratio, MAX_NONCENTRALITY)
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        above = ncfdtr(*degrees, middle, ratio) > level
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return np.asarray(low, dtype=np.float64)


def compare_pairs(
    values: pd.DataFrame, group: IntArray, *, names: Sequence[str], min_cell: int, confidence: float = 0.95
) -> pd.DataFrame:
    """Dunn's comparison of every pair of strata, Holm-adjusted within the feature.

    Returns
    -------
    DataFrame, one row per feature and pair
        `feature`, `comparison`, `n`, `n_per_group`, `statistic` (z), `effect` (common-language effect of the later
        stratum) with interval, `p_value`, `q_value`, `method`. Dunn (Technometrics 1964;6:241), ties corrected.

    Examples
    --------
    >>> values = pd.DataFrame({"f": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]})
    >>> pairs = compare_pairs(values, np.array([0, 0, 1, 1, 2, 2]), names=["a", "b", "c"], min_cell=2)
    >>> pairs[["p_value", "q_value"]].round(3).iloc[1].tolist()
    [0.033, 0.098]
    """
    tables = []
    for feature in values.columns:
        value = values[feature].to_numpy(np.float64)
        here = np.where(np.isfinite(value), group, -1)
        kept = np.isin(here, groups_to_test(here, min_cell=min_cell))
        if len(np.unique(here[kept])) >= 2 and len(np.unique(value[kept])) >= 2:
            pairs = _dunn(value[kept], here[kept], names)
            pairs.insert(0, "feature", str(feature))
            tables.append(pairs)
    if not tables:
        return pd.DataFrame(columns=["feature", *PAIR_COLUMNS])
    together = pd.concat(tables, ignore_index=True)
    first, second = together.pop("n_first").to_numpy(), together.pop("n_second").to_numpy()
    effect = together["effect"].to_numpy(np.float64)
    low, high = auc_interval(effect, n_first=first, n_second=second, confidence=confidence)
    return together.assign(n=first + second, ci_low=low, ci_high=high, method=DUNN)[["feature", *PAIR_COLUMNS]]


def _dunn(value: FloatArray, group: IntArray, names: Sequence[str]) -> pd.DataFrame:
    n, column = len(value), value[:, None]
    ranks = average_ranks(column).ravel()
    ties = float((tie_sizes(column) ** 2 - 1).sum())
    variance = n * (n + 1) / 12 - ties / (12 * (n - 1))
    rows = []
    for first, second in combinations(np.unique(group), 2):
        a, b = group == first, group == second
        n_a, n_b = int(a.sum()), int(b.sum())
        z = float((ranks[b].mean() - ranks[a].mean()) / np.sqrt(variance * (1 / n_a + 1 / n_b)))
        pair_ranks = average_ranks(column[a | b]).ravel()
        wins = pair_ranks[group[a | b] == second].sum() - n_b * (n_b + 1) / 2
        counts = count_text({names[first]: n_a, names[second]: n_b})
        p_value = float(2 * norm.sf(abs(z)))
        rows.append((f"{names[second]} vs {names[first]}", n_a, n_b, counts, z, wins / (n_a * n_b), p_value))
    columns = ["comparison", "n_first", "n_second", "n_per_group", "statistic", "effect", "p_value"]
    table = pd.DataFrame(rows, columns=columns)
    return table.assign(q_value=adjust_holm(table["p_value"].to_numpy(np.float64)))
