"""The pens: what an outline of each colour means, and how far the chroma of a pixel lies from that of no pen."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.core.vocabulary import LesionLabel, OutlineColor


class PenRule(StrEnum):
    """How the label of a pen becomes that of an outline."""

    AS_DRAWN = "as drawn"
    """The label stands whatever else is known."""
    IF_CONFIRMED = "if confirmed"
    """The label stands unless boxes, visit, class or biopsy speak against it; then the outline is unconfirmed."""
    MARKS_BOXES = "marks boxes"
    """A rectangle marks the mass that biopsy confirmed; the label is that of a free outline."""


@dataclass(frozen=True)
class Pen:
    """One pen of the release: its pure colour (RGB, 0..255), and what an outline drawn with it is known to be."""

    color: OutlineColor
    rgb: tuple[int, int, int]
    label: LesionLabel
    rule: PenRule


PENS = (
    Pen(OutlineColor.RED, (255, 0, 0), LesionLabel.MALIGNANT, PenRule.IF_CONFIRMED),
    Pen(OutlineColor.BLUE, (0, 0, 255), LesionLabel.BENIGN, PenRule.AS_DRAWN),
    Pen(OutlineColor.GREEN, (0, 255, 0), LesionLabel.UNCONFIRMED, PenRule.MARKS_BOXES),
)
"""Every pen that is looked for; a new outline meaning is one row here and its word in `OutlineColor`."""

# (Cb, Cr) of an RGB colour relative to grey: ITU-T T.871, the JPEG conversion.
_CHROMA_OF_RGB = np.array([[-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]])

_WIDEST_STROKE_PX = 12  # Strokes up to this width must not colour the estimate of the tint,
_TINT_SIDE_PX = 256  # which is made on a copy reduced to this longest side.
_MAX_TINT = 60.0  # Chroma that a display tint does not exceed; a pen does.
_MIN_BIN_SHARE = 0.003  # Share of the picture that a grey level must cover to tell something about the tint.
_LEVEL_BIN = 16  # Width of the grey-level bins of the tint curve.
_PIXELS_SAMPLED = 200_000  # Pixels from which the noise is estimated.
_PIXELS_LOOKED_AT = 2_000_000  # Pixels in which the pens' own directions are looked for; thin lines cover few of them.
_SURELY_PEN = 20.0  # Chroma, in units of the noise, from which on a pixel tells the direction of its pen.
_NARROWING = 1 / 3  # A pen's cone is narrower by this share of the angle between its own direction and the pure one.
_STORED_TURN_DEG = 5.0  # So far do JPEG loss and the clipping of bright pixels turn the mean direction of a line.
_LEAST_APART_DEG = 40.0  # Directions of two pens differ by more; what is nearer to a stronger pen is its noise.
_ROUNDING = 1.0  # Chroma error of 8-bit storage: the least noise there is.


def pen_of(color: OutlineColor) -> Pen:
    """The row of `PENS` for a colour.

    Raises
    ------
    InvariantError
        If no pen has that colour.

    Examples
    --------
    >>> pen_of(OutlineColor.BLUE).label.value
    'benign'
    """
    for pen in PENS:
        if pen.color == color:
            return pen
    known = ", ".join(pen.color for pen in PENS)
    raise InvariantError("pen colour", f"one of {known}", str(color), "say in masks.colors.PENS what the colour means")


@dataclass(frozen=True, eq=False, kw_only=True)
class ChromaModel:
    """How far every (Cb, Cr) pair lies from the untouched picture, and towards which pen."""

    strength: NDArray[np.uint8] = field(repr=False)  # Distance from the tint, at index 256 * Cr + Cb, shape (65536,).
    pens: NDArray[np.uint8] = field(repr=False)  # 1 + position in `PENS`, or 0 where the direction is that of no pen.
    noise: float  # Robust standard deviation of the chroma of untouched pixels, chroma levels.
    tint: NDArray[np.float64] = field(repr=False)  # (Cb, Cr) from dark to bright, relative to grey, shape (n, 2).
    offset: NDArray[np.float32] = field(repr=False)  # (Cb, Cr) from the tint, at the same index, shape (65536, 2).

    def look_up(self, rgb: NDArray[np.uint8], *, floor: float) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Strength and pen of every pixel of a picture, both of shape (rows, cols); 0 below `floor`."""
        ycc = cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb)
        lowest = np.clip(self.tint.min(axis=0) + 128 - floor / 2, 0, 255)
        highest = np.clip(self.tint.max(axis=0) + 128 + floor / 2, 0, 255)
        quiet = cv2.inRange(ycc, (0, lowest[1], lowest[0]), (255, highest[1], highest[0]))
        where = np.flatnonzero(quiet.ravel() == 0)
        chroma = ycc.reshape(-1, 3)[where, 1:].astype(np.int32)
        index = chroma[:, 0] * 256 + chroma[:, 1]
        strength = np.zeros(quiet.size, np.uint8)
        pen = np.zeros(quiet.size, np.uint8)
        loud = self.strength[index] >= floor
        strength[where[loud]] = self.strength[index[loud]]
        pen[where[loud]] = self.pens[index[loud]]
        return strength.reshape(quiet.shape), pen.reshape(quiet.shape)

    def turned_deg(self, rgb: NDArray[np.uint8], color: OutlineColor) -> float:
        """Angle, degrees, between the mean chroma of some pixels, shape (n, 3), and that of a pen as `PENS` has it.

        Strong pixels count by the square of their chroma: noise turns faint ones, and cancels in the mean of a line.
        """
        own = self.offset[_chroma_index(rgb[None], rgb.shape[0])].astype(np.float64)
        mean = np.hypot(own[:, 0], own[:, 1]) @ own
        known = [pen.color for pen in PENS].index(color)
        return float(_angles_deg(mean[None], np.hypot(*mean)[None], _pure_pens())[0, known])


