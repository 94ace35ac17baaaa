"""Frames: closed lines that a viewer draws around its own words, in corners or as badges on tissue."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from radiomics_mammo.core.contours import contour_area_px
from radiomics_mammo.core.geometry import Points

_FULL_BOX = 0.84  # A frame fills its upright box to this share; an ellipse fills 0.79.
_LOWEST_TEXT, _TALLEST_TEXT = 0.2, 0.92  # Height of what it frames, as a share of its own.
_NARROWEST_TEXT = 0.25  # Width of what it frames, as a share of its own.
_OFF_CENTRE = 0.16  # The middle of what it frames lies so near to its own, as a share of its height and width.
_ON_THE_LINE = 0.6  # Share of the pieces, by height, that the middle line of the words crosses: dots, dashes and
# serifs that came off need not.

_Box = tuple[int, int, int, int]


def framed_pieces(contour_px: Points, boxes: Sequence[_Box]) -> int:
    """How many pieces a closed line frames as a badge frames its words; 0 where it is no such frame.

    A frame is a rectangle along the axes, perhaps with rounded corners, and what is in it stands in one row in its
    middle. A mass is no rectangle, and marks inside an outline lie anywhere.

    Parameters
    ----------
    contour_px : ndarray of shape (n, 2)
        (row, col) in the outlined copy.
    boxes : sequence of (top, left, bottom, right)
        Every piece of its colour, its own among them.

    Examples
    --------
    >>> square = np.array([[0.0, 0.0], [0.0, 60.0], [20.0, 60.0], [20.0, 0.0]])
    >>> framed_pieces(square, [(0, 0, 21, 61), (5, 12, 16, 26), (5, 30, 16, 48)])
    2
    >>> framed_pieces(square, [(0, 0, 21, 61), (2, 3, 6, 8)])
    0
    """
    low, high = contour_px.min(axis=0), contour_px.max(axis=0)
    size = high - low
    if min(size) <= 0 or contour_area_px(contour_px) < _FULL_BOX * float(np.prod(size)):
        return 0
    every = np.array(boxes, dtype=np.float64).reshape(-1, 4)
    inner = every[(every[:, :2] > low).all(axis=1) & (every[:, 2:] - 1 < high).all(axis=1)]
    if not len(inner):
        return 0
    first, last = inner[:, :2].min(axis=0), inner[:, 2:].max(axis=0) - 1
    share, apart = (last - first) / size, np.abs((first + last) / 2 - (low + high) / 2) / size
    row = (first[0] + last[0]) / 2
    heights = inner[:, 2] - inner[:, 0]
    crossed = float(heights[(inner[:, 0] <= row) & (inner[:, 2] > row)].sum() / heights.sum())
    fits = _LOWEST_TEXT <= share[0] <= _TALLEST_TEXT and share[1] >= _NARROWEST_TEXT
    return len(inner) if fits and bool((apart <= _OFF_CENTRE).all()) and crossed >= _ON_THE_LINE else 0


def holds(frame_px: Points, contour_px: Points) -> bool:
    """Whether a contour lies within the upright box of a frame; both (row, col), shape (n, 2)."""
    inside = (contour_px.min(axis=0) >= frame_px.min(axis=0)) & (contour_px.max(axis=0) <= frame_px.max(axis=0))
    return bool(inside.all())
