"""All closed outlines of one picture: letters set aside, gaps closed, faces chosen, sub-pixel contours traced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.measure import find_contours

from radiomics_mammo.config.reading import MaskConfig
from radiomics_mammo.core.contours import contour_area_px
from radiomics_mammo.core.findings import AuditCode
from radiomics_mammo.core.geometry import Points, frozen_array
from radiomics_mammo.core.images import OutlineOverlay
from radiomics_mammo.core.lesions import PenEdge
from radiomics_mammo.core.vocabulary import OutlineColor, OutlineQuality, StrokePolicy
from radiomics_mammo.masks.colors import PENS, ChromaModel, fit_chroma
from radiomics_mammo.masks.faces import Reading, Tangle, find_faces, read_tangle
from radiomics_mammo.masks.frames import framed_pieces, holds
from radiomics_mammo.masks.gap_closing import DOTS_FROM, Bridge, join_pieces, linked, ring_members
from radiomics_mammo.masks.letters import find_letters, tallest_text_px
from radiomics_mammo.masks.pen_line import (
    Gaps,
    StrokeWindow,
    draw_bridges,
    open_window,
    pen_line,
    pen_width,
    sample,
    vertex_weights,
)
from radiomics_mammo.masks.rows import row_mates, words_of
from radiomics_mammo.masks.rulers import Ruler, beside_ruler, find_rulers
from radiomics_mammo.masks.skeleton import Piece, distance_to_unset, trace_piece
from radiomics_mammo.masks.solids import Aside, find_solids, parts_of_solids
from radiomics_mammo.masks.straightness import sharp_share
from radiomics_mammo.masks.strokes import Stroke, chroma_floor, find_strokes, in_pen_colors
from radiomics_mammo.masks.typesetting import in_column, set_rows, under_words

_Box = tuple[int, int, int, int]  # (top, left, bottom, right)
_LEVELS = (0.5, 0.65, 0.8)  # A line reaches to half its strength; blots, maybe tiny rings, are tried again higher.
_MIN_EXPLAINED = 0.4  # An outline explains this share of the lines it runs on; a loop in a longer broken line does not.
_CLOSED_BELOW = 0.01  # A smaller missing share of the perimeter is below what the picture can show.
_GAP_ERROR = 0.03  # Error of a measured gap, as a share of the perimeter: ends of lines are rounded and blurred.

# 4 pi area / perimeter^2 below the first is a line that was retraced (spiculated masses exceed 0.15); what stays open
# exceeds the second: an arc of a mass is bulky (a half ring has 0.75), an arrow or a hook is not.
_MIN_COMPACTNESS, _MIN_OPEN_COMPACTNESS = 0.08, 0.5
_MIN_OPEN_INK = 0.9  # Share of the line that lies on the contour of what stays open: an arc has no branches.
_MOST_MISSING = 0.6  # What has less line than the rest of its perimeter, the picture's edge included, is no outline.

# An outline of which more is missing than the first share encloses a place this far from its line, in pen widths; the
# barb of an arrow and its shaft do not.
_MOUTH, _MIN_OPENING_WIDTHS = 0.15, 0.75

_SIDE_OF_POLICY = {StrokePolicy.INNER: -1.0, StrokePolicy.CENTRE: 0.0, StrokePolicy.OUTER: 1.0}


@dataclass(frozen=True, eq=False, kw_only=True)
class Ring:
    """One closed outline in the outlined copy."""

    color: OutlineColor
    contour_px: Points = field(repr=False)  # Sub-pixel (row, col), shape (n, 2), by the stroke policy asked for.
    quality: OutlineQuality
    gap_fraction: float  # Share of the perimeter without pen line.
    pen_width_px: float  # Measured width of the pen line.
    ink_share: float = 0.0  # Share of what its outer edge encloses that is pen.
    sharp_share: float = 0.0  # Share of the turning of its line that happens at sharp corners.
    row_mates: int = 0  # Pieces of its colour and like height that stand in one row with it, closely spaced.
    beside_ruler: bool = False  # Whether it is no taller than a numeral and stands beside the ticks of a ruler.
    under_words: bool = False  # Whether it begins a line of a text: of like height, on one margin with other lines.
    framed: int = 0  # Pieces in it that stand as words do in the frame of a badge.
    in_frame: bool = False  # Whether it lies within such a frame.
    marks: int = 0  # Marks of its colour in the picture that complete no contour.
    other_edges: tuple[PenEdge, ...] = ()  # The outline by the other stroke policies, in the outlined copy.

    def __post_init__(self) -> None:
        object.__setattr__(self, "contour_px", frozen_array(self.contour_px))


@dataclass(frozen=True, eq=False, kw_only=True)
class Drawing:
    """What was drawn on one outlined copy."""

    rings: tuple[Ring, ...]  # Closed outlines of every colour, green boxes among them.
    letters: int  # Pieces set aside as letters of annotations.
    asides: tuple[Aside, ...]  # What was set aside by what it is: fills, plates, rulers, words.
    rulers: tuple[Ruler, ...]
    specks: int  # Pieces that complete no contour: specks, ticks, crosses, arrows, filled spots.
    painted: NDArray[np.bool_] = field(repr=False)  # Coloured pixels and around them, on a grid that covers the copy.

    def __post_init__(self) -> None:
        object.__setattr__(self, "painted", frozen_array(self.painted))


def read_drawing(overlay: OutlineOverlay, *, config: MaskConfig) -> Drawing:
    """Find every closed outline of a picture.

    Raises
    ------
    OutlineError
        If the picture is coloured all over.
    """
    model = fit_chroma(overlay.rgb, max_hue_error_deg=config.max_hue_error_deg)
    strokes = find_strokes(overlay, model, config=config)
    shape = (overlay.rgb.shape[0], overlay.rgb.shape[1])
    inked = in_pen_colors(strokes, overlay.rgb, model, config=config)
    colors = [[stroke for stroke in inked if stroke.color == pen.color] for pen in PENS]
    parts = [_read_color(overlay.rgb, model, drawn, config=config) for drawn in colors if drawn]
    return Drawing(
        rings=tuple(ring for part in parts for ring in part.rings),
        letters=sum(part.letters for part in parts),
        asides=tuple(aside for part in parts for aside in part.asides),
        rulers=tuple(ruler for part in parts for ruler in part.rulers),
        specks=sum(part.specks for part in parts),
        painted=_painted(strokes, shape),
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class _OfColor:
    """What was drawn with one pen; fields as in `Drawing`."""

    rings: tuple[Ring, ...]
    letters: int
    asides: tuple[Aside, ...]
    rulers: tuple[Ruler, ...]
    specks: int


def _read_color(
    rgb: NDArray[np.uint8], model: ChromaModel, strokes: Sequence[Stroke], *, config: MaskConfig
) -> _OfColor:
    """What is solid, ruled or written is set aside; the rest is traced place by place."""
    shape = (rgb.shape[0], rgb.shape[1])
    rulers, solids = find_rulers(strokes, shape=shape), _solids(strokes, shape, config=config)
    ruled = frozenset(k for ruler in rulers for k in ruler.members)
    covered = ruled | solids.keys() | parts_of_solids(strokes, solids)
    drawn = [stroke for k, stroke in enumerate(strokes) if k not in covered]
    kept, pieces = _without_letters(drawn, shape, config=config)
    bridges = join_pieces(pieces, shape=shape)
    traced: list[Ring] = []
    specks = 0
    for place in _places(kept, bridges):
        found = _trace_rings(
            rgb,
            model,
            strokes=[kept[k] for k in place],
            pieces=[pieces[k] for k in place],
            bridges=[bridge for bridge in bridges if bridge.pieces[0] in place],
            config=config,
        )
        traced += found
        specks += 0 if found else len(place)
    boxes, letters = [stroke.box_px for stroke in drawn], [stroke for stroke in drawn if stroke not in kept]
    words = words_of(letters)
    inked = [stroke.box_px for k, stroke in enumerate(strokes) if k not in ruled]  # Bold letters are fills.
    rings = _among(traced, boxes, inked, words=words, rulers=rulers, shape=shape, specks=specks)
    return _OfColor(
        rings=rings,
        letters=len(letters),
        asides=(*(aside for k, aside in solids.items() if k not in ruled), *words),
        rulers=rulers,
        specks=specks,
    )


def _among(
    traced: Sequence[Ring],
    boxes: Sequence[_Box],
    inked: Sequence[_Box],
    *,
    words: Sequence[Aside],
    rulers: Sequence[Ruler],
    shape: tuple[int, int],
    specks: int,
) -> tuple[Ring, ...]:
    """Rings with what was measured of the pieces around them."""
    frames = [ring for ring in traced if framed_pieces(ring.contour_px, inked)]
    return tuple(
        replace(
            ring,
            row_mates=row_mates(ring.contour_px, boxes),
            framed=framed_pieces(ring.contour_px, inked),
            under_words=under_words(ring.contour_px, [word.contour_px for word in words])
            or in_column(ring.contour_px, boxes),
            in_frame=any(frame is not ring and holds(frame.contour_px, ring.contour_px) for frame in frames),
            beside_ruler=beside_ruler(ring.contour_px, rulers, shape),
            marks=specks,
        )
        for ring in traced
    )


def _solids(strokes: Sequence[Stroke], shape: tuple[int, int], *, config: MaskConfig) -> dict[int, Aside]:
    """Solid ink by the position of its stroke; a small fill in a row with others is left to be read as a letter."""
    boxes, limit = [stroke.box_px for stroke in strokes], tallest_text_px(shape[0], config)
    return {
        k: aside
        for k, aside in find_solids(strokes, shape=shape).items()
        if aside.code is not AuditCode.FILLED_MARK
        or strokes[k].height_px > limit
        or not row_mates(aside.contour_px, boxes)
    }


def _without_letters(
    strokes: list[Stroke], shape: tuple[int, int], *, config: MaskConfig
) -> tuple[list[Stroke], list[Piece]]:
    """The strokes of one colour that are no letters, and their skeletons.

    What closes into a ring is no letter, unless it is set as print.
    """
    pieces = [trace_piece(stroke, number, shape=shape) for number, stroke in enumerate(strokes)]
    letters = find_letters(strokes, pieces, shape=shape, config=config)
    if letters:
        gaps = {"max_gap_fraction": config.max_gap_fraction, "max_dot_gap_fraction": config.max_dot_gap_fraction}
        letters -= ring_members(pieces, join_pieces(pieces, shape=shape), **gaps)
    letters |= set_rows(
        [stroke.box_px for stroke in strokes],
        [piece.width_px for piece in pieces],
        rings=frozenset(k for k, piece in enumerate(pieces) if piece.encloses and not piece.ends),
        tallest_px=tallest_text_px(shape[0], config),
    )
    if not letters:
        return strokes, pieces
    kept = [stroke for k, stroke in enumerate(strokes) if k not in letters]
    return kept, [trace_piece(stroke, number, shape=shape) for number, stroke in enumerate(kept)]


def _places(strokes: Sequence[Stroke], bridges: Sequence[Bridge]) -> list[tuple[int, ...]]:
    """Strokes that belong to one place: joined by a bridge, or with overlapping boxes."""
    boxes = np.array([stroke.box_px for stroke in strokes]).reshape(-1, 4)
    begins_before = (boxes[:, None, :2] < boxes[None, :, 2:]).all(axis=-1)
    overlapping = np.argwhere(np.triu(begins_before & begins_before.T, 1))
    return linked(len(strokes), [*(bridge.pieces for bridge in bridges), *((int(a), int(b)) for a, b in overlapping)])


def _painted(strokes: Sequence[Stroke], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Strokes and their neighbourhood on the search grid: JPEG spreads a pen over its coding unit."""
    step = strokes[0].step if strokes else max(shape)
    painted = np.zeros((-(-shape[0] // step), -(-shape[1] // step)), np.uint8)
    for stroke in strokes:
        rows, cols = stroke.mask.shape
        painted[stroke.top : stroke.top + rows, stroke.left : stroke.left + cols] |= stroke.mask.astype(np.uint8)
    return np.asarray(cv2.dilate(painted, np.ones((5, 5), np.uint8)), dtype=np.bool_)


def _trace_rings(
    rgb: NDArray[np.uint8],
    model: ChromaModel,
    *,
    strokes: Sequence[Stroke],
    pieces: Sequence[Piece],
    bridges: Sequence[Bridge],
    config: MaskConfig,
) -> list[Ring]:
    """Closed outlines that strokes of one colour and one place make together with the bridges between them."""
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
                _ring(window, found, strokes[0].color, judged, pieces=pieces, config=config)
                for found, judged in zip(traced, readings, strict=True)
            ]
            return [ring for ring in rings if ring is not None]
    return []


@dataclass(frozen=True, eq=False, kw_only=True)
class _Traced:
    """The middle of one closed line in window pixels, what is missing of it, and the distances it came from."""

    middle: Points
    side: NDArray[np.float32]
    band_px: float
    gaps: Gaps
    border: NDArray[np.bool_]


def _trace(
    window: StrokeWindow, tangle: Tangle, union: frozenset[int], *, line: NDArray[np.bool_], bridges: Sequence[Bridge]
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
    return _Traced(middle=middle, side=side, band_px=2 * float(np.median(drawn)), gaps=gaps, border=border)


def _ring(
    window: StrokeWindow,
    found: _Traced,
    color: OutlineColor,
    reading: Reading,
    *,
    pieces: Sequence[Piece],
    config: MaskConfig,
) -> Ring | None:
    present = found.middle[~found.gaps.missing]
    width = pen_width(window.strength, present, band_px=found.band_px) if len(present) > 12 else found.band_px
    edges = {}
    for policy, sign in _SIDE_OF_POLICY.items():
        edge = _closed_level(found.side, sign * width) if sign else None
        edges[policy] = window.to_copy(found.middle if edge is None else edge)  # The middle where nothing is left.
    contour = edges.pop(config.stroke_policy)
    quality = _quality(found, reading, n_pieces=len(pieces), config=config)
    if quality is OutlineQuality.OPEN and not _is_arc(window, found, pieces):
        return None
    return Ring(
        color=color,
        contour_px=contour,
        quality=quality,
        gap_fraction=found.gaps.share,
        pen_width_px=width / window.zoom,
        ink_share=_ink_share(window, found, width),
        sharp_share=sharp_share(window.to_copy(found.middle), found.gaps.missing, pen_px=width / window.zoom),
        other_edges=tuple(PenEdge(policy, edge) for policy, edge in edges.items()),
    )


def _ink_share(window: StrokeWindow, found: _Traced, width: float) -> float:
    """Share of what the outer edge of a line encloses that is at least half as strong as the line itself."""
    drawn = found.middle[~found.gaps.missing]
    line = float(np.median(sample(window.strength, drawn))) if len(drawn) else 0.0
    return float((window.strength[found.side <= width] >= max(line / 2, 1.0)).mean())


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


def _quality(found: _Traced, reading: Reading, *, n_pieces: int, config: MaskConfig) -> OutlineQuality:
    """The word that says how the outline was read; the first that applies, worst first."""
    inner = Gaps(found.gaps.missing & ~found.border, found.gaps.weights)
    dots = n_pieces >= DOTS_FROM and inner.longest <= config.max_dot_gap_fraction + _GAP_ERROR
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
    closed = [c[:-1] for c in find_contours(side, level) if len(c) > 3 and (c[0] == c[-1]).all()]
    return max(closed, key=len, default=None)


def _compactness(contour: Points) -> float:
    steps = np.diff(np.vstack([contour, contour[:1]]), axis=0)
    perimeter = float(np.hypot(steps[:, 0], steps[:, 1]).sum())
    return 4 * np.pi * contour_area_px(contour) / max(perimeter, 1e-9) ** 2
