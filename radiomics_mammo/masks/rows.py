"""Rows: small pieces of like height that stand on one line, closely spaced, as characters do and masses do not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from radiomics_mammo.core.findings import AuditCode
from radiomics_mammo.core.geometry import Points
from radiomics_mammo.masks.solids import Aside
from radiomics_mammo.masks.strokes import Stroke

TEXT_FROM = 3
"""An outline with so many mates in its row is a character."""

_LIKE_HEIGHT = 2.2  # Characters of one row differ in height by this factor at most (a capital and a small letter).
_SAME_LINE = 0.5  # They share this part of the lesser height.
_SPACE = 1.3  # And stand no further apart than this share of the greater height.

_Box = tuple[int, int, int, int]


def row_mates(contour_px: Points, boxes: Sequence[_Box]) -> int:
    """How many pieces stand in one row with a contour, on either side, each close to the one before.

    Parameters
    ----------
    contour_px : ndarray of shape (n, 2)
        (row, col) in the outlined copy.
    boxes : sequence of (top, left, bottom, right)
        Every piece of its colour; those within the contour's own box are not counted.

    Examples
    --------
    >>> square = np.array([[0.0, 40.0], [0.0, 50.0], [12.0, 50.0], [12.0, 40.0]])
    >>> row_mates(square, [(0, 20, 12, 32), (1, 56, 12, 66), (0, 300, 12, 310), (100, 40, 112, 50)])
    2
    """
    top, left = (int(v) for v in np.floor(contour_px.min(axis=0)))
    bottom, right = (int(v) + 1 for v in np.ceil(contour_px.max(axis=0)))
    own = (top, left, bottom, right)
    others = [box for box in boxes if not _holds(own, box)]
    return sum(len(_chain(own, others, side)) for side in (1, -1))


def _holds(own: _Box, box: _Box) -> bool:
    row, col = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    covers = box[0] <= own[0] and box[1] <= own[1] and box[2] >= own[2] and box[3] >= own[3]
    return covers or (own[0] <= row <= own[2] and own[1] <= col <= own[3])


def _chain(start: _Box, boxes: Sequence[_Box], side: int) -> list[_Box]:
    """The pieces one after the other to the right (1) or left (-1) of a piece."""
    found: list[_Box] = []
    last = start
    while True:
        near = [box for box in boxes if box not in found and _is_mate(start, last, box, side)]
        if not near:
            return found
        last = min(near, key=lambda box: side * box[1])
        found.append(last)


def _is_mate(start: _Box, last: _Box, box: _Box, side: int) -> bool:
    """Whether a piece stands beside the last one of a row that a piece began."""
    low, high = sorted((start[2] - start[0], box[2] - box[0]))
    common = min(start[2], box[2]) - max(start[0], box[0])
    space = box[1] - last[3] if side > 0 else last[1] - box[3]
    ahead = (box[1] + box[3] - last[1] - last[3]) * side > 0
    return high <= _LIKE_HEIGHT * low and common >= _SAME_LINE * low and ahead and space <= _SPACE * high


def words_of(letters: Sequence[Stroke]) -> list[Aside]:
    """Letters that were set aside, one entry a row; the contour is the box around the row.

    The letters come in the order of their boxes.
    """
    rows: list[list[Stroke]] = []
    for stroke in sorted(letters, key=lambda one: one.box_px[1]):
        home = next((row for row in rows if _is_mate(row[-1].box_px, row[-1].box_px, stroke.box_px, 1)), None)
        if home is None:
            rows.append([stroke])
        else:
            home.append(stroke)
    return [_word(row) for row in rows]


def _word(row: Sequence[Stroke]) -> Aside:
    boxes = np.array([stroke.box_px for stroke in row])
    (top, left), (bottom, right) = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    contour = np.array([[top, left], [top, right - 1], [bottom - 1, right - 1], [bottom - 1, left]], dtype=np.float64)
    reason = f"{len(row)} letters in a row, {bottom - top} pixels high" if len(row) > 1 else "a letter"
    return Aside(code=AuditCode.OVERLAY_TEXT, color=row[0].color, contour_px=contour, reason=reason)
