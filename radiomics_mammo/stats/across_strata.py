"""One test over several strata, feature by feature: which strata are large enough, and what is said of the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from radiomics_mammo.stats.ranks import FloatArray, IntArray, columns_by_missing_rows, constant_columns
from radiomics_mammo.stats.rows import CONSTANT, NO_STRATUM, ONE_STRATUM, TOO_FEW, count_text

NUMBERS = ("n", "statistic", "effect", "ci_low", "ci_high", "p_value")
WORDS = ("n_per_group", "method", "note")

StrataTest = Callable[[FloatArray, IntArray], Mapping[str, FloatArray]]
"""Values of shape (rows, columns), none missing and no column constant, and the stratum of each row, at least two of
them: `statistic`, `effect`, `ci_low`, `ci_high` and `p_value` of every column."""


def groups_to_test(group: IntArray, *, min_cell: int) -> IntArray:
    """Groups with at least `min_cell` members, in order; negative group numbers are missing.

    Examples
    --------
    >>> groups_to_test(np.array([0, 0, 1, 2, 2, -1]), min_cell=2).tolist()
    [0, 2]
    """
    numbers, counts = np.unique(group[group >= 0], return_counts=True)
    return np.asarray(numbers[counts >= min_cell], dtype=np.int64)


def strata_note(counts: Mapping[str, int], large: IntArray) -> str:
    """Which strata are not tested and why, in words; empty when all are.

    Parameters
    ----------
    counts : mapping of str to int
        Patients per stratum, in order.
    large : ndarray of int
        Numbers of the strata that are tested.

    Examples
    --------
    >>> strata_note({"a": 2, "b": 20, "c": 30}, np.array([1, 2]))
    'too few to test: a'
    """
    if not sum(counts.values()):
        return NO_STRATUM
    small = [name for number, (name, count) in enumerate(counts.items()) if number not in large and count]
    if len(large) < 2:
        return TOO_FEW if small else ONE_STRATUM
    return f"{TOO_FEW}: {', '.join(small)}" if small else ""


def compare_across_strata(
    test: StrataTest, values: pd.DataFrame, group: IntArray, *, names: Sequence[str], min_cell: int, method: str
) -> pd.DataFrame:
    """A test of every feature over the strata that are large enough.

    Parameters
    ----------
    test : StrataTest
    values : DataFrame of shape (patients, features)
    group : ndarray of int, shape (patients,)
        Number of the stratum in `names`; negative is missing.
    names : sequence of str
        Names of the strata in order.
    min_cell : int
        Strata with fewer patients are counted and left out of the test.
    method : str
        Name of the test, for the features it is made of.

    Returns
    -------
    DataFrame, one row per feature
        `NUMBERS` and `WORDS`; `n` and `n_per_group` count all strata, `note` says what was left out and why.
    """
    matrix = values.to_numpy(dtype=np.float64)
    numbers = {name: np.full(matrix.shape[1], np.nan) for name in NUMBERS}
    words = {name: np.full(matrix.shape[1], "", dtype=object) for name in WORDS}
    for rows, columns in columns_by_missing_rows(matrix):
        here = np.where(rows, group, -1)
        counts = {name: int((here == number).sum()) for number, name in enumerate(names)}
        large = groups_to_test(here, min_cell=min_cell)
        kept = np.isin(here, large)
        words["n_per_group"][columns], numbers["n"][columns] = count_text(counts), sum(counts.values())
        words["note"][columns] = strata_note(counts, large)
        if len(large) < 2:
            continue
        block = matrix[np.ix_(kept, columns)]
        flat = constant_columns(block)
        words["note"][columns[flat]] = CONSTANT
        tested = columns[~flat]
        words["method"][tested] = method
        for name, value in test(block[:, ~flat], here[kept]).items():
            numbers[name][tested] = value
    return pd.DataFrame({**numbers, **words}, index=values.columns)


def stratum_medians(values: pd.DataFrame, group: IntArray, *, names: Sequence[str]) -> pd.DataFrame:
    """Median of every feature in every stratum, as ``median_<stratum>``; empty where the stratum has no value.

    Examples
    --------
    >>> values = pd.DataFrame({"f": [1.0, 3.0, np.nan, 8.0]})
    >>> stratum_medians(values, np.array([0, 0, 1, -1]), names=["a", "b"]).to_numpy().tolist()
    [[2.0, nan]]
    """
    known = values.where(np.isfinite(values))
    medians = {name: known[group == number].median() for number, name in enumerate(names)}
    return pd.DataFrame(medians, index=values.columns, dtype=np.float64).add_prefix("median_")
