"""Rulers burnt into a copy: ticks at equal distances along one axis, which say how many pixels a centimetre is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.core.geometry import Points
from radiomics_mammo.core.vocabulary import OutlineColor
from radiomics_mammo.masks.strokes import Stroke

TICK_MM = 10.0
"""What lies between two ticks: viewers rule in centimetres."""

_FEWEST_TICKS = 6  # Fewer marks at equal distances may be chance.
_WIDEST_SHARE = 0.035  # Breadth of a ruler, as a share of the rows of the copy, at most.
_SHORTEST_SHARE = 0.12  # Length of a ruler, as a share of the rows of the copy, at least.
_ALIGNED_PX = 2  # Pieces of one ruler begin, or end, on one line, to so many pixels.
_HIGHEST_TICK = 0.8  # A tick is thinner along the ruler than it reaches across, by this factor; a dash is not.
_TICK_RISE_PX = 2  # A tick reaches so much further across than the line it stands on.
_REGULAR_SHARE, _REGULAR_PX = 0.05, 1.0  # Ticks lie so near to equal distances: share of the distance, and pixels.
_WIPED = ((0, 0), (0, 1), (1, 0), (0, 2), (2, 0))  # Ticks at the first and last end that a hand may have smeared.
_LONGEST_SPAN = 3  # Ticks that are hidden leave distances of so many intervals at most.

_HIDDEN_TICKS = 3.0  # So many of its ticks may be hidden at either end: what stands beside them is its numeral.
_NUMERAL_SHARE, _NUMERAL_PX = 0.02, 14  # Height of a numeral at a tick, at most: share of the rows, and pixels.

_Box = tuple[int, int, int, int]


@dataclass(frozen=True, kw_only=True)
class Ruler:
    """Ticks at equal distances along an axis of one copy."""

    color: OutlineColor
    box_px: _Box  # (top, left, bottom, right) in pixels of the copy, bottom and right exclusive.
    upright: bool
    interval_px: float  # Distance of two ticks, pixels of the copy.
    ticks: int
    members: frozenset[int]  # Positions of the strokes it is made of.


def find_rulers(strokes: Sequence[Stroke], *, shape: tuple[int, int]) -> tuple[Ruler, ...]:
    """Rulers among the strokes of one colour: thin strips along an axis with at least six ticks at equal distances.

    A ruler may be one piece (line and ticks) or fall into pieces (ticks alone, a line broken by JPEG); its pieces begin
    or end on one line. `shape` is (rows, cols) of the outlined copy.
    """
    found: list[Ruler] = []
    for upright in (True, False):
        for members in _strips(strokes, upright=upright, shape=shape):
            taken = frozenset().union(*(ruler.members for ruler in found))
            ruler = None if taken & members else _ruler(strokes, members, upright=upright)
            if ruler is not None:
                found.append(ruler)
    return tuple(found)


def beside_ruler(contour_px: Points, rulers: Sequence[Ruler], shape: tuple[int, int]) -> bool:
    """Whether a contour is as small as a numeral and stands no further than its height beside a ruler.

    A ruler goes on beyond its ends by what a smeared end or an outline across it may hide.
    """
    low, high = contour_px.min(axis=0), contour_px.max(axis=0)
    height = float(high[0] - low[0])
    if height > max(_NUMERAL_SHARE * shape[0], _NUMERAL_PX):
        return False
    boxes = np.array([_gone_on(ruler) for ruler in rulers], dtype=np.float64).reshape(-1, 4)
    reaches = (boxes[:, :2] - height <= high) & (boxes[:, 2:] + height >= low)
    return bool(reaches.all(axis=1).any())


def _gone_on(ruler: Ruler) -> tuple[float, float, float, float]:
    top, left, bottom, right = ruler.box_px
    beyond = _HIDDEN_TICKS * ruler.interval_px
    return (
        (top - beyond, left, bottom + beyond, right) if ruler.upright else (top, left - beyond, bottom, right + beyond)
    )


def _strips(strokes: Sequence[Stroke], *, upright: bool, shape: tuple[int, int]) -> Iterator[frozenset[int]]:
    """Sets of strokes that begin, or end, on one line along an axis, and reach far enough along it; longest first."""
    spans = np.array([_turned(stroke.box_px, upright) for stroke in strokes]).reshape(-1, 4)
    thin = np.flatnonzero(spans[:, 3] - spans[:, 1] <= _WIDEST_SHARE * shape[0])
    sets: set[frozenset[int]] = set()
    for side in (1, 3):
        for k in thin:
            near = thin[np.abs(spans[thin, side] - spans[k, side]) <= _ALIGNED_PX]
            if spans[near, 2].max() - spans[near, 0].min() >= _SHORTEST_SHARE * shape[0]:
                sets.add(frozenset(int(n) for n in near))
    yield from sorted(sets, key=lambda members: (-len(members), sorted(members)))


def _turned(box: _Box, upright: bool) -> _Box:
    """A box as seen along its ruler: first and last position along it are the first and third number."""
    top, left, bottom, right = box
    return (top, left, bottom, right) if upright else (left, top, right, bottom)


def _ruler(strokes: Sequence[Stroke], members: frozenset[int], *, upright: bool) -> Ruler | None:
    boxes = np.array([strokes[k].box_px for k in sorted(members)])
    low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    step = strokes[min(members)].step
    page = np.zeros(tuple(-(-(high - low) // step)), dtype=bool)
    for k in members:
        stroke = strokes[k]
        row, col = stroke.top - low[0] // step, stroke.left - low[1] // step
        page[row : row + stroke.mask.shape[0], col : col + stroke.mask.shape[1]] |= stroke.mask
    across = (page if upright else page.T).sum(axis=1)
    ticks = _ticks(across)
    parts = (ticks[first : len(ticks) - last] for first, last in _WIPED)
    regular = next((found for part in parts if (found := _regular(part, _REGULAR_PX)) is not None), None)
    if regular is None:
        return None
    interval, count = regular
    return Ruler(
        color=strokes[min(members)].color,
        box_px=(int(low[0]), int(low[1]), int(high[0]), int(high[1])),
        upright=upright,
        interval_px=interval * step,
        ticks=count,
        members=members,
    )


def _ticks(across: NDArray[np.int_]) -> NDArray[np.float64]:
    """Middles of the short stretches that reach further across than the line between them, positions along."""
    if not across.any():
        return np.zeros(0)
    line = float(np.median(across))
    wide = across >= line + max(_TICK_RISE_PX, line)
    edges = np.flatnonzero(np.diff(np.r_[False, wide, False].astype(int)))
    starts, stops = edges[::2], edges[1::2]
    thin = [b - a <= max(1, _HIGHEST_TICK * across[a:b].max()) for a, b in zip(starts, stops, strict=True)]
    return np.asarray((starts + stops - 1)[thin] / 2, dtype=np.float64)


def _regular(ticks: NDArray[np.float64], slack_px: float) -> tuple[float, int] | None:
    """(distance, number) of ticks that stand at equal distances; None where they do not."""
    if len(ticks) < _FEWEST_TICKS:
        return None
    steps = np.diff(ticks)
    usual = float(np.median(steps))
    number = np.r_[0, np.cumsum(np.rint(steps / usual))]
    if usual < 3 or (np.rint(steps / usual) < 1).any() or (np.rint(steps / usual) > _LONGEST_SPAN).any():
        return None
    interval, start = np.polyfit(number, ticks, 1)
    if np.abs(ticks - (start + interval * number)).max() > max(slack_px, _REGULAR_SHARE * interval):
        return None
    return float(interval), len(ticks)
