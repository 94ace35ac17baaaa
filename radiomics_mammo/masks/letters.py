"""Text rejection: letters of annotations, which are no outlines."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import cv2
import numpy as np

from radiomics_mammo.config.reading import MaskConfig
from radiomics_mammo.masks.skeleton import Piece
from radiomics_mammo.masks.strokes import Stroke

_MIN_TEXT_LIMIT_PX = 24  # Letters up to this height are looked for in any picture, however small.
_MIN_LETTER_WIDTHS = 2.0  # A letter is at least this many pen widths high; smaller pieces are dots or dashes.

# Shares of a letter's height, at least or at most.
_NARROWEST_LETTER, _WIDEST_RUN = 0.3, 8.0  # Width of a letter, narrower are arcs, and of letters grown together.
_SAME_HEIGHT, _SMALL_LETTER = 1.35, 1.6  # Height of a neighbour, and of a capital beside a small letter.
_SAME_LINE, _LETTER_SPACE = 0.25, 0.9  # Offset of tops and bottoms, and space, between two letters of one word.
_BASE_LINE, _TYPE_SPACE = 0.12, 0.45  # Offset of feet, and space, where they stand as in print.
_WIDEST_RING = 1.8  # Width of a small ring; a wider piece is a run of letters.

_HIGHEST_DASH = 0.5  # Height of a dash as a share of its width, at most.
_LOWEST_EIGHT, _TALLEST_EIGHT = 1.15, 1.75  # The same of a B or an 8; two round outlines that touch are twice as tall.
_RING_SPAN = 0.6  # The opening of a ring spans this share of its height and width, or lies in the middle:
_RING_OFFSET, _LEAST_OPENING = 0.12, 0.42  # so near to the centre, and it fills this share of what its pen leaves.

_LETTER_OPENING = 0.05  # The openings of an A, R or P are at least this share of its box; a crossed end is not.

_Box = tuple[int, int, int, int]  # (top, left, bottom, right)


def tallest_text_px(rows: int, config: MaskConfig) -> float:
    """Height of the tallest characters looked for in a copy of so many rows, pixels of the copy."""
    return max(config.max_text_height_fraction * rows, _MIN_TEXT_LIMIT_PX)


def find_letters(
    strokes: Sequence[Stroke], pieces: Sequence[Piece], *, shape: tuple[int, int], config: MaskConfig
) -> frozenset[int]:
    """Positions of the strokes that are letters of a written word.

    A word is a row of at least two pieces of one colour and of like height, on one line, closely spaced or with a
    dash between them, no higher than ``max_text_height_fraction`` of the picture. Three or more pieces are a word
    unless all are plain closed rings; two are a word if neither is one and they are no two halves of a ring, or if one
    is and they stand as close and even as print. A single piece of that height is a letter when it has an opening but
    is no ring around it, or two openings one above the other. The edge of the picture cuts rings, not letters: across
    an edge that a piece touches, the place of its opening says nothing.

    Strokes and pieces are of one colour and in one order; `shape` is (rows, cols) of the outlined copy.
    """
    limit = tallest_text_px(shape[0], config)
    letters = [
        k
        for k, (stroke, piece) in enumerate(zip(strokes, pieces, strict=True))
        if _MIN_LETTER_WIDTHS * piece.width_px <= stroke.height_px <= limit
        and _NARROWEST_LETTER * stroke.height_px <= stroke.width_px <= _WIDEST_RUN * stroke.height_px
    ]
    openings = {k: found for k in letters if (found := _openings(strokes[k]))}
    rings = {k for k in openings if _is_ring(strokes[k], openings[k], pieces[k].width_px, shape)}
    plain = {k for k in rings if len(openings[k]) == 1}
    alone = [
        k
        for k, found in openings.items()
        if (k not in rings and _opens_wide(strokes[k], found)) or _is_eight(strokes[k], found)
    ]
    dashes = [stroke for stroke in strokes if stroke.height_px <= _HIGHEST_DASH * stroke.width_px]
    words: list[list[int]] = []
    for k in sorted(letters, key=lambda k: strokes[k].left):
        home = next((word for word in words if _follows(strokes[word[-1]], strokes[k], dashes)), None)
        if home is None:
            words.append([k])
        else:
            home.append(k)
    return frozenset([*alone, *(k for word in words if _is_word(word, strokes, pieces, plain) for k in word)])


def _follows(first: Stroke, second: Stroke, dashes: Sequence[Stroke]) -> bool:
    """Whether a stroke stands right of another as the next letter of a word, after a dash if there is one."""
    top_a, _, bottom_a, right_a = first.box_px
    top_b, left_b, bottom_b, _ = second.box_px
    low, high = sorted((first.height_px, second.height_px))
    even = max(abs(top_a - top_b), abs(bottom_a - bottom_b)) <= _SAME_LINE * high and high <= _SAME_HEIGHT * low
    if not even and not (_as_in_print(first, second) and high <= _SMALL_LETTER * low):
        return False
    for top, left, bottom, right in (dash.box_px for dash in dashes):
        if top > max(top_a, top_b) and bottom < min(bottom_a, bottom_b) and 0 <= left - right_a <= _LETTER_SPACE * high:
            right_a = min(right, left_b)
    return -0.1 * high <= left_b - right_a <= _LETTER_SPACE * high


def _as_in_print(first: Stroke, second: Stroke) -> bool:
    """Whether two strokes stand on one base line, as closely as printed letters do."""
    high = max(first.height_px, second.height_px)
    space = second.box_px[1] - first.box_px[3]
    return space <= _TYPE_SPACE * high and abs(first.box_px[2] - second.box_px[2]) <= max(1, _BASE_LINE * high)


def _is_word(word: Sequence[int], strokes: Sequence[Stroke], pieces: Sequence[Piece], plain: Collection[int]) -> bool:
    """Whether strokes in a row are a word, given those that are plain rings."""
    rings = sum(k in plain for k in word)
    if len(word) != 2:
        return rings < len(word) and len(word) > 1
    first, second = word
    if rings == 0:
        return not (_opens(strokes[first], pieces[first], 1) and _opens(strokes[second], pieces[second], -1))
    return rings == 1 and _as_in_print(strokes[first], strokes[second])


def _opens(stroke: Stroke, piece: Piece, side: int) -> bool:
    """Whether both ends of an arc lie on its right (1) or left (-1) side: ( and ) open to each other."""
    _, left, _, right = stroke.box_px
    return len(piece.ends) == 2 and all(side * (end.position_px[1] - (left + right) / 2) > 0 for end in piece.ends)


def _opens_wide(stroke: Stroke, openings: Sequence[_Box]) -> bool:
    """Whether the openings are those of a letter, not of a line that crossed itself where a ring was closed."""
    rows, cols = stroke.mask.shape
    open_px = sum((bottom - top) * (right - left) for top, left, bottom, right in openings)
    return bool(open_px >= _LETTER_OPENING * rows * cols)


def _is_eight(stroke: Stroke, openings: Sequence[_Box]) -> bool:
    """Whether a piece has two openings, one above the other, and is no taller than a B or an 8."""
    rows, cols = stroke.mask.shape
    if len(openings) != 2 or not _LOWEST_EIGHT * cols <= rows <= _TALLEST_EIGHT * cols:
        return False
    upper, lower = sorted(openings)
    return upper[2] <= lower[0] and max(upper[1], lower[1]) < cols / 2 < min(upper[3], lower[3])


def _is_ring(stroke: Stroke, openings: Sequence[_Box], pen_px: float, shape: tuple[int, int]) -> bool:
    """Whether the openings span the piece, or fill its middle, as far as the picture shows both its sides."""
    rows, cols = stroke.mask.shape
    top, left, bottom, right = stroke.box_px
    cut = top <= 0 or bottom >= shape[0], left <= 0 or right >= shape[1]
    lows, highs = np.min(openings, axis=0)[:2], np.max(openings, axis=0)[2:]
    whole = [axis for axis in zip(lows, highs, (rows, cols), cut, strict=True) if not axis[3]]
    spans = all((high - low) / size >= _RING_SPAN for low, high, size, _ in whole)
    centred = all(abs((low + high) / size - 1) / 2 <= _RING_OFFSET for low, high, size, _ in whole)
    pen = 2 * pen_px / stroke.step
    filled = all(high - low >= _LEAST_OPENING * (size - pen) for low, high, size, _ in whole)
    return spans or (centred and filled and cols <= _WIDEST_RING * rows)


def _openings(stroke: Stroke) -> list[_Box]:
    """The enclosed parts of the background, in the window of the stroke."""
    padded = np.pad(~stroke.mask, 1, constant_values=True).astype(np.uint8)
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(padded, connectivity=4)
    inner = [boxes[k][:4] for k in range(1, count) if k != labels[0, 0]]
    return [(int(t) - 1, int(lf) - 1, int(t + h) - 1, int(lf + w) - 1) for lf, t, w, h in inner]
