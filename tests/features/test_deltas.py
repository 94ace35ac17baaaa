"""Laws of change: identical exams, swapped exams, safe zeros, refused priors."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radiomics_mammo.config.features import FeatureConfig
from radiomics_mammo.core.tables_features import DELTAS
from radiomics_mammo.features.deltas import CHANGES, changes, delta_table
from radiomics_mammo.features.similarity import SIMILARITY_COLUMNS

CONFIG = FeatureConfig(min_null_places=3)
A, B = "original_glcm_Contrast", "original_shape2D_Elongation"
LESION = "malignant-01_CC_recent_1"
NO_SIMILARITY = pd.DataFrame(columns=["recent_roi_id", "prior_roi_id", *SIMILARITY_COLUMNS])

values = st.lists(st.floats(-1e6, 1e6, allow_subnormal=False), min_size=1, max_size=6)


def table_of(tables, similarity=NO_SIMILARITY):
    return delta_table(tables.features, tables.rois, tables.patients, similarity=similarity, config=CONFIG)


@settings(max_examples=40, deadline=None)
@given(values)
def test_identical_exams_give_zero_exactly(row):
    same = np.array([row])
    found = changes(same, same.copy(), np.array([2.0]))
    assert (found["delta"] == 0).all()
    assert (found["rate"] == 0).all()
    assert np.isin(found["logratio"][np.isfinite(found["logratio"])], 0.0).all()


@settings(max_examples=40, deadline=None)
@given(values, st.randoms(use_true_random=False))
def test_swapping_exams_negates_difference_and_log_ratio(row, random):
    recent = np.array([row])
    prior = np.array([random.sample(row, len(row))])
    forth, back = changes(recent, prior, np.array([3.0])), changes(prior, recent, np.array([3.0]))
    for kind in ("delta", "rate", "logratio"):
        np.testing.assert_array_equal(forth[kind], -back[kind])


@settings(max_examples=40, deadline=None)
@given(values, st.floats(0.001, 1000))
def test_a_gain_leaves_relative_changes(row, gain):
    recent, prior = np.array([row]) + 1.5, np.array([row])[:, ::-1] + 0.5
    plain, gained = (changes(recent * g, prior * g, np.array([1.0])) for g in (1.0, gain))
    np.testing.assert_allclose(plain["relative"], gained["relative"], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    ("recent", "prior", "relative", "logratio"),
    [(3.0, 2.0, 0.5, np.log(1.5)), (3.0, -2.0, 2.5, np.nan), (1.0, 0.0, np.nan, np.nan), (0.0, 4.0, -1.0, np.nan)],
)
def test_zero_and_signed_features_are_safe(recent, prior, relative, logratio):
    found = changes(np.array([[recent]]), np.array([[prior]]), np.array([2.0]))
    np.testing.assert_allclose([found["relative"][0, 0], found["logratio"][0, 0]], [relative, logratio])


@pytest.mark.parametrize("interval", [np.nan, 0.0, -1.0])
def test_without_a_positive_interval_there_is_no_rate(interval):
    found = changes(np.array([[3.0]]), np.array([[2.0]]), np.array([interval]))
    assert np.isnan(found["rate"]).all()
    assert found["delta"] == 1.0


def test_the_table_holds_every_kind_of_change(tables):
    tables.patient("malignant-01", interval=4.0)
    tables.pair(LESION, {A: 6.0}, {A: 2.0})
    row = table_of(tables).iloc[0]
    assert row[[f"{kind}_{A}" for kind in CHANGES[:4]]].tolist() == [4.0, 2.0, np.log(6) - np.log(2), 1.0]
    assert row["interval_years"] == 4.0
    assert row["prior_roi_id"] == f"{LESION}-prior-registered"


def test_columns_are_fixed_and_ordered(tables):
    tables.patient("malignant-01")
    tables.pair(LESION, {A: 6.0, B: 1.0}, {A: 2.0, B: 1.0})
    expected = [*DELTAS.names, *(f"{kind}_{name}" for kind in CHANGES for name in (A, B)), *SIMILARITY_COLUMNS]
    assert list(table_of(tables).columns) == expected


def test_an_untrusted_prior_leaves_the_row_and_empties_its_changes(tables):
    tables.patient("malignant-01")
    tables.pair(LESION, {A: 6.0}, {A: 2.0}, trusted=False)
    similar = pd.DataFrame(
        [{"recent_roi_id": LESION, "prior_roi_id": f"{LESION}-prior-registered", "similarity_ncc": 0.9}]
    )
    table = table_of(tables, NO_SIMILARITY.merge(similar, how="outer"))
    assert len(table) == 2
    assert table.drop(columns=DELTAS.names).isna().all(axis=None)


@pytest.mark.parametrize(("recent", "prior", "given"), [(9.0, None, 0), (None, 9.0, 0), (None, None, 2), (9.0, 8.0, 2)])
def test_exams_measured_at_different_spacings_are_not_compared(tables, recent, prior, given):
    tables.patient("malignant-01")
    tables.region(LESION, LESION, visit="recent", source="outlined", area=recent, **{A: 6.0})
    for policy in ("registered", "outlined-first"):
        there = {"visit": "prior", "source": "registered", "policy": policy, "area": prior}
        tables.region(f"{LESION}-{policy}", LESION, **there, **{A: 2.0})
    table = table_of(tables)
    assert len(table) == 2
    assert table[f"delta_{A}"].notna().sum() == given


def test_shape_changes_only_where_both_contours_were_drawn(tables):
    tables.patient("benign-01")
    tables.pair("benign-01_CC_recent_1", {A: 2.0, B: 0.5}, {A: 1.0, B: 0.4}, source="outlined", label="benign")
    table = table_of(tables).set_index("prior_policy")
    assert np.isnan(table.loc["registered", f"delta_{B}"])
    assert table.loc["outlined-first", f"delta_{B}"] == pytest.approx(0.1)
    assert table[f"delta_{A}"].tolist() == [1.0, 1.0]


def test_a_lesion_without_prior_keeps_its_rows(tables):
    tables.patient("malignant-01", interval=None)
    tables.region(LESION, LESION, visit="recent", source="outlined", **{A: 1.0})
    table = table_of(tables)
    assert table["prior_policy"].tolist() == ["registered", "outlined-first"]
    assert table["prior_roi_id"].isna().all()
    assert table[f"delta_{A}"].isna().all()


def test_similarity_joins_by_both_regions(tables):
    tables.patient("malignant-01")
    tables.pair(LESION, {A: 6.0}, {A: 2.0})
    other = f"{LESION}-prior-outlined-first"
    similar = pd.DataFrame(
        {"recent_roi_id": [LESION], "prior_roi_id": [other], **{n: [0.25] for n in SIMILARITY_COLUMNS}}
    )
    table = table_of(tables, similar).set_index("prior_policy")
    assert table.loc["outlined-first", "similarity_ncc"] == 0.25
    assert np.isnan(table.loc["registered", "similarity_ncc"])


def test_a_study_without_lesions_has_the_columns(tables):
    tables.patient("normal-01")
    tables.null("normal-01_CC_recent-null-1", {A: 1.0}, {A: 4.0})
    table = table_of(tables)
    assert len(table) == 0
    assert f"z_{A}" in table
