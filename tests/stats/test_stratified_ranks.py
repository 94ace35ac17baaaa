from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kruskal, mannwhitneyu, norm

from radiomics_mammo.stats.many_groups import trend_over_groups
from radiomics_mammo.stats.stratified_ranks import StratifiedRanks, within_blocks

ONE = np.zeros(60, dtype=np.int64)


def test_one_block_is_kruskal_wallis_with_ties():
    rng = np.random.default_rng(0)
    value, group = rng.integers(0, 9, 60).astype(float), rng.integers(0, 3, 60)
    statistic, degrees = StratifiedRanks(value[:, None], group, ONE).quadratic()
    expected = kruskal(*(value[group == number] for number in range(3)))
    assert (statistic[0], degrees) == (pytest.approx(expected.statistic), 2)


def test_two_groups_in_one_block_are_mann_whitney_without_continuity_correction():
    rng = np.random.default_rng(1)
    value, group = rng.normal(size=60), rng.integers(0, 2, 60)
    ranks = StratifiedRanks(value[:, None], group, ONE)
    expected = mannwhitneyu(value[group == 1], value[group == 0], method="asymptotic", use_continuity=False)
    assert 2 * norm.sf(abs(ranks.contrast(0, 1))) == pytest.approx(expected.pvalue)
    assert within_blocks(value, group, ONE, (0, 1)) == pytest.approx(
        expected.statistic / ((group == 0).sum() * (group == 1).sum())
    )


def test_a_difference_between_blocks_is_no_difference_between_groups():
    block = np.repeat([0, 1], 30)
    group = np.concatenate([np.repeat([0, 1], [24, 6]), np.repeat([0, 1], [6, 24])])
    rng = np.random.default_rng(2)
    noise = rng.normal(size=(60, 400))
    pooled = StratifiedRanks(noise + 3 * block[:, None], group, ONE).quadratic()[0]
    within = StratifiedRanks(noise + 3 * block[:, None], group, block).quadratic()[0]
    assert (pooled > 3.84).mean() > 0.9
    assert 0.02 <= (within > 3.84).mean() <= 0.08


def test_groups_that_never_meet_in_a_block_are_not_tested():
    group = block = np.repeat([0, 1], 30)
    assert np.isnan(StratifiedRanks(np.arange(60.0)[:, None], group, block).quadratic()[0]).all()
    assert np.isnan(within_blocks(np.arange(60.0), group, block, (0, 1)))


def test_trend_with_age_of_a_feature_that_only_goes_with_the_class_keeps_its_level():
    rng = np.random.default_rng(3)
    malignant = np.repeat([0, 1], [15, 50])
    band = np.clip(rng.integers(0, 3, 65) + malignant, 0, 3)  # malignant women are older
    values = pd.DataFrame(rng.normal(size=(65, 500)) + 1.0 * malignant[:, None])
    how = {"names": list("abcd"), "min_cell": 2}
    pooled = trend_over_groups(values, band, **how)["p_value"]
    within = trend_over_groups(values, band, block=malignant, **how)["p_value"]
    assert (pooled < 0.05).mean() > 0.15  # what pooling gave
    assert 0.03 <= (within < 0.05).mean() <= 0.075
