from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.synthetic.warps import SmoothWarp, draw_warp

HEIGHT_MM, WIDTH_MM = 180.0, 100.0
PLACES = np.stack(np.meshgrid(np.linspace(0, 280, 15), np.linspace(0, 140, 9), indexing="ij"), axis=-1).reshape(-1, 2)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), strength=st.sampled_from([1.0, 1.6]))
def test_inverse_is_exact_and_orientation_is_kept(seed, strength):
    warp = draw_warp(np.random.default_rng(seed), height_mm=HEIGHT_MM, width_mm=WIDTH_MM, strength=strength)
    assert np.allclose(warp.to_recent(warp.to_prior(PLACES)), PLACES, atol=1e-8)
    step = 1e-3
    along = [(warp.to_recent(PLACES + offset) - warp.to_recent(PLACES)) / step for offset in ([step, 0], [0, step])]
    jacobian = along[0][:, 0] * along[1][:, 1] - along[0][:, 1] * along[1][:, 0]
    assert jacobian.min() > 0.5


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_bounds_of_the_change_are_the_stated_ones(seed):
    warp = draw_warp(np.random.default_rng(seed), height_mm=HEIGHT_MM, width_mm=WIDTH_MM)
    left, scales, right = np.linalg.svd(warp.matrix)
    assert np.abs(scales - 1).max() < 0.05 * 1.6  # both stretches and the shear together
    assert abs(np.rad2deg(np.arctan2(*(left @ right)[::-1, 0]))) <= 5 + 1.5
    assert np.abs(warp.shift_mm).max() <= 0.04 * WIDTH_MM
    waves = warp.to_recent(PLACES) - ((PLACES - warp.centre_mm) @ warp.matrix.T + warp.centre_mm + warp.shift_mm)
    assert np.abs(waves).max() <= 0.03 * WIDTH_MM
    assert not warp.strong


def test_maps_are_the_same_warp_on_a_grid(rng):
    warp = draw_warp(rng, height_mm=HEIGHT_MM, width_mm=WIDTH_MM, strength=1.6)
    rows_mm, depths_mm = np.linspace(0, 280, 7), np.linspace(0, 200, 11)
    rows, depths = warp.maps(rows_mm, depths_mm)
    grid = np.stack(np.meshgrid(rows_mm, depths_mm, indexing="ij"), axis=-1).reshape(-1, 2)
    expected = warp.to_recent(grid).reshape(7, 11, 2)
    assert np.abs(rows - expected[..., 0]).max() < 1e-3
    assert np.abs(depths - expected[..., 1]).max() < 1e-3
    assert warp.strong


def test_identity_changes_nothing():
    assert (SmoothWarp.identity().to_recent(PLACES) == PLACES).all()


def test_parts_that_do_not_fit_are_refused():
    with pytest.raises(InvariantError):
        replace(SmoothWarp.identity(), matrix=np.eye(3))
