"""Distances, thinned lines, their ends and directions, and dots."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from scipy import ndimage

from radiomics_mammo.core.vocabulary import OutlineColor
from radiomics_mammo.masks import skeleton
from radiomics_mammo.masks.skeleton import distance_to_unset, find_tips, trace_piece, without_burrs, without_spurs
from radiomics_mammo.masks.strokes import Stroke

RING = [(10, 10), (10, 50), (30, 50), (30, 10)]
STEM, BRANCH = [(20, 5), (20, 50)], [(14, 30), (20, 30)]


def lines(*parts, closed=False, shape=(40, 60), width=1):
    page = np.zeros(shape, np.uint8)
    for part in parts:
        cv2.polylines(page, [np.array(part, np.int32)[:, None, ::-1]], closed, 1, width)
    return page.astype(bool)


def piece_of(mask, *, step=1, top=0, left=0, shape=None):
    stroke = Stroke(color=OutlineColor.RED, top=top, left=left, mask=mask, step=step)
    return trace_piece(stroke, 4, shape=shape or (mask.shape[0] * step, mask.shape[1] * step))


def line_piece(*parts, width=3, closed=False, step=1):
    return piece_of(lines(*parts, shape=(80, 120), width=width, closed=closed), step=step)


def pattern(text):
    return np.array([[mark == "#" for mark in row] for row in text.split()])


def test_distances_are_the_euclidean_ones_to_the_last_bit_wherever_the_array_lies():
    part = np.random.default_rng(1).random((61, 83)) > 0.02
    np.testing.assert_allclose(distance_to_unset(part), ndimage.distance_transform_edt(part), rtol=1e-6)
    field, found = np.zeros((110, 160), dtype=bool), set()
    for row, col in ((0, 0), (1, 3), (17, 30), (43, 69)):
        field[:] = True
        window = field[row : row + 61, col : col + 83]
        window[:] = part
        found.add(distance_to_unset(window).tobytes())
    assert len(found) == 1


def test_tips_are_where_a_line_stops():
    assert find_tips(lines(STEM)) == [(20, 5), (20, 50)]
    assert find_tips(lines(RING, closed=True)) == []


def test_line_is_walked_until_it_branches():
    path = skeleton.walk_line(lines(STEM, BRANCH), (20, 5), 60)
    assert path[0].tolist() == [20, 5]
    assert abs(path[-1][1] - 30) <= 3


@pytest.mark.parametrize(("longest", "tips"), [(4, 3), (6, 2)])
def test_spur_is_taken_off_and_the_ends_of_the_line_stay(longest, tips):
    left = find_tips(without_spurs(lines(STEM, BRANCH), longest))
    assert len(left) == tips
    assert {(20, 5), (20, 50)} <= set(left)


def test_spurs_are_taken_off_a_ring_that_stays_whole():
    ring = lines(RING, closed=True)
    spiky = ring | lines([(10, 10), (6, 6)]) | lines([(30, 30), (35, 30)])
    assert len(find_tips(spiky)) == 2
    left = without_spurs(spiky, 6)
    assert find_tips(left) == []
    assert (left & ring).sum() == ring.sum()


FORKED = """
..............
...........#..
..###.....#...
.#...###..#...
........#####.
..............
"""
"""Where the fork of this line is worn off, three pixels are left in a corner, none of them a tip."""


@pytest.mark.parametrize(("line", "longest"), [(lines([(20, 5), (20, 9)]), 20), (pattern(FORKED), 3)])
def test_short_lines_and_forked_ends_are_no_spurs(line, longest):
    np.testing.assert_array_equal(without_spurs(line, longest), line)


def test_burr_at_the_end_of_a_line_leaves_its_stem():
    fork = lines(STEM, [(17, 53), (20, 50)], [(23, 53), (20, 50)])
    assert len(find_tips(without_burrs(fork, 5))) == 1 + 1


def test_distance_along_a_broken_ring_is_its_whole_length():
    broken = lines(RING, closed=True)
    broken[10, 29:32] = False
    away = skeleton.along_line(broken, [(10, 28), (10, 32)])
    np.testing.assert_array_equal(np.diag(away), 0)
    assert away[0, 1] == pytest.approx(2 * (20 + 40) - 4, abs=4)


def test_filled_round_pieces_are_dots_and_rings_have_an_opening():
    assert [skeleton.is_round(np.ones(shape, dtype=bool)) for shape in ((3, 3), (4, 3), (3, 8))] == [True, True, False]
    assert not skeleton.is_round(lines(RING, closed=True))
    assert [skeleton.opening_depth(mask) for mask in (lines(RING, closed=True), lines(STEM))] == [10, 0]


def test_large_line_does_not_break_on_the_reduced_copy():
    piece = piece_of(lines([(3, 0), (3, 1099)], shape=(7, 1100)), shape=(80, 1200))
    assert (len(piece.ends), piece.step_px) == (2, 3.0)
    assert piece.length_px > 1080


def test_line_has_two_ends_that_point_away_from_it():
    piece = line_piece([(40, 20), (40, 90)])
    left, right = sorted(piece.ends, key=lambda end: end.position_px[1])
    assert abs(left.position_px[1] - 20) < 4
    assert abs(right.position_px[1] - 90) < 4
    np.testing.assert_allclose(left.heading, (0, -1), atol=0.1)
    np.testing.assert_allclose(right.heading, (0, 1), atol=0.1)
    assert (piece.encloses, piece.number) == (False, 4)


def test_arc_points_along_its_tangent():
    turn = np.linspace(0, 1.5 * np.pi, 80)
    piece = line_piece(np.stack([40 + 30 * np.sin(turn), 60 + 30 * np.cos(turn)], axis=1))
    ends = sorted(piece.ends, key=lambda end: -end.position_px[1])
    np.testing.assert_allclose(ends[0].heading, (-1, 0), atol=0.25)
    np.testing.assert_allclose(ends[1].heading, (0, 1), atol=0.25)


def test_dots_have_two_ends_in_one_place_without_direction():
    small = np.ones((4, 3), dtype=bool)
    small[0, 0] = small[3, 2] = False
    for piece in (line_piece([(40, 50), (40, 51)], width=5), piece_of(small, top=10, left=10, shape=(40, 60))):
        assert [end.heading for end in piece.ends] == [None, None]
        assert piece.ends[0].position_px == piece.ends[1].position_px
        assert piece.length_px == 0


def test_end_at_the_edge_of_the_picture_is_said():
    assert sorted(end.at_border for end in line_piece([(40, 0), (40, 70)], width=5).ends) == [False, True]


def test_positions_are_pixels_of_the_copy():
    piece = line_piece([(40, 20), (40, 90)], step=2)
    assert abs(piece.ends[0].position_px[0] - 80.5) < 2
    assert piece.length_px > 120


def spiky_ring(gap=0):
    """A star of five spikes, broken over `gap` pixels on one of its sides."""
    turn = np.linspace(0, 2 * np.pi, 10, endpoint=False)
    radius = np.where(np.arange(10) % 2, 20, 38)
    star = np.stack([40 + radius * np.sin(turn), 60 + radius * np.cos(turn)], axis=1)
    start, stop = star[0], star[1]
    side = (stop - start) / np.hypot(*(stop - start))
    parts = [(start + stop) / 2 + side * gap / 2, *star[1:], start, (start + stop) / 2 - side * gap / 2]
    return line_piece(np.round(parts), width=2, closed=gap == 0)


def test_both_sides_of_a_narrow_break_are_ends():
    piece = spiky_ring(gap=6)
    first, second = (np.array(end.position_px) for end in piece.ends)
    assert np.hypot(*(first - second)) < 10
    assert not piece.encloses


def test_rings_enclose_and_have_no_ends_however_spiky():
    for ring in (line_piece([(20, 20), (20, 70), (60, 70), (60, 20)], closed=True), spiky_ring()):
        assert (ring.ends, ring.encloses, ring.number) == ((), True, None)


def test_loop_in_the_course_of_a_line_encloses_nothing():
    turn = np.linspace(-np.pi / 2, 1.5 * np.pi, 30)
    loop = np.stack([40 - 5 + 5 * np.sin(-turn), 60 + 5 * np.cos(turn)], axis=1)
    piece = line_piece([(40, 10), *np.round(loop), (40, 110)], width=2)
    assert (len(piece.ends), piece.encloses) == (2, False)


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


def test_short_arc_keeps_both_its_ends_beside_the_foot_of_its_spike():
    piece = piece_of(pattern(SHORT_ARC_WITH_A_SPIKE), shape=(40, 60))
    ends = sorted((end.position_px for end in piece.ends), key=lambda place: place[1])
    np.testing.assert_allclose(ends, [(2, 1), (6, 3), (1, 5)], atol=1.0)


def test_fork_at_the_end_of_a_line_is_one_end():
    assert len(line_piece([(40, 20), (40, 80)], [(48, 88), (40, 80), (32, 88)], width=9).ends) == 2
