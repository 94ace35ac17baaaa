"""Faces: the areas that pen lines enclose, and which unions of them are outlines that touch, cross, nest or double."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations, pairwise

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from radiomics_mammo.masks.gap_closing import linked
from radiomics_mammo.masks.skeleton import distance_to_unset

_MIN_AREA_PX2 = 3.0  # A smaller enclosed area (in pixels of the outlined copy) is a flaw of the pen line.
_SLIVER_DEPTH = 0.15  # An elongated area shallower than this share of the deepest lies between two lines of one stroke.
_SLIVER_ROUNDNESS = 0.35  # Elongated: the largest inscribed circle covers less than this share of the area.
_LOOP_SHARE = 0.03  # A loop narrower than the pen, smaller than this share of the largest: a line that crossed itself.
_MAX_FACES = 7  # More areas in one tangle are not resolved.

# Costs of a reading, in radians of turning.
_UNCOVERED_COST = 4 * np.pi  # Of a line that bounds no outline: twice the turning of a whole ring, at least.
_LONG_WALL_SHARE = 0.2  # A line of this share of its tangle is not left over, however much it turns: hands waver.
_OUTLINE_COST = 0.5  # Of one more outline: the simplest reading wins.
_AMBIGUOUS_MARGIN = 0.6  # Two readings whose costs differ by less cannot be told apart.


_Face = frozenset[int]  # Numbers of the enclosed areas that are one together.


@dataclass(frozen=True, eq=False)
class Tangle:
    """Pen lines of one place and the areas between them."""

    cells: NDArray[np.int32] = field(repr=False)  # The nearest enclosed area, 0 outside; lines are shared out.
    solid: NDArray[np.bool_] = field(repr=False)  # Line, with flaws and slivers filled; shape (rows, cols) as `cells`.
    count: int  # Number of enclosed areas.
    pen_px: float  # Pen width on this grid.


@dataclass(frozen=True)
class Reading:
    """Which unions of enclosed areas are the outlines, and how certain that is."""

    outlines: tuple[_Face, ...]
    shared: bool = False
    ambiguous: bool = False


def find_faces(line: NDArray[np.bool_], *, pen_px: float, zoom: float) -> Tangle:
    """Connected components of the background: enclosed areas of a window that lines do not leave except at its rim.

    The rim of `line` is empty; `pen_px` is the pen's width on this grid, `zoom` its pixels per pixel of the copy.

    Examples
    --------
    >>> line = np.zeros((20, 30), dtype=bool); line[3:17, 4:26] = True; line[5:15, 6:24] = False
    >>> find_faces(line, pen_px=2, zoom=1).count
    1
    """
    count, faces, stats, _ = cv2.connectedComponentsWithStats((~line).astype(np.uint8), connectivity=4)
    outside = int(faces[0, 0])
    areas = stats[:, cv2.CC_STAT_AREA].astype(float)
    depth = distance_to_unset(~line)
    deep = ndimage.maximum(depth, faces, np.arange(count)) if count > 1 else np.zeros(count)
    inner = np.array([k for k in range(1, count) if k != outside and areas[k] >= _MIN_AREA_PX2 * zoom**2], dtype=int)
    kept = inner[~_flaws(areas[inner], np.asarray(deep)[inner], pen_px=pen_px)]
    number = np.zeros(count, np.int32)
    number[kept] = np.arange(1, len(kept) + 1)
    open_cells = np.isin(faces, [outside, *kept]) & ~line
    return Tangle(_nearest(number[faces], open_cells), ~open_cells, len(kept), pen_px)


def _flaws(areas: NDArray[np.float64], deep: NDArray[np.float32], *, pen_px: float) -> NDArray[np.bool_]:
    """Which enclosed areas are slivers or loops beside the largest, given their depths."""
    if not areas.size:
        return np.zeros(0, dtype=bool)
    largest = int(areas.argmax())
    shallow = deep < _SLIVER_DEPTH * deep[largest]
    elongated = np.pi * deep**2 < _SLIVER_ROUNDNESS * areas
    loop = (deep < pen_px / 2) & (areas < _LOOP_SHARE * areas[largest])
    return np.asarray(((shallow & elongated) | loop) & (np.arange(len(areas)) != largest), dtype=np.bool_)


def _nearest(number: NDArray[np.int32], open_cells: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Number of the open pixel that is nearest, roughly: this shares out the line itself, no contour depends on it."""
    _, labels = cv2.distanceTransformWithLabels(
        (~open_cells).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    lookup = np.zeros(int(labels.max()) + 1, np.int32)
    lookup[labels[open_cells]] = number[open_cells]
    return np.asarray(lookup[labels], dtype=np.int32)


def read_tangle(tangle: Tangle) -> Reading:
    """Perceptual grouping by good continuation: the closed outlines that explain every line with the least turning.

    Two rings that cross enclose three areas, and going straight on at the crossings gives the two rings back; two
    that touch enclose two; a ring within a ring is the union of both areas and the inner one. All sets of unions are
    compared by the turning of their contours (a smooth continuation turns least), plus a cost for lines left over.
    """
    walls = _walls(tangle)
    outlines: list[_Face] = []
    shared = ambiguous = False
    sharing = [(a - 1, b - 1) for a, b in walls if a > 0]
    for cluster in (tuple(face + 1 for face in faces) for faces in linked(tangle.count, sharing)):
        if len(cluster) == 1:
            outlines.append(frozenset(cluster))
            continue
        if len(cluster) > _MAX_FACES:
            outlines.extend(frozenset({face}) for face in cluster)
            ambiguous = True
            continue
        chosen, margin = _cheapest(tangle, cluster, walls)
        outlines.extend(chosen)
        shared = shared or not _plainly_nested(chosen, cluster)
        ambiguous = ambiguous or margin < _AMBIGUOUS_MARGIN
    return Reading(tuple(outlines), shared, ambiguous)


def _plainly_nested(chosen: tuple[_Face, ...], cluster: tuple[int, ...]) -> bool:
    """Whether the outlines lie one within the other."""
    ordered = sorted(chosen, key=len)
    return len(chosen) == len(cluster) and all(a < b for a, b in pairwise(ordered))


def _walls(tangle: Tangle) -> dict[tuple[int, int], int]:
    """Length in pixels of the line between two cells, for walls longer than two pen widths."""
    size = tangle.count + 1
    lengths = np.zeros((size, size), int)
    for a, b in ((tangle.cells[:, 1:], tangle.cells[:, :-1]), (tangle.cells[1:], tangle.cells[:-1])):
        differ = a != b
        np.add.at(lengths, (np.minimum(a, b)[differ], np.maximum(a, b)[differ]), 1)
    least = max(2 * tangle.pen_px, 2.0)
    return {(int(i), int(j)): int(lengths[i, j]) for i, j in np.argwhere(lengths > least)}


def _cheapest(
    tangle: Tangle, cluster: tuple[int, ...], walls: dict[tuple[int, int], int]
) -> tuple[tuple[_Face, ...], float]:
    """The cheapest reading of a cluster, and by how much it is cheaper than the second."""
    unions = [frozenset(faces) for n in range(1, len(cluster) + 1) for faces in combinations(cluster, n)]
    turning = {union: turn for union in unions if (turn := _turning(tangle, union)) is not None}
    own = [wall for wall in walls if set(wall) & set(cluster)]
    bounds = {u: frozenset(k for k, (a, b) in enumerate(own) if (a in u) != (b in u)) for u in turning}
    whole = sum(walls[wall] for wall in own)
    least = [min((turn for u, turn in turning.items() if k in bounds[u]), default=0.0) for k in range(len(own))]
    left_over = [
        _UNCOVERED_COST if walls[wall] < _LONG_WALL_SHARE * whole else max(_UNCOVERED_COST, turn + 2 * np.pi)
        for wall, turn in zip(own, least, strict=True)
    ]
    best, second = _two_cheapest(turning, bounds, left_over, most=len(cluster))
    return best[1], second[0] - best[0]


def _two_cheapest(
    turning: dict[_Face, float], bounds: dict[_Face, frozenset[int]], left_over: list[float], *, most: int
) -> list[tuple[float, tuple[_Face, ...]]]:
    """Branch and bound over sets of unions: every wall is bounded by a union, or paid for with its `left_over` cost."""
    by_turning = sorted(turning.items(), key=lambda item: item[1])
    found: list[tuple[float, tuple[_Face, ...]]] = [(float("inf"), ())] * 2

    def extend(chosen: tuple[_Face, ...], settled: frozenset[int], cost: float) -> None:
        """Settle the first unsettled wall in every way that can still be one of the two cheapest."""
        if cost >= found[1][0]:
            return
        wall = next((k for k in range(len(left_over)) if k not in settled), None)
        if wall is None:
            if chosen and all(set(chosen) != set(known) for _, known in found):
                found[:] = sorted([*found, (cost, chosen)], key=lambda item: item[0])[:2]
            return
        if len(chosen) < most:
            for union, turn in by_turning:
                if wall in bounds[union] and union not in chosen:
                    extend((*chosen, union), settled | bounds[union], cost + turn + _OUTLINE_COST)
        extend(chosen, settled | {wall}, cost + left_over[wall])

    extend((), frozenset(), 0.0)
    return found


def _turning(tangle: Tangle, union: _Face) -> float | None:
    """Total absolute turning of the contour of a union, radians; None when it is not one simply closed area."""
    region = np.isin(tangle.cells, list(union))
    pieces = cv2.connectedComponents(region.astype(np.uint8), connectivity=4)[0] - 1
    holes = cv2.connectedComponents((~region).astype(np.uint8), connectivity=4)[0] - 2
    if pieces != 1 or holes != 0:
        return None
    contours, _ = cv2.findContours(region.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    contour = contours[0][:, 0, :].astype(np.float64)
    smooth = ndimage.gaussian_filter1d(contour, max(1.5 * tangle.pen_px, 3.0), axis=0, mode="wrap")
    steps = np.diff(np.vstack([smooth, smooth[:2]]), axis=0)
    angle = np.arctan2(steps[:, 0], steps[:, 1])
    turn = np.angle(np.exp(1j * np.diff(angle)))
    return float(np.abs(turn).sum())
