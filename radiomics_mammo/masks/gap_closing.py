"""Gap closing: the broken parts of outlines joined end to end, along their course or the edge of the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from radiomics_mammo.core.geometry import Points, frozen_array
from radiomics_mammo.masks.skeleton import End, Piece

_REACH_WIDTHS = 8.0  # Dots and dashes up to this many pen widths apart may belong together.
_REACH_SHARE = 0.5  # Longer pieces may be joined over this share of their own length.
_MAX_BEND_DEG = 110.0  # A line does not turn by more than this to reach its continuation.
_TOUCH_WIDTHS = 1.5  # Ends closer than this many pen widths are one place, whatever their directions.
_LONGEST_GAP = 0.55  # A chain with a longer last gap, as a share of its whole length, is no outline at all.
_BRIDGE_POINTS = 40  # Vertices of a bridge; enough for a quarter of any ring.

DOTS_FROM = 5
"""Pieces that make a ring of dots or dashes, at least."""


@dataclass(frozen=True, eq=False)
class Bridge:
    """A missing stretch of line between two ends."""

    pieces: tuple[int, int]  # The two pieces it joins (the same one twice when it closes an arc).
    points_px: Points = field(repr=False)  # (row, col) in the outlined copy, shape (n, 2).
    along_border: bool = False  # Whether it follows the edge of the picture.

    def __post_init__(self) -> None:
        object.__setattr__(self, "points_px", frozen_array(self.points_px))


def join_pieces(pieces: Sequence[Piece], *, shape: tuple[int, int]) -> tuple[Bridge, ...]:
    """Link ends over the breaks of rings, greedily: nearest and straightest first, then what remains open is closed.

    The pieces are of one colour, and an end's `piece` is a position among them; `shape` is (rows, cols) of the copy.
    """
    ends = [end for piece in pieces for end in piece.ends]
    chains = _Chains(pieces, ends)
    found = _continuations(pieces, ends)
    bridges = [_bridge(ends[first], ends[second]) for first, second in found if chains.join(first, second)]
    for first, second, length in chains.open_chains():
        if pieces[ends[first].piece].encloses or pieces[ends[second].piece].encloses:
            continue
        closing = _closing(ends[first], ends[second], length, shape=shape)
        if closing is not None:
            bridges.append(closing)
    return tuple(bridges)


def ring_members(
    pieces: Sequence[Piece], bridges: Sequence[Bridge], *, max_gap_fraction: float, max_dot_gap_fraction: float
) -> frozenset[int]:
    """Positions of the pieces that close into one ring with others over gaps no longer than allowed.

    At most `max_gap_fraction` of a ring may be bridge, what the edge of the picture cut off not counted; where it has
    fallen into `DOTS_FROM` pieces or more, a single bridge may be `max_dot_gap_fraction` of it.
    """
    members: set[int] = set()
    for own in linked(len(pieces), [bridge.pieces for bridge in bridges]):
        across = [bridge for bridge in bridges if bridge.pieces[0] in own]
        drawn = sum(pieces[k].length_px for k in own)
        gaps = [_span(bridge, pieces) for bridge in across if not bridge.along_border]
        whole = drawn + sum(gaps)
        closed = len(across) == len(own) > 1 and all(len(pieces[k].ends) == 2 for k in own)
        dotted = len(own) >= DOTS_FROM and max(gaps, default=0.0) <= max_dot_gap_fraction * whole
        if closed and (dotted or sum(gaps) <= max_gap_fraction * whole):
            members.update(own)
    return frozenset(members)


def linked(count: int, pairs: Sequence[tuple[int, int]]) -> list[tuple[int, ...]]:
    """Connected components of the numbers below `count`, given which pairs belong together; each in ascending order.

    Examples
    --------
    >>> linked(4, [(0, 3), (3, 1)])
    [(0, 1, 3), (2,)]
    """
    first, second = np.array(pairs, dtype=np.intp).reshape(-1, 2).T
    graph = coo_array((np.ones(len(first)), (first, second)), shape=(count, count))
    n_groups, group = connected_components(graph, directed=False) if count else (0, np.zeros(0))
    return [tuple(int(k) for k in np.flatnonzero(group == number)) for number in range(n_groups)]


def _span(bridge: Bridge, pieces: Sequence[Piece]) -> float:
    """Length of a bridge over blank picture: thinning takes half a pen width off each of the lines it joins."""
    covered = sum(pieces[k].width_px for k in bridge.pieces) / 2
    return max(0.0, float(np.hypot(*np.diff(bridge.points_px, axis=0).T).sum()) - covered)


class _Chains:
    """Which ends are still free, and which end is at the other side of its chain."""

    def __init__(self, pieces: Sequence[Piece], ends: Sequence[End]) -> None:
        self._ends, self._free, self._far = ends, [True] * len(ends), list(range(len(ends)))
        self._length = [piece.length_px for piece in pieces for _ in piece.ends]
        for k in range(len(ends) - 1):
            if ends[k].piece == ends[k + 1].piece and len(pieces[ends[k].piece].ends) == 2:
                self._far[k], self._far[k + 1] = k + 1, k

    def join(self, first: int, second: int) -> bool:
        """Use up two ends; refused when one is taken or a chain of dots would close too early."""
        if not (self._free[first] and self._free[second]) or first == second:
            return False
        gap = _distance(self._ends[first], self._ends[second])
        closes = self._far[first] == second
        if closes and gap > _REACH_SHARE * self._length[first]:
            return False
        self._free[first] = self._free[second] = False
        far_first, far_second = self._far[first], self._far[second]
        total = self._length[first] + gap + (0.0 if closes else self._length[second])
        self._far[far_first], self._far[far_second] = far_second, far_first
        self._length[far_first] = self._length[far_second] = total
        return True

    def open_chains(self) -> list[tuple[int, int, float]]:
        """The two free ends of every chain and its length."""
        free = [k for k, is_free in enumerate(self._free) if is_free]
        return [(k, self._far[k], self._length[k]) for k in free if k < self._far[k] and self._free[self._far[k]]]


def _distance(first: End, second: End) -> float:
    return float(np.hypot(*np.subtract(first.position_px, second.position_px)))


def _continuations(pieces: Sequence[Piece], ends: Sequence[End]) -> list[tuple[int, int]]:
    """Pairs of ends that may be joined, best first: short and straight."""
    if len(ends) < 2:
        return []
    place = np.array([end.position_px for end in ends])
    heading = np.array([end.heading or (0.0, 0.0) for end in ends])
    owner = np.array([end.piece for end in ends])
    width = np.array([pieces[k].width_px for k in owner])
    length = np.array([pieces[k].length_px for k in owner])
    border = np.array([end.at_border for end in ends])
    i, j = np.triu_indices(len(ends), 1)
    across = place[j] - place[i]
    distance = np.hypot(across[:, 0], across[:, 1])
    unit = across / np.maximum(distance, 1e-9)[:, None]
    bend_i, bend_j = _bend(heading[i], unit), _bend(heading[j], -unit)
    pen = np.maximum(width[i], width[j])
    touching = distance <= _TOUCH_WIDTHS * pen
    same = owner[i] == owner[j]
    reach = np.maximum(_REACH_WIDTHS * pen, _REACH_SHARE * np.where(same, length[i], length[i] + length[j]))
    bent = np.maximum(bend_i, bend_j) > np.deg2rad(_MAX_BEND_DEG)
    dot = (length[i] == 0) & same
    allowed = (distance <= reach) & (touching | ~bent) & ~dot & ~(border[i] & border[j] & ~touching)
    cost = distance * (3 - np.cos(bend_i) - np.cos(bend_j))
    order = np.argsort(cost[allowed], kind="stable")
    return [(int(a), int(b)) for a, b in zip(i[allowed][order], j[allowed][order], strict=True)]


def _bend(heading: NDArray[np.float64], direction: NDArray[np.float64]) -> NDArray[np.float64]:
    """Angle between two arrays of directions, radians; 0 where a dot has none."""
    cosine = (heading * direction).sum(axis=1)
    none = (heading == 0).all(axis=1)
    return np.asarray(np.where(none, 0.0, np.arccos(np.clip(cosine, -1, 1))), dtype=np.float64)


def _bridge(first: End, second: End) -> Bridge:
    """A cubic that leaves and meets the two lines in their directions (Hermite); straight where there is none."""
    start, end = np.array(first.position_px), np.array(second.position_px)
    gap = float(np.hypot(*(end - start)))
    straight = (end - start) / max(gap, 1e-9)
    leave = np.array(first.heading) if first.heading else straight
    arrive = -np.array(second.heading) if second.heading else straight
    if min(leave @ straight, arrive @ straight) < 0:
        leave = arrive = straight
    # For an arc of a circle the tangent's length is chord / cos^2(quarter angle); its mean bend is half the arc.
    bend = float(np.arccos(np.clip((leave @ straight + arrive @ straight) / 2, -1, 1)))
    pull = gap / np.cos(bend / 2) ** 2
    t = np.linspace(0, 1, _BRIDGE_POINTS)[:, None]
    points = (
        (2 * t**3 - 3 * t**2 + 1) * start
        + (t**3 - 2 * t**2 + t) * pull * leave
        + (3 * t**2 - 2 * t**3) * end
        + (t**3 - t**2) * pull * arrive
    )
    return Bridge((first.piece, second.piece), points)


def _closing(first: End, second: End, length: float, *, shape: tuple[int, int]) -> Bridge | None:
    """The last gap of an open chain: along the picture's edge where both ends lie there, else across."""
    if first.at_border and second.at_border:
        return Bridge((first.piece, second.piece), _border_path(first, second, shape), along_border=True)
    gap = _distance(first, second)
    if length <= 0 or gap > _LONGEST_GAP * (gap + length):
        return None
    return _bridge(first, second)


