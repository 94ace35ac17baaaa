"""Every region gets the same columns, whatever its fate; values follow the picture, the table the configuration."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from radiomics_mammo.config.features import FeatureConfig
from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.core.images import Acquisition
from radiomics_mammo.core.pairs import Roi
from radiomics_mammo.core.vocabulary import RoiSource, Visit
from radiomics_mammo.features.measurement import FeatureExtractor, RoiFeatures, feature_table, grey_level_rows
from radiomics_mammo.features.names import feature_names, units_of
from radiomics_mammo.tables.features import FEATURES, FeatureRow
from radiomics_mammo.tables.grey_levels import GREY_LEVELS

QUICK = FeatureConfig(preset="quick", intensity_scale="native")
NEAR = FeatureConfig(image_types=("original", "wavelet", "log"), log_sigma_mm=(0.4,))


def measure(exam, *rois, config=QUICK):
    return FeatureExtractor(config).measure(exam, rois)


def codes(measured):
    return {finding.code for finding in measured.findings}


def lesion_values(measured):
    return {name: value for name, value in measured.values.items() if not name.startswith("tissue_")}


def test_values_of_a_textured_region_are_complete_and_in_schema_order(make_exam, make_roi):
    exam = make_exam()
    (measured,) = measure(exam, make_roi(exam), config=NEAR)
    assert tuple(measured.values) == feature_names(NEAR)
    assert np.isfinite(list(lesion_values(measured).values())).all()
    assert measured.findings == ()
    assert set(measured.grey_levels) == {"original", *(f"wavelet-{b}" for b in ("LH", "HL", "HH", "LL")),
                                         "log-sigma-0-4-mm-2D"}  # fmt: skip


def test_no_two_columns_are_identical_or_proportional_on_random_data(make_exam, make_roi):
    config = FeatureConfig(image_types=("original", "wavelet", "log", "gradient", "lbp"), log_sigma_mm=(0.3, 0.6))
    rows = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        exam = make_exam(rng.gamma(2.0, 100.0, size=(60, 70)) + seed)
        roi = make_roi(exam, centre=(30, 34), radii=(14 + seed, 22 - seed))
        rows.append(list(lesion_values(measure(exam, roi, config=config)[0]).values()))
    table = np.array(rows)
    scaled = table / np.linalg.norm(table, axis=0).clip(min=1e-30)
    _, first = np.unique(np.round(scaled, 9), axis=1, return_index=True)
    names = [name for name in feature_names(config) if not name.startswith("tissue_")]
    repeated = set(names) - {names[index] for index in first}
    assert repeated == set()


def test_eight_bit_values_up_to_255_do_not_wrap(make_exam, make_roi):
    noise = np.random.default_rng(5).integers(0, 256, size=(60, 70)).astype(np.uint8)
    noise[30, 34:36] = (0, 255)
    exam = make_exam(noise)
    (measured,) = measure(exam, make_roi(exam, centre=(30, 34), radii=(24, 28)))
    assert measured.values["original_firstorder_Range"] == 255.0
    assert measured.grey_levels["original"] == 32


def test_a_region_of_few_pixels_has_first_order_values_only(make_exam, make_roi):
    exam = make_exam()
    for measured in measure(exam, *(make_roi(exam, radii=(size, size)) for size in (0.4, 1.2))):
        assert "REGION_TOO_SMALL" in codes(measured)
        assert np.isfinite(measured.values["original_firstorder_Mean"])
        assert np.isnan(measured.values["original_glcm_Contrast"])
        assert np.isnan(measured.values["original_shape2D_Elongation"])


def test_a_flat_region_has_no_texture(make_exam, make_roi):
    pixels = np.full((60, 70), 9.0)
    pixels[:3] = 200.0
    exam = make_exam(pixels)
    (measured,) = measure(exam, make_roi(exam, centre=(30, 35), radii=(10, 12)))
    assert codes(measured) == {"REGION_FLAT"}
    assert measured.values["original_firstorder_Mean"] == 9.0
    assert np.isnan(measured.values["original_ngtdm_Coarseness"])


def test_a_region_over_the_border_is_cut_and_reported(make_exam, make_roi):
    exam = make_exam()
    places = (((2, 3), (10, 12)), ((47, 55), (300, 300)), ((95, 109), (9, 9)))
    for measured in measure(exam, *(make_roi(exam, centre=c, radii=r) for c, r in places), config=NEAR):
        assert "REGION_OUTSIDE" in codes(measured)
        assert np.isfinite(list(lesion_values(measured).values())).all()


def test_a_region_beyond_the_image_is_empty_with_the_same_columns(make_exam, make_roi):
    exam = make_exam()
    (measured,) = measure(exam, make_roi(exam, centre=(500, 500)))
    assert tuple(measured.values) == feature_names(QUICK)
    assert codes(measured) == {"REGION_OUTSIDE"}
    assert np.isnan(list(measured.values.values())).all()


def test_a_region_outside_the_breast_is_measured_and_reported(make_exam, make_roi):
    breast = np.zeros((48, 55), dtype=bool)
    breast[:, 40:] = True
    exam = make_exam(breast=breast)
    (measured,) = measure(exam, make_roi(exam, centre=(47, 25)))
    assert codes(measured) == {"REGION_OUTSIDE"}
    assert np.isfinite(measured.values["original_glcm_Contrast"])


def test_values_that_are_no_numbers_empty_the_region_only_where_they_matter(make_exam, make_roi):
    pixels = np.random.default_rng(3).normal(size=(96, 110)) * 50 + 400
    pixels[10, 10] = np.nan
    exam = make_exam(pixels)
    near = make_roi(exam, centre=(14, 14), radii=(8, 9), name="near")
    far = make_roi(exam, centre=(70, 80), radii=(8, 9), name="far")
    hit, missed = measure(exam, near, far, config=FeatureConfig(preset="quick"))
    assert codes(hit) == {"FEATURE_FAILED"}
    assert np.isnan(list(hit.values.values())).all()
    assert missed.findings == ()
    assert np.isfinite(missed.values["original_glcm_Contrast"])


def test_a_breast_of_one_grey_value_empties_every_region(make_exam, make_roi):
    exam = make_exam(np.full((60, 70), 3.0))
    (measured,) = measure(exam, make_roi(exam, centre=(30, 30)), config=FeatureConfig(preset="quick"))
    assert codes(measured) == {"FEATURE_FAILED"}
    assert tuple(measured.values) == feature_names(QUICK)


def test_without_spacing_widths_are_pixels_and_millimetres_stay_empty(make_exam, make_roi):
    exam = make_exam(spacing=None)
    config = FeatureConfig(image_types=("original", "log"), log_sigma_mm=(1.0,))
    (measured,) = measure(exam, make_roi(exam), config=config)
    assert units_of(measured.values) == ("px",)
    assert np.isfinite(measured.values["log-sigma-1-0-px-2D_glcm_Contrast"])
    assert not any("-mm-2D" in name for name in measured.values)
    assert np.isnan(measured.values["original_shape2D_Perimeter"])
    assert np.isfinite(measured.values["original_shape2D_Sphericity"])


def test_a_bin_width_far_too_small_is_refused_for_that_picture(make_exam, make_roi):
    exam = make_exam()
    config = FeatureConfig(preset="quick", intensity_scale="native", bin_width=1e-9)
    (measured,) = measure(exam, make_roi(exam), config=config)
    assert codes(measured) == {"FEATURE_FAILED"}
    assert "bin_width" in measured.findings[0].message
    assert np.isnan(measured.values["original_firstorder_Mean"])
    assert np.isfinite(measured.values["original_shape2D_Perimeter"])


def test_few_occupied_grey_levels_are_reported(make_exam, make_roi):
    exam = make_exam(np.random.default_rng(1).integers(0, 5, size=(60, 70)) * 10.0)
    (measured,) = measure(exam, make_roi(exam, centre=(30, 35)))
    assert codes(measured) == {"GREY_LEVELS", "REGION_SATURATED"}
    assert measured.grey_levels == {"original": 5}


def test_scaling_both_spacings_scales_areas_by_the_square(make_exam, make_roi):
    values = []
    for factor in (1.0, 2.0):
        exam = make_exam(spacing=(0.1 * factor, 0.1 * factor))
        config = FeatureConfig(preset="quick", spacing_mm=0.1 * factor)
        values.append(measure(exam, make_roi(exam), config=config)[0].values)
    assert values[1]["original_shape2D_MeshSurface"] == pytest.approx(4 * values[0]["original_shape2D_MeshSurface"])
    assert values[1]["original_glcm_Contrast"] == values[0]["original_glcm_Contrast"]


def test_a_bright_rim_is_seen_by_the_ring_only(make_exam, make_roi):
    rows, cols = np.mgrid[:96, :110]
    away = np.hypot(rows - 47, cols - 55)
    pixels = np.where((away > 20) & (away < 30), 900.0, 100.0) + (rows + cols) % 7
    exam = make_exam(pixels)
    config = FeatureConfig(preset="quick", intensity_scale="native", ring_mm=0.8)
    (measured,) = measure(exam, make_roi(exam, radii=(20.0, 20.0)), config=config)
    assert measured.values["original_firstorder_Mean"] < 120 < 880 < measured.values["ring_original_firstorder_Mean"]
    assert tuple(measured.values) == feature_names(config)


def test_a_ring_changes_no_value_of_the_lesion_itself(make_exam, make_roi):
    exam = make_exam()
    (alone,) = measure(exam, make_roi(exam), config=NEAR)
    (ringed,) = measure(exam, make_roi(exam), config=replace(NEAR, ring_mm=4.0))
    np.testing.assert_array_equal([ringed.values[name] for name in alone.values], list(alone.values.values()))
    assert np.isfinite(ringed.values["ring_original_glcm_Contrast"])


def test_the_ring_is_cut_at_the_skin(make_exam, make_roi):
    breast = np.zeros((48, 55), dtype=bool)
    breast[:, :28] = True
    pixels = np.random.default_rng(0).normal(size=(96, 110)) + 100
    pixels[:, 56:] = 5000.0
    config = FeatureConfig(preset="quick", intensity_scale="native", ring_mm=0.8)
    exam = make_exam(pixels, breast=breast)
    (measured,) = measure(exam, make_roi(exam, centre=(47, 44), radii=(10, 10)), config=config)
    assert measured.values["ring_original_firstorder_Maximum"] < 200


def test_tissue_fills_its_own_columns_only(make_exam, make_roi):
    exam = make_exam()
    tissue = make_roi(exam, radii=(60, 70), source=RoiSource.TISSUE)
    (measured,) = measure(exam, tissue, config=FeatureConfig(preset="quick"))
    filled = {name for name, value in measured.values.items() if np.isfinite(value)}
    assert filled == {name for name in feature_names(QUICK) if name.startswith("tissue_")}


def test_the_order_of_regions_does_not_matter(make_exam, make_roi):
    exam = make_exam()
    a, b = make_roi(exam, name="a"), make_roi(exam, centre=(30, 40), name="b")
    forth, back = measure(exam, a, b), measure(exam, b, a)
    assert forth[0].values["original_glcm_Contrast"] == back[1].values["original_glcm_Contrast"]


def test_the_same_place_under_two_names_is_measured_once(make_exam, make_roi, monkeypatch):
    calls = []
    plain = FeatureExtractor._prepare
    monkeypatch.setattr(FeatureExtractor, "_prepare", lambda *args: calls.append(1) or plain(*args))
    exam = make_exam()
    twice = [make_roi(exam, name="a", centre=(2, 3)), make_roi(exam, name="b", centre=(2, 3))]
    first, second = measure(exam, *twice)
    assert (len(calls), first.row.roi_id, second.row.roi_id) == (1, "a", "b")
    assert first.values == second.values
    assert first.findings != ()
    assert second.findings == ()


def test_a_region_of_another_image_is_refused(make_exam, make_roi):
    with pytest.raises(InvariantError, match="pair them"):
        measure(make_exam(), make_roi(make_exam(patient="benign-01")))


def test_extractor_and_result_survive_pickling(make_exam, make_roi):
    exam = make_exam()
    extractor = pickle.loads(pickle.dumps(FeatureExtractor(QUICK)))
    (measured,) = extractor.measure(exam, [make_roi(exam)])
    assert pickle.loads(pickle.dumps(measured)).row == measured.row


coordinates = st.one_of(st.floats(-30, 90), st.floats(-1e7, 1e7))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    contour=arrays(np.float64, st.tuples(st.integers(3, 12), st.just(2)), elements=coordinates),
    levels=st.integers(1, 300),
    spacing=st.sampled_from([None, (0.1, 0.1), (0.05, 0.2)]),
)
def test_any_contour_on_any_picture_gives_the_columns_and_no_error(make_exam, contour, levels, spacing):
    pixels = np.random.default_rng(levels).integers(0, levels, size=(40, 46))
    exam = make_exam(pixels, spacing=spacing)
    roi = Roi(
        roi_id="any", image=exam.mammogram.key, grid=exam.mammogram.grid, source=RoiSource.OUTLINED, contour_px=contour
    )
    (measured,) = measure(exam, roi, config=NEAR)
    assert tuple(measured.values) == feature_names(NEAR, units=units_of(measured.values))
    missing = not np.isfinite(list(lesion_values(measured).values())).all()
    assert not missing or measured.findings != () or spacing is None


def test_identical_exams_give_identical_values(make_exam, make_roi):
    recent, prior = make_exam(), make_exam(visit=Visit.PRIOR)
    (new,), (old,) = (measure(exam, make_roi(exam), config=NEAR) for exam in (recent, prior))
    assert np.array_equal(list(new.values.values()), list(old.values.values()), equal_nan=True)


LOG = FeatureConfig(image_types=("original", "log"), log_sigma_mm=(0.4,))


def two_regions(make_exam, make_roi, spacing):
    exam = make_exam(spacing=spacing)
    return measure(exam, make_roi(exam, name="a"), make_roi(exam, centre=(900, 900), name="b"), config=LOG)


def test_the_table_has_heads_then_features_with_or_without_rows(make_exam, make_roi):
    table = feature_table(two_regions(make_exam, make_roi, (0.1, 0.1)), config=LOG)
    assert list(table.columns) == list(feature_table([], config=LOG).columns) == [*FEATURES.names, *feature_names(LOG)]
    assert table["roi_id"].tolist() == ["a", "b"]
    assert table["patient_id"].tolist() == ["malignant-07"] * 2
    assert table["original_glcm_Contrast"].notna().tolist() == [True, False]


def test_a_mixed_study_has_both_units_and_every_row_fills_its_own(make_exam, make_roi):
    both = [two_regions(make_exam, make_roi, spacing)[0] for spacing in ((0.1, 0.1), None)]
    table = feature_table(both, config=LOG)
    assert table["log-sigma-0-4-mm-2D_glcm_Contrast"].notna().tolist() == [True, False]
    assert table["log-sigma-0-4-px-2D_glcm_Contrast"].notna().tolist() == [False, True]


def test_regions_without_values_do_not_add_a_unit(make_exam, make_roi):
    unmeasured = RoiFeatures(row=FeatureRow.of(make_roi(make_exam(), name="unmeasured")))
    table = feature_table([*two_regions(make_exam, make_roi, None), unmeasured], config=LOG)
    assert not any("-mm-2D" in name for name in table)
    assert len(table) == 3


def test_grey_levels_out_of_bounds_are_marked(make_exam, make_roi):
    row = FeatureRow.of(make_roi(make_exam()))
    rows = grey_level_rows(
        [RoiFeatures(row=row, values={}, grey_levels={"original": 12, "wavelet-LL": 32, "lbp-2D": 9})]
    )
    assert [each.within_bounds for each in rows] == [False, True, None]
    assert GREY_LEVELS.of(rows)["occupied"].tolist() == [12, 32, 9]


EVERYTHING = FeatureConfig(preset="full", image_types=("original", "wavelet", "log", "gradient", "lbp"))
TEXTURES = ("_glcm_", "_glrlm_", "_glszm_", "_gldm_", "_ngtdm_")


def stored(exam, pixels, *, step=1.0):
    """The exam as a file with steps of grey would give it."""
    mammogram = exam.mammogram
    known = replace(mammogram, pixels=pixels.astype(np.float32), acquisition=Acquisition(grey_step=step))
    return replace(exam, mammogram=known)


def clipped(make_exam, *, top=255, levels=1):
    """A picture whose region lies at the end of the range, with `levels` neighbouring values in it."""
    exam = make_exam(spacing=(0.23, 0.23))
    pixels = np.round(np.clip(exam.mammogram.pixels / 8, 0, top - 30))
    rows, cols = np.indices(pixels.shape)
    blob = (rows - 47) ** 2 + (cols - 55) ** 2 < 26**2
    pixels[blob] = top - (rows + cols)[blob] % levels
    return stored(exam, pixels)


def texture(measured):
    return [value for name, value in measured.values.items() if any(family in name for family in TEXTURES)]


@pytest.mark.parametrize("scale", ["breast-percentile", "breast-zscore", "native"])
@pytest.mark.parametrize("levels", [1, 2])
def test_a_region_that_its_stored_values_cannot_resolve_has_no_texture_after_any_filter(
    make_exam, make_roi, scale, levels
):
    exam = clipped(make_exam, levels=levels)
    config = replace(EVERYTHING, intensity_scale=scale)
    (measured,) = measure(exam, make_roi(exam), config=config)
    assert len(texture(measured)) > 500
    assert np.isnan(texture(measured)).all()
    assert "REGION_FLAT" in codes(measured)
    assert set(measured.grey_levels.values()) == {1}
    if levels == 1:
        assert measured.values["original_firstorder_Range"] == 0
        assert measured.values["original_firstorder_Entropy"] == pytest.approx(0, abs=1e-9)
        assert measured.values["original_firstorder_Kurtosis"] == 0
    assert np.isfinite(measured.values["original_firstorder_Mean"])


def test_three_stored_levels_are_a_range(make_exam, make_roi):
    exam = clipped(make_exam, levels=3)
    (measured,) = measure(exam, make_roi(exam))
    assert np.isfinite(measured.values["original_glcm_Contrast"])
    assert "REGION_FLAT" not in codes(measured)


def test_a_step_larger_than_one_is_the_step(make_exam, make_roi):
    exam = clipped(make_exam, levels=3)
    wide = stored(exam, exam.mammogram.pixels * 4, step=4.0)
    tripled = stored(exam, exam.mammogram.pixels // 3 * 3, step=3.0)
    assert np.isfinite(measure(wide, make_roi(wide))[0].values["original_glcm_Contrast"])
    assert np.isnan(measure(tripled, make_roi(tripled))[0].values["original_glcm_Contrast"])


@pytest.mark.parametrize("step", [0.0, 1.0])
def test_what_a_filter_leaves_of_a_ramp_is_rounding(make_exam, make_roi, step):
    rows, cols = np.indices((120, 130))
    exam = stored(make_exam(np.zeros((120, 130)), spacing=(0.1, 0.1)), rows * 8.0 + cols * 4.0, step=step)
    config = replace(QUICK, image_types=("original", "wavelet", "gradient"))
    (measured,) = measure(exam, make_roi(exam, centre=(60, 65)), config=config)
    flat = {picture for picture, count in measured.grey_levels.items() if count == 1}
    assert flat == {"wavelet-LH", "wavelet-HL", "wavelet-HH", "gradient"}
    for picture in measured.grey_levels:
        assert np.isnan(measured.values[f"{picture}_glcm_Contrast"]) == (picture in flat)


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_the_saturated_share_of_a_region_is_reported(make_exam, make_roi, share):
    exam = make_exam()
    roi = make_roi(exam)
    pixels = np.minimum(np.round(exam.mammogram.pixels), 4000)
    inside = np.argwhere(roi.region.on_grid(pixels.shape))
    for row, col in inside[: round(share * len(inside))]:
        pixels[row, col] = 4095
    pixels[0, 0] = 4095
    (measured,) = measure(stored(exam, pixels), roi)
    assert measured.saturated == pytest.approx(share, abs=0.01)
    assert ("REGION_SATURATED" in codes(measured)) == (share > 0.05)
    (row, *_) = grey_level_rows([measured])
    assert (row.image_type, row.saturated_fraction) == ("original", measured.saturated)