def fit_chroma(rgb: NDArray[np.uint8], *, max_hue_error_deg: float = 50.0) -> ChromaModel:
    """Learn tint and chroma noise from the picture itself.

    The tint is the curve that the chroma of broad structures follows from dark to bright (sepia, bluish, none);
    blurring of chroma by 4:2:0 subsampling stays on the chords of that curve, so what counts is the distance from its
    convex hull. Directions further than `max_hue_error_deg` from every pen belong to no pen (yellow, magenta, cyan);
    the pens' own directions are measured about within this angle of the pure ones. Both the measured and the pure
    direction count, the nearest names the pen: where a coloured patch turned the measured one, a thin line keeps its
    name. `rgb` has shape (rows, cols, 3).
    """
    tint = _tint_curve(rgb)
    cr, cb = np.mgrid[0:256, 0:256].astype(np.float32) - 128
    points = np.stack([cb.ravel(), cr.ravel()], axis=1).astype(np.float64)
    offset = points - _nearest_in_hull(points, tint)
    distance = np.hypot(offset[:, 0], offset[:, 1])
    noise = float(max(_ROUNDING, 1.4826 * np.median(distance[_chroma_index(rgb, _PIXELS_SAMPLED)])))
    axes, cones_deg = _measured_pens(rgb, offset, distance, least=_SURELY_PEN * noise, limit_deg=max_hue_error_deg)
    axes = np.concatenate([axes, _pure_pens()])
    angles = _angles_deg(offset, distance, axes)
    near = angles - np.r_[cones_deg, np.full(len(PENS), max_hue_error_deg)]
    best = np.where(near <= 0, angles, 360.0).argmin(axis=1) % len(PENS)
    pens = np.where((near.min(axis=1) <= 0) & (distance > 0), best + 1, 0).astype(np.uint8)
    strength = np.clip(np.round(distance), 0, 255).astype(np.uint8)
    return ChromaModel(strength=strength, pens=pens, noise=noise, tint=tint, offset=offset.astype(np.float32))


def _pure_pens() -> NDArray[np.float64]:
    """Directions of the pens as `PENS` has them, shape (pens, 2), each of length one."""
    pure = np.round(np.array([pen.rgb for pen in PENS]) @ _CHROMA_OF_RGB.T)
    return np.asarray(pure / np.linalg.norm(pure, axis=1, keepdims=True), dtype=np.float64)


