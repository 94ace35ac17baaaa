"""Matching blocks: known shifts, guarded lesions, peaks, agreement with a map."""

import numpy as np
import pytest
from scipy import ndimage

from radiomics_mammo.core.geometry import PlanarTransform
from radiomics_mammo.registration.block_matching import (
    BlockGrid,
    BlockMatches,
    correlation_surface,
    match_blocks,
    peak_of,
)

SHAPE = (70, 60)
GRID = BlockGrid(side_px=15, stride_px=6, reach_px=6)
SAME = PlanarTransform.identity()


def texture(moved=(0.0, 0.0)):
    smooth = ndimage.gaussian_filter(np.random.default_rng(1).normal(size=SHAPE), 1.5)
    return ndimage.shift(smooth, moved, order=3, mode="nearest") if any(moved) else smooth


@pytest.fixture
def picture(working):
    return lambda structure, usable=None: working(structure, usable=usable, to_mm=np.diag([0.8, 0.8, 1.0]))


def test_shift_is_found_to_a_tenth_of_a_pixel(picture):
    found = match_blocks(picture(texture()), picture(texture((2.3, -1.6))), SAME, GRID)
    moves = np.median(found.there_mm - found.here_mm, axis=0) / 0.8
    assert moves == pytest.approx((2.3, -1.6), abs=0.1)
    assert np.median(found.scores) > 0.95


def test_shift_is_counted_from_where_the_map_points(picture):
    ahead = PlanarTransform(np.array([[1.0, 0, 1.6], [0, 1, 0], [0, 0, 1]]))
    found = match_blocks(picture(texture()), picture(texture((3.0, 0.0))), ahead, GRID)
    assert np.median(found.there_mm - found.here_mm, axis=0) == pytest.approx((2.4, 0), abs=0.1)


def test_guarded_lesion_does_not_count(picture):
    usable = np.ones(SHAPE, dtype=bool)
    usable[30:38, 26:34] = False
    clean = match_blocks(picture(texture(), usable), picture(texture()), SAME, GRID)
    found = match_blocks(picture(texture() + 4 * ~usable, usable), picture(texture()), SAME, GRID)
    assert np.allclose(found.there_mm, clean.there_mm, atol=1e-3)
    assert found.scores.min() > 0.99


def test_blocks_lie_in_usable_breast(picture):
    usable = np.zeros(SHAPE, dtype=bool)
    usable[:, :30] = True
    found = match_blocks(picture(texture(), usable), picture(texture()), SAME, GRID)
    assert 0 < len(found.scores) < 60
    assert found.here_mm[:, 1].max() < 32 * 0.8


def test_picture_smaller_than_a_block_has_none(picture):
    wide = BlockGrid(side_px=71, stride_px=6, reach_px=6)
    assert match_blocks(picture(texture()), picture(texture()), SAME, wide).scores.size == 0


def test_constant_surroundings_match_nothing():
    flat, template = np.zeros((9, 11), dtype=np.float32), texture()[:3, :5].astype(np.float32)
    surface = correlation_surface(flat, template, np.ones((3, 5), dtype=bool))
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


def test_agreement_counts_blocks_that_were_not_found():
    here = np.array([[10.0, 10.0], [20.0, 20.0], [30.0, 30.0], [40.0, 40.0]])
    there = here + np.array([[0.0, 0.0], [2.9, 0.0], [3.1, 0.0], [0.0, 0.0]])
    assert BlockMatches(here, there, np.array([0.9, 0.9, 0.9, -1.0])).agreement(SAME, 3.0) == 0.5
    assert BlockMatches(np.zeros((0, 2)), np.zeros((0, 2)), np.zeros(0)).agreement(SAME, 3.0) == 0
