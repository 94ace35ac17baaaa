"""Two tables of one's own change by the formulas of deltas.csv."""

import numpy as np
import pandas as pd
import pytest

from radiomics_mammo.core.errors import UsageError
from radiomics_mammo.features.own_changes import changes

RECENT = pd.DataFrame({"who": ["a", "b", "c"], "size": [3.0, 1.0, -2.0], "original_glcm_Id": [1.0, np.nan, 4.0]})
PRIOR = pd.DataFrame({"who": ["c", "a", "b"], "size": [1.0, 2.0, 0.0], "original_glcm_Id": [2.0, 2.0, 2.0]})


def test_rows_are_paired_by_name_and_every_kind_has_its_formula():
    found = changes(RECENT, PRIOR, by="who", interval_years=[2, 4, 0])
    assert found["delta_size"].tolist() == [1, 1, -3]
    np.testing.assert_allclose(found["relative_size"], [0.5, np.nan, -3])
    np.testing.assert_allclose(found["logratio_size"], [np.log(1.5), np.nan, np.nan])
    np.testing.assert_allclose(found["rate_size"], [0.5, 0.25, np.nan])
    assert list(found.columns) == [
        f"{kind}_{name}"
        for kind in ("delta", "relative", "logratio", "rate", "z")
        for name in ("size", "original_glcm_Id")
    ]


def test_z_stands_on_lesion_free_places_and_is_empty_without_them():
    nulls = pd.DataFrame({"who": list("abcde"), "size": [0.0, 1, 2, 3, 9]})
    zero = nulls.assign(size=0.0)
    found = changes(RECENT[["who", "size"]], PRIOR, by="who", kinds=("z",), reference=(nulls, zero))
    np.testing.assert_allclose(found["z_size"], (np.array([1, 1, -3]) - 2) / 1.4826)
    bare = changes(RECENT, PRIOR, by="who")
    assert bare.filter(regex="^(z|rate)_").isna().all(axis=None)
    assert [words.split(":")[0] for words in bare.attrs["findings"]] == ["no interval_years", "no reference"]


def test_z_over_a_zone_is_measured_in_its_spread():
    spread = pd.DataFrame({"size": [2.0, 0.0, 4.0]})
    found = changes(RECENT, PRIOR, by="who", kinds="z", reference=spread)
    np.testing.assert_allclose(found["z_size"], [0.5, np.nan, -0.75])
    assert found["z_original_glcm_Id"].isna().all()


def test_the_column_that_pairs_is_no_feature_even_where_it_is_a_number():
    recent, prior = pd.DataFrame({"who": [1, 2], "size": [3.0, 4.0]}), pd.DataFrame({"who": [2, 1], "size": [1.0, 1.0]})
    found = changes(recent, prior, by="who", kinds=("delta",))
    assert found.to_dict("list") == {"delta_size": [2.0, 3.0]}


def test_swapping_exams_negates_a_difference_and_the_index_is_kept():
    recent = RECENT.set_index(pd.Index([7, 8, 9]))
    there, back = changes(recent, PRIOR), changes(PRIOR, recent)
    np.testing.assert_allclose(there["delta_size"], -back["delta_size"].to_numpy())
    assert there.index.tolist() == [7, 8, 9]


@pytest.mark.parametrize(
    ("prior", "how", "words"),
    [
        (PRIOR[:2], {}, "3 recent and 2 prior"),
        (PRIOR, {"by": "nobody"}, "nobody"),
        (pd.concat([PRIOR, PRIOR]), {"by": "who"}, "twice"),
        (PRIOR, {"kinds": ("ratio",)}, "ratio"),
        (PRIOR, {"kinds": ()}, "none"),
        (PRIOR.to_numpy(), {}, "ndarray"),
        (PRIOR, {"interval_years": [1, 2]}, "each of 3 rows"),
        (PRIOR, {"reference": PRIOR[:2]}, "each of 3 rows"),
        (PRIOR[["who"]], {"by": "who"}, "columns of numbers"),
    ],
)
def test_tables_that_do_not_pair_are_refused(prior, how, words):
    with pytest.raises(UsageError, match=words):
        changes(RECENT, prior, **how)
