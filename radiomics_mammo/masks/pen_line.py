"""The pen line seen closely: its strength in a window around some strokes, its width, and where a contour lacks it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.core.geometry import Points
from radiomics_mammo.masks.colors import PENS, ChromaModel
from radiomics_mammo.masks.gap_closing import Bridge
from radiomics_mammo.masks.skeleton import Piece
from radiomics_mammo.masks.strokes import Stroke

_MARGIN_PX = 6  # Rim of a window around its strokes, pixels of the outlined copy.
_OWN_REACH_PX = 3  # What lies further than this from a stroke found by the search belongs to another one.
_ZOOMED_SIDE_PX, _MAX_ZOOM = 480, 4  # Windows are enlarged to about this side: small outlines need a finer grid.
_LOCAL_REACH_PX = 2  # Beyond half the pen's width: strength, which varies, is compared with the strongest so near.

_PROFILES, _PROFILE_STEP_PX = 400, 0.25  # Cross-sections whose median is the profile of the pen, and their sampling.
_GAUSS_FWHM = 2.355  # Full width at half maximum of a Gaussian of unit standard deviation.
_QUARTER_SPREAD = 2.2  # Widths at 25 and 75 percent differ by 1.8 (thin line) to 2.7 (edge) deviations of the blur.
_REMAP_MOST = 30_000  # Points that OpenCV samples at once, at most.


@dataclass(frozen=True, eq=False)
class StrokeWindow:
    """Pen strength around some strokes, zoomed; the window may reach beyond the picture."""

    strength: NDArray[np.float32] = field(repr=False)  # Shape (rows, cols).
    zoom: int  # Pixel (i, j) lies at (i + 0.5) / zoom - 0.5 + (top, left) in the outlined copy.
    top: int
    left: int

    def to_copy(self, points: Points) -> Points:
        """Window positions to positions in the outlined copy, shape (n, 2)."""
        return np.asarray((points + 0.5) / self.zoom - 0.5 + (self.top, self.left), dtype=np.float64)

    def from_copy(self, points_px: Points) -> Points:
        """Inverse of `to_copy`."""
        return np.asarray((points_px - (self.top, self.left) + 0.5) * self.zoom - 0.5, dtype=np.float64)


def open_window(
    rgb: NDArray[np.uint8], model: ChromaModel, strokes: Sequence[Stroke], *, bridges: Sequence[Bridge], floor: float
) -> StrokeWindow:
    """Look closely at strokes of one colour, at least one, and at nothing else; the window holds their bridges too.

    `rgb` has shape (rows, cols, 3); `floor` is the least chroma that counts.
    """
    spans = [np.r_[np.floor(bridge.points_px.min(axis=0)), np.ceil(bridge.points_px.max(axis=0))] for bridge in bridges]
    boxes = np.vstack([*(stroke.box_px for stroke in strokes), *spans]).astype(int)
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
    seen = np.where(pen == 1 + [each.color for each in PENS].index(strokes[0].color), seen, 0)
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
    blots only where a bridge ends in them, by their numbers in `bridged`. `pen_px` is the pen's width in window pixels.
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


@dataclass(frozen=True, eq=False)
class Gaps:
    """Missing stretches of a contour, per vertex, shapes (n,)."""

    missing: NDArray[np.bool_] = field(repr=False)
    weights: NDArray[np.float64] = field(repr=False)  # Share of the perimeter each vertex stands for; sums to 1.

    @property
    def share(self) -> float:
        """Share of the perimeter that is missing.

        Examples
        --------
        >>> Gaps(np.array([True, False, False, True]), np.full(4, 0.25)).share
        0.5
        """
        return float(np.clip(self.weights[self.missing].sum(), 0, 1))

    @property
    def longest(self) -> float:
        """Longest missing stretch as a share of the perimeter, around the start of the contour as well.

        Examples
        --------
        >>> Gaps(np.array([True, False, True, False, True]), np.full(5, 0.2)).longest
        0.4
        """
        if self.missing.all():
            return 1.0
        start = int(np.argmin(self.missing))
        missing, weights = np.roll(self.missing, -start), np.roll(self.weights, -start)
        run = np.cumsum(~missing)
        return float(np.bincount(run[missing], weights=weights[missing]).max()) if missing.any() else 0.0


def vertex_weights(contour_px: Points) -> NDArray[np.float64]:
    """Share of the perimeter that each vertex of a closed contour stands for, shape (n,)."""
    steps = np.hypot(*(np.roll(contour_px, -1, axis=0) - contour_px).T)
    weights = (steps + np.roll(steps, 1)) / 2
    return np.asarray(weights / max(float(weights.sum()), 1e-9), dtype=np.float64)


def sample(image: NDArray[np.float32], points: Points) -> NDArray[np.float64]:
    """Bilinear values of an image at (row, col) points of shape (..., 2); 0 outside.

    Examples
    --------
    >>> sample(np.array([[0, 1], [2, 3]], np.float32), np.array([[0.5, 0.5]]))
    array([1.5])
    """
    shape = points.shape[:-1]
    flat = points.reshape(-1, 1, 2).astype(np.float32)
    parts = (flat[k : k + _REMAP_MOST] for k in range(0, len(flat), _REMAP_MOST))
    found = [cv2.remap(image, part[..., 1], part[..., 0], cv2.INTER_LINEAR) for part in parts]
    return np.concatenate(found).astype(np.float64).reshape(shape)


def pen_width(strength: NDArray[np.float32], contour: Points, *, band_px: float) -> float:
    """Width of the pen line under a contour, freed of the blur that its own profile shows.

    The median cross-section gives the widths at 25, 50 and 75 percent of the peak; their spread is the blur, which is
    taken out of the half width as of a Gaussian.
    `contour` has (row, col) vertices, shape (n, 2), on the grid of `strength`, through the middle of the line, drawn
    stretches only; `band_px` is roughly the width of the line at half its strength.
    """
    pick = np.unique(np.linspace(0, len(contour) - 1, _PROFILES).astype(int))
    tangent = (np.roll(contour, -3, axis=0) - np.roll(contour, 3, axis=0))[pick]
    tangent /= np.maximum(np.hypot(tangent[:, 0], tangent[:, 1]), 1e-9)[:, None]
    normal = tangent[:, ::-1] * (1, -1)
    reach = np.arange(0, 1.5 * band_px + 2, _PROFILE_STEP_PX)
    halves = []
    for sign in (-1, 1):
        places = contour[pick][:, None, :] + sign * reach[None, :, None] * normal[:, None, :]
        halves.append(np.median(sample(strength, places), axis=0))
    peak = max(float(half.max()) for half in halves)
    quarter, middle, high = (sum(_reach(half, share * peak) for half in halves) for share in (0.25, 0.5, 0.75))
    blur = max(quarter - high, 0.0) * _PROFILE_STEP_PX / _QUARTER_SPREAD
    width = middle * _PROFILE_STEP_PX
    return float(np.sqrt(max(width**2 - (_GAUSS_FWHM * blur) ** 2, (width / 3) ** 2)))


def _reach(half: NDArray[np.float64], level: float) -> float:
    """Furthest position, in samples, at which half a profile still reaches a level."""
    last = int(np.flatnonzero(half >= level).max(initial=0))
    if half[last] < level or last + 1 == len(half):
        return float(last)
    return last + float((half[last] - level) / max(half[last] - half[last + 1], 1e-9))
