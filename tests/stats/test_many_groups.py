from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import scikit_posthocs
from scipy.stats import kruskal

from radiomics_mammo.stats.many_groups import (
    compare_many_groups,
    compare_pairs,
    epsilon_squared_interval,
)

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
