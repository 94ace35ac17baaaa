"""All closed outlines of one picture: strokes, annotations set aside, breaks joined, rings traced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.config.masks import MaskConfig
from radiomics_mammo.core.geometry import frozen_array
from radiomics_mammo.core.images import OutlineOverlay
from radiomics_mammo.masks.chroma import PENS, ChromaModel, fit_chroma
from radiomics_mammo.masks.ends import Piece, trace_piece
from radiomics_mammo.masks.joining import Bridge, join_pieces, ring_members
from radiomics_mammo.masks.marks import find_letters
from radiomics_mammo.masks.rings import Ring, trace_rings
from radiomics_mammo.masks.strokes import Stroke, find_strokes


@dataclass(frozen=True, eq=False)
class Drawing:
    """What was drawn on one outlined copy.

    Parameters
    ----------
    rings : tuple of Ring
        Closed outlines of every colour, green boxes among them.
    letters : int
        Pieces set aside as letters of annotations.
    specks : int
        Pieces that complete no contour: specks, ticks, crosses, arrows, filled spots.
    painted : ndarray of bool
        Coloured pixels and their near neighbourhood, on a grid that covers the copy.
    """

    rings: tuple[Ring, ...]
    letters: int
    specks: int
    painted: NDArray[np.bool_] = field(repr=False)

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
    rings: list[Ring] = []
    letters = specks = 0
    for color in PENS:
        own = [stroke for stroke in strokes if stroke.color is color]
        written, kept, pieces = _set_letters_aside(own, overlay, config=config)
        found, idle = _read_color(overlay, model, kept, pieces, config=config)
        rings, letters, specks = [*rings, *found], letters + written, specks + idle
    return Drawing(tuple(rings), letters, specks, _painted(strokes, overlay))


def _set_letters_aside(
    strokes: Sequence[Stroke], overlay: OutlineOverlay, *, config: MaskConfig
) -> tuple[int, list[Stroke], list[Piece]]:
    """Number of letters, and the other strokes of one colour with their courses."""
    shape = (overlay.rgb.shape[0], overlay.rgb.shape[1])
    pieces = [trace_piece(stroke, number, shape=shape) for number, stroke in enumerate(strokes)]
    letters = find_letters(strokes, pieces, shape=shape, config=config)
    if letters:
        bridges = join_pieces(pieces, shape=shape)
        letters -= ring_members(
            pieces,
            bridges,
            max_gap_fraction=config.max_gap_fraction,
            max_dot_gap_fraction=config.max_dot_gap_fraction,
        )
    if not letters:
        return 0, list(strokes), pieces
    kept = [stroke for k, stroke in enumerate(strokes) if k not in letters]
    return len(letters), kept, [trace_piece(stroke, number, shape=shape) for number, stroke in enumerate(kept)]


def _read_color(
    overlay: OutlineOverlay,
    model: ChromaModel,
    strokes: Sequence[Stroke],
    pieces: Sequence[Piece],
    *,
    config: MaskConfig,
) -> tuple[list[Ring], int]:
    """Rings of one colour, and the number of strokes that complete none."""
    shape = (overlay.rgb.shape[0], overlay.rgb.shape[1])
    bridges = join_pieces(pieces, shape=shape)
    rings: list[Ring] = []
    specks = 0
    for group in _groups(strokes, bridges):
        found = trace_rings(
            overlay.rgb,
            model,
            strokes=[strokes[k] for k in group],
            pieces=[pieces[k] for k in group],
            bridges=[bridge for bridge in bridges if bridge.pieces[0] in group],
            config=config,
        )
        rings.extend(found)
        specks += 0 if found else len(group)
    return rings, specks


def _painted(strokes: Sequence[Stroke], overlay: OutlineOverlay) -> NDArray[np.bool_]:
    """Strokes and their neighbourhood on the search grid: JPEG spreads a pen over its coding unit."""
    step = strokes[0].step if strokes else max(overlay.rgb.shape[:2])
    painted = np.zeros((-(-overlay.rgb.shape[0] // step), -(-overlay.rgb.shape[1] // step)), np.uint8)
    for stroke in strokes:
        rows, cols = stroke.mask.shape
        painted[stroke.top : stroke.top + rows, stroke.left : stroke.left + cols] |= stroke.mask.astype(np.uint8)
    return np.asarray(cv2.dilate(painted, np.ones((5, 5), np.uint8)), dtype=np.bool_)


def _groups(strokes: Sequence[Stroke], bridges: Sequence[Bridge]) -> list[tuple[int, ...]]:
    """Strokes that belong to one place: joined by a bridge, or with overlapping boxes."""
    group = list(range(len(strokes)))

    for bridge in bridges:
        group = _united(group, *bridge.pieces)
    boxes = [stroke.box_px for stroke in strokes]
    for a in range(len(strokes)):
        for b in range(a + 1, len(strokes)):
            if _overlap(boxes[a], boxes[b]):
                group = _united(group, a, b)
    return [tuple(k for k, g in enumerate(group) if g == number) for number in sorted(set(group))]


def _united(group: list[int], first: int, second: int) -> list[int]:
    """The same groups with those of two strokes made one."""
    return [group[first] if number == group[second] else number for number in group]


def _overlap(a: tuple[int, int, int, int], b: tuple[int, int, int, int]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
