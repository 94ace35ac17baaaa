"""Stroke segmentation by colour: hysteresis thresholds from the picture's own noise, then connected components."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.config.reading import MaskConfig
from radiomics_mammo.core.errors import OutlineError
from radiomics_mammo.core.geometry import frozen_array
from radiomics_mammo.core.images import OutlineOverlay
from radiomics_mammo.core.vocabulary import OutlineColor
from radiomics_mammo.masks.colors import PENS, ChromaModel

_HALVED_FROM_PX = 1600  # Pictures whose shorter side is so long are searched on a copy of half the size.
_RINGING_PX = 16  # Reach of JPEG ringing: the side of a 4:2:0 coding unit.
_RINGING_SHARE = 0.4  # Below this share of the strongest nearby it is ringing or blur (1/3 was seen at quality 60).
_BESIDE_SHARE = 0.2  # Beside a stronger pen of another colour a line goes on down to this share of it.
_LINE_SHARE = 0.6  # A stroke somewhere reaches this share of the strongest nearby of its colour; ringing never does.
_STRONG_FACTOR = 2.5  # A stroke must somewhere be this much stronger than the least chroma that counts.
_TURNED_DEG = 3.0  # Storage turns the mean chroma of a whole line by no more,
_TELLING_PX = 6  # and that of fewer pixels tells nothing by itself: those of its colour
_TOGETHER_PX = 12  # no farther off are judged with it.
_MAX_COLORED_SHARE = 0.25  # A picture with more coloured pixels than this is no outlined grey picture.


@dataclass(frozen=True, eq=False, kw_only=True)
class Stroke:
    """One connected piece of pen line, as a window on the search grid."""

    color: OutlineColor
    top: int  # First row and column of the window on the search grid.
    left: int
    mask: NDArray[np.bool_] = field(repr=False)  # Shape of the window.
    step: int = 1  # Pixels of the outlined copy per pixel of the search grid.

    def __post_init__(self) -> None:
        object.__setattr__(self, "mask", frozen_array(self.mask))

    @property
    def box_px(self) -> tuple[int, int, int, int]:
        """(top, left, bottom, right) in pixels of the outlined copy, bottom and right exclusive."""
        rows, cols = self.mask.shape
        top, left = self.top * self.step, self.left * self.step
        return top, left, top + rows * self.step, left + cols * self.step

    @property
    def height_px(self) -> int:
        """Rows of the outlined copy that it spans."""
        return int(self.mask.shape[0] * self.step)

    @property
    def width_px(self) -> int:
        """Columns of the outlined copy that it spans."""
        return int(self.mask.shape[1] * self.step)


def chroma_floor(model: ChromaModel, config: MaskConfig) -> float:
    """Least chroma, in levels, that counts as a pen: a multiple of the picture's noise."""
    return config.noise_factor * model.noise


