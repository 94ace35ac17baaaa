"""Laws of change (identical and swapped exams, safe zeros), pairs of regions, and what is unusual in normal tissue."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radiomics_mammo.config.features import FeatureConfig
from radiomics_mammo.core.errors import TableError
from radiomics_mammo.features.deltas import (
    CHANGES,
    changes,
    delta_features,
    delta_table,
    pair_lesions,
    pair_null_places,
    robust_location_scale,
    standardise,
)
from radiomics_mammo.features.similarity import SIMILARITY_COLUMNS, RoiSimilarity
from radiomics_mammo.tables.deltas import DELTAS

CONFIG = FeatureConfig(min_null_places=3)
A, B, F = "original_glcm_Contrast", "original_shape2D_Elongation", "original_firstorder_Mean"
LESION = "malignant-01_CC_recent_1"

values = st.lists(st.floats(-1e6, 1e6, allow_subnormal=False), min_size=1, max_size=6)


def table_of(tables, similarity=()):
    return delta_table(*tables.three, similarity=similarity, config=CONFIG)


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


def test_zero_and_signed_features_are_safe():
    found = changes(np.array([[3.0, 3.0, 1.0, 0.0]]), np.array([[2.0, -2.0, 0.0, 4.0]]), np.array([2.0]))
    np.testing.assert_allclose(found["relative"], [[0.5, 2.5, np.nan, -1.0]])
    np.testing.assert_allclose(found["logratio"], [[np.log(1.5), np.nan, np.nan, np.nan]])


def test_without_a_positive_interval_there_is_no_rate():
    found = changes(np.full((3, 1), 3.0), np.full((3, 1), 2.0), np.array([np.nan, 0.0, -1.0]))
    assert np.isnan(found["rate"]).all()
    assert (found["delta"] == 1.0).all()


def test_the_table_holds_every_kind_of_change(tables):
    tables.patient("malignant-01", interval=4.0)
    tables.pair(LESION, {A: 6.0}, {A: 2.0})
    row = table_of(tables).iloc[0]
    assert row[[f"{kind}_{A}" for kind in CHANGES[:4]]].tolist() == [4.0, 2.0, np.log(6) - np.log(2), 1.0]
    assert row["interval_years"] == 4.0
    assert row["prior_roi_id"] == f"{LESION}-prior-regional"


def test_an_untrusted_prior_leaves_the_row_and_empties_its_changes(tables):
    tables.patient("malignant-01")
    tables.pair(LESION, {A: 6.0}, {A: 2.0}, trusted=False)
    alike = RoiSimilarity(recent_roi_id=LESION, prior_roi_id=f"{LESION}-prior-registered", similarity_ncc=0.9)
    table = table_of(tables, [alike])
    assert len(table) == 3
    assert table.drop(columns=DELTAS.names).isna().all(axis=None)


def test_exams_measured_at_different_spacings_are_not_compared(tables):
    tables.patient("malignant-01")
    areas = [(9.0, None), (None, 9.0), (None, None), (9.0, 8.0)]
    for number, (recent, prior) in enumerate(areas):
        lesion = f"malignant-01_CC_recent_{number}"
        tables.region(lesion, lesion, visit="recent", source="outlined", area=recent, **{A: 6.0})
        there = {"visit": "prior", "source": "registered", "policy": "registered", "area": prior}
        tables.region(f"{lesion}-prior", lesion, **there, **{A: 2.0})
    table = table_of(tables)
    assert table.loc[table["prior_policy"] == "registered", f"delta_{A}"].notna().tolist() == [False, False, True, True]


def test_shape_changes_only_where_both_contours_were_drawn(tables):
    tables.patient("benign-01")
    tables.pair("benign-01_CC_recent_1", {A: 2.0, B: 0.5}, {A: 1.0, B: 0.4}, source="outlined", label="benign")
    table = table_of(tables).set_index("prior_policy")
    assert table.loc[["regional", "registered"], f"delta_{B}"].isna().all()
    assert table.loc["outlined-first", f"delta_{B}"] == pytest.approx(0.1)
    assert table[f"delta_{A}"].tolist() == [1.0, 1.0, 1.0]


def test_a_regional_change_is_measured_in_the_spread_of_its_zone_the_others_in_that_of_places(tables):
    tables.patient("malignant-01")
    tables.pair(LESION, {A: 6.0, B: 1.0}, {A: 2.0, B: 1.0})
    for number, change in enumerate((-1.0, 0.0, 1.0)):
        tables.null(f"malignant-01_CC_recent-null-{number}", {A: 5 + change, B: 1.0}, {A: 5.0, B: 1.0})
    regional = f"{LESION}-prior-regional"
    table = delta_table(*tables.three, similarity=(), spreads={regional: {A: 0.5, B: 0.0}}, config=CONFIG)
    z = table.set_index("prior_policy")[[f"z_{A}", f"z_{B}"]]
    assert z.loc["regional", f"z_{A}"] == pytest.approx(4.0 / 0.5)
    assert z.loc["registered", f"z_{A}"] == pytest.approx(4.0 / 1.4826)
    assert z[f"z_{B}"].isna().all()
    assert np.isnan(table_of(tables).set_index("prior_policy").loc["regional", f"z_{A}"])


def test_similarity_joins_by_both_regions(tables):
    tables.patient("malignant-01")
    tables.pair(LESION, {A: 6.0}, {A: 2.0})
    other = f"{LESION}-prior-outlined-first"
    similar = RoiSimilarity(recent_roi_id=LESION, prior_roi_id=other, similarity_ncc=0.25)
    table = table_of(tables, [similar]).set_index("prior_policy")
    assert table.loc["outlined-first", "similarity_ncc"] == 0.25
    assert np.isnan(table.loc["registered", "similarity_ncc"])


def test_columns_are_fixed_and_ordered_with_or_without_lesions(tables):
    tables.patient("normal-01")
    tables.null("normal-01_CC_recent-null-1", {A: 1.0, B: 1.0}, {A: 4.0, B: 1.0})
    expected = [*DELTAS.names, *(f"{kind}_{name}" for kind in CHANGES for name in (A, B)), *SIMILARITY_COLUMNS]
    assert list(table_of(tables).columns) == expected
    assert len(table_of(tables)) == 0
    tables.patient("malignant-01")
    tables.pair(LESION, {A: 6.0, B: 1.0}, {A: 2.0, B: 1.0})
    assert list(table_of(tables).columns) == expected


def test_every_recent_lesion_has_a_row_per_policy_with_or_without_a_prior(tables):
    tables.pair(LESION, {"f": 3.0}, {"f": 2.0})
    tables.region("malignant-02_CC_recent_1", "malignant-02_CC_recent_1", visit="recent", source="outlined", f=1.0)
    pairs = pair_lesions(*tables.three)
    assert pairs.rows["recent_lesion_id"].tolist() == [LESION] * 3 + ["malignant-02_CC_recent_1"] * 3
    assert pairs.rows["prior_policy"].tolist() == ["regional", "registered", "outlined-first"] * 2
    np.testing.assert_array_equal(pairs.prior[:, 0], [2, 2, 2, np.nan, np.nan, np.nan])
    np.testing.assert_array_equal(pairs.recent[:, 0], [3, 3, 3, 1, 1, 1])
    tables.patient("malignant-01", interval=None)
    table = table_of(tables)
    assert table["prior_policy"].tolist() == ["regional", "registered", "outlined-first"] * 2
    assert table["prior_roi_id"].notna().tolist() == table["delta_f"].notna().tolist() == [True] * 3 + [False] * 3


def test_null_places_and_tissue_are_no_lesions(tables):
    tables.null("normal-01_CC_recent-null-1", {"f": 1.0}, {"f": 4.0})
    tables.region("normal-01_CC_t", "", visit="recent", source="tissue", label="", f=9.0, tissue_dense_fraction=0.5)
    assert delta_features(tables.features) == ["f"]
    assert len(pair_lesions(*tables.three).rows) == 0
    nulls = pair_null_places(*tables.three)
    assert (nulls.recent - nulls.prior).tolist() == [[-3.0]]


def test_two_prior_regions_of_one_policy_are_an_error(tables):
    tables.pair(LESION, {"f": 3.0}, {"f": 2.0})
    tables.region("malignant-01_CC_x", LESION, visit="prior", source="outlined", policy="registered")
    with pytest.raises(TableError, match=LESION):
        pair_lesions(*tables.three)


def test_no_regions_give_no_rows(tables):
    pairs = pair_lesions(*tables.three)
    assert pairs.recent.shape == (0, 0)
    assert len(pairs.rows) == 0


def z_of(tables, delta, least=3):
    pairs = [pair(*tables.three) for pair in (pair_lesions, pair_null_places)]
    rows = pairs[0].rows
    return standardise(np.full((len(rows), 1), delta), rows, nulls=pairs[1], least=least)[:, 0]


def add_normals(tables, changes, *, view="CC", density="b", interval=2.0, first=1):
    for number, change in enumerate(changes, start=first):
        tables.patient(f"normal-{number:02d}", density=density, interval=interval)
        tables.null(f"normal-{number:02d}_{view}_recent-null-1", {F: 10.0 + change}, {F: 10.0})


@pytest.fixture
def lesion(tables):
    tables.patient("malignant-01", density="b", interval=2.0)
    tables.pair(LESION, {F: 5.0}, {F: 4.0})
    return tables


def test_location_and_scale_are_robust(lesion):
    add_normals(lesion, [-2.0, -1.0, 0.0, 1.0, 500.0])
    np.testing.assert_allclose(z_of(lesion, 1.4826), [1.0] * 3)


def test_too_few_places_of_the_same_view_give_nothing(lesion):
    add_normals(lesion, [-1.0, 1.0])
    add_normals(lesion, [-1.0, 0.0, 1.0], view="MLO", first=11)
    assert np.isnan(z_of(lesion, 3.0)).all()


def test_similar_density_and_interval_come_first(lesion):
    add_normals(lesion, [-1.0, 0.0, 1.0], density="c", interval=3.0)
    add_normals(lesion, [90.0, 100.0, 110.0], density="d", first=11)
    add_normals(lesion, [90.0, 100.0, 110.0], interval=6.0, first=21)
    np.testing.assert_allclose(z_of(lesion, 1.4826), 1.0)


def test_without_similar_ones_all_normals_of_the_view_serve(lesion):
    add_normals(lesion, [9.0, 10.0, 11.0], density="d")
    np.testing.assert_allclose(z_of(lesion, 10.0), 0.0)


def test_unknown_density_and_interval_are_similar_to_any(lesion):
    add_normals(lesion, [-1.0, 0.0, 1.0], density=None, interval=None)
    np.testing.assert_allclose(z_of(lesion, 0.0), 0.0)


def test_the_own_pair_counts_but_not_other_lesion_patients(lesion):
    for number, change in enumerate([-1.0, 0.0, 1.0], start=1):
        lesion.null(f"malignant-01_CC_recent-null-{number}", {F: change}, {F: 0.0})
        lesion.null(f"malignant-02_CC_recent-null-{number}", {F: 50.0 + change}, {F: 0.0})
    lesion.patient("malignant-02")
    np.testing.assert_allclose(z_of(lesion, 0.0), 0.0)


def test_normal_tissue_itself_is_close_to_standard_normal(tables):
    rng = np.random.default_rng(8)
    add_normals(tables, rng.normal(3.0, 7.0, size=300).tolist())
    pairs = pair_null_places(*tables.three)
    z = standardise(pairs.recent - pairs.prior, pairs.rows, nulls=pairs, least=3)[:, 0]
    assert abs(z.mean()) < 0.15
    assert 0.85 < z.std() < 1.15
    assert 0.90 < (np.abs(z) < 1.96).mean() < 0.98


def test_no_spread_gives_no_scale_and_missing_values_are_passed_over():
    sample = np.array([[1.0, np.nan], [1.0, 2.0], [1.0, 3.0], [1.0, 4.0]])
    location, scale = robust_location_scale(sample, least=3)
    assert location.tolist() == [1.0, 3.0]
    assert np.isnan(scale[0])
    assert scale[1] == pytest.approx(1.4826)
