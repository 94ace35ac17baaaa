"""The close look at some strokes, width of the pen and gaps of a contour."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from radiomics_mammo.config.reading import MaskConfig
from radiomics_mammo.masks import pen_line
from radiomics_mammo.masks.colors import fit_chroma
from radiomics_mammo.masks.gap_closing import Bridge
from radiomics_mammo.masks.pen_line import Gaps, StrokeWindow, draw_bridges, open_window, pen_width, vertex_weights
from radiomics_mammo.masks.skeleton import trace_piece
from radiomics_mammo.masks.strokes import find_strokes


@pytest.fixture
def look(art, page):
    """Window and pieces of one red ring beside a blue one."""
    picture = art.jpeg(art.draw(art.draw(page, art.blob((150, 110), 30)), art.blob((150, 150), 30), "blue"), 90)
    model = fit_chroma(picture)
    strokes = [s for s in find_strokes(art.overlay(picture), model, config=MaskConfig()) if s.color == "red"]
    window = open_window(picture, model, strokes, bridges=(), floor=6)
    return window, [trace_piece(stroke, k, shape=art.shape) for k, stroke in enumerate(strokes)]


def test_window_holds_the_strokes_of_one_colour(look):
    window, _ = look
    rows, cols = np.nonzero(window.strength > 40)
    places = window.to_copy(np.stack([rows, cols], axis=1).astype(float))
    assert window.zoom == 4
    assert abs(places[:, 0].mean() - 150) < 4
    assert places[:, 1].max() < 150


def test_positions_in_a_window_and_in_the_copy_are_inverse():
    window = StrokeWindow(np.zeros((9, 12), np.float32), 3, -2, 7)
    points = np.array([[0.0, 0.0], [4.5, 8.0]])
    np.testing.assert_allclose(window.from_copy(window.to_copy(points)), points, atol=1e-9)
    np.testing.assert_allclose(window.to_copy(np.array([[1.0, 1.0]])), [[-2.0, 7.0]])


def test_line_is_cut_at_half_strength_and_leaves_the_rim_empty(look):
    window, pieces = look
    line = pen_line.pen_line(window, pieces, bridged=frozenset(), level=0.5, pen_px=12)
    assert not line[[0, -1]].any()
    assert 0.02 < line.mean() < 0.3


def test_bridges_are_drawn_with_the_pen():
    window = StrokeWindow(np.zeros((40, 60), np.float32), 1, 0, 0)
    points = np.array([[20.0, 10.0], [20.0, 50.0]])
    assert draw_bridges(window, [Bridge((0, 0), points)], pen_px=5)[:, 30].sum() in (5, 6, 7)
    assert draw_bridges(window, [Bridge((0, 0), points, along_border=True)], pen_px=5)[:, 30].sum() == 1


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
    np.testing.assert_allclose(pen_line.sample(image, points), 5.5)
