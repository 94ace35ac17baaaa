"""ICC(2,1) against published figures and by its laws."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radiomics_mammo.core.errors import TableError
from radiomics_mammo.core.tables_features import ROBUSTNESS
from radiomics_mammo.features.robustness import icc_agreement, icc_table

JUDGES = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float)
"""Shrout and Fleiss 1979, table 2: six targets, four judges; ICC(2,1) is .29 in their table 4."""


def long_table(values, view="CC"):
    n, k = values.shape
    rows = [{"roi_id": f"r{i}", "view": view, "copy": f"c{j}", "f": values[i, j]} for i in range(n) for j in range(k)]
    return pd.DataFrame(rows)


def test_the_published_example_is_reproduced():
    found = icc_agreement(JUDGES)
    assert found.icc == pytest.approx(0.2898, abs=5e-5)
    # interval of case 2A by the psych package of R, function ICC, on the same table
    assert (round(found.ci_low, 2), round(found.ci_high, 2), found.n) == (0.02, 0.76, 6)


def test_perfect_agreement_is_one_and_constant_values_are_none():
    subjects = np.arange(5.0)[:, None]
    assert icc_agreement(np.repeat(subjects, 4, axis=1))[:3] == (1.0, 1.0, 1.0)
    assert np.isnan(icc_agreement(np.full((5, 4), 3.0)).icc)


def test_an_offset_of_one_rater_lowers_agreement():
    rng = np.random.default_rng(0)
    ratings = rng.normal(size=(30, 1)) + rng.normal(size=(30, 4)) * 0.1
    shifted = ratings + np.array([0.0, 0.0, 0.0, 3.0])
    assert icc_agreement(shifted).icc < icc_agreement(ratings).icc - 0.3


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**16), st.floats(0.01, 100), st.floats(-1e3, 1e3))
def test_agreement_does_not_depend_on_unit_or_zero(seed, gain, offset):
    ratings = np.random.default_rng(seed).normal(size=(8, 3)) + np.arange(8)[:, None]
    np.testing.assert_allclose(icc_agreement(ratings * gain + offset)[:3], icc_agreement(ratings)[:3], rtol=1e-6)


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(1)
    truth = 4.0 / (4.0 + 0.25 + 1.0)
    hits = 0
    for _ in range(200):
        ratings = 2 * rng.normal(size=(20, 1)) + 0.5 * rng.normal(size=(1, 6)) + rng.normal(size=(20, 6))
        found = icc_agreement(ratings)
        hits += found.ci_low <= truth <= found.ci_high
    assert 180 <= hits <= 199


def test_subjects_with_a_missing_rating_are_left_out():
    holed = np.vstack([JUDGES, [np.nan, 1, 2, 3]])
    assert icc_agreement(holed) == icc_agreement(JUDGES)
    assert np.isnan(icc_agreement(JUDGES[:2]).icc)


def test_the_table_has_a_row_per_feature_and_view():
    measurements = pd.concat([long_table(JUDGES), long_table(JUDGES[::-1] ** 2, view="MLO")])
    table = icc_table(measurements.assign(g=1.0))
    assert list(table.columns) == ROBUSTNESS.names
    assert list(zip(table["view"], table["feature"], strict=True)) == [
        ("CC", "f"),
        ("CC", "g"),
        ("MLO", "f"),
        ("MLO", "g"),
    ]
    assert table.loc[0, "icc"] == pytest.approx(0.2898, abs=5e-5)
    assert icc_table(pd.DataFrame()).empty


def test_a_copy_that_is_missing_or_twice_is_an_error():
    for broken in (long_table(JUDGES).iloc[1:], pd.concat([long_table(JUDGES), long_table(JUDGES).iloc[:1]])):
        with pytest.raises(TableError, match="every copy"):
            icc_table(broken)
    with pytest.raises(TableError, match="columns"):
        icc_table(long_table(JUDGES).drop(columns="view"))
