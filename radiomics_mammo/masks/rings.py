"""From the strokes of one place to closed sub-pixel contours through the middle of the pen line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from skimage.measure import find_contours

from radiomics_mammo.config.masks import MaskConfig
from radiomics_mammo.core.contours import contour_area_px
from radiomics_mammo.core.geometry import Points, frozen_array
from radiomics_mammo.core.lesions import PenEdge
from radiomics_mammo.core.vocabulary import OutlineColor, OutlineQuality, StrokePolicy
from radiomics_mammo.masks.chroma import ChromaModel
from radiomics_mammo.masks.distances import distance_to_unset
from radiomics_mammo.masks.ends import Piece
from radiomics_mammo.masks.faces import Reading, Tangle, find_faces, read_tangle
from radiomics_mammo.masks.joining import DOTS_FROM, Bridge
from radiomics_mammo.masks.pen import Gaps, pen_width, sample, vertex_weights
from radiomics_mammo.masks.strokes import Stroke, chroma_floor
from radiomics_mammo.masks.windows import StrokeWindow, draw_bridges, open_window, pen_line

_LEVELS = (0.5, 0.65, 0.8)
"""A line reaches to half its strength; a blot without an opening is tried again at higher levels (very small rings)."""

_MIN_COMPACTNESS = 0.08
"""4 pi area / perimeter^2 below this is a line that was retraced, not an outline (spiculated masses exceed 0.15)."""

_MIN_OPEN_COMPACTNESS = 0.5
"""The same for what stays open: an arc of a mass is bulky (a half ring has 0.75), an arrow or a hook is not."""

_MIN_OPEN_INK = 0.9
"""Share of the line that lies on the contour of what stays open: an arc has no branches."""

_MOST_MISSING = 0.6
"""What has less line than the rest of its perimeter, the picture's edge included, is no outline."""

_MIN_EXPLAINED = 0.4
"""An outline explains this share of the lines it runs on; a loop in the course of a longer broken line does not."""

_MOUTH, _MIN_OPENING_WIDTHS = 0.15, 0.75
"""An outline of which more is missing than the first share encloses a place this far from its line, in pen widths; the
barb of an arrow and its shaft do not."""

_CLOSED_BELOW = 0.01
"""A smaller missing share of the perimeter is below what the picture can show."""

_GAP_ERROR = 0.03
"""Error of a measured gap, as a share of the perimeter: ends of lines are rounded and blurred."""

_SIDE_OF_POLICY = {StrokePolicy.INNER: -1.0, StrokePolicy.CENTRE: 0.0, StrokePolicy.OUTER: 1.0}


@dataclass(frozen=True, eq=False)
class Ring:
    """One closed outline in the outlined copy.

    Parameters
    ----------
    color : OutlineColor
    contour_px : ndarray of shape (n, 2)
        (row, col) sub-pixel positions in the outlined copy, by the stroke policy asked for.
    quality : OutlineQuality
    gap_fraction : float
        Share of the perimeter without pen line.
    pen_width_px : float
        Measured width of the pen line.
    other_edges : tuple of PenEdge
        The outline by the other stroke policies, in the outlined copy.
    """

    color: OutlineColor
    contour_px: Points = field(repr=False)
    quality: OutlineQuality
    gap_fraction: float
    pen_width_px: float
    other_edges: tuple[PenEdge, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "contour_px", frozen_array(self.contour_px))


