from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2_contingency, mannwhitneyu

from radiomics_mammo.stats.differences import (
    categorical_difference,
    continuous_difference,
    relabelling_test,
    smd_interval,
)

from .published import assert_published


def categorical(table, min_cell=2, permutations=100):
    rng = np.random.default_rng(0)
    return categorical_difference(np.array(table), rng=rng, permutations=permutations, min_cell=min_cell)


def test_published_tea_tasting():
    assert_published(categorical([[3, 1], [1, 3]]).p_value, "tea_tasting", "fisher_two_sided_p")


def test_two_levels_reduce_to_the_difference_of_proportions():
    found = categorical([[10, 30], [24, 16]])
    gap, spread = 0.35, np.sqrt((0.25 * 0.75 + 0.6 * 0.4) / 2)
    assert found.effect == pytest.approx(gap / spread)


def test_standardised_mean_difference_by_hand():
    first, second = np.array([1.0, 2.0, 3.0, 4.0]), np.array([4.0, 6.0, 8.0, 10.0])
    found = continuous_difference(first, second, min_cell=3)
    assert found.effect == pytest.approx(4.5 / np.sqrt((5 / 3 + 20 / 3) / 2))
    assert found.p_value == pytest.approx(mannwhitneyu(first, second, method="asymptotic").pvalue)
    assert (found.ci_low, found.ci_high) == smd_interval(found.effect, 4, 4)


def test_order_of_levels_does_not_matter():
    there, back = categorical([[5, 9, 11], [12, 3, 8]]), categorical([[11, 5, 9], [8, 12, 3]])
    assert there.effect == pytest.approx(back.effect)
    assert there.statistic == pytest.approx(back.statistic)


def test_relabelling_approaches_chi_squared_in_large_tables():
    table = np.array([[60, 80, 60], [75, 60, 65]])
    statistic, p_value = relabelling_test(table, rng=np.random.default_rng(1), permutations=4000)
    expected = chi2_contingency(table, correction=False)
    assert statistic == pytest.approx(expected.statistic)
    assert p_value == pytest.approx(expected.pvalue, abs=0.03)


@pytest.mark.parametrize(
    ("found", "note"),
    [
        (categorical([[1, 0], [4, 5]]), "too few to test"),
        (categorical([[4, 0], [5, 0]]), "constant feature"),
        (categorical(np.empty((2, 0), dtype=int)), "too few to test"),
        (continuous_difference(np.ones(5), np.ones(6), min_cell=3), "constant feature"),
        (continuous_difference(np.full(5, 0.07), np.full(50, 0.07), min_cell=3), "constant feature"),
        (continuous_difference(np.ones(2), np.ones(6), min_cell=3), "too few to test"),
    ],
)
def test_words_in_place_of_a_test(found, note):
    assert found.note == note
    assert np.isnan([found.effect, found.p_value]).all()


def test_classes_that_share_nothing_are_tested_without_a_standardised_difference():
    found = categorical([[15, 0], [0, 50]])
    assert np.isnan([found.effect, found.ci_low, found.ci_high]).all()
    assert found.p_value < 1e-10
    assert found.note == "the classes share no spread"
    apart = continuous_difference(np.zeros(5), np.ones(5), min_cell=3)
    assert (apart.note, apart.p_value < 0.01) == ("no spread within the classes", True)
