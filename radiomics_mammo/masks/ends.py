"""Where a piece of pen line ends and which way it points there; what breaks of a ring are joined by."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from skimage.morphology import skeletonize

from radiomics_mammo.core.geometry import Points, frozen_array
from radiomics_mammo.masks.distances import distance_to_unset
from radiomics_mammo.masks.strokes import Stroke
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

_SKELETON_SIDE_PX = 500
"""Larger pieces are thinned on a reduced copy; ends need no sub-pixel accuracy."""

_WALK_WIDTHS = 8.0
"""Length of line, in pen widths, over which the direction at an end is fitted."""

_WALK_SHARE = 0.15
"""The same as a share of the piece's length, whichever is longer."""

_BURR_WIDTHS = 1.5
"""Side branches shorter than this many pen widths are burrs of thinning, not ends."""

_SPUR_WIDTHS = 2.0
"""Nor are those shorter than this many pen widths where the line is long: the tips of narrow spikes."""

_LEAST_SPUR = 3
"""In grid steps; what is shorter cannot be told from the roughness of the line."""

_SPUR_SHARE = 0.12
"""Long: so short a branch is less than this share of it."""

_BLOT_WIDTHS = 3.0
"""Pieces that enclose nothing and are shorter than this many pen widths may be tiny rings."""

_SHORT_WIDTHS = 6.0
"""Pieces shorter than this many pen widths point along the chord between their ends."""

_DOT_WIDTHS = 1.5
"""Pieces shorter than this many pen widths have no direction."""

_FORK_WIDTHS = 2.0
"""Tips of a forked end lie no further apart, along the line, than this many pen widths."""

_FORK_SHARE = 0.5
"""Nor further than this share of the way between the outermost tips: a short piece has two ends, not one fork."""

_LOOP_DEPTH = 0.2
"""A line encloses something where an opening is at least so deep, as a share of half the line's extent; what is
shallower is a loop in its course, or lies between the two lines of a double stroke."""


@dataclass(frozen=True)
class End:
    """One end of a piece of line.

    Parameters
    ----------
    piece : int
        Position of the piece in the list it came from.
    position_px : tuple of float
        (row, col) in the outlined copy.
    heading : tuple of float or None
        Unit vector (row, col) pointing out of the line; None for a dot.
    at_border : bool
        Whether the line ends where the picture ends.
    """

    piece: int
    position_px: tuple[float, float]
    heading: tuple[float, float] | None
    at_border: bool = False


@dataclass(frozen=True, eq=False)
class Piece:
    """One stroke, thinned; lengths and positions in pixels of the outlined copy.

    Parameters
    ----------
    length_px, width_px : float
        Length of the line (0 for a dot) and width of the pen.
    ends : tuple of End
        A dot has two ends in one place; a ring has none.
    encloses : bool
        Whether the line encloses more than a loop in its own course.
    is_blot : bool
        Whether it is so short and wide that it may be a tiny ring with its opening run over.
    step_px : float
        Distance between neighbouring positions of the course.
    course_px : ndarray of shape (n, 2)
        Positions along its middle, in no order.
    """

    length_px: float
    width_px: float
    ends: tuple[End, ...]
    encloses: bool = False
    is_blot: bool = False
    step_px: float = 1.0
    course_px: Points = field(default_factory=lambda: np.zeros((0, 2)), repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "course_px", frozen_array(self.course_px))

    @property
    def number(self) -> int | None:
        """Position of the stroke it was traced from; None for a ring, which has no ends."""
        return self.ends[0].piece if self.ends else None


def trace_piece(stroke: Stroke, number: int, *, shape: tuple[int, int]) -> Piece:
    """Thin a stroke and find its ends.

    Parameters
    ----------
    stroke : Stroke
    number : int
        Position of the stroke, kept in its ends.
    shape : tuple of int
        (rows, cols) of the outlined copy.

    Examples
    --------
    >>> from radiomics_mammo.core.vocabulary import OutlineColor
    >>> piece = trace_piece(Stroke(OutlineColor.RED, 5, 2, np.ones((3, 40), dtype=bool)), 0, shape=(20, 60))
    >>> len(piece.ends), round(piece.width_px)
    (2, 3)
    """
    shrink = max(1, -(-max(stroke.mask.shape) // _SKELETON_SIDE_PX))
    mask = pool(stroke.mask, shrink)
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
        return Piece(0.0, max(width, float(np.sqrt(mask.sum()))) * scale, (dot, dot))
    walk = int(max(_WALK_WIDTHS * width, _WALK_SHARE * length, 6.0))
    burr = min(_BURR_WIDTHS * width + 1, 0.3 * length)
    spur = int(min(_SPUR_WIDTHS * width, _SPUR_SHARE * length))
    skeleton = without_spurs(skeleton, spur) if spur >= _LEAST_SPUR else skeleton
    skeleton = without_burrs(skeleton, burr)
    place = _Place(number, origin, scale, shape)
    ends = _ends(skeleton, _apart(skeleton, find_tips(skeleton), _FORK_WIDTHS * width), depth, walk=walk, place=place)
    encloses = opening >= _LOOP_DEPTH * max(mask.shape) / 2
    blot = opening == 0 and length < _BLOT_WIDTHS * width
    course = np.argwhere(skeleton) * scale + origin
    return Piece(length * scale, width * scale, tuple(ends), encloses, blot, scale, course)


@dataclass(frozen=True)
class _Place:
    """Where the grid of a thinned piece lies in the outlined copy."""

    number: int
    origin: NDArray[np.float64]
    scale: float
    shape: tuple[int, int]


def _ends(
    skeleton: NDArray[np.bool_],
    tips: list[tuple[int, int]],
    depth: NDArray[np.float32],
    *,
    walk: int,
    place: _Place,
) -> list[End]:
    """The ends at the tips of a skeleton, with the directions in which the line leaves there."""
    pen = max(2 * float(np.median(depth[skeleton])) - 1, 2.0)
    short = len(tips) == 2 and np.count_nonzero(skeleton) <= _SHORT_WIDTHS * pen
    ends = []
    for tip in tips:
        path = np.array([tips[0], tips[1]], float) if short else walk_line(skeleton, tip, walk)
        path = path[::-1] if short and tip == tips[1] else path
        row, col = (float(v) for v in path[0] * place.scale + place.origin)
        reach = (float(depth[tip]) + 2) * place.scale
        border = min(row, col, place.shape[0] - 1 - row, place.shape[1] - 1 - col) < reach
        heading = _heading(path)
        ends.append(End(place.number, (row, col), (float(heading[0]), float(heading[1])), bool(border)))
    return ends


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


def _heading(path: NDArray[np.float64]) -> NDArray[np.float64]:
    """Unit vector out of the first point of a path: derivative of a parabola fitted along it."""
    along = np.arange(len(path), dtype=np.float64)
    degree = 2 if len(path) >= 8 else 1
    slope = np.array([np.polynomial.polynomial.polyfit(along, path[:, k], degree)[1] for k in (0, 1)])
    norm = float(np.hypot(*slope))
    return -slope / norm if norm > 0 else np.zeros(2)