def trace_rings(
    rgb: NDArray[np.uint8],
    model: ChromaModel,
    *,
    strokes: Sequence[Stroke],
    pieces: Sequence[Piece],
    bridges: Sequence[Bridge],
    config: MaskConfig,
) -> tuple[Ring, ...]:
    """Closed outlines that strokes of one colour and one place make together with the bridges between them.

    Parameters
    ----------
    rgb : ndarray of uint8, shape (rows, cols, 3)
        The outlined copy.
    model : ChromaModel
    strokes, pieces : sequences of the same length
    bridges : sequence of Bridge
    config : MaskConfig
    """
    window = open_window(rgb, model, strokes, bridges=bridges, floor=chroma_floor(model, config))
    pen_px = max(1.0, float(np.median([piece.width_px for piece in pieces]))) * window.zoom
    joined = draw_bridges(window, bridges, pen_px=pen_px)
    bridged = frozenset(number for bridge in bridges for number in bridge.pieces)
    for level in _LEVELS:
        line = pen_line(window, pieces, bridged=bridged, level=level, pen_px=pen_px)
        tangle = find_faces(line | joined, pen_px=pen_px, zoom=window.zoom)
        if tangle.count:
            reading = read_tangle(tangle)
            each = [_trace(window, tangle, union, line=line, bridges=bridges) for union in reading.outlines]
            traced = [found for found in each if found is not None]
            sure = _explained_shares(window, traced, pieces) >= _MIN_EXPLAINED
            readings = [reading if plain else replace(reading, ambiguous=True) for plain in sure]
            rings = [
                _ring(window, found, strokes[0].color, judged, parts=(pieces, bridges), config=config)
                for found, judged in zip(traced, readings, strict=True)
            ]
            return tuple(ring for ring in rings if ring is not None)
    return ()


@dataclass(frozen=True, eq=False)
class _Traced:
    """The middle of one closed line in window pixels, what is missing of it, and the distances it came from."""

    middle: Points
    side: NDArray[np.float32]
    band_px: float
    gaps: Gaps
    border: NDArray[np.bool_]


def _trace(
    window: StrokeWindow,
    tangle: Tangle,
    union: frozenset[int],
    *,
    line: NDArray[np.bool_],
    bridges: Sequence[Bridge],
) -> _Traced | None:
    """Contour equally far from what is inside and what is outside; None when it is no outline."""
    region = np.isin(tangle.cells, list(union))
    to_inside = distance_to_unset(~(region & ~tangle.solid))
    side = to_inside - distance_to_unset(region | tangle.solid)
    middle = _closed_level(side, 0.0)
    if middle is None or _compactness(middle) < _MIN_COMPACTNESS:
        return None
    half_band = sample(to_inside, middle) - 0.5
    away = sample(distance_to_unset(~line), middle)
    missing = away > np.maximum(1.0, half_band - tangle.pen_px / 2 + 0.5)
    border = _along_border(window, middle, bridges)
    gaps = Gaps(missing, vertex_weights(middle))
    opening_px = distance_to_unset(region & ~tangle.solid).max()
    if gaps.share > _MOUTH and not border.any() and opening_px < _MIN_OPENING_WIDTHS * tangle.pen_px:
        return None
    drawn = half_band[~missing] if (~missing).any() else half_band
    return _Traced(middle, side, 2 * float(np.median(drawn)), gaps, border)


def _ring(
    window: StrokeWindow,
    found: _Traced,
    color: OutlineColor,
    reading: Reading,
    *,
    parts: tuple[Sequence[Piece], Sequence[Bridge]],
    config: MaskConfig,
) -> Ring | None:
    present = found.middle[~found.gaps.missing]
    width = pen_width(window.strength, present, band_px=found.band_px) if len(present) > 12 else found.band_px
    edges = {policy: window.to_copy(_edge(found, sign * width)) for policy, sign in _SIDE_OF_POLICY.items()}
    contour = edges.pop(config.stroke_policy)
    quality = _quality(found, reading, parts=parts, config=config)
    if quality is OutlineQuality.OPEN and not _is_arc(window, found, parts[0]):
        return None
    others = tuple(PenEdge(policy, edge) for policy, edge in edges.items())
    return Ring(color, contour, quality, found.gaps.share, width / window.zoom, others)


def _edge(found: _Traced, level: float) -> Points:
    """Contour at a level of twice the signed distance from the middle; the middle where nothing is left."""
    edge = _closed_level(found.side, level) if level else None
    return found.middle if edge is None else edge


