"""Which strata are tested, and what is said of the others."""

import numpy as np
import pandas as pd
import pytest

from radiomics_mammo.stats.across_strata import compare_across_strata, groups_to_test, strata_note, stratum_medians

SEEN = ("statistic", "effect", "ci_low", "ci_high", "p_value")


def count_rows(values, group):
    return {name: np.full(values.shape[1], len(np.unique(group)) * 100 + len(values)) for name in SEEN}


def compared(table, group, names):
    return compare_across_strata(count_rows, table, np.array(group), names=names, min_cell=2, method="counting")


def test_the_test_sees_complete_rows_of_large_strata_only():
    table = pd.DataFrame({"f": [1.0, 2, 3, 4, 5, 6], "g": [np.nan, 2, 3, 4, 5, 6]})
    found = compared(table, [0, 0, 1, 1, 2, -1], ["a", "b", "c"])
    assert found["statistic"].tolist()[0] == 204
    assert found.loc["f", ["n", "n_per_group", "note"]].tolist() == [5, "a=2; b=2; c=1", "too few to test: c"]
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
    found = stratum_medians(table, np.array([0, 0, 0, -1]), names=["a", "b"])
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