def find_strokes(overlay: OutlineOverlay, model: ChromaModel, *, config: MaskConfig) -> tuple[Stroke, ...]:
    """Hysteresis thresholding per pen: connected pieces of line, in the order of `PENS`, each from top to bottom.

    Chroma counts from a multiple of the picture's noise on, down to a share of the strongest nearby (less is JPEG
    ringing); a piece is kept where some pixel of it is strong.

    Raises
    ------
    OutlineError
        If the picture is coloured all over.
    """
    rgb = overlay.rgb
    step = 2 if min(rgb.shape[:2]) >= _HALVED_FROM_PX else 1
    if step == 2:
        half = (-(-rgb.shape[1] // 2), -(-rgb.shape[0] // 2))
        rgb = cv2.resize(rgb, half, interpolation=cv2.INTER_AREA)
    else:
        rgb = cv2.GaussianBlur(rgb, (3, 3), 0)
    floor = chroma_floor(model, config)
    strength, pen = model.look_up(rgb, floor=floor)
    strong = strength >= _STRONG_FACTOR * floor
    colored = float(np.count_nonzero(strong)) / strong.size
    if colored > _MAX_COLORED_SHARE:
        raise OutlineError(
            str(overlay.key), "a grey picture with outlines", f"{colored:.0%} coloured pixels", "check the picture"
        )
    if colored == 0:
        return ()
    reach = 2 * (_RINGING_PX // (2 * step)) + 1
    around = np.ones((reach, reach), np.uint8)
    nearby = cv2.dilate(strength, around)
    shown, strong = strength >= _BESIDE_SHARE * nearby, strong & (strength >= _RINGING_SHARE * nearby)
    found: list[Stroke] = []
    for number, drawn_with in enumerate(PENS, start=1):
        own = np.where(pen == number, strength, 0)
        own_nearby = cv2.dilate(own, around)
        line = (own > 0) & (own >= _RINGING_SHARE * own_nearby) & shown
        found.extend(_pieces(line, strong & (own >= _LINE_SHARE * own_nearby), color=drawn_with.color, step=step))
    return tuple(found)


def _pieces(line: NDArray[np.bool_], strong: NDArray[np.bool_], *, color: OutlineColor, step: int) -> list[Stroke]:
    """Connected components of `line` (8-connected) that hold a strong pixel, top to bottom."""
    if not (line & strong).any():
        return []
    first_col, first_row, cols, rows = cv2.boundingRect(line.astype(np.uint8))
    window = np.s_[first_row : first_row + rows, first_col : first_col + cols]
    line, strong = line[window], strong[window]
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(line.astype(np.uint8), connectivity=8)
    pieces = []
    for k in np.setdiff1d(labels[line & strong], 0):
        left, top, cols, rows = (int(v) for v in boxes[k][:4])
        mask = labels[top : top + rows, left : left + cols] == k
        pieces.append(Stroke(color=color, top=first_row + top, left=first_col + left, mask=mask, step=step))
    return sorted(pieces, key=lambda piece: (piece.top, piece.left))


def in_pen_colors(
    strokes: Sequence[Stroke], rgb: NDArray[np.uint8], model: ChromaModel, *, config: MaskConfig
) -> tuple[Stroke, ...]:
    """The strokes whose mean chroma is that of their pen; cyan, magenta and yellow lie between two pens.

    Single pixels are judged with room for noise about the directions measured in the picture, and where a cyan line is
    all that lies near the green pen, that direction is cyan. The mean over a line is nearly free of noise, so it is
    held to `max_hue_error_deg` from the pure colour.

    Parameters
    ----------
    strokes : sequence of Stroke
    rgb : ndarray of uint8, shape (rows, cols, 3)
        The copy they were found in.
    model : ChromaModel
    config : MaskConfig
    """
    inks = [_inks(stroke, rgb) for stroke in strokes]
    most = config.max_hue_error_deg + _TURNED_DEG
    kept = []
    for stroke, own in zip(strokes, inks, strict=True):
        if len(own) < _TELLING_PX:
            near = (k for k, other in enumerate(strokes) if other.color == stroke.color and _is_near(stroke, other))
            own = np.concatenate([inks[k] for k in near])
        if len(own) < _TELLING_PX or model.turned_deg(own, stroke.color) <= most:
            kept.append(stroke)
    return tuple(kept)


def _inks(stroke: Stroke, rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Pixels of a stroke in the copy, shape (n, 3)."""
    rows, cols = np.nonzero(stroke.mask)
    return rgb[(rows + stroke.top) * stroke.step, (cols + stroke.left) * stroke.step]


def _is_near(one: Stroke, other: Stroke) -> bool:
    """Whether the boxes of two strokes are no farther apart than `_TOGETHER_PX` in either direction."""
    (top, left, bottom, right), (above, before, below, behind) = one.box_px, other.box_px
    return max(top - below, above - bottom) <= _TOGETHER_PX and max(left - behind, before - right) <= _TOGETHER_PX