def _angles_deg(
    offset: NDArray[np.float64], distance: NDArray[np.float64], axes: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Angle between every offset and every axis, shape (n, axes)."""
    cosine = offset @ axes.T / np.maximum(distance, 1e-9)[:, None]
    return np.asarray(np.rad2deg(np.arccos(np.clip(cosine, -1, 1))), dtype=np.float64)


def _measured_pens(
    rgb: NDArray[np.uint8],
    offset: NDArray[np.float64],
    distance: NDArray[np.float64],
    *,
    least: float,
    limit_deg: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Directions of the pens, shape (pens, 2), and how far from them a pixel may lie, degrees, shape (pens,).

    A pen that is not pure (sky blue, orange) has a direction of its own, and the noise of its line is about that
    direction. Where the picture shows no pen within the limit of the pure direction, the pure one stays.
    """
    pure = _pure_pens()
    seen = np.bincount(_chroma_index(rgb, _PIXELS_LOOKED_AT), minlength=len(distance)) * distance**2
    angles = _angles_deg(offset, distance, pure)
    nearest = np.where(distance >= least, angles.argmin(axis=1), -1)
    means = np.stack([np.where(nearest == k, seen, 0.0) @ offset for k in range(len(PENS))])
    lengths = np.hypot(means[:, 0], means[:, 1])
    turned = np.diag(_angles_deg(means, lengths, pure))
    clear = (lengths > 0) & (turned <= limit_deg + _STORED_TURN_DEG)
    axes = np.where(clear[:, None], means / np.maximum(lengths, 1e-9)[:, None], pure)
    rivals = _angles_deg(axes, np.ones(len(axes)), axes) < _LEAST_APART_DEG
    clear &= ~(rivals & (lengths[None, :] > lengths[:, None])).any(axis=1)
    return np.where(clear[:, None], axes, pure), np.where(clear, limit_deg - _NARROWING * turned, limit_deg)


def _chroma_index(rgb: NDArray[np.uint8], most_pixels: int) -> NDArray[np.int32]:
    """Position in the tables of a `ChromaModel` of pixels evenly spread over a picture, at most so many."""
    step = max(1, int(np.ceil(np.sqrt(rgb.shape[0] * rgb.shape[1] / most_pixels))))
    ycc = cv2.cvtColor(np.ascontiguousarray(rgb[::step, ::step]), cv2.COLOR_RGB2YCrCb).astype(np.int32)
    return np.asarray(ycc[..., 1].ravel() * 256 + ycc[..., 2].ravel(), dtype=np.int32)


def _tint_curve(rgb: NDArray[np.uint8]) -> NDArray[np.float64]:
    """(Cb, Cr) of broad structures per grey level, shape (n, 2), strokes filtered away, n >= 1."""
    factor = max(1.0, max(rgb.shape[:2]) / _TINT_SIDE_PX)
    size = (max(1, round(rgb.shape[1] / factor)), max(1, round(rgb.shape[0] / factor)))
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    kernel = 2 * int(np.ceil(_WIDEST_STROKE_PX / factor)) + 3
    ycc = cv2.cvtColor(cv2.medianBlur(small, kernel), cv2.COLOR_RGB2YCrCb).reshape(-1, 3).astype(np.float64)
    level, chroma = ycc[:, 0].astype(int) // _LEVEL_BIN, ycc[:, [2, 1]] - 128
    sober = np.hypot(chroma[:, 0], chroma[:, 1]) <= _MAX_TINT
    counts = np.bincount(level[sober], minlength=256 // _LEVEL_BIN)
    known = np.flatnonzero(counts >= max(1.0, _MIN_BIN_SHARE * len(level)))
    curve = [np.median(chroma[sober & (level == k)], axis=0) for k in known]
    return np.array(curve) if curve else np.zeros((1, 2))


def _nearest_in_hull(points: NDArray[np.float64], tint: NDArray[np.float64]) -> NDArray[np.float64]:
    """Nearest point of the convex hull of the tint curve, shape of `points`."""
    outline = cv2.approxPolyDP(cv2.convexHull(tint.astype(np.float32)), _ROUNDING / 2, True)
    hull = outline[:, 0, :].astype(np.float64)
    best = np.full(len(points), np.inf)
    nearest = np.empty_like(points)
    sides = np.empty((len(hull), len(points)))
    for k, (start, end) in enumerate(zip(hull, np.roll(hull, -1, axis=0), strict=True)):
        along = end - start
        from_start = points - start
        share = np.clip(from_start @ along / max(float(along @ along), 1e-12), 0, 1)
        foot = start + share[:, None] * along
        distance = ((points - foot) ** 2).sum(axis=1)
        closer = distance < best
        best[closer], nearest[closer] = distance[closer], foot[closer]
        sides[k] = from_start[:, 0] * along[1] - from_start[:, 1] * along[0]
    inside = (sides > 0).all(axis=0) | (sides < 0).all(axis=0)
    nearest[inside] = points[inside]
    return nearest
