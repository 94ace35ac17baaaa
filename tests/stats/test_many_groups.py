from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import scikit_posthocs
from scipy.stats import kendalltau, kruskal, somersd

from radiomics_mammo.stats.many_groups import (
    compare_across_strata,
    compare_many_groups,
    compare_pairs,
    epsilon_squared_interval,
    groups_to_test,
    strata_note,
    trend_over_groups,
    trend_variance,
)
from radiomics_mammo.stats.two_groups import auc_interval

from .published import assert_published, published_groups

NAMES = ["a", "b", "c", "d"]


@pytest.fixture(scope="module")
def values():
    table = pd.DataFrame(np.random.default_rng(5).normal(size=(57, 6)))
    table[1] = table[1].round(0)
    table.loc[4, 2] = np.nan
    return table


GROUP = np.random.default_rng(6).integers(0, 4, 57)


def test_published_mucociliary():
    groups = list(published_groups("mucociliary").values())
    number = np.repeat([0, 1, 2], [len(group) for group in groups])
    table = pd.DataFrame({"f": np.concatenate(groups)})
    found = compare_many_groups(table, number, names=["n", "o", "s"], min_cell=2).iloc[0]
    assert_published(found["statistic"], "mucociliary", "kruskal_wallis_h")
    assert_published(found["p_value"], "mucociliary", "p")
    assert found["effect"] == pytest.approx(found["statistic"] / 13)


def test_every_column_agrees_with_scipy(values):
    found = compare_many_groups(values, GROUP, names=NAMES, min_cell=2)
    for column in values:
        known = values[column].notna()
        expected = kruskal(*[values[column][known & (number == GROUP)] for number in range(4)])
        assert found.loc[column, "statistic"] == pytest.approx(expected.statistic)
        assert found.loc[column, "p_value"] == pytest.approx(expected.pvalue)
        assert found.loc[column, "median_c"] == values[column][GROUP == 2].median()


def test_small_strata_are_counted_and_left_out(values):
    group = np.where(np.arange(57) < 3, 0, np.where(GROUP == 0, 1, GROUP))
    found = compare_many_groups(values, group, names=NAMES, min_cell=5).iloc[0]
    expected = kruskal(*[values[0][group == number] for number in (1, 2, 3)])
    assert found["note"] == "too few to test: a"
    assert found["p_value"] == pytest.approx(expected.pvalue)
    assert found["n_per_group"].startswith("a=3; ")


def test_interval_of_epsilon_squared_covers_an_exchangeable_truth():
    rng = np.random.default_rng(8)
    shift = np.repeat([0.0, 0.4, 0.8], 40)
    table = pd.DataFrame(rng.normal(size=(120, 400)) + shift[:, None])
    found = compare_many_groups(table, np.repeat([0, 1, 2], 40), names=NAMES[:3], min_cell=5)
    large = pd.DataFrame(rng.normal(size=(60_000, 1)) + np.repeat(shift, 500)[:, None])
    truth = compare_many_groups(large, np.repeat([0, 1, 2], 20_000), names=NAMES[:3], min_cell=5)["effect"].item()
    assert 0.92 <= ((found["ci_low"] <= truth) & (found["ci_high"] >= truth)).mean() <= 0.985


def test_interval_holds_the_estimate_even_without_effect():
    low, high = epsilon_squared_interval(np.array([0.0, 0.001, 1.0]), n=30, groups=3)
    assert low.tolist()[:2] == [0.0, 0.0]
    assert (high >= [0.0, 0.001, 1.0]).all()


def test_dunn_agrees_with_scikit_posthocs(values):
    pairs = compare_pairs(values[[0, 1]], GROUP, names=NAMES, min_cell=2).set_index(["feature", "comparison"])
    for column in (0, 1):
        samples = [values[column][number == GROUP].to_numpy() for number in range(4)]
        plain = scikit_posthocs.posthoc_dunn(samples).to_numpy()
        holm = scikit_posthocs.posthoc_dunn(samples, p_adjust="holm").to_numpy()
        for first, second in ((0, 1), (0, 3), (2, 3)):
            row = pairs.loc[(str(column), f"{NAMES[second]} vs {NAMES[first]}")]
            assert row["p_value"] == pytest.approx(plain[first, second])
            assert row["q_value"] == pytest.approx(holm[first, second])


def test_effect_of_a_pair_points_to_the_later_stratum():
    table = pd.DataFrame({"f": [1.0, 2.0, 3.0, 11.0, 12.0, 13.0]})
    row = compare_pairs(table, np.repeat([0, 1], 3), names=["a", "b"], min_cell=2).iloc[0]
    assert (row["effect"], row["statistic"] > 0, row["n"]) == (1.0, True, 6)


def test_nothing_to_pair():
    table = pd.DataFrame({"f": [1.0] * 6})
    assert compare_pairs(table, np.repeat([0, 1], 3), names=["a", "b"], min_cell=2).empty


def test_published_motivation_and_its_equivalence_to_kendall():
    groups = published_groups("motivation")
    number = np.repeat([0, 1, 2], [len(group) for group in groups.values()])
    value = np.concatenate(list(groups.values()))
    found = trend_over_groups(pd.DataFrame({"f": value}), number, names=NAMES[:3], min_cell=3).iloc[0]
    assert_published(found["statistic"], "motivation", "jonckheere_j")
    assert found["p_value"] == pytest.approx(kendalltau(number, value, method="asymptotic").pvalue)


