"""A close look at some strokes: pen strength in a window of the outlined copy, enlarged where the strokes are small."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.core.geometry import Points, frozen_array
from radiomics_mammo.masks.chroma import PENS, ChromaModel
from radiomics_mammo.masks.ends import Piece
from radiomics_mammo.masks.joining import Bridge
from radiomics_mammo.masks.strokes import Stroke

_MARGIN_PX = 6
"""Rim of a window around its strokes, pixels of the outlined copy."""

_OWN_REACH_PX = 3
"""What lies further than this from a stroke found by the search belongs to another one."""

_ZOOMED_SIDE_PX = 480
"""Windows are enlarged, up to fourfold, to about this side: small outlines are traced on a finer grid."""

_MAX_ZOOM = 4

_LOCAL_REACH_PX = 2
"""Beyond half the pen's width: strength is compared with the strongest so near, since it varies along thin lines."""


@dataclass(frozen=True, eq=False)
class StrokeWindow:
    """Pen strength around some strokes.

    Parameters
    ----------
    strength : ndarray of float32, shape (rows, cols)
        Zoomed pixel (i, j) lies at (i + 0.5) / zoom - 0.5 + (top, left) in the outlined copy.
    zoom : int
    top, left : int
        First row and column in the outlined copy; negative where the window reaches beyond the picture.
    """

    strength: NDArray[np.float32] = field(repr=False)
    zoom: int
    top: int
    left: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "strength", frozen_array(self.strength))

    def to_copy(self, points: Points) -> Points:
        """Window positions to positions in the outlined copy, shape (n, 2)."""
        return np.asarray((points + 0.5) / self.zoom - 0.5 + (self.top, self.left), dtype=np.float64)

    def from_copy(self, points_px: Points) -> Points:
        """Inverse of `to_copy`.

        Examples
        --------
        >>> window = StrokeWindow(np.zeros((8, 8), np.float32), 2, 10, 20)
        >>> window.from_copy(window.to_copy(np.array([[3.0, 4.0]])))
        array([[3., 4.]])
        """
        return np.asarray((points_px - (self.top, self.left) + 0.5) * self.zoom - 0.5, dtype=np.float64)


def open_window(
    rgb: NDArray[np.uint8],
    model: ChromaModel,
    strokes: Sequence[Stroke],
    *,
    bridges: Sequence[Bridge],
    floor: float,
) -> StrokeWindow:
    """Look closely at strokes of one colour, and at nothing else.

    Parameters
    ----------
    rgb : ndarray of uint8, shape (rows, cols, 3)
    model : ChromaModel
    strokes : sequence of Stroke
        At least one.
    bridges : sequence of Bridge
        The window holds them as well.
    floor : float
        Least chroma that counts.
    """
    boxes = np.array([stroke.box_px for stroke in strokes])
    spans = [np.r_[np.floor(bridge.points_px.min(axis=0)), np.ceil(bridge.points_px.max(axis=0))] for bridge in bridges]
    boxes = np.vstack([boxes, *spans]).astype(int)
    top, left = boxes[:, :2].min(axis=0) - _MARGIN_PX
    bottom, right = boxes[:, 2:].max(axis=0) + _MARGIN_PX
    rows, cols = int(bottom - top), int(right - left)
    strength = np.zeros((rows, cols), np.float32)
    own = np.zeros((rows, cols), np.uint8)
    for stroke in strokes:
        t, lf, b, r = stroke.box_px
        mask = np.kron(stroke.mask, np.ones((stroke.step, stroke.step), dtype=bool))
        own[t - top : b - top, lf - left : r - left] |= mask.astype(np.uint8)
    t, b = max(0, top), min(rgb.shape[0], bottom)
    lf, r = max(0, left), min(rgb.shape[1], right)
    seen, pen = model.look_up(np.ascontiguousarray(rgb[t:b, lf:r]), floor=floor)
    seen = np.where(pen == PENS.index(strokes[0].color) + 1, seen, 0)
    strength[t - top : b - top, lf - left : r - left] = seen
    strength *= cv2.dilate(own, np.ones((2 * _OWN_REACH_PX + 1,) * 2, np.uint8))
    zoom = int(np.clip(_ZOOMED_SIDE_PX // max(rows, cols), 1, _MAX_ZOOM))
    if zoom > 1:
        strength = np.maximum(cv2.resize(strength, (cols * zoom, rows * zoom), interpolation=cv2.INTER_CUBIC), 0)
    return StrokeWindow(strength, zoom, int(top), int(left))


def pen_line(
    window: StrokeWindow, pieces: Sequence[Piece], *, bridged: frozenset[int], level: float, pen_px: float
) -> NDArray[np.bool_]:
    """Where the pen is at least `level` times as strong as the strongest nearby, shape of the window, rim empty.

    The courses of the pieces belong to it however faint they are, so that no line breaks on a closer look; those of
    blots only where a bridge ends in them.

    Parameters
    ----------
    window : StrokeWindow
    pieces : sequence of Piece
    bridged : frozenset of int
        Numbers of the pieces in which bridges end.
    level : float
    pen_px : float
        Pen width in window pixels.
    """
    reach = 2 * round(pen_px / 2 + _LOCAL_REACH_PX * window.zoom) + 1
    local = cv2.dilate(window.strength, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach)))
    line = (window.strength >= level * local) & (window.strength > 0)
    for piece in pieces:
        if piece.is_blot and piece.number not in bridged:
            continue
        rows, cols = np.round(window.from_copy(piece.course_px)).astype(int).T
        course = np.zeros(line.shape, np.uint8)
        course[rows, cols] = 1
        reach = round(piece.step_px * window.zoom / 2)
        line |= cv2.dilate(course, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)).astype(bool)
    line[[0, -1]] = False
    line[:, [0, -1]] = False
    return np.asarray(line, dtype=np.bool_)


def draw_bridges(window: StrokeWindow, bridges: Sequence[Bridge], *, pen_px: float) -> NDArray[np.bool_]:
    """Bridges drawn with the pen's width (in window pixels), thin along the picture's edge; shape of the window."""
    drawn = np.zeros(window.strength.shape, np.uint8)
    for bridge in bridges:
        points = np.round(window.from_copy(bridge.points_px)[:, ::-1] * 16).astype(np.int32)
        width = 1 if bridge.along_border else max(1, round(pen_px))
        cv2.polylines(drawn, [points[:, None, :]], False, 1, width, cv2.LINE_8, 4)
    return drawn.astype(np.bool_)
