"""Grey values are scaled inside the breast only; window, mask and picture lie on one grid, resampled once."""

from dataclasses import replace

import numpy as np
import pytest

from radiomics_mammo.config.features import FeatureConfig
from radiomics_mammo.core.errors import ExtractionError
from radiomics_mammo.core.geometry import PixelGrid
from radiomics_mammo.features.preprocessing import (
    IntensityScale,
    StudyGrid,
    breast_values,
    cut_crop,
    intensity_scale,
)


def box(top, left, bottom, right):
    return np.array([[top, left], [top, right], [bottom, right], [bottom, left]], dtype=float)


def test_outer_corners_lie_together_and_nothing_is_resampled_at_the_own_or_an_unknown_spacing():
    study = StudyGrid.over(PixelGrid(96, 110, 0.05, 0.2), spacing_mm=0.1)
    assert study.shape == (48, 220)
    np.testing.assert_allclose(study.to_study(np.array([[-0.5, -0.5], [95.5, 109.5]])), [[-0.5, -0.5], [47.5, 219.5]])
    own, unknown = (StudyGrid.over(PixelGrid(96, 110, s, s), spacing_mm=0.1) for s in (0.1, None))
    assert (own.step_px, own.shape, own.unit) == ((1.0, 1.0), (96, 110), "mm")
    assert (unknown.step_px, unknown.unit, unknown.spacing) == ((1.0, 1.0), "px", (1.0, 1.0))


def test_a_plane_is_resampled_exactly():
    rows, cols = np.mgrid[:80, :90]
    for row_mm, col_mm in ((0.07, 0.05), (0.1, 0.1), (0.25, 0.2)):
        study = StudyGrid.over(PixelGrid(80, 90, row_mm, col_mm), spacing_mm=0.1)
        pixels = (3 * rows * row_mm + 5 * cols * col_mm).astype(np.float32)
        crop = cut_crop(pixels, study, study.region(box(30, 30, 50, 55)), margin=4, scale=IntensityScale())
        r, c = np.mgrid[: crop.image.shape[0], : crop.image.shape[1]]
        mm = ((r + crop.top + 0.5) * 0.1 - 0.5 * row_mm, (c + crop.left + 0.5) * 0.1 - 0.5 * col_mm)
        np.testing.assert_allclose(crop.image, 3 * mm[0] + 5 * mm[1], atol=2e-4)


def test_values_inside_do_not_depend_on_the_margin():
    pixels = np.random.default_rng(2).normal(size=(200, 220)).astype(np.float32)
    study = StudyGrid.over(PixelGrid(200, 220, 0.07, 0.07), spacing_mm=0.1)
    region = study.region(box(90, 90, 120, 130))
    narrow, wide = (cut_crop(pixels, study, region, margin=m, scale=IntensityScale()) for m in (2, 30))
    np.testing.assert_allclose(narrow.image[narrow.inside], wide.image[wide.inside], atol=1e-7)


def test_the_mask_keeps_its_area_in_mm2_at_any_spacing():
    for own in (0.05, 0.1, 0.2):
        study = StudyGrid.over(PixelGrid(400, 420, own, own), spacing_mm=0.1)
        region = study.region(box(99.5, 99.5, 199.5, 259.5))
        assert region.area_px * 0.01 == pytest.approx(100 * 160 * own**2, rel=0.01)


def test_an_eight_bit_picture_becomes_read_only_float64_without_wrapping():
    pixels = np.array([[200, 250], [10, 255]], dtype=np.uint8)
    study = StudyGrid.over(PixelGrid(2, 2), spacing_mm=0.1)
    crop = cut_crop(pixels, study, study.region(box(-0.4, -0.4, 1.4, 1.4)), margin=1, scale=IntensityScale(0, 2.0))
    assert crop.image.dtype == np.float64
    assert crop.image.max() == 510.0
    assert not crop.image.flags.writeable


def half_breast(make_exam, pixels):
    breast = np.zeros((48, 55), dtype=bool)
    breast[:, :20] = True
    return make_exam(pixels, breast=breast)


def ramp():
    pixels = np.zeros((96, 110))
    pixels[:, :40] = np.linspace(100, 300, 96 * 40).reshape(96, 40)
    return pixels


def test_percentiles_of_the_breast_become_zero_and_a_thousand_whatever_the_background(make_exam):
    bright = ramp()
    bright[:, 40:] = 4000
    dark, lit = (intensity_scale(half_breast(make_exam, p), config=FeatureConfig()) for p in (ramp(), bright))
    np.testing.assert_allclose(dark.apply(np.array([102.0, 298.0])), [0, 1000], atol=1e-3)
    assert dark == lit


def test_gain_and_offset_of_the_detector_cancel(make_exam):
    values = np.array([110.0, 200.0, 290.0])
    for method in ("breast-percentile", "breast-zscore"):
        config = FeatureConfig(intensity_scale=method)
        plain, gained = (intensity_scale(half_breast(make_exam, p), config=config) for p in (ramp(), ramp() * 4 + 64))
        np.testing.assert_allclose(plain.apply(values), gained.apply(values * 4 + 64), rtol=1e-4, atol=1e-3)


def test_zscore_has_mean_zero_and_deviation_one_and_native_values_stay(make_exam):
    exam = half_breast(make_exam, ramp())
    scaled = intensity_scale(exam, config=FeatureConfig(intensity_scale="breast-zscore")).apply(breast_values(exam))
    assert abs(scaled.mean()) < 1e-9
    assert scaled.std() == pytest.approx(1)
    assert intensity_scale(exam, config=FeatureConfig(intensity_scale="native")) == IntensityScale(0.0, 1.0)


def test_values_that_are_no_numbers_are_left_out(make_exam):
    holed = ramp()
    holed[::7, ::5] = np.nan
    assert np.isfinite(breast_values(half_breast(make_exam, holed))).all()


def test_an_empty_or_flat_breast_is_an_error_with_a_remedy(make_exam):
    empty = make_exam(breast=np.zeros((48, 55), dtype=bool))
    for exam in (empty, make_exam(np.full((96, 110), 5.0))):
        with pytest.raises(ExtractionError, match="Remedy"):
            intensity_scale(exam, config=FeatureConfig())


def test_a_coarse_breast_mask_is_sampled_at_the_right_places(make_exam):
    breast = np.zeros((12, 14), dtype=bool)
    breast[3, 5] = True
    pixels = np.zeros((96, 110))
    pixels[24:32, 40:48] = 7.0
    assert set(breast_values(make_exam(pixels, breast=breast, step=8))) == {7.0}


def test_tissue_behind_a_frame_is_scaled_as_the_strip_beside_it(make_exam):
    lines, cols, rng = 12, np.arange(110), np.random.default_rng(1)
    skin = 900 * (1 - (cols / 110) ** 6)[None, :] + rng.normal(size=(96, 110)) * 20
    framed = skin.copy()
    framed[:, :lines] = skin.min()
    breast = np.ones((48, 55), dtype=bool)
    breast[:, : lines // 2] = False
    hidden = make_exam(framed, breast=breast)
    header = replace(hidden.mammogram.acquisition, frame_px=(0, 0, lines, 0))
    known = replace(hidden, mammogram=replace(hidden.mammogram, acquisition=header))
    exams = (make_exam(skin), hidden, known)
    truth, naive, scale = (intensity_scale(one, config=FeatureConfig()).gain for one in exams)
    assert 4 * abs(scale / truth - 1) < abs(naive / truth - 1) > 0.004
    assert breast_values(known).size == breast_values(hidden).size + 96 * lines
