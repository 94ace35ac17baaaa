"""What is asked of a region on its pictures; the values themselves are tested in `test_measurement`."""

from dataclasses import replace

import numpy as np
import pytest

from radiomics_mammo.config.features import FeatureConfig
from radiomics_mammo.features.preprocessing import IntensityScale, StudyGrid, cut_crop
from radiomics_mammo.features.region_on_crop import (
    RegionOnCrop,
    RegionPicture,
    Resolution,
    held_values,
    measure_pictures,
    within_bounds,
)

CONFIG = FeatureConfig(preset="quick", spacing_mm=0.5)
SHAPE = (64, 72)


@pytest.fixture
def on_crop(make_exam, make_roi):
    def make(pixels, *, radii=(8, 10), config=CONFIG, resolution=None):
        exam = make_exam(pixels, spacing=(0.5, 0.5))
        roi = make_roi(exam, centre=(30.0, 33.0), radii=radii)
        study = StudyGrid.over(exam.mammogram.grid, spacing_mm=0.5)
        crop = cut_crop(exam.mammogram.pixels, study, study.region(roi.contour_px), margin=2, scale=IntensityScale())
        held = held_values(exam, roi)
        return RegionOnCrop(
            roi=roi, crop=crop, inside=crop.inside, config=config, held=held, resolution=resolution or Resolution()
        )

    return make


def noise(seed=1):
    return np.random.default_rng(seed).normal(size=SHAPE) * 50 + 300


def test_texture_is_asked_of_enough_pixels_only(on_crop):
    (whole,), (tiny,) = (
        list(one.pictures(one.own_pictures())) for one in (on_crop(noise()), on_crop(noise(), radii=(2, 2)))
    )
    assert any(name.startswith("glcm_") for name in whole.features)
    assert {name.partition("_")[0] for name in tiny.features} == {"firstorder"}


def test_a_flat_region_has_one_level_and_no_texture(on_crop):
    flat = on_crop(noise(), resolution=Resolution(step=1.0, flat=True))
    picture = flat.on("original", flat.crop.image)
    assert picture.occupied == 1
    assert {name.partition("_")[0] for name in picture.features} == {"firstorder"}


def test_too_many_grey_levels_are_not_measured(on_crop):
    fine = on_crop(noise(), config=replace(CONFIG, bin_width=1e-3))
    assert fine.on("original", fine.crop.image).region is None


def test_pictures_of_many_regions_come_back_to_their_region(on_crop):
    regions = [on_crop(noise(seed)) for seed in (1, 2)]
    asked = [list(one.pictures(one.own_pictures())) for one in regions]
    together = measure_pictures([asked[0], [RegionPicture(name="original")], asked[1]])
    alone = [measure_pictures([pictures])[0] for pictures in asked]
    assert together[1] == ({}, {"original": 0})
    for (values, levels), (expected, counted) in zip((together[0], together[2]), alone, strict=True):
        assert values == pytest.approx(expected, rel=1e-12)
        assert levels == counted
        assert values["original_firstorder_Mean"] == pytest.approx(300, abs=20)


def test_outline_of_few_pixels_has_no_shape(on_crop):
    assert on_crop(noise(), radii=(2, 2)).shape_values() == {}
    assert on_crop(noise()).shape_values()["original_shape2D_PixelSurface"] == pytest.approx(np.pi * 80 / 4, rel=0.05)


def test_codes_of_local_patterns_have_no_bounds():
    assert within_bounds("wavelet-LH", 200) is False
    assert within_bounds("lbp-2D", 200) is None
