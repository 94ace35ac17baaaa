"""Bridges over the breaks of rings."""

from __future__ import annotations

import numpy as np
import pytest

from radiomics_mammo.masks.gap_closing import join_pieces, ring_members
from radiomics_mammo.masks.skeleton import End, Piece

SHAPE = (200, 300)
GAPS = {"max_gap_fraction": 0.25, "max_dot_gap_fraction": 0.125}


def piece(length, *ends, width=3.0):
    return Piece(length_px=length, width_px=width, ends=ends)


def arc(number, start, stop, *, centre=(100.0, 150.0), radius=40.0):
    """Piece of a circle between two angles, with its tangents."""
    ends = []
    for angle, sign in ((start, -1), (stop, 1)):
        place = (centre[0] + radius * np.sin(angle), centre[1] + radius * np.cos(angle))
        ends.append(End(number, place, (sign * np.cos(angle), -sign * np.sin(angle))))
    return piece(radius * (stop - start), *ends)


def dot(number, row, col):
    end = End(number, (row, col), None)
    return piece(0.0, end, end, width=4.0)


def test_bridge_follows_the_course_of_the_ring():
    for gap in (0.1, 0.25):
        (bridge,) = join_pieces([arc(0, 0, 2 * np.pi * (1 - gap))], shape=SHAPE)
        np.testing.assert_allclose(np.hypot(*(bridge.points_px - (100, 150)).T), 40, atol=0.5)


def test_two_arcs_are_joined_twice():
    pieces = [arc(0, 0.2, 2.9), arc(1, 3.4, 6.0)]
    bridges = join_pieces(pieces, shape=SHAPE)
    assert sorted(bridge.pieces for bridge in bridges) == [(0, 1), (0, 1)]
    assert ring_members(pieces, bridges, **GAPS) == {0, 1}
    assert ring_members(pieces, bridges, max_gap_fraction=0.05, max_dot_gap_fraction=0.125) == frozenset()


def test_dots_are_joined_in_a_ring():
    turn = np.linspace(0, 2 * np.pi, 14, endpoint=False)
    pieces = [dot(k, 100 + 30 * np.sin(t), 150 + 30 * np.cos(t)) for k, t in enumerate(turn)]
    joined = [k for bridge in join_pieces(pieces, shape=SHAPE) for k in bridge.pieces]
    assert np.bincount(joined).tolist() == [2] * 14


@pytest.mark.parametrize(("longest", "members"), [(0.06, 9), (0.2, 0)])
def test_dashes_close_into_one_ring_however_much_lies_between_them(longest, members):
    starts = np.linspace(0, 2 * np.pi - longest * 2 * np.pi, 9, endpoint=False)
    pieces = [arc(k, start, start + 0.4 * (starts[1] - starts[0])) for k, start in enumerate(starts)]
    assert len(ring_members(pieces, join_pieces(pieces, shape=SHAPE), **GAPS)) == members


def test_neighbouring_broken_rings_are_not_mixed():
    pieces = [arc(0, 0.5, 6.0, centre=(100, 80)), arc(1, 3.5, 9.0, centre=(100, 200))]
    assert sorted(bridge.pieces for bridge in join_pieces(pieces, shape=SHAPE)) == [(0, 0), (1, 1)]


def test_line_is_not_bent_back_on_itself():
    straight = piece(60.0, End(0, (50, 50), (0.0, -1.0)), End(0, (50, 110), (0.0, 1.0)))
    assert join_pieces([straight], shape=SHAPE) != ()  # closed, and refused later: it encloses nothing
    corner = piece(60.0, End(0, (50, 50), (0.0, -1.0)), End(0, (50, 180), (0.0, 1.0)))
    assert join_pieces([corner], shape=SHAPE) == ()


@pytest.mark.parametrize(
    ("first", "second", "corners"),
    [((60.0, 1.0), (140.0, 1.0), 0), ((1.0, 40.0), (50.0, 1.0), 1), ((198.0, 290.0), (150.0, 298.0), 1)],
)
def test_ends_at_the_edge_are_joined_along_it(first, second, corners):
    ends = (End(0, first, (0.0, -1.0), True), End(0, second, (0.0, -1.0), True))
    (bridge,) = join_pieces([piece(100.0, *ends)], shape=SHAPE)
    assert bridge.along_border
    assert {tuple(point) for point in bridge.points_px[[0, -1]]} == {first, second}
    along = bridge.points_px[1:-1]
    assert len(along) == 2 + corners
    on_edge = np.isclose(along, -0.5) | np.isclose(along, np.subtract(SHAPE, 0.5))
    assert on_edge.any(axis=1).all()


def test_arcs_that_the_edge_cuts_are_members_of_one_ring():
    halves = [
        piece(30.0, End(0, (22.0, 100.0), (1.0, 0.0)), End(0, (0.0, 85.0), (-1.0, 0.0), True)),
        piece(30.0, End(1, (22.0, 104.0), (1.0, 0.0)), End(1, (0.0, 119.0), (-1.0, 0.0), True)),
    ]
    bridges = join_pieces(halves, shape=SHAPE)
    assert [bridge.along_border for bridge in bridges] == [False, True]
    assert ring_members(halves, bridges, **GAPS) == {0, 1}


def test_ring_of_a_long_and_a_short_spiky_arc_is_closed():
    """The short arc has three ends; which of them goes on is the joining's to find."""
    long = arc(0, 0.35, 5.9, centre=(20.0, 20.0), radius=10.0)
    tips = (((19.0, 30.5), (0.0, 1.0)), ((21.5, 30.0), (1.0, 0.0)), ((18.5, 30.0), (-1.0, 0.0)))
    spiky = piece(6.0, *(End(1, *tip) for tip in tips))
    bridges = join_pieces([long, spiky], shape=(40, 60))
    assert sorted(bridge.pieces for bridge in bridges) == [(0, 1), (0, 1)]
    spike = spiky.ends[0].position_px
    assert spike not in {tuple(point) for bridge in bridges for point in bridge.points_px[[0, -1]]}
