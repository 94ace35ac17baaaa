"""Ends of lines, their directions, and dots."""

from __future__ import annotations

import cv2
import numpy as np

from radiomics_mammo.core.vocabulary import OutlineColor
from radiomics_mammo.masks.ends import trace_piece
from radiomics_mammo.masks.strokes import Stroke


def piece_of(points, *, width=3, shape=(80, 120), closed=False, step=1):
    mask = np.zeros(shape, np.uint8)
    cv2.polylines(mask, [np.array(points, np.int32)[:, None, ::-1]], closed, 1, width)
    return trace_piece(
        Stroke(OutlineColor.RED, 0, 0, mask.astype(bool), step), 4, shape=(shape[0] * step, shape[1] * step)
    )


def test_line_has_two_ends_that_point_away_from_it():
    piece = piece_of([(40, 20), (40, 90)])
    left, right = sorted(piece.ends, key=lambda end: end.position_px[1])
    assert abs(left.position_px[1] - 20) < 4
    assert abs(right.position_px[1] - 90) < 4
    np.testing.assert_allclose(left.heading, (0, -1), atol=0.1)
    np.testing.assert_allclose(right.heading, (0, 1), atol=0.1)
    assert (piece.encloses, piece.number) == (False, 4)


def test_arc_points_along_its_tangent():
    turn = np.linspace(0, 1.5 * np.pi, 80)
    piece = piece_of(np.stack([40 + 30 * np.sin(turn), 60 + 30 * np.cos(turn)], axis=1))
    ends = sorted(piece.ends, key=lambda end: -end.position_px[1])
    np.testing.assert_allclose(ends[0].heading, (-1, 0), atol=0.25)
    np.testing.assert_allclose(ends[1].heading, (0, 1), atol=0.25)


def test_ring_has_no_ends_and_encloses():
    piece = piece_of([(20, 20), (20, 70), (60, 70), (60, 20)], closed=True)
    assert piece.ends == ()
    assert piece.encloses
    assert piece.number is None


def test_dot_has_two_ends_in_one_place_without_direction():
    piece = piece_of([(40, 50), (40, 51)], width=5)
    assert [end.heading for end in piece.ends] == [None, None]
    assert piece.ends[0].position_px == piece.ends[1].position_px
    assert piece.length_px == 0


def test_end_at_the_edge_of_the_picture_is_said():
    piece = piece_of([(40, 0), (40, 70)], width=5)
    assert sorted(end.at_border for end in piece.ends) == [False, True]


def test_positions_are_pixels_of_the_copy():
    piece = piece_of([(40, 20), (40, 90)], step=2)
    assert abs(piece.ends[0].position_px[0] - 80.5) < 2
    assert piece.length_px > 120


def spiky_ring(gap=0, width=2):
    """A star of five spikes, broken over `gap` pixels on one of its sides."""
    turn = np.linspace(0, 2 * np.pi, 10, endpoint=False)
    radius = np.where(np.arange(10) % 2, 20, 38)
    star = np.stack([40 + radius * np.sin(turn), 60 + radius * np.cos(turn)], axis=1)
    start, stop = star[0], star[1]
    side = (stop - start) / np.hypot(*(stop - start))
    parts = [(start + stop) / 2 + side * gap / 2, *star[1:], start, (start + stop) / 2 - side * gap / 2]
    return piece_of(np.round(parts), width=width, closed=gap == 0)


def test_both_sides_of_a_narrow_break_are_ends():
    piece = spiky_ring(gap=6)
    first, second = (np.array(end.position_px) for end in piece.ends)
    assert np.hypot(*(first - second)) < 10
    assert not piece.encloses


def test_spikes_of_a_ring_are_no_ends():
    piece = spiky_ring()
    assert piece.ends == ()
    assert piece.encloses


def test_loop_in_the_course_of_a_line_encloses_nothing():
    turn = np.linspace(-np.pi / 2, 1.5 * np.pi, 30)
    loop = np.stack([40 - 5 + 5 * np.sin(-turn), 60 + 5 * np.cos(turn)], axis=1)
    piece = piece_of([(40, 10), *np.round(loop), (40, 110)], width=2)
    assert len(piece.ends) == 2
    assert not piece.encloses


def test_small_dot_has_no_direction_however_it_is_thinned():
    mask = np.ones((4, 3), dtype=bool)
    mask[0, 0] = mask[3, 2] = False
    piece = trace_piece(Stroke(OutlineColor.RED, 10, 10, mask), 0, shape=(40, 60))
    assert [end.heading for end in piece.ends] == [None, None]


SHORT_ARC_WITH_A_SPIKE = """
.##....
#######
#######
#######
.#####.
..###..
..###..
...#...
"""
"""What the search saw of a 1.6 px pen that ran left, around a narrow spike, and broke off on both sides."""


def short_arc(row=0, col=0):
    mask = np.array([[mark == "#" for mark in line] for line in SHORT_ARC_WITH_A_SPIKE.split()])
    return Stroke(OutlineColor.RED, row, col, mask)


def test_short_arc_keeps_both_its_ends_beside_the_foot_of_its_spike():
    piece = trace_piece(short_arc(), 0, shape=(40, 60))
    ends = sorted((end.position_px for end in piece.ends), key=lambda place: place[1])
    np.testing.assert_allclose(ends, [(2, 1), (6, 3), (1, 5)], atol=1.0)


def test_fork_at_the_end_of_a_line_is_one_end():
    fork = [(48, 88), (40, 80), (32, 88)]
    mask = np.zeros((80, 120), np.uint8)
    for points in ([(40, 20), (40, 80)], fork):
        cv2.polylines(mask, [np.array(points, np.int32)[:, None, ::-1]], False, 1, 9)
    piece = trace_piece(Stroke(OutlineColor.RED, 0, 0, mask.astype(bool)), 0, shape=(80, 120))
    assert len(piece.ends) == 2
