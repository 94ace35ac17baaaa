"""Rulers: ticks at equal distances are found whole, in pieces, and with an end wiped away; dashes are none."""

import cv2
import numpy as np
import pytest

from radiomics_mammo.core.vocabulary import OutlineColor
from radiomics_mammo.masks.rulers import beside_ruler, find_rulers
from radiomics_mammo.masks.strokes import Stroke

SHAPE = (400, 300)


def pieces(page):
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(page.astype(np.uint8), connectivity=8)
    found = []
    for k in range(1, count):
        left, top, cols, rows = (int(v) for v in boxes[k][:4])
        mask = labels[top : top + rows, left : left + cols] == k
        found.append(Stroke(color=OutlineColor.RED, top=top, left=left, mask=mask))
    return found


def ruler(interval=23.0, *, line=True, ticks=11, top=40, left=20):
    page = np.zeros(SHAPE, dtype=bool)
    end = round(top + interval * (ticks - 1))
    page[top : end + 1, left] = line
    for number in range(ticks):
        row = round(top + number * interval)
        page[row, left : left + (9 if number % 5 == 0 else 5)] = True
    return page


@pytest.mark.parametrize("line", [True, False])
@pytest.mark.parametrize("interval", [12.4, 23.0, 31.7])
def test_interval_of_a_ruler_in_one_piece_and_of_its_ticks_alone(line, interval):
    (found,) = find_rulers(pieces(ruler(interval, line=line)), shape=SHAPE)
    assert found.upright
    assert found.ticks == 11
    assert found.interval_px == pytest.approx(interval, rel=0.01)


def test_level_ruler_and_broken_line():
    page = ruler().T.copy()
    page[20, 100:104] = False
    (found,) = find_rulers(pieces(page), shape=SHAPE[::-1])
    assert not found.upright
    assert found.interval_px == pytest.approx(23.0, rel=0.01)
    assert len(found.members) == 2


def test_ticks_that_a_hand_wiped_away_leave_the_others():
    page = ruler()
    page[200:] = False
    (found,) = find_rulers(pieces(page), shape=SHAPE)
    assert found.interval_px == pytest.approx(23.0, rel=0.01)
    assert found.ticks == 7


def test_smeared_end_leaves_the_other_ticks():
    page = ruler()
    page[252:275, 20:27] = True
    page[262, 20:33] = True
    (found,) = find_rulers(pieces(page), shape=SHAPE)
    assert found.interval_px == pytest.approx(23.0, rel=0.01)
    assert found.ticks >= 9


def test_dashes_and_uneven_marks_are_no_ruler():
    dashes = np.zeros(SHAPE, dtype=bool)
    for top in range(40, 300, 20):
        dashes[top : top + 10, 20:22] = True
    assert find_rulers(pieces(dashes), shape=SHAPE) == ()
    uneven = np.zeros(SHAPE, dtype=bool)
    for top in np.cumsum([40, 11, 31, 17, 43, 13, 29, 37]):
        uneven[top, 20:26] = True
    assert find_rulers(pieces(uneven), shape=SHAPE) == ()


def test_numeral_beside_the_ticks_is_told_from_a_mass_and_from_what_stands_apart():
    rulers = find_rulers(pieces(ruler()), shape=SHAPE)
    numeral = np.array([[40.0, 36.0], [40.0, 44.0], [50.0, 44.0], [50.0, 36.0]])
    assert beside_ruler(numeral, rulers, SHAPE)
    assert not beside_ruler(numeral + np.array([0, 40]), rulers, SHAPE)
    assert not beside_ruler(numeral * 2 - np.array([40, 36]), rulers, SHAPE)
    assert not beside_ruler(numeral, (), SHAPE)
