"""Solid ink: fills and plates, as thick as they are wide, so that they bound nothing that could be told from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from radiomics_mammo.core.findings import AuditCode
from radiomics_mammo.core.geometry import Points, frozen_array
from radiomics_mammo.core.vocabulary import OutlineColor
from radiomics_mammo.masks.skeleton import distance_to_unset
from radiomics_mammo.masks.strokes import Stroke

_FLAW_DEPTH = 0.2  # Openings no deeper than this share of the whole are flaws of a fill, not the inside of a ring.
_SOLID_DEPTH = 0.6  # Ink without its flaws is at least this share as deep as what it encloses; a ring is not.
_LEAST_DEPTH_PX, _LEAST_DEPTH_SHARE = 4.0, 0.004  # A fill is deeper than any pen: pixels, and share of the rows.
_LONGEST_FILL = 16.0  # Area of a fill in squares of its depth, at most: a disc has pi, an ellipse of 4 to 1 4 pi.
_PLATE_ASPECT, _PLATE_FILL, _PLATE_INK = 2.5, 0.8, 0.35  # A plate is so elongated, fills its box, and holds ink.
_PLATE_OPENINGS = 3  # Characters cut out of a plate, at least.
_STICKER_FILL, _STICKER_INK = 0.88, 0.45  # A sticker fills its upright box and holds ink to these shares; deeper than
_STICKER_DEEP, _BEGINS = 0.15, 0.1  # where its openings begin (but for this share) so much is ink. A ring has 0.03.
_LEAST_PLATE_PX = 5  # Height of a plate, at least.
_PART_SHARE = 0.75  # What lies on a solid is part of it where it is no higher and wider than this share of it.


@dataclass(frozen=True, eq=False, kw_only=True)
class Aside:
    """Ink of one colour that was set aside before outlines were looked for."""

    code: AuditCode
    color: OutlineColor
    contour_px: Points = field(repr=False)  # Around it, (row, col) in the outlined copy, shape (n, 2).
    reason: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "contour_px", frozen_array(self.contour_px))


def find_solids(strokes: Sequence[Stroke], *, shape: tuple[int, int]) -> dict[int, Aside]:
    """Fills and plates among strokes, by position; `shape` is (rows, cols) of the outlined copy.

    * A *fill*, whole or translucent, is ink as deep as what it encloses, where openings that are shallow beside it
      (grain of the tissue below, JPEG) do not count. Its own edge bounds it, so it is one thing however speckled it is.
    * A *plate* is an elongated rectangle full of ink with at least three openings: the characters of a badge.
    * A *sticker* is an upright rectangle of ink whose opening does not follow its edge, as a letter cut out of it: as
      deep as the opening reaches, there is ink beside it. What a pen encloses begins all around where its line ends.
    """
    found = {}
    for number, stroke in enumerate(strokes):
        aside = _plate(stroke) or _fill(stroke, shape) or _sticker(stroke, shape)
        if aside is not None:
            found[number] = aside
    return found


def parts_of_solids(strokes: Sequence[Stroke], solids: Mapping[int, Aside]) -> frozenset[int]:
    """Positions of the strokes that lie on a fill or plate: what was left of its colour within its characters.

    They are small beside it; a ring around a fill, or one that a hand shaded, is an outline of its own.
    """
    whole = [(aside.contour_px.min(axis=0), aside.contour_px.max(axis=0)) for aside in solids.values()]
    edges = [aside.contour_px[:, None, ::-1].astype(np.float32) for aside in solids.values()]
    found = set()
    for k, (top, left, bottom, right) in enumerate(stroke.box_px for stroke in strokes):
        middle = ((left + right - 1) / 2, (top + bottom - 1) / 2)
        for (low, high), edge in zip(whole, edges, strict=True):
            small = bool((np.array([bottom - top, right - left]) <= _PART_SHARE * (high - low)).all())
            if k not in solids and small and cv2.pointPolygonTest(edge, middle, False) > 0:
                found.add(k)
    return frozenset(found)


def _fill(stroke: Stroke, shape: tuple[int, int]) -> Aside | None:
    least = max(_LEAST_DEPTH_PX, _LEAST_DEPTH_SHARE * shape[0]) / stroke.step
    if min(stroke.mask.shape) < 2 * least - 1:
        return None
    solid, _ = _without_openings(stroke.mask)
    deep = float(distance_to_unset(solid).max())
    if deep < least or solid.sum() > _LONGEST_FILL * deep**2:
        return None
    ink, _ = _without_openings(stroke.mask, deepest=_FLAW_DEPTH * deep)
    inked = float(distance_to_unset(ink).max())
    if inked < _SOLID_DEPTH * deep:
        return None
    share = float(np.count_nonzero(stroke.mask)) / float(np.count_nonzero(solid))
    reason = f"{share:.0%} of what its edge encloses is ink"
    return Aside(code=AuditCode.FILLED_MARK, color=stroke.color, contour_px=_edge(stroke, solid), reason=reason)


def _plate(stroke: Stroke) -> Aside | None:
    rows, cols = stroke.mask.shape
    low, high = sorted((rows, cols))
    if low * stroke.step < _LEAST_PLATE_PX or high < _PLATE_ASPECT * low:
        return None
    solid, openings = _without_openings(stroke.mask)
    ink = float(np.count_nonzero(stroke.mask)) / float(np.count_nonzero(solid))
    if openings < _PLATE_OPENINGS or ink < _PLATE_INK or np.count_nonzero(solid) < _PLATE_FILL * solid[1:-1, 1:-1].size:
        return None
    reason = f"a plate of {rows * stroke.step} x {cols * stroke.step} pixels, {ink:.0%} ink, {openings} openings"
    return Aside(code=AuditCode.OVERLAY_TEXT, color=stroke.color, contour_px=_edge(stroke, solid), reason=reason)


def _sticker(stroke: Stroke, shape: tuple[int, int]) -> Aside | None:
    least = max(_LEAST_DEPTH_PX, _LEAST_DEPTH_SHARE * shape[0]) / stroke.step
    solid, openings = _without_openings(stroke.mask)
    depth = distance_to_unset(solid)
    if not openings or float(depth.max()) < 2 * least:
        return None
    ink = np.pad(stroke.mask, 1)
    inked = float(np.count_nonzero(ink)) / float(np.count_nonzero(solid))
    inner = solid & (depth > np.quantile(depth[solid & ~ink], _BEGINS))
    full = float(np.count_nonzero(solid)) / stroke.mask.size
    if full < _STICKER_FILL or inked < _STICKER_INK or not inner.any() or float(ink[inner].mean()) < _STICKER_DEEP:
        return None
    reason = f"{inked:.0%} ink, and {ink[inner].mean():.0%} as deep as where its openings begin"
    return Aside(code=AuditCode.FILLED_MARK, color=stroke.color, contour_px=_edge(stroke, solid), reason=reason)


def _without_openings(mask: NDArray[np.bool_], *, deepest: float = np.inf) -> tuple[NDArray[np.bool_], int]:
    """Padded mask with its openings filled that are no deeper than a bound, and how many there were."""
    padded = np.pad(mask, 1)
    count, parts = cv2.connectedComponents((~padded).astype(np.uint8), connectivity=4)
    numbers = np.setdiff1d(np.arange(1, count), parts[0, 0])
    if np.isfinite(deepest) and len(numbers):
        depths = np.asarray(ndimage.maximum(distance_to_unset(~padded), parts, numbers))
        numbers = numbers[depths <= deepest]
    return padded | np.isin(parts, numbers), len(numbers)


def _edge(stroke: Stroke, solid: NDArray[np.bool_]) -> Points:
    """Outer edge of a padded mask in pixels of the outlined copy, between its pixels and those beside it."""
    contours, _ = cv2.findContours(solid.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    border = max(contours, key=len)[:, 0, ::-1].astype(np.float64)
    middle = border.mean(axis=0)
    away = border - middle
    grown = border + 0.5 * away / np.maximum(np.hypot(away[:, 0], away[:, 1]), 1e-9)[:, None]
    return np.asarray((grown - 1 + (stroke.top, stroke.left) + 0.5) * stroke.step - 0.5, dtype=np.float64)
