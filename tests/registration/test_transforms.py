"""Units, inverse and folding of transforms; the prior on the grid of the recent exam."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radiomics_mammo.core.geometry import PlanarTransform
from radiomics_mammo.registration import warp_prior
from radiomics_mammo.registration.transforms import invert, jacobian_determinants, rescale, sample_displacement


def wavy(amplitude_mm, angle=0.1):
    def shift_at(points):
        return amplitude_mm * np.stack([np.sin(points[:, 1] / 15), np.cos(points[:, 0] / 18)], axis=1)

    matrix = np.array([[np.cos(angle), -np.sin(angle), 4.0], [np.sin(angle), np.cos(angle), -3.0], [0, 0, 1]])
    return PlanarTransform(matrix, sample_displacement((120.0, 90.0), shift_at))


@settings(max_examples=15, deadline=None)
@given(st.floats(0, 3), st.floats(-0.2, 0.2))
def test_map_and_inverse_undo_each_other(amplitude_mm, angle):
    forward = wavy(amplitude_mm, angle)
    backward = invert(forward, (120.0, 90.0))
    points = np.random.default_rng(1).uniform((25, 25), (95, 65), size=(30, 2))
    assert np.linalg.norm(backward.apply(forward.apply(points)) - points, axis=1).max() < 0.35


def test_inverse_of_the_identity_is_the_identity():
    assert invert(PlanarTransform.identity()).is_identity


def test_rescaled_map_moves_pixels_as_lengths():
    forward, points = wavy(2.0), np.array([[40.0, 30.0], [70.0, 55.0]])
    here, there = (0.5, 0.4), (0.25, 0.3)
    in_pixels = rescale(forward, here, there)
    assert np.allclose(in_pixels.apply(points / here) * there, forward.apply(points), atol=1e-9)


def test_smooth_map_does_not_fold_and_steep_one_does():
    points = np.random.default_rng(1).uniform((25, 25), (95, 65), size=(200, 2))
    assert (jacobian_determinants(wavy(2.0), points, 0.8) > 0).all()
    assert (jacobian_determinants(wavy(40.0), points, 0.8) <= 0).mean() > 0.1


def test_mirror_is_no_fold():
    mirror = PlanarTransform(np.array([[1.0, 0, 0], [0, -1.0, 90], [0, 0, 1]]))
    assert jacobian_determinants(mirror, np.array([[3.0, 4.0]]), 1.0) == pytest.approx(1)


def test_warped_prior_looks_like_the_recent_exam(aligned):
    pair, _ = aligned(seed=1)
    recent, inside = pair.recent.mammogram, pair.recent.breast.breast
    warped = warp_prior(pair)
    assert warped.shape == recent.grid.shape
    assert warped.dtype == np.float32
    before, after = (
        np.corrcoef(picture[inside], recent.pixels[inside])[0, 1] for picture in (pair.prior.mammogram.pixels, warped)
    )
    assert after > max(0.85, before)
    assert warp_prior(pair, step_px=4) == pytest.approx(warped[::4, ::4])


def test_outside_of_the_prior_is_filled(aligned):
    pair, _ = aligned(seed=1, mirrored_prior=True)
    assert (warp_prior(pair, outside=-7.0) == -7.0).any()
