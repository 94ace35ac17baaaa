from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kendalltau, somersd

from radiomics_mammo.stats.trend import trend_over_groups, trend_variance
from radiomics_mammo.stats.two_groups import auc_interval

from .published import assert_published, published_groups

NAMES = ["a", "b", "c", "d"]


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
