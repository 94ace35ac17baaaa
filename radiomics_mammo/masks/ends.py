"""Where a piece of pen line ends and which way it points there; what breaks of a ring are joined by."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.morphology import skeletonize

from radiomics_mammo.core.geometry import Points, frozen_array
from radiomics_mammo.masks.distances import distance_to_unset
from radiomics_mammo.masks.strokes import Stroke

_SKELETON_SIDE_PX = 500
"""Larger pieces are thinned on a reduced copy; ends need no sub-pixel accuracy."""

_WALK_WIDTHS = 8.0
"""Length of line, in pen widths, over which the direction at an end is fitted."""

_WALK_SHARE = 0.15
"""The same as a share of the piece's length, whichever is longer."""

_BURR_WIDTHS = 1.5
"""Side branches shorter than this many pen widths are burrs of thinning, not ends."""

_BLOT_WIDTHS = 3.0
"""Pieces that enclose nothing and are shorter than this many pen widths may be tiny rings."""

_SHORT_WIDTHS = 6.0
"""Pieces shorter than this many pen widths point along the chord between their ends."""

_DOT_WIDTHS = 1.5
"""Pieces shorter than this many pen widths have no direction."""

_FORK_WIDTHS = 2.0
"""Tips of a forked end lie no further apart than this many pen widths."""

_FORK_SHARE = 0.5
"""Nor further than this share of the way between the outermost tips: a short piece has two ends, not one fork."""


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
        Whether the line encloses anything.
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
    mask = _pool(stroke.mask, shrink)
    scale = float(stroke.step * shrink)
    padded = np.pad(mask, 1)
    skeleton = skeletonize(padded)
    depth = distance_to_unset(padded)
    width = max(1.0, 2 * float(np.median(depth[skeleton])) - 1) if skeleton.any() else 1.0
    length = float(skeleton.sum())
    origin = np.array([stroke.top, stroke.left]) * stroke.step + (scale - 1) / 2 - scale
    if length <= _DOT_WIDTHS * width:
        middle = np.argwhere(padded).mean(axis=0) * scale + origin
        dot = End(number, (float(middle[0]), float(middle[1])), None)
        return Piece(0.0, max(width, float(np.sqrt(mask.sum()))) * scale, (dot, dot))
    walk = int(max(_WALK_WIDTHS * width, _WALK_SHARE * length, 6.0))
    skeleton = _without_burrs(skeleton, min(_BURR_WIDTHS * width + 1, 0.3 * length))
    ends = []
    tips = _tips(skeleton)
    short = len(tips) == 2 and length <= _SHORT_WIDTHS * max(width, 2.0)
    for tip in tips:
        path = np.array([tips[0], tips[1]], float) if short else _walk(skeleton, tip, walk)
        path = path[::-1] if short and tip == tips[1] else path
        heading = _heading(path)
        place = path[0] * scale + origin
        reach = (float(depth[tip]) + 2) * scale
        border = bool(min(place[0], place[1], shape[0] - 1 - place[0], shape[1] - 1 - place[1]) < reach)
        ends.append(End(number, (float(place[0]), float(place[1])), (float(heading[0]), float(heading[1])), border))
    ends = _apart(ends, _FORK_WIDTHS * width * scale)
    encloses = _encloses(padded)
    blot = not encloses and length < _BLOT_WIDTHS * width
    course = np.argwhere(skeleton) * scale + origin
    return Piece(length * scale, width * scale, tuple(ends), encloses, blot, scale, course)


def _apart(ends: list[End], fork_px: float) -> list[End]:
    """Ends without those that lie beside an earlier one: a forked end is one end."""
    places = np.array([end.position_px for end in ends]).reshape(-1, 2)
    away = np.hypot(*(places[:, None] - places[None]).T)
    beside = away <= min(fork_px, _FORK_SHARE * float(away.max(initial=0.0)))
    kept: list[int] = []
    for k in range(len(ends)):
        if not beside[k, kept].any():
            kept.append(k)
    return [ends[k] for k in kept]


def _without_burrs(skeleton: NDArray[np.bool_], longest: float) -> NDArray[np.bool_]:
    """Side branches up to a length taken off; where a blunt end forked into two, the stem's end is left."""
    cleared = skeleton.copy()
    for tip in _tips(skeleton):
        path = _walk(skeleton, tip, int(longest) + 1)
        if len(path) <= longest:
            cleared[tuple(path[:-1].astype(int).T)] = False
    return cleared


def _pool(mask: NDArray[np.bool_], shrink: int) -> NDArray[np.bool_]:
    """Reduce by whole blocks; a block is set when any of its pixels is, so that no line breaks."""
    if shrink == 1:
        return mask
    rows, cols = (-(-n // shrink) * shrink for n in mask.shape)
    full = np.zeros((rows, cols), dtype=bool)
    full[: mask.shape[0], : mask.shape[1]] = mask
    blocks = full.reshape(rows // shrink, shrink, cols // shrink, shrink)
    return np.asarray(blocks.any(axis=(1, 3)), dtype=np.bool_)


def _encloses(padded: NDArray[np.bool_]) -> bool:
    """Whether the background falls into more than one part."""
    return bool(cv2.connectedComponents((~padded).astype(np.uint8), connectivity=4)[0] > 2)


def _tips(skeleton: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Skeleton pixels with one neighbour."""
    around = cv2.filter2D(
        skeleton.astype(np.uint8), cv2.CV_8U, np.ones((3, 3), np.uint8), borderType=cv2.BORDER_CONSTANT
    )
    return [(int(r), int(c)) for r, c in np.argwhere(skeleton & (around == 2))]


def _walk(skeleton: NDArray[np.bool_], tip: tuple[int, int], steps: int) -> NDArray[np.float64]:
    """Positions along the skeleton from a tip, shape (n, 2), until it branches, ends or `steps` are done."""
    path = [tip]
    seen = {tip}
    front = [tip]
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


def _heading(path: NDArray[np.float64]) -> NDArray[np.float64]:
    """Unit vector out of the first point of a path: derivative of a parabola fitted along it."""
    along = np.arange(len(path), dtype=np.float64)
    degree = 2 if len(path) >= 8 else 1
    slope = np.array([np.polynomial.polynomial.polyfit(along, path[:, k], degree)[1] for k in (0, 1)])
    norm = float(np.hypot(*slope))
    return -slope / norm if norm > 0 else np.zeros(2)
