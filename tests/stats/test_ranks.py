from __future__ import annotations

import numpy as np
from scipy.stats import rankdata, tiecorrect

from radiomics_mammo.stats.ranks import average_ranks, columns_by_missing_rows, constant_columns, tie_sizes

VALUES = np.random.default_rng(0).integers(0, 4, size=(11, 5)).astype(float)


def test_ranks_and_ties_agree_with_scipy_column_by_column():
    for column in range(5):
        np.testing.assert_allclose(average_ranks(VALUES)[:, column], rankdata(VALUES[:, column]))
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
