"""Coloured marks that are no outlines: letters of annotations."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from radiomics_mammo.config.masks import MaskConfig
from radiomics_mammo.masks.ends import Piece
from radiomics_mammo.masks.strokes import Stroke

_MIN_TEXT_LIMIT_PX = 24
"""Letters up to this height are looked for in any picture, however small."""

_MIN_LETTER_WIDTHS = 3.0
"""A letter is at least this many pen widths high; smaller pieces are dots or dashes."""

_NARROWEST_LETTER = 0.3
"""Width of a letter as a share of its height, at least; narrower pieces are arcs of a ring."""

_SAME_HEIGHT = 1.35
"""Ratio of the heights of two letters of one word, at most."""

_SAME_LINE = 0.25
"""Offset of tops and bottoms of two letters of one word as a share of their height, at most."""

_LETTER_SPACE = 0.9
"""Space between two letters of one word as a share of their height, at most."""

_RING_ROUNDNESS = 0.6
"""A plain ring fills its convex hull at least so much once its inside is filled."""


def find_letters(
    strokes: Sequence[Stroke], pieces: Sequence[Piece], *, picture_rows: int, config: MaskConfig
) -> frozenset[int]:
    """Positions of the strokes that are letters of a written word.

    A word is a row of at least two pieces of one colour and of like height, on one line, closely spaced, no higher
    than ``max_text_height_fraction`` of the picture. Three or more pieces are a word unless all are plain closed
    rings; two are a word only if neither is one.

    Parameters
    ----------
    strokes, pieces : sequences of the same length
        Of one colour.
    picture_rows : int
        Rows of the outlined copy.
    config : MaskConfig
    """
    limit = max(config.max_text_height_fraction * picture_rows, _MIN_TEXT_LIMIT_PX)
    letters = [
        k
        for k, (stroke, piece) in enumerate(zip(strokes, pieces, strict=True))
        if _MIN_LETTER_WIDTHS * piece.width_px <= stroke.height_px <= limit
        and stroke.width_px >= _NARROWEST_LETTER * stroke.height_px
        and stroke.width_px <= 2 * stroke.height_px
    ]
    words: list[list[int]] = []
    for k in sorted(letters, key=lambda k: strokes[k].left):
        home = next((word for word in words if _follows(strokes[word[-1]], strokes[k])), None)
        if home is None:
            words.append([k])
        else:
            home.append(k)
    return frozenset(k for word in words if _is_word([strokes[k] for k in word]) for k in word)


def _follows(first: Stroke, second: Stroke) -> bool:
    """Whether a stroke stands right of another as the next letter of a word."""
    top_a, _, bottom_a, right_a = first.box_px
    top_b, left_b, bottom_b, _ = second.box_px
    low, high = sorted((first.height_px, second.height_px))
    in_line = max(abs(top_a - top_b), abs(bottom_a - bottom_b)) <= _SAME_LINE * high
    return high <= _SAME_HEIGHT * low and in_line and -0.1 * high <= left_b - right_a <= _LETTER_SPACE * high


def _is_word(word: Sequence[Stroke]) -> bool:
    rings = sum(_is_plain_ring(stroke) for stroke in word)
    return rings < len(word) if len(word) >= 3 else len(word) == 2 and rings == 0


def _is_plain_ring(stroke: Stroke) -> bool:
    """Whether a stroke encloses one area that, with the line, fills its convex hull."""
    padded = np.pad(stroke.mask, 1).astype(np.uint8)
    contours, levels = cv2.findContours(padded, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    outer = [c for c, level in zip(contours, levels[0], strict=True) if level[3] < 0]
    holes = len(contours) - len(outer)
    if holes != 1 or len(outer) != 1:
        return False
    solid = cv2.contourArea(outer[0])
    return bool(solid >= _RING_ROUNDNESS * cv2.contourArea(cv2.convexHull(outer[0])))
