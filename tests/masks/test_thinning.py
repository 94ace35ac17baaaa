"""Lines thinned to their middle."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from radiomics_mammo.masks.thinning import (
    along_line,
    find_tips,
    is_round,
    opening_depth,
    pool,
    walk_line,
    without_burrs,
    without_spurs,
)

SHAPE = (40, 60)


def lines(*parts, closed=False):
    page = np.zeros(SHAPE, np.uint8)
    for part in parts:
        cv2.polylines(page, [np.array(part, np.int32)[:, None, ::-1]], closed, 1)
    return page.astype(bool)


RING = [(10, 10), (10, 50), (30, 50), (30, 10)]
STEM, BRANCH = [(20, 5), (20, 50)], [(14, 30), (20, 30)]


def test_tips_are_where_a_line_stops():
    assert find_tips(lines(STEM)) == [(20, 5), (20, 50)]
    assert find_tips(lines(RING, closed=True)) == []


def test_line_is_walked_until_it_branches():
    path = walk_line(lines(STEM, BRANCH), (20, 5), 60)
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


def test_short_line_is_no_spur_of_itself():
    line = lines([(20, 5), (20, 9)])
    np.testing.assert_array_equal(without_spurs(line, 20), line)


def test_forked_ends_are_no_spurs():
    """Where the fork of this line is worn off, three pixels are left in a corner, none of them a tip."""
    drawn = """
    ..............
    ...........#..
    ..###.....#...
    .#...###..#...
    ........#####.
    ..............
    """
    line = np.array([[mark == "#" for mark in row] for row in drawn.split()])
    np.testing.assert_array_equal(without_spurs(line, 3), line)


def test_burr_at_the_end_of_a_line_leaves_its_stem():
    fork = lines(STEM, [(17, 53), (20, 50)], [(23, 53), (20, 50)])
    assert len(find_tips(without_burrs(fork, 5))) == 1 + 1


def test_distance_along_a_broken_ring_is_its_whole_length():
    broken = lines(RING, closed=True)
    broken[10, 29:32] = False
    away = along_line(broken, [(10, 28), (10, 32)])
    np.testing.assert_array_equal(np.diag(away), 0)
    assert away[0, 1] == pytest.approx(2 * (20 + 40) - 4, abs=4)


@pytest.mark.parametrize(("shape", "round_"), [((3, 3), True), ((4, 3), True), ((3, 8), False)])
def test_round_pieces_are_told_from_dashes(shape, round_):
    assert is_round(np.ones(shape, dtype=bool)) is round_


def test_ring_is_not_round_since_it_is_not_filled():
    assert not is_round(lines(RING, closed=True))


def test_opening_is_as_deep_as_it_is_wide():
    assert opening_depth(lines(RING, closed=True)) == 10
    assert opening_depth(lines(STEM)) == 0


def test_line_does_not_break_when_it_is_pooled():
    pooled = pool(lines(STEM), 7)
    assert pooled.shape == (6, 9)
    assert pooled[2, :8].all()
