"""Skeletons of strokes: distance transform, thinning, spurs pruned, end points and the directions a line leaves in."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import dijkstra
from skimage.graph import pixel_graph
from skimage.measure import block_reduce
from skimage.morphology import skeletonize

from radiomics_mammo.core.geometry import Points, frozen_array
from radiomics_mammo.masks.strokes import Stroke

_SKELETON_SIDE_PX = 500  # Larger pieces are thinned on a reduced copy; ends need no sub-pixel accuracy.
_DOT_ELONGATION, _DOT_FILL = 1.6, 0.9  # A dot is rounder, and fills more of its ellipse of inertia.
_LOOP_DEPTH = 0.2  # Openings shallower than this share of half the line's extent are loops in it or double strokes.

# Lengths in pen widths.
_WALK_WIDTHS, _WALK_SHARE = 8.0, 0.15  # Directions are fitted over so much of the line, or this share of a long one.
_BURR_WIDTHS = 1.5  # Shorter side branches are burrs of thinning, not ends.
_SPUR_WIDTHS, _SPUR_SHARE = 2.0, 0.12  # Nor are shorter ones of less than this share of the line: tips of spikes,
_LEAST_SPUR = 3  # looked for from so many grid steps on; shorter ones cannot be told from the line's roughness.
_BLOT_WIDTHS = 3.0  # Shorter pieces that enclose nothing may be tiny rings.
_SHORT_WIDTHS = 6.0  # Shorter pieces point along the chord between their ends.
_DOT_WIDTHS = 1.5  # Shorter pieces have no direction.
_FORK_WIDTHS, _FORK_SHARE = 2.0, 0.5  # Tips of a forked end lie no further apart along the line, nor than this share
# of the way between the outermost tips: a short piece has two ends, not one fork.


def distance_to_unset(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Euclidean distance transform: pixels from every pixel to the nearest unset one, shape of `mask`.

    Notes
    -----
    The last bit of OpenCV's distances depends on where the array lies in memory. The squares of distances between
    pixels are whole numbers, so rounding them and taking the root again gives the same number on every run.

    Examples
    --------
    >>> mask = np.ones((3, 4), dtype=bool); mask[0, 0] = False
    >>> np.square(distance_to_unset(mask)).round().astype(int)
    array([[ 0,  1,  4,  9],
           [ 1,  2,  5, 10],
           [ 4,  5,  8, 13]])
    """
    measured = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    whole_squares = np.rint(np.square(measured, dtype=np.float64))
    return np.asarray(np.sqrt(whole_squares), dtype=np.float32)


@dataclass(frozen=True)
class End:
    """One end of a piece of line."""

    piece: int  # Position of the piece in the list it came from.
    position_px: tuple[float, float]  # (row, col) in the outlined copy.
    heading: tuple[float, float] | None  # Unit vector (row, col) pointing out of the line; None for a dot.
    at_border: bool = False  # Whether the line ends where the picture ends.


@dataclass(frozen=True, eq=False, kw_only=True)
class Piece:
    """The skeleton of one stroke; lengths and positions in pixels of the outlined copy."""

    length_px: float  # Length of the line; 0 for a dot.
    width_px: float  # Width of the pen.
    ends: tuple[End, ...]  # A dot has two ends in one place; a ring has none.
    encloses: bool = False  # Whether the line encloses more than a loop in its own course.
    is_blot: bool = False  # Whether it is so short and wide that it may be a tiny ring with its opening run over.
    step_px: float = 1.0  # Distance between neighbouring positions of the course.
    course_px: Points = field(default_factory=lambda: np.zeros((0, 2)), repr=False)  # Along its middle, in no order.

    def __post_init__(self) -> None:
        object.__setattr__(self, "course_px", frozen_array(self.course_px))

    @property
    def number(self) -> int | None:
        """Position of the stroke it was traced from; None for a ring, which has no ends."""
        return self.ends[0].piece if self.ends else None


