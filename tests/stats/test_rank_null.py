from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest

from radiomics_mammo.stats.rank_null import interval_order, mann_whitney_cdf, signed_rank_cdf, two_sided_p


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


def test_two_sided_p_is_symmetric_and_bounded():
    cdf = mann_whitney_cdf(3, 4)
    p_values = two_sided_p(cdf, np.arange(13.0))
    np.testing.assert_allclose(p_values, p_values[::-1])
    assert p_values.max() == 1.0


def test_order_keeps_its_coverage_and_is_zero_where_none_is_attainable():
    cdf = signed_rank_cdf(8)
    order = interval_order(cdf, confidence=0.95)
    assert 1 - 2 * cdf[order - 1] >= 0.95 > 1 - 2 * cdf[order]
    assert interval_order(signed_rank_cdf(4), confidence=0.95) == 0
