"""The close look at some strokes."""

from __future__ import annotations

import numpy as np
import pytest

from radiomics_mammo.config.masks import MaskConfig
from radiomics_mammo.masks.chroma import fit_chroma
from radiomics_mammo.masks.ends import trace_piece
from radiomics_mammo.masks.joining import Bridge
from radiomics_mammo.masks.strokes import find_strokes
from radiomics_mammo.masks.windows import StrokeWindow, draw_bridges, open_window, pen_line


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


def test_positions_go_there_and_back():
    window = StrokeWindow(np.zeros((9, 12), np.float32), 3, -2, 7)
    points = np.array([[0.0, 0.0], [4.5, 8.0]])
    np.testing.assert_allclose(window.from_copy(window.to_copy(points)), points, atol=1e-9)
    np.testing.assert_allclose(window.to_copy(np.array([[1.0, 1.0]])), [[-2.0, 7.0]])


def test_line_is_cut_at_half_strength_and_leaves_the_rim_empty(look):
    window, pieces = look
    line = pen_line(window, pieces, bridged=frozenset(), level=0.5, pen_px=12)
    assert not line[[0, -1]].any()
    assert 0.02 < line.mean() < 0.3


def test_bridges_are_drawn_with_the_pen():
    window = StrokeWindow(np.zeros((40, 60), np.float32), 1, 0, 0)
    points = np.array([[20.0, 10.0], [20.0, 50.0]])
    assert draw_bridges(window, [Bridge((0, 0), points)], pen_px=5)[:, 30].sum() in (5, 6, 7)
    assert draw_bridges(window, [Bridge((0, 0), points, along_border=True)], pen_px=5)[:, 30].sum() == 1