def test_columns_with_ties_and_missing_agree_with_scipy():
    rng = np.random.default_rng(3)
    group = rng.integers(0, 4, 61)
    values = pd.DataFrame(rng.normal(size=(61, 5)) + 0.3 * group[:, None])
    values[0] = values[0].round(0)
    values.loc[7, 1] = np.nan
    found = trend_over_groups(values, group, names=NAMES, min_cell=2)
    for column in values:
        known = values[column].notna().to_numpy()
        pair = group[known], values[column][known].to_numpy()
        assert found.loc[column, "p_value"] == pytest.approx(kendalltau(*pair, method="asymptotic").pvalue)
        assert found.loc[column, "effect"] == pytest.approx(somersd(*pair).statistic)


def test_falling_values_have_a_negative_effect():
    values = pd.DataFrame({"f": [9.0, 8.5, 7.0, 7.5, 6.0, 5.0, 5.5, 4.0]})
    found = trend_over_groups(values, np.repeat([0, 1, 2, 3], 2), names=NAMES, min_cell=2).iloc[0]
    assert found["effect"] < 0
    assert found["p_value"] < 0.05


def test_interval_covers_a_known_effect():
    rng = np.random.default_rng(2)
    values = pd.DataFrame(np.vstack([rng.normal(size=(30, 500)), rng.normal(size=(30, 500)) + 0.8]))
    found = trend_over_groups(values, np.repeat([0, 1], 30), names=NAMES[:2], min_cell=5)
    truth = 2 * 0.714196 - 1  # 2 Phi(0.8 / sqrt 2) - 1
    assert 0.925 <= ((found["ci_low"] <= truth) & (found["ci_high"] >= truth)).mean() <= 0.98


def test_two_strata_have_the_score_interval_even_in_perfect_order():
    values = pd.DataFrame({"f": np.arange(12.0)})
    found = trend_over_groups(values, np.repeat([0, 1], 6), names=NAMES[:2], min_cell=3).iloc[0]
    low, high = auc_interval(np.array([1.0]), n_first=6, n_second=6)
    assert (found["ci_low"], found["ci_high"], found["note"]) == (2 * low.item() - 1, 2 * high.item() - 1, "")


def test_variance_of_two_groups_is_mann_whitneys():
    assert trend_variance(np.array([4, 7]), np.ones((11, 1))).item() == pytest.approx(4 * 7 * 12 / 12)


def test_perfect_order_constant_and_single_stratum_in_words():
    values = pd.DataFrame({"perfect": np.arange(9.0), "constant": np.ones(9)})
    found = trend_over_groups(values, np.repeat([0, 1, 2], 3), names=NAMES[:3], min_cell=3)
    assert found.loc["perfect", "note"] == "interval not defined at a perfect order"
    assert np.isnan(found.loc["perfect", "ci_low"])
    assert found.loc["perfect", "p_value"] < 0.01
    assert found.loc["constant", "note"] == "constant feature"
    alone = trend_over_groups(values, np.zeros(9, dtype=int), names=NAMES[:3], min_cell=3)
    assert set(alone["note"]) == {"one stratum only"}


SEEN = ("statistic", "effect", "ci_low", "ci_high", "p_value")


def count_rows(values, group, _block):
    return {name: np.full(values.shape[1], len(np.unique(group)) * 100 + len(values)) for name in SEEN}


def compared(table, group, names):
    return compare_across_strata(count_rows, table, np.array(group), names=names, min_cell=2, method="counting")


def test_the_test_sees_complete_rows_of_large_strata_only():
    table = pd.DataFrame({"f": [1.0, 2, 3, 4, 5, 6], "g": [np.nan, 2, 3, 4, 5, 6]})
    found = compared(table, [0, 0, 1, 1, 2, -1], ["a", "b", "c"])
    assert found["statistic"].tolist()[0] == 204
    assert found.loc["f", ["n", "n_per_group", "note"]].tolist() == [4, "a=2; b=2; c=1", "too few to test: c"]
    assert found.loc["g", "note"] == "too few to test"
    assert np.isnan(found.loc["g", "p_value"])
    assert found["method"].tolist() == ["counting", ""]


def test_a_constant_feature_is_not_tested():
    table = pd.DataFrame({"flat": [1.0] * 4, "f": [1.0, 2, 3, 4]})
    found = compared(table, [0, 0, 1, 1], ["a", "b"])
    assert found["note"].tolist() == ["constant feature", ""]
    assert found["p_value"].isna().tolist() == [True, False]


def test_medians_skip_missing_values_and_missing_strata():
    table = pd.DataFrame({"f": [1.0, np.nan, 5.0, 100.0]}, index=[3, 1, 7, 9])
    found = compare_many_groups(table, np.array([0, 0, 0, -1]), names=["a", "b"], min_cell=2)
    assert found.loc["f", "median_a"] == 3
    assert np.isnan(found.loc["f", "median_b"])


def test_without_members_there_is_no_group():
    assert groups_to_test(np.array([-1, -1]), min_cell=1).size == 0


@pytest.mark.parametrize(
    ("counts", "large", "note"),
    [
        ({"a": 0, "b": 0}, [], "no value in any stratum"),
        ({"a": 9, "b": 0}, [0], "one stratum only"),
        ({"a": 9, "b": 2}, [0], "too few to test"),
        ({"a": 9, "b": 8}, [0, 1], ""),
    ],
)
def test_notes(counts, large, note):
    assert strata_note(counts, np.array(large, dtype=int)) == note
