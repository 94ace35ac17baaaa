"""The window around a region: the rule of its margin, one resampling, mask and picture on one grid."""

import numpy as np
import pytest

from radiomics_mammo.config.features import FeatureConfig
from radiomics_mammo.core.geometry import PixelGrid
from radiomics_mammo.features.crop import Crop, StudyGrid, cut_crop, margin_px
from radiomics_mammo.features.intensity import IntensityScale


def box(top, left, bottom, right):
    return np.array([[top, left], [top, right], [bottom, right], [bottom, left]], dtype=float)


def test_a_study_grid_of_the_own_spacing_is_the_own_grid():
    study = StudyGrid.over(PixelGrid(96, 110, 0.1, 0.1), spacing_mm=0.1)
    assert study.step_px == (1.0, 1.0)
    assert study.shape == (96, 110)


def test_unknown_spacing_is_never_resampled():
    study = StudyGrid.over(PixelGrid(96, 110), spacing_mm=0.05)
    assert (study.step_px, study.unit, study.spacing) == ((1.0, 1.0), "px", (1.0, 1.0))


def test_outer_corners_lie_together():
    study = StudyGrid.over(PixelGrid(96, 110, 0.05, 0.2), spacing_mm=0.1)
    assert study.shape == (48, 220)
    np.testing.assert_allclose(study.to_study(np.array([[-0.5, -0.5], [95.5, 109.5]])), [[-0.5, -0.5], [47.5, 219.5]])


@pytest.mark.parametrize("spacing", [(0.07, 0.05), (0.1, 0.1), (0.25, 0.2)])
def test_a_plane_is_resampled_exactly(spacing):
    grid = PixelGrid(80, 90, *spacing)
    rows, cols = np.mgrid[:80, :90]
    pixels = (3 * rows * spacing[0] + 5 * cols * spacing[1]).astype(np.float32)
    study = StudyGrid.over(grid, spacing_mm=0.1)
    region = study.region(box(30, 30, 50, 55))
    crop = cut_crop(pixels, study, (region,), margin=4, scale=IntensityScale())
    r, c = np.mgrid[: crop.image.shape[0], : crop.image.shape[1]]
    mm = ((r + crop.top + 0.5) * 0.1 - 0.5 * spacing[0], (c + crop.left + 0.5) * 0.1 - 0.5 * spacing[1])
    np.testing.assert_allclose(crop.image, 3 * mm[0] + 5 * mm[1], atol=2e-4)


def test_values_inside_do_not_depend_on_the_margin():
    pixels = np.random.default_rng(2).normal(size=(200, 220)).astype(np.float32)
    study = StudyGrid.over(PixelGrid(200, 220, 0.07, 0.07), spacing_mm=0.1)
    region = study.region(box(90, 90, 120, 130))
    narrow, wide = (cut_crop(pixels, study, (region,), margin=m, scale=IntensityScale()) for m in (2, 30))
    np.testing.assert_allclose(narrow.image[narrow.mask(region)], wide.image[wide.mask(region)], atol=1e-7)


def test_the_mask_keeps_its_area_in_mm2_at_any_spacing():
    for own in (0.05, 0.1, 0.2):
        study = StudyGrid.over(PixelGrid(400, 420, own, own), spacing_mm=0.1)
        region = study.region(box(99.5, 99.5, 199.5, 259.5))
        assert region.area_px * 0.01 == pytest.approx(100 * 160 * own**2, rel=0.01)


def test_an_eight_bit_picture_becomes_float64_without_wrapping():
    pixels = np.array([[200, 250], [10, 255]], dtype=np.uint8)
    study = StudyGrid.over(PixelGrid(2, 2), spacing_mm=0.1)
    crop = cut_crop(pixels, study, (study.region(box(-0.4, -0.4, 1.4, 1.4)),), margin=1, scale=IntensityScale(0, 2.0))
    assert crop.image.dtype == np.float64
    assert crop.image.max() == 510.0


def test_a_crop_is_read_only():
    crop = Crop(np.zeros((3, 4)), 0, 0, StudyGrid.over(PixelGrid(3, 4), spacing_mm=0.1))
    assert not crop.image.flags.writeable


@pytest.mark.parametrize(
    ("settings", "spacing", "expected"),
    [
        ({"preset": "quick"}, 0.1, 1),
        ({"image_types": ("wavelet",), "wavelet": "db4"}, 0.1, 8),
        ({"image_types": ("log", "wavelet"), "log_sigma_mm": (0.5, 3.0)}, 0.1, 120),
        ({"image_types": ("log",), "log_sigma_mm": (3.0,)}, 1.0, 12),
    ],
)
def test_the_margin_follows_the_largest_filter(settings, spacing, expected):
    assert margin_px(FeatureConfig(**settings), spacing=spacing) == expected