def _explained_shares(window: StrokeWindow, traced: Sequence[_Traced], pieces: Sequence[Piece]) -> NDArray[np.float64]:
    """Per outline: share of the line of the pieces it runs on that lies on any of the outlines, shape (n,)."""
    shares = np.ones(len(traced))
    courses = [window.from_copy(piece.course_px) for piece in pieces if len(piece.course_px)]
    for k, found in enumerate(traced):
        touched = [course for course in courses if _on_line(window, found, course).any()]
        if touched:
            ink = np.vstack(touched)
            shares[k] = np.any([_on_line(window, other, ink) for other in traced], axis=0).mean()
    return shares


def _on_line(window: StrokeWindow, found: _Traced, places: Points) -> NDArray[np.bool_]:
    """Which window positions lie within a pen width and a pixel of the middle of an outline."""
    return np.asarray(np.abs(sample(found.side, places)) <= 2 * found.band_px + 2 * window.zoom, dtype=np.bool_)


def _is_arc(window: StrokeWindow, found: _Traced, pieces: Sequence[Piece]) -> bool:
    """Whether an open outline is at least a bulky arc without branches, not a hook, an arrow or stray marks."""
    course = window.from_copy(np.vstack([piece.course_px for piece in pieces]))
    if len(course) == 0:
        return False
    ink = float(_on_line(window, found, course).mean())
    bulky = _compactness(found.middle) >= _MIN_OPEN_COMPACTNESS
    return bulky and ink >= _MIN_OPEN_INK and found.gaps.share <= _MOST_MISSING


def _quality(
    found: _Traced, reading: Reading, *, parts: tuple[Sequence[Piece], Sequence[Bridge]], config: MaskConfig
) -> OutlineQuality:
    """The word that says how the outline was read; the first that applies, worst first."""
    pieces, _ = parts
    inner = Gaps(found.gaps.missing & ~found.border, found.gaps.weights)
    dots = len(pieces) >= DOTS_FROM and inner.longest <= config.max_dot_gap_fraction + _GAP_ERROR
    too_long = inner.longest > config.max_gap_fraction + _GAP_ERROR
    too_much = inner.share > config.max_gap_fraction + _GAP_ERROR and not dots
    if too_long or too_much:
        return OutlineQuality.OPEN
    if reading.ambiguous:
        return OutlineQuality.AMBIGUOUS
    if bool(found.border.any()):
        return OutlineQuality.EDGE_CLOSED
    if reading.shared:
        return OutlineQuality.SPLIT
    if dots and inner.share > _CLOSED_BELOW:
        return OutlineQuality.DOTS_JOINED
    return OutlineQuality.GAP_CLOSED if inner.share > _CLOSED_BELOW else OutlineQuality.CLOSED


def _along_border(window: StrokeWindow, middle: Points, bridges: Sequence[Bridge]) -> NDArray[np.bool_]:
    """Which vertices lie on a bridge along the edge of the picture."""
    drawn = draw_bridges(window, [bridge for bridge in bridges if bridge.along_border], pen_px=1)
    if not drawn.any():
        return np.zeros(len(middle), dtype=bool)
    return np.asarray(sample(distance_to_unset(~drawn), middle) <= window.zoom, dtype=np.bool_)


def _closed_level(side: NDArray[np.float32], level: float) -> Points | None:
    """Longest closed contour at a level of twice the signed distance from the middle of the line."""
    contours = [c for c in find_contours(side, level) if len(c) > 3 and (c[0] == c[-1]).all()]
    if not contours:
        return None
    return np.asarray(max(contours, key=len)[:-1], dtype=np.float64)


def _compactness(contour: Points) -> float:
    steps = np.diff(np.vstack([contour, contour[:1]]), axis=0)
    perimeter = float(np.hypot(steps[:, 0], steps[:, 1]).sum())
    return 4 * np.pi * contour_area_px(contour) / max(perimeter, 1e-9) ** 2
