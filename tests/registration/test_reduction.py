"""Reduced grids: averages and coordinates."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radiomics_mammo.core.geometry import PixelGrid
from radiomics_mammo.registration.reduction import (
    full_from_reduced,
    reduce_pixels,
    reduced_from_full,
    reduction_step_px,
)


@pytest.mark.parametrize(
    ("grid", "step"),
    [
        (PixelGrid(4096, 3328, 0.07, 0.07), 11),
        (PixelGrid(256, 208, 1.12, 1.12), 1),
        (PixelGrid(4096, 3328), 10),
        (PixelGrid(300, 230), 1),
    ],
)
def test_step_follows_spacing_or_size(grid, step):
    assert reduction_step_px(grid, 0.8) == step


def test_last_squares_repeat_the_border():
    picture = np.arange(15, dtype=np.float32).reshape(3, 5)
    reduced = reduce_pixels(picture, 2)
    assert reduced.shape == (2, 3)
    assert reduced[0, 0] == pytest.approx(picture[:2, :2].mean())
    assert reduced[1, 2] == picture[2, 4]


def test_reduction_keeps_a_ramp_at_its_place():
    ramp = np.tile(np.arange(12, dtype=np.float32), (8, 1))
    reduced = reduce_pixels(ramp, 4)
    assert np.allclose(reduced[0], full_from_reduced(np.array([[0.0, 0], [0, 1], [0, 2]]), 4)[:, 1])


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 16), st.floats(-50, 5000), st.floats(-50, 5000))
def test_there_and_back(step, row, col):
    point = np.array([[row, col]])
    assert np.allclose(full_from_reduced(reduced_from_full(point, step), step), point)


def test_small_pixels_leave_a_picture_large_enough():
    assert reduction_step_px(PixelGrid(768, 624, 0.1, 0.1), 0.8) == 3
    assert reduction_step_px(PixelGrid(100, 90, 0.1, 0.1), 0.8) == 1
