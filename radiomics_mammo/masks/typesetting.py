"""Typesetting: small pieces set as print is, on one base line and close together, are text whatever their shapes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from radiomics_mammo.core.geometry import Points

_LIKE_HEIGHT = 2.2  # Characters of one row differ in height by this factor at most (a capital and a small letter),
_SAME_LINE = 0.5  # share this part of the lesser height,
_SPACE = 0.55  # and stand no further apart than this share of the greater height.
_OVERLAP = 0.25  # Slanted ones reach over their neighbours by this share of it at most.
_LEAST_PX = 4  # Lower pieces are dots.
_LEAST_WIDTHS = 1.8  # A character is at least this many pen widths high; dots and dashes of a broken ring are not.
_ROW_FROM = 3  # Pieces of a row, at least;
_BASE_LINE_SHARE, _BASE_LINE = 0.6, 0.14  # so many of them stand on one line, to this share of their height.
_RINGS_SPACE = 0.3  # Rings alone are a row where they stand no further apart than this,
_EVEN = 0.12  # and two of them where their heights and feet differ by no more than this share.
_COLUMN_FROM = 3  # Lines on one margin, at least, one right under the other;
_MARGIN, _LINE_SPACE = 0.15, 0.9  # they begin so near to it, and leave so much space: shares of their height.
_NEXT_LINE, _SAME_MARGIN = 1.3, 0.6  # Lines of one text stand so close, and begin so near: shares of their height.

_Box = tuple[int, int, int, int]


def set_rows(
    boxes: Sequence[_Box], widths_px: Sequence[float], *, rings: frozenset[int], tallest_px: float
) -> frozenset[int]:
    """Positions of the pieces that are set as print.

    A row is made of at least three pieces of like height, each close beside the last, most of them on one base line; a
    row of closed rings alone must be closer, and two rings are one where they are as even as print. The pieces of a
    broken outline follow its course and stand on no line; outlines stand further apart.

    Parameters
    ----------
    boxes : sequence of (top, left, bottom, right)
        Of every piece of one colour, pixels of the copy.
    widths_px : sequence of float
        Width of the line of each.
    rings : frozenset of int
        Positions of plain closed rings.
    tallest_px : float
        Height of the tallest characters.

    Examples
    --------
    >>> set_rows([(10, 0, 22, 8), (14, 11, 22, 19), (14, 22, 25, 30), (60, 0, 72, 8)], [2, 2, 2, 2],
    ...     rings=frozenset(), tallest_px=40) == {0, 1, 2}
    True
    """
    small = [
        k
        for k, ((top, _, bottom, _), width) in enumerate(zip(boxes, widths_px, strict=True))
        if max(_LEAST_PX, _LEAST_WIDTHS * width) <= bottom - top <= tallest_px
    ]
    rows: list[list[int]] = []
    for k in sorted(small, key=lambda k: (boxes[k][1], boxes[k][0])):
        home = next((row for row in rows if _stands_beside(boxes[row[-1]], boxes[k], _SPACE)), None)
        if home is None:
            rows.append([k])
        else:
            home.append(k)
    return frozenset(k for row in rows if _is_set([boxes[k] for k in row], [k in rings for k in row]) for k in row)


def _stands_beside(first: _Box, second: _Box, most: float) -> bool:
    """Whether a piece stands close at the right of another, on the same line."""
    low, high = sorted((first[2] - first[0], second[2] - second[0]))
    common = min(first[2], second[2]) - max(first[0], second[0])
    space = second[1] - first[3]
    return high <= _LIKE_HEIGHT * low and common >= _SAME_LINE * low and -_OVERLAP * high <= space <= most * high


def _is_set(row: Sequence[_Box], round_: Sequence[bool]) -> bool:
    edges = np.array(row, dtype=np.float64)
    heights = edges[:, 2] - edges[:, 0]
    size = float(np.median(heights))
    if all(round_):
        spaces = edges[1:, 1] - edges[:-1, 3]
        if len(row) < _ROW_FROM - 1 or (spaces > _RINGS_SPACE * size).any():
            return False
        if len(row) < _ROW_FROM:
            uneven = max(float(np.ptp(heights)), float(np.ptp(edges[:, 2])), float(np.ptp(edges[:, 0])))
            return uneven <= max(1.0, _EVEN * size)
    elif len(row) < _ROW_FROM:
        return False
    on_line = np.abs(edges[:, 2] - np.median(edges[:, 2])) <= max(1.0, _BASE_LINE * size)
    return float(on_line.mean()) >= _BASE_LINE_SHARE


def under_words(contour_px: Points, words: Iterable[Points]) -> bool:
    """Whether a closed line begins a line of text right above or below a row of letters, as high as they are.

    Parameters
    ----------
    contour_px : ndarray of shape (n, 2)
        (row, col) in the outlined copy.
    words : iterable of ndarray of shape (n, 2)
        Boxes around rows of letters.
    """
    low, high = contour_px.min(axis=0), contour_px.max(axis=0)
    height = high[0] - low[0]
    for word in words:
        first, last = word.min(axis=0), word.max(axis=0)
        tall = last[0] - first[0]
        apart = max(first[0] - high[0], low[0] - last[0])
        alike = max(height, tall) <= _LIKE_HEIGHT * min(height, tall)
        if alike and -_OVERLAP * tall <= apart <= _NEXT_LINE * tall and abs(low[1] - first[1]) <= _SAME_MARGIN * tall:
            return True
    return False


def in_column(contour_px: Points, boxes: Sequence[_Box]) -> bool:
    """Whether a closed line is one of three or more pieces of like height on one left margin, each below the last.

    The first characters of the lines of a text stand so; outlines and marks stand anywhere.

    Parameters
    ----------
    contour_px : ndarray of shape (n, 2)
        (row, col) in the outlined copy.
    boxes : sequence of (top, left, bottom, right)
        Every piece of its colour, its own among them.

    Examples
    --------
    >>> ring = np.array([[30.0, 10.0], [30.0, 18.0], [40.0, 18.0], [40.0, 10.0]])
    >>> in_column(ring, [(30, 10, 41, 19), (14, 10, 24, 20), (46, 10, 57, 17), (46, 20, 57, 27)])
    True
    >>> in_column(ring, [(30, 10, 41, 19), (14, 10, 24, 20), (46, 14, 57, 21)])
    False
    """
    top, left = (float(v) for v in contour_px.min(axis=0))
    bottom = float(contour_px[:, 0].max())
    count = 1
    for down in (True, False):
        last = (top, bottom)
        while (found := _line_beside(last, left, boxes, down=down)) is not None:
            last, count = found, count + 1
    return count >= _COLUMN_FROM


def _line_beside(
    last: tuple[float, float], left: float, boxes: Sequence[_Box], *, down: bool
) -> tuple[float, float] | None:
    """(top, bottom) of the piece right below or above the last line that begins on the margin."""
    tall = last[1] - last[0]
    for top, start, bottom, _ in boxes:
        height = bottom - top
        low, high = sorted((tall, float(height)))
        space = top - last[1] if down else last[0] - bottom
        near = 0 <= space <= _LINE_SPACE * high and abs(start - left) <= max(1.5, _MARGIN * high)
        if near and low >= _LEAST_PX and high <= _LIKE_HEIGHT * low:
            return float(top), float(bottom)
    return None