def trace_piece(stroke: Stroke, number: int, *, shape: tuple[int, int]) -> Piece:
    """Skeleton of a stroke and its end points.

    `number` is the position of the stroke, kept in its ends; `shape` is (rows, cols) of the outlined copy.
    """
    shrink = max(1, -(-max(stroke.mask.shape) // _SKELETON_SIDE_PX))
    mask = block_reduce(stroke.mask, shrink, np.any)  # A block is set when any of its pixels is: no line breaks.
    scale = float(stroke.step * shrink)
    padded = np.pad(mask, 1)
    skeleton = skeletonize(padded)
    depth = distance_to_unset(padded)
    width = max(1.0, 2 * float(np.median(depth[skeleton])) - 1) if skeleton.any() else 1.0
    length = float(skeleton.sum())
    origin = np.array([stroke.top, stroke.left]) * stroke.step + (scale - 1) / 2 - scale
    opening = opening_depth(padded)
    if length <= _DOT_WIDTHS * width or (opening == 0 and is_round(mask)):
        middle = np.argwhere(padded).mean(axis=0) * scale + origin
        dot = End(number, (float(middle[0]), float(middle[1])), None)
        return Piece(length_px=0.0, width_px=max(width, float(np.sqrt(mask.sum()))) * scale, ends=(dot, dot))
    spur = int(min(_SPUR_WIDTHS * width, _SPUR_SHARE * length))
    skeleton = without_spurs(skeleton, spur) if spur >= _LEAST_SPUR else skeleton
    skeleton = without_burrs(skeleton, min(_BURR_WIDTHS * width + 1, 0.3 * length))
    tips = _apart(skeleton, find_tips(skeleton), _FORK_WIDTHS * width)
    ends = []
    for path in _walks(skeleton, tips, depth, steps=int(max(_WALK_WIDTHS * width, _WALK_SHARE * length, 6.0))):
        row, col = (float(v) for v in path[0] * scale + origin)
        reach = (float(depth[tuple(path[0].astype(int))]) + 2) * scale
        at_border = min(row, col, shape[0] - 1 - row, shape[1] - 1 - col) < reach
        ends.append(End(number, (row, col), _heading(path), at_border))
    return Piece(
        length_px=length * scale,
        width_px=width * scale,
        ends=tuple(ends),
        encloses=opening >= _LOOP_DEPTH * max(mask.shape) / 2,
        is_blot=opening == 0 and length < _BLOT_WIDTHS * width,
        step_px=scale,
        course_px=np.argwhere(skeleton) * scale + origin,
    )


def _walks(
    skeleton: NDArray[np.bool_], tips: list[tuple[int, int]], depth: NDArray[np.float32], *, steps: int
) -> list[NDArray[np.float64]]:
    """The paths from the tips into the line; the chord between them where the line is short."""
    pen = max(2 * float(np.median(depth[skeleton])) - 1, 2.0)
    if len(tips) == 2 and np.count_nonzero(skeleton) <= _SHORT_WIDTHS * pen:
        return [np.array(tips, dtype=np.float64), np.array(tips[::-1], dtype=np.float64)]
    return [walk_line(skeleton, tip, steps) for tip in tips]


def _apart(skeleton: NDArray[np.bool_], tips: list[tuple[int, int]], fork: float) -> list[tuple[int, int]]:
    """Tips without those that lie beside an earlier one along the line: a forked end is one end.

    The two sides of a narrow break lie beside each other in the picture, but as far apart along the line as can be.
    """
    if len(tips) < 2:
        return tips
    away = along_line(skeleton, tips)
    beside = away <= min(fork, _FORK_SHARE * float(away.max()))
    kept: list[int] = []
    for k in range(len(tips)):
        if not beside[k, kept].any():
            kept.append(k)
    return [tips[k] for k in kept]


def _heading(path: NDArray[np.float64]) -> tuple[float, float]:
    """Unit vector out of the first point of a path: derivative of a parabola fitted along it."""
    along = np.arange(len(path), dtype=np.float64)
    degree = 2 if len(path) >= 8 else 1
    row, col = (float(np.polynomial.polynomial.polyfit(along, path[:, k], degree)[1]) for k in (0, 1))
    norm = float(np.hypot(row, col))
    return (-row / norm, -col / norm) if norm > 0 else (0.0, 0.0)


def opening_depth(padded: NDArray[np.bool_]) -> float:
    """Depth of the deepest enclosed part of the background, 0 where there is none."""
    count, parts = cv2.connectedComponents((~padded).astype(np.uint8), connectivity=4)
    if count <= 2:
        return 0.0
    enclosed = ~padded & (parts != parts[0, 0])
    return float(distance_to_unset(enclosed).max())


def is_round(mask: NDArray[np.bool_]) -> bool:
    """Whether a piece is about as wide as it is long, and filled."""
    places = np.argwhere(mask).astype(np.float64)
    around = places - places.mean(axis=0)
    short, long = np.sqrt(np.linalg.eigvalsh(around.T @ around / len(places) + np.eye(2) / 12))
    return bool(long <= _DOT_ELONGATION * short and len(places) >= _DOT_FILL * 4 * np.pi * long * short)


def find_tips(skeleton: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Skeleton end points: pixels with one neighbour."""
    return [(int(r), int(c)) for r, c in np.argwhere(skeleton & (_neighbours(skeleton) == 1))]


def _neighbours(skeleton: NDArray[np.bool_]) -> NDArray[np.int16]:
    """Number of set pixels around every set one."""
    return np.asarray(
        cv2.filter2D(skeleton.astype(np.int16), -1, np.ones((3, 3)), borderType=cv2.BORDER_CONSTANT) - 1, dtype=np.int16
    )


def walk_line(skeleton: NDArray[np.bool_], tip: tuple[int, int], steps: int) -> NDArray[np.float64]:
    """Positions along the skeleton from a tip, shape (n, 2), until it branches, ends or `steps` are done."""
    path, seen, front = [tip], {tip}, [tip]
    for _ in range(steps):
        front = [
            (r + dr, c + dc)
            for r, c in front
            for dr in (-1, 0, 1)
            for dc in (-1, 0, 1)
            if skeleton[r + dr, c + dc] and (r + dr, c + dc) not in seen
        ]
        front = list(dict.fromkeys(front))
        spread = max((max(abs(a[0] - b[0]), abs(a[1] - b[1])) for a in front for b in front), default=0)
        if not front or spread > 2:
            break
        seen.update(front)
        path.append(front[0])
    return np.array(path, dtype=np.float64)


def without_burrs(skeleton: NDArray[np.bool_], longest: float) -> NDArray[np.bool_]:
    """Side branches up to a length taken off; where a blunt end forked into two, the stem's end is left."""
    cleared = skeleton.copy()
    for tip in find_tips(skeleton):
        path = walk_line(skeleton, tip, int(longest) + 1)
        if len(path) <= longest:
            cleared[tuple(path[:-1].astype(int).T)] = False
    return cleared


def without_spurs(skeleton: NDArray[np.bool_], longest: int) -> NDArray[np.bool_]:
    """Spur pruning: side branches up to a length, in pixels, taken off, the ends of the line left whole.

    The skeleton, whose rim is empty, is worn off from all its tips. Where a tip is left then, an end was worn off;
    where none is left, a side branch was. Of a side branch the pixel that touches the line may stay.

    Examples
    --------
    >>> line = np.zeros((12, 30), dtype=bool); line[9, 2:28] = True; line[5:9, 14] = True
    >>> int(without_spurs(line, 4).sum()), int(without_spurs(line, 2).sum())
    (27, 30)
    """
    core = skeleton.copy()
    for _ in range(longest):
        tips = find_tips(core)
        if not tips:
            break
        core[tuple(np.transpose(tips))] = False
    count, worn = cv2.connectedComponents((skeleton & ~core).astype(np.uint8), connectivity=8)
    # Where a fork was worn off, a corner of three pixels may be left, none of which is a tip before it is thinned.
    thin = skeletonize(core)
    left = (thin & (_neighbours(thin) <= 1)).astype(np.uint8)
    ends = np.unique(worn[cv2.dilate(left, np.ones((5, 5), np.uint8)) > 0])
    spurs = np.setdiff1d(np.arange(1, count), ends)
    return np.asarray(skeleton & ~np.isin(worn, spurs), dtype=np.bool_)


def along_line(skeleton: NDArray[np.bool_], tips: list[tuple[int, int]]) -> NDArray[np.float64]:
    """Geodesic distances between tips along the line, in steps, shape (n, n)."""
    graph, nodes = pixel_graph(skeleton, connectivity=2)
    places = np.searchsorted(nodes, np.ravel_multi_index(np.transpose(tips), skeleton.shape))
    away = dijkstra(graph, directed=False, indices=places, unweighted=True)[:, places]
    return np.asarray(away, dtype=np.float64)