def _border_path(first: End, second: End, shape: tuple[int, int]) -> Points:
    """From one end out to the edge of the picture, the shorter way along it, and back in to the other end.

    The edge lies half a pixel outside the outermost pixel centres; both ends belong to the path, so that however short
    of the edge the lines were seen to stop, nothing leaks out between.
    """
    rows, cols = float(shape[0]), float(shape[1])
    at_corner = np.array([0.0, cols, cols + rows, 2 * cols + rows, 2 * (cols + rows)])
    corner = np.array([(0, 0), (0, cols), (rows, cols), (rows, 0), (0, 0)]) - 0.5
    total = at_corner[-1]
    (a, start), (b, stop) = sorted((_clockwise(end, rows, cols), end.position_px) for end in (first, second))
    if b - a > total / 2:
        a, b, start, stop = b, a + total, stop, start
    laps = np.concatenate([at_corner[:-1], at_corner[:-1] + total])
    along = np.array([a, *laps[(laps > a) & (laps < b)], b]) % total
    edge = np.stack([np.interp(along, at_corner, corner[:, axis]) for axis in (0, 1)], axis=1)
    return np.vstack([start, edge, stop])


def _clockwise(end: End, rows: float, cols: float) -> float:
    """Distance along the edge of the picture, clockwise from the top left corner, of the nearest edge point."""
    row, col = np.clip(np.add(end.position_px, 0.5), 0, (rows, cols))
    sides = {row: col, cols - col: cols + row, rows - row: 2 * cols + rows - col, col: 2 * (cols + rows) - row}
    return float(sides[min(sides)])
