"""Letters are told from rings."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from radiomics_mammo.config.masks import MaskConfig
from radiomics_mammo.core.vocabulary import OutlineColor
from radiomics_mammo.masks.ends import trace_piece
from radiomics_mammo.masks.marks import find_letters
from radiomics_mammo.masks.strokes import Stroke

SHAPE = (300, 400)


def letters_of(draw):
    page = np.zeros(SHAPE, np.uint8)
    draw(page)
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(page, connectivity=8)
    strokes = [
        Stroke(OutlineColor.RED, int(t), int(lf), labels[t : t + h, lf : lf + w] == k)
        for k, (lf, t, w, h) in ((k, boxes[k][:4]) for k in range(1, count))
    ]
    pieces = [trace_piece(stroke, k, shape=SHAPE) for k, stroke in enumerate(strokes)]
    return len(strokes), find_letters(strokes, pieces, shape=SHAPE, config=MaskConfig())


@pytest.mark.parametrize("text", ["R CC", "MLO", "L MLO", "RCC"])
def test_word_is_set_aside(text):
    count, letters = letters_of(lambda page: cv2.putText(page, text, (100, 100), 0, 0.7, 1, 2))
    assert len(letters) == count


@pytest.mark.parametrize("gap_px", [6, 14])
def test_two_pieces_of_which_one_is_round_are_a_word_as_close_as_print(gap_px):
    def draw(page):
        cv2.line(page, (100, 90), (106, 106), 1, 2)
        cv2.line(page, (112, 90), (106, 106), 1, 2)
        cv2.ellipse(page, (112 + gap_px + 7, 98), (7, 9), 0, 0, 360, 1, 2)

    assert letters_of(draw) == (2, frozenset({0, 1} if gap_px < 8 else ()))


@pytest.mark.parametrize(
    ("left", "right", "letters"), [((50, 310), (50, 310), {0, 1}), ((50, 310), (-130, 130), set())]
)
def test_two_arcs_that_open_to_each_other_are_a_ring_and_no_word(left, right, letters):
    def draw(page):
        cv2.ellipse(page, (110, 98), (8, 9), 0, *left, 1, 2)
        cv2.ellipse(page, (130, 98), (8, 9), 0, *right, 1, 2)

    assert letters_of(draw) == (2, letters)


def test_small_letter_beside_a_capital_is_of_its_word():
    def draw(page):
        cv2.ellipse(page, (110, 97), (8, 10), 0, 50, 310, 1, 2)
        cv2.line(page, (125, 94), (125, 107), 1, 2)
        cv2.line(page, (125, 100), (133, 94), 1, 2)
        cv2.line(page, (125, 100), (133, 107), 1, 2)

    assert letters_of(draw) == (2, frozenset({0, 1}))


def test_single_letter_with_a_small_opening_in_its_middle_is_set_aside():
    def draw(page):
        for col in (103, 121):
            cv2.line(page, (112, 86), (col, 106), 1, 2)
        cv2.line(page, (106, 99), (118, 99), 1, 2)

    assert letters_of(draw) == (1, frozenset({0}))


@pytest.mark.parametrize(("dash_col", "letters"), [(112, {0, 1}), (None, set())])
def test_a_dash_joins_letters_that_stand_apart(dash_col, letters):
    def draw(page):
        for col in (100, 140):
            cv2.ellipse(page, (col, 100), (7, 9), 0, 50, 310, 1, 2)
        if dash_col:
            cv2.line(page, (dash_col, 100), (dash_col + 12, 100), 1, 2)

    assert letters_of(draw)[1] == letters


def test_single_letter_with_an_off_centre_opening_is_set_aside():
    _, letters = letters_of(lambda page: cv2.putText(page, "R", (100, 100), 0, 0.7, 1, 2))
    assert letters == {0}


@pytest.mark.parametrize("text", ["B", "8"])
@pytest.mark.parametrize(("size", "pen"), [(0.6, 1), (0.7, 2)])
def test_single_letter_with_two_openings_is_set_aside(text, size, pen):
    assert letters_of(lambda page: cv2.putText(page, text, (100, 100), 0, size, 1, pen)) == (1, frozenset({0}))


def test_small_rings_that_touch_one_above_the_other_are_no_letter():
    def draw(page):
        for row in (100, 111):
            cv2.circle(page, (150, row), 5, 1, 2)

    assert letters_of(draw) == (1, frozenset())


@pytest.mark.parametrize("centre", [(2, 150), (397, 150), (200, 2), (200, 297)])
def test_small_ring_cut_by_the_edge_is_no_letter(centre):
    def draw(page):
        turn = np.linspace(0, 2 * np.pi, 60)
        ring = np.stack([centre[0] + 7 * np.cos(turn), centre[1] + 7 * np.sin(turn)], axis=1)
        cv2.polylines(page, [np.clip(ring, 0, (399, 299)).round().astype(np.int32)[:, None]], True, 1, 3)

    assert letters_of(draw) == (1, frozenset())


def test_letter_that_touches_the_left_edge_is_still_a_letter():
    assert letters_of(lambda page: cv2.putText(page, "R", (-3, 100), 0, 0.7, 1, 2)) == (1, frozenset({0}))


def test_small_rings_side_by_side_are_no_word():
    def draw(page):
        for col in (100, 125, 150):
            cv2.circle(page, (col, 100), 8, 1, 2)

    assert letters_of(draw) == (3, frozenset())


def test_large_outline_is_never_a_letter():
    assert letters_of(lambda page: cv2.ellipse(page, (150, 150), (60, 45), 0, 40, 350, 1, 3))[1] == frozenset()


def test_dots_and_dashes_are_no_letters():
    def draw(page):
        for col in range(50, 120, 10):
            cv2.circle(page, (col, 80), 2, 1, -1)

    assert letters_of(draw)[1] == frozenset()
