"""Background level, noise, frames and photometry."""

import numpy as np
import pytest

from radiomics_mammo.registration.background import (
    background_level,
    background_noise,
    grey_above_background,
    inside_frame,
)


def picture(offset=0.0, noise=0.0):
    """A bright block on an even background."""
    grey = np.full((40, 30), offset, dtype=np.float32)
    grey[10:30, :15] += 100 + np.arange(15, dtype=np.float32)
    return grey + np.random.default_rng(2).normal(scale=noise, size=grey.shape).astype(np.float32)


def test_level_is_the_most_frequent_value():
    assert background_level(picture(offset=7)) == 7


@pytest.mark.parametrize("noise", [1.0, 3.0])
def test_noise_is_measured_on_the_emptier_side(noise):
    grey = picture(offset=50, noise=noise)
    assert background_noise(grey, 50.0) == pytest.approx(noise, rel=0.2)


def test_constant_background_has_no_noise():
    assert background_noise(picture(), 0.0) == 0


def test_frames_of_two_colours_are_taken_away():
    framed = np.pad(np.pad(picture(noise=1), 2, constant_values=5), 3, constant_values=900)
    assert inside_frame(framed) == (slice(5, 45), slice(5, 35))


def test_constant_picture_has_no_inside():
    rows, _ = inside_frame(np.full((4, 6), 3, dtype=np.float32))
    assert rows.start == rows.stop


@pytest.mark.parametrize("sign", [1, -1])
def test_photometry_is_seen_from_the_picture(sign):
    grey = (1000 + sign * picture(noise=0.5)).astype(np.float32)
    found = grey_above_background(grey, np.ones(grey.shape, dtype=bool), 0.05)
    assert found.inverted is (sign < 0)
    tissue = found.grey > found.threshold
    assert tissue[10:30, :15].all()
    assert tissue.sum() == 300
    assert not found.noisy


def test_noise_raises_the_threshold():
    grey = picture(noise=20)
    found = grey_above_background(grey, np.ones(grey.shape, dtype=bool), 0.05)
    assert found.noisy
    assert found.threshold == pytest.approx(80, rel=0.3)
