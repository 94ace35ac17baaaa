"""Width of the pen and gaps of a contour."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from radiomics_mammo.masks.pen import Gaps, pen_width, sample, vertex_weights


def ring(width, blur, radius=60):
    fine = np.zeros((800, 1000), np.uint8)
    cv2.circle(fine, (500, 400), radius * 4, 255, width * 4)
    strength = cv2.resize(fine, (250, 200), interpolation=cv2.INTER_AREA).astype(np.float32)
    turn = np.linspace(0, 2 * np.pi, 500, endpoint=False)
    contour = np.stack([99.6 + radius * np.sin(turn), 124.6 + radius * np.cos(turn)], axis=1)
    return (cv2.GaussianBlur(strength, (0, 0), blur) if blur else strength), contour


@pytest.mark.parametrize("width", [2, 3, 6, 12])
@pytest.mark.parametrize("blur", [0.0, 1.0])
def test_width_is_freed_of_blur(width, blur):
    strength, contour = ring(width, blur)
    assert pen_width(strength, contour, band_px=np.hypot(width, 2.3 * blur)) == pytest.approx(width, abs=0.8)


def test_gaps_run_around_the_start():
    gaps = Gaps(np.array([True, True, False, False, True]), np.full(5, 0.2))
    assert (gaps.share, gaps.longest) == (pytest.approx(0.6), pytest.approx(0.6))
    assert Gaps(np.ones(4, bool), np.full(4, 0.25)).longest == 1
    assert Gaps(np.zeros(4, bool), np.full(4, 0.25)).longest == 0


def test_weights_follow_the_length_of_the_steps():
    weights = vertex_weights(np.array([[0.0, 0.0], [0.0, 4.0], [2.0, 4.0], [2.0, 0.0]]))
    np.testing.assert_allclose(weights, 0.25)
    assert vertex_weights(np.array([[0.0, 0.0], [0.0, 9.0], [1.0, 0.0]])).sum() == pytest.approx(1)


def test_sampling_is_bilinear_for_any_number_of_points():
    image = np.arange(12, dtype=np.float32).reshape(3, 4)
    points = np.tile([[1.0, 1.5]], (70_000, 1))
    np.testing.assert_allclose(sample(image, points), 5.5)
