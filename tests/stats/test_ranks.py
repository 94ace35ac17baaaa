from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest
from scipy.stats import mannwhitneyu, rankdata, tiecorrect, wilcoxon

from radiomics_mammo.stats.ranks import (
    columns_by_missing_rows,
    compare_columns,
    constant_columns,
    interval_order,
    mann_whitney_cdf,
    signed_rank_cdf,
    tie_sizes,
)

VALUES = np.random.default_rng(0).integers(0, 4, size=(11, 5)).astype(float)


def test_ties_agree_with_scipy_column_by_column():
    for column in range(5):
        ties = (tie_sizes(VALUES)[:, column] ** 2 - 1).sum()
        assert 1 - ties / (11**3 - 11) == tiecorrect(rankdata(VALUES[:, column]))


def test_every_column_is_visited_once_with_its_own_rows():
    holed = VALUES.copy()
    holed[2, 1], holed[2, 3], holed[5, 4] = np.nan, -np.inf, np.nan
    seen = {}
    for rows, columns in columns_by_missing_rows(holed):
        for column in columns:
            seen[int(column)] = rows
    assert sorted(seen) == [0, 1, 2, 3, 4]
    for column, rows in seen.items():
        assert rows.tolist() == np.isfinite(holed[:, column]).tolist()


def test_rounding_noise_counts_as_constant():
    noisy = np.full((4, 2), 0.07)
    noisy[0, 0] += 1e-16
    noisy[0, 1] += 1e-6
    assert constant_columns(noisy).tolist() == [True, False]


def test_no_columns():
    assert list(columns_by_missing_rows(np.empty((3, 0)))) == []


def test_columns_are_tested_on_their_own_rows_and_constant_ones_are_not():
    table = pd.DataFrame({"f": [1.0, 2, 3], "holed": [np.nan, 2, 3], "flat": [7.0] * 3, "empty": [np.nan] * 3})

    def cells(rows):
        return {"n": rows.sum()}, rows if rows.any() else None

    found = compare_columns(table, cells, lambda block, rows: {"effect": block.sum(axis=0)}, numbers=["n", "effect"])
    assert found["n"].tolist() == [3, 2, 3, 0]
    assert found["effect"].tolist()[:2] == [6, 5]
    assert found["effect"].isna().tolist() == [False, False, True, True]
    assert found["note"].tolist() == ["", "", "constant feature", ""]


@pytest.mark.parametrize(("n_first", "n_second"), [(1, 1), (2, 5), (4, 3)])
def test_mann_whitney_by_complete_enumeration(n_first, n_second):
    total = n_first + n_second
    found = [sum(ranks) - n_first * (n_first + 1) / 2 for ranks in combinations(range(1, total + 1), n_first)]
    expected = [np.mean(np.array(found) <= u) for u in range(n_first * n_second + 1)]
    np.testing.assert_allclose(mann_whitney_cdf(n_first, n_second), expected, atol=1e-12)


@pytest.mark.parametrize("n", [1, 4, 6])
def test_signed_rank_by_complete_enumeration(n):
    found = [
        sum(rank for rank, sign in zip(range(1, n + 1), signs, strict=True) if sign)
        for signs in product([0, 1], repeat=n)
    ]
    expected = [np.mean(np.array(found) <= w) for w in range(n * (n + 1) // 2 + 1)]
    np.testing.assert_allclose(signed_rank_cdf(n), expected, atol=1e-12)


def test_tables_cannot_be_changed_by_their_users():
    with pytest.raises(ValueError, match="read-only"):
        mann_whitney_cdf(2, 2)[0] = 1


def test_exact_p_values_are_twice_the_tail_of_the_distribution_that_bounds_the_interval():
    rng = np.random.default_rng(1)
    first, second = rng.normal(size=(7, 20)), rng.normal(size=(9, 20))
    for test, cdf in (
        (mannwhitneyu(second, first, method="exact", axis=0), mann_whitney_cdf(7, 9)),
        (wilcoxon(second, method="exact", axis=0), signed_rank_cdf(9)),
    ):
        tail = np.minimum(test.statistic, len(cdf) - 1 - test.statistic).astype(int)
        np.testing.assert_allclose(test.pvalue, np.minimum(1, 2 * cdf[tail]))


def test_order_keeps_its_coverage_and_is_zero_where_none_is_attainable():
    cdf = signed_rank_cdf(8)
    order = interval_order(cdf, confidence=0.95)
    assert 1 - 2 * cdf[order - 1] >= 0.95 > 1 - 2 * cdf[order]
    assert interval_order(signed_rank_cdf(4), confidence=0.95) == 0
