"""Solid ink: fills whole and speckled, plates with characters; rings, however thick, and letters are none."""

import cv2
import numpy as np
import pytest

from radiomics_mammo.core.contours import contour_area_px
from radiomics_mammo.core.findings import AuditCode
from radiomics_mammo.core.vocabulary import OutlineColor
from radiomics_mammo.masks.solids import find_solids, parts_of_solids
from radiomics_mammo.masks.strokes import Stroke

SHAPE = (400, 300)


def stroke(mask, top=50, left=60):
    return Stroke(color=OutlineColor.RED, top=top, left=left, mask=mask)


def disc(radius, hole=0.0, flat=1.0):
    rows, cols = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    away = np.hypot(rows / flat, cols)
    return (away <= radius) & (away >= hole)


@pytest.mark.parametrize("flat", [1.0, 0.6])
def test_fill_is_one_thing_bounded_by_its_edge_however_speckled(flat):
    rng = np.random.default_rng(3)
    mask = disc(20, flat=flat)
    speckled = mask.copy()
    inner = np.argwhere(mask)
    for row, col in inner[rng.choice(len(inner), 60, replace=False)]:
        if np.hypot((row - 20) / flat, col - 20) < 15:
            speckled[row, col] = False
    for one in (mask, speckled):
        (aside,) = find_solids([stroke(one)], shape=SHAPE).values()
        assert aside.code is AuditCode.FILLED_MARK
        assert contour_area_px(aside.contour_px) == pytest.approx(mask.sum(), rel=0.05)
        assert aside.contour_px.mean(axis=0) == pytest.approx((70, 80), abs=1)


@pytest.mark.parametrize("hole", [6.0, 10.0, 17.0])
def test_ring_is_no_fill_however_thick_its_pen(hole):
    assert find_solids([stroke(disc(20, hole))], shape=SHAPE) == {}


def test_dots_and_lines_as_wide_as_a_pen_are_no_fills():
    assert find_solids([stroke(disc(3)), stroke(np.ones((4, 40), dtype=bool))], shape=SHAPE) == {}


def test_plate_with_characters_cut_out_is_text_whichever_way_it_lies():
    plate = np.full((16, 90), 255, np.uint8)
    cv2.putText(plate, "0880 6", (4, 13), cv2.FONT_HERSHEY_SIMPLEX, 0.5, 0, 1)
    for mask in (plate > 0, (plate > 0).T):
        (aside,) = find_solids([stroke(mask)], shape=SHAPE).values()
        assert aside.code is AuditCode.OVERLAY_TEXT


def test_what_is_left_of_a_colour_on_a_plate_is_part_of_it_and_a_ring_around_a_fill_is_not():
    plate, island = np.ones((20, 80), dtype=bool), np.ones((6, 5), dtype=bool)
    for left in (10, 30, 50):
        plate[4:16, left : left + 12] = False
    strokes = [stroke(plate), stroke(island, top=57, left=73), stroke(island, top=90, left=73)]
    assert parts_of_solids(strokes, find_solids(strokes, shape=SHAPE)) == {1}
    shaded = [stroke(disc(20)), stroke(disc(26, 23), top=44, left=54)]
    assert parts_of_solids(shaded, find_solids(shaded, shape=SHAPE)) == frozenset()


@pytest.mark.parametrize("letter", ["R", "L", "8"])
def test_sticker_with_a_letter_cut_out_is_one_filled_mark(letter):
    plate = np.full((40, 34), 255, np.uint8)
    cv2.putText(plate, letter, (7, 31), cv2.FONT_HERSHEY_SIMPLEX, 0.9, 0, 3)
    (aside,) = find_solids([stroke(plate > 0)], shape=SHAPE).values()
    assert aside.code is AuditCode.FILLED_MARK


@pytest.mark.parametrize("pen", [3, 6])
def test_rectangle_of_a_thick_pen_is_no_sticker_nor_are_two_that_touch(pen):
    frame = np.ones((40, 36), dtype=bool)
    frame[pen:-pen, pen:-pen] = False
    two = np.hstack([frame, frame[:, pen:]])
    assert find_solids([stroke(frame), stroke(two)], shape=SHAPE) == {}
