"""Matching squares: known shifts, guarded lesions, peaks."""

import numpy as np
import pytest
from scipy import ndimage

from radiomics_mammo.core.geometry import PlanarTransform
from radiomics_mammo.registration.blocks import (
    BlockGrid,
    correlation_surface,
    match_blocks,
    moved_structure,
    peak_of,
    warp_picture,
)
from radiomics_mammo.registration.working import WorkingPicture

SHAPE = (70, 60)
GRID = BlockGrid(side_px=15, stride_px=6, reach_px=6)


def texture(seed=1):
    noise = np.random.default_rng(seed).normal(size=SHAPE)
    return ndimage.gaussian_filter(noise, 1.5).astype(np.float32)


def working(structure, usable=None, spacing=0.8):
    breast = np.ones(SHAPE, dtype=bool)
    kept = breast if usable is None else usable
    return WorkingPicture(structure, breast, kept, kept, spacing, np.diag([spacing, spacing, 1.0]))


def test_shift_is_found_to_a_tenth_of_a_pixel():
    moved = ndimage.shift(texture(), (2.3, -1.6), order=3, mode="nearest")
    found = match_blocks(working(texture()), working(moved), PlanarTransform.identity(), GRID)
    moves = np.median(found.there_mm - found.here_mm, axis=0) / 0.8
    assert moves == pytest.approx((2.3, -1.6), abs=0.1)
    assert np.median(found.scores) > 0.95


def test_shift_is_counted_from_where_the_map_points():
    ahead = PlanarTransform(np.array([[1.0, 0, 1.6], [0, 1, 0], [0, 0, 1]]))
    moved = ndimage.shift(texture(), (3.0, 0.0), order=3, mode="nearest")
    found = match_blocks(working(texture()), working(moved), ahead, GRID)
    assert np.median(found.there_mm - found.here_mm, axis=0) == pytest.approx((2.4, 0), abs=0.1)


def test_guarded_lesion_does_not_count():
    usable = np.ones(SHAPE, dtype=bool)
    usable[30:38, 26:34] = False
    altered = texture()
    altered[30:38, 26:34] += 4
    clean = match_blocks(working(texture(), usable), working(texture()), PlanarTransform.identity(), GRID)
    found = match_blocks(working(altered, usable), working(texture()), PlanarTransform.identity(), GRID)
    assert np.allclose(found.there_mm, clean.there_mm, atol=1e-3)
    assert found.scores.min() > 0.99


def test_squares_lie_in_usable_breast():
    usable = np.zeros(SHAPE, dtype=bool)
    usable[:, :30] = True
    found = match_blocks(working(texture(), usable), working(texture()), PlanarTransform.identity(), GRID)
    assert 0 < len(found.scores) < 60
    assert found.here_mm[:, 1].max() < 32 * 0.8


def test_picture_smaller_than_a_square_has_none():
    wide = BlockGrid(side_px=71, stride_px=6, reach_px=6)
    assert match_blocks(working(texture()), working(texture()), PlanarTransform.identity(), wide).scores.size == 0


def test_constant_surroundings_match_nothing():
    flat = np.zeros((9, 11), dtype=np.float32)
    surface = correlation_surface(flat, texture()[:3, :5], np.ones((3, 5), dtype=bool))
    assert surface.shape == (7, 7)
    assert np.abs(surface).max() <= 1


def test_peak_between_pixels():
    rows, cols = np.mgrid[-3:4, -4:5]
    surface = 1 - 0.05 * ((rows - 0.75) ** 2 + (cols + 1.25) ** 2)
    shift, height = peak_of(surface)
    assert shift == pytest.approx((0.75, -1.25))
    assert height == pytest.approx(surface.max())


def test_peak_on_the_rim_is_no_peak():
    assert peak_of(np.arange(15.0).reshape(3, 5)) == ((0.0, 0.0), -1.0)


def test_outside_is_zero():
    assert warp_picture(np.ones((2, 2), dtype=np.float32), np.array([[5.0, 5.0]]), (1, 1)) == 0
    assert moved_structure(working(texture()), working(texture()), PlanarTransform.identity()) == pytest.approx(
        texture(), abs=1e-6
    )
