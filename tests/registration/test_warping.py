"""The prior on the grid of the recent exam."""

import numpy as np
import pytest

from radiomics_mammo.registration import warp_prior


def likeness(one, other, inside):
    return np.corrcoef(one[inside], other[inside])[0, 1]


def test_warped_prior_looks_like_the_recent_exam(aligned):
    pair, _ = aligned(seed=1)
    prior, recent = pair.prior, pair.recent
    warped = warp_prior(pair)
    inside = recent.breast.breast
    assert warped.shape == recent.mammogram.grid.shape
    assert warped.dtype == np.float32
    before = likeness(prior.mammogram.pixels, recent.mammogram.pixels, inside)
    assert likeness(warped, recent.mammogram.pixels, inside) > max(0.85, before)


def test_small_picture_is_every_nth_pixel(aligned):
    pair, _ = aligned(seed=1)
    assert warp_prior(pair, step_px=4) == pytest.approx(warp_prior(pair)[::4, ::4])


def test_outside_of_the_prior_is_filled(aligned):
    pair, _ = aligned(seed=1, mirrored_prior=True)
    assert (warp_prior(pair, outside=-7.0) == -7.0).any()
