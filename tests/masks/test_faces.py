"""Which unions of enclosed areas are outlines."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from radiomics_mammo.masks.faces import find_faces, read_tangle


def tangle_of(*circles, width=3, shape=(160, 240)):
    line = np.zeros(shape, np.uint8)
    for row, col, radius in circles:
        cv2.circle(line, (col, row), radius, 1, width)
    return find_faces(line.astype(bool), pen_px=width, zoom=1)


def areas_of(tangle):
    reading = read_tangle(tangle)
    sizes = [int(np.isin(tangle.cells, list(union)).sum()) for union in reading.outlines]
    return sorted(sizes), reading


@pytest.mark.parametrize(
    ("name", "circles", "shared"),
    [
        ("one", [(80, 100, 40)], False),
        ("apart", [(80, 60, 30), (80, 170, 40)], False),
        ("touching", [(80, 70, 40), (80, 151, 40)], True),
        ("crossing", [(80, 90, 40), (85, 140, 40)], True),
        ("crossing unevenly", [(80, 90, 45), (85, 135, 20)], True),
        ("nested", [(80, 110, 60), (80, 100, 25)], False),
        ("nested and touching", [(80, 110, 60), (80, 76, 25)], False),
        ("three crossing", [(55, 90, 33), (55, 140, 33), (100, 115, 33)], True),
    ],
)
def test_circles_come_back_however_they_lie(name, circles, shared):
    sizes, reading = areas_of(tangle_of(*circles))
    np.testing.assert_allclose(sizes, sorted(np.pi * radius**2 for _, _, radius in circles), rtol=0.06)
    assert (reading.shared, reading.ambiguous) == (shared, False)


def test_wavering_outline_that_touches_a_round_one_is_not_left_over():
    line = np.zeros((160, 240), np.uint8)
    turn = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    radius = 40 * (1 + 0.13 * np.cos(9 * turn))
    wavering = np.stack([70 + radius * np.cos(turn), 80 + radius * np.sin(turn)], axis=1)
    cv2.polylines(line, [np.round(wavering).astype(np.int32)[:, None]], True, 1, 3)
    cv2.circle(line, (150, 80), 35, 1, 3)
    sizes, _ = areas_of(find_faces(line.astype(bool), pen_px=3, zoom=1))
    np.testing.assert_allclose(sizes, sorted([cv2.contourArea(wavering.astype(np.float32)), np.pi * 35**2]), rtol=0.06)


def test_double_stroke_is_one_outline_and_a_loop_where_a_line_crosses_itself_none():
    tangle = tangle_of((80, 110, 50), (81, 111, 55))
    assert tangle.count == 1
    sizes, _ = areas_of(tangle)
    np.testing.assert_allclose(sizes, [np.pi * 52.5**2], rtol=0.03)
    assert tangle_of((80, 110, 50), (80, 163, 3)).count == 1


def test_too_many_areas_are_called_ambiguous_and_an_open_line_encloses_none():
    line = np.zeros((160, 240), bool)
    line[20:141:30, 20:201] = line[20:141, 20:201:45] = True
    assert read_tangle(find_faces(line, pen_px=1, zoom=1)).ambiguous
    line[:], line[10:13, 5:60] = False, True
    assert find_faces(line, pen_px=3, zoom=1).count == 0
