"""What viewers and hands leave on a copy beside outlines: text, rulers, badges, filled marks, black patches.

Figures are those of real copies of the sibling release (1664 x 1352 pixels), scaled to the rows of each copy. What a
viewer burns in stands at the same place in every picture it exported, whether that is air or tissue.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import cv2
import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.core.geometry import Points

Color = tuple[int, int, int]
FEWEST_ROWS = 256
"""Copies with fewer rows stay without: no viewer exports so small a picture."""
_ROWS = 1664
"""Rows of the copies on which sizes in pixels below were measured."""
_TEXT_PX, _TEXT_PITCH_PX, _MARGIN_PX = 20, 38, 12
"""Height of a capital letter, distance of two lines, distance from the edges."""
_FONT, _FONT_PX = cv2.FONT_HERSHEY_SIMPLEX, 21
"""OpenCV's plain font, and the height of its capitals at scale 1."""
_INTERVALS, _INTERVAL_MM, _TICK_PX = 10, 10.0, 10
_BADGE_MM, _BADGE_TEXT = (2.8, 25.8), "W4096 L2047 Z041 H1/1"
_MARK_AREA_PX = (1.0, 142.0)
_MARK_TISSUE, _MARK_CLEAR_PX = 40, 12.0
"""Least grey value under a mark, since readers mark calcifications and not air; its distance from the pen lines."""
_PATCH_PX = (60, 0.12)
"""Width of the brush, and size of the patch as a share of the rows."""


class Kind(StrEnum):
    """What is left on a copy."""

    TEXT = "overlay-text"
    RULER = "overlay-ruler"
    BADGE = "overlay-badge"
    MARK = "filled-mark"
    PATCH = "black-patch"


@dataclass(frozen=True, kw_only=True)
class Viewer:
    """What one viewer burns into every picture it exports."""

    name: str
    text: Annotated[Color | None, "ink of the corner texts"] = None
    ruler: Annotated[Color | None, "ink of the two rulers of 10 cm"] = None
    ticks_only: Annotated[bool, "whether just ticks and digits of the rulers remain"] = False
    smeared: Annotated[bool, "whether a hand wiped the lower end of the upright ruler"] = False
    badge: Annotated[tuple[float, float] | None, "place of the red badge, shares of the free rows and columns"] = None


VIEWERS = (
    Viewer(name="white text, green rulers", text=(255, 255, 255), ruler=(74, 203, 74)),
    Viewer(name="white text, wiped green ruler", text=(255, 255, 255), ruler=(74, 203, 74), smeared=True),
    Viewer(name="badge at the lower edge", badge=(1.0, 0.3)),
    Viewer(name="badge at the left edge, yellow text", text=(255, 255, 0), badge=(0.4, 0.0)),
    Viewer(name="red text, red rulers", text=(255, 40, 40), ruler=(250, 2, 2)),
    Viewer(name="remains of orange rulers", ruler=(255, 120, 0), ticks_only=True),
)


@dataclass(frozen=True, kw_only=True)
class BurnedIn:
    """One thing left on one copy; a row of ``truth/overlays.csv``."""

    image_id: Annotated[str, "patient, view and visit"]
    kind: Annotated[Kind, "what it is"]
    color: Annotated[str, "red, green and blue of its ink"]
    top_px: Annotated[int, "first row, pixels of the copy"]
    left_px: Annotated[int, "first column"]
    bottom_px: Annotated[int, "last row"]
    right_px: Annotated[int, "last column"]
    on_tissue: Annotated[bool, "whether part of it lies on the breast"]
    detail: Annotated[str, "text, or length"] = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Ink:
    """Ink to lay on a copy: cover 0..1 in a window whose first pixel is `place`; `shadow` is a black one below it."""

    kind: Kind
    color: Color
    place: tuple[int, int]
    cover: NDArray[np.float32]
    shadow: bool = False
    detail: str = ""

    def note(self, image_id: str, grey: NDArray[np.uint8]) -> BurnedIn:
        """Its row in the truth; `grey` is the copy without it, shape (rows, cols)."""
        rows, cols = self.cover.shape
        below = grey[self.place[0] : self.place[0] + rows, self.place[1] : self.place[1] + cols]
        return BurnedIn(
            image_id=image_id,
            kind=self.kind,
            color="{} {} {}".format(*self.color),
            top_px=self.place[0],
            left_px=self.place[1],
            bottom_px=self.place[0] + rows - 1,
            right_px=self.place[1] + cols - 1,
            on_tissue=bool((below[self.cover > 0.5] > _MARK_TISSUE).any()),
            detail=self.detail,
        )


def lay(rgb: NDArray[np.uint8], inks: Sequence[Ink]) -> NDArray[np.uint8]:
    """A copy with inks laid on it, one after the other; what would leave the picture is an error of NumPy.

    Examples
    --------
    >>> ink = Ink(kind=Kind.MARK, color=(255, 0, 0), place=(1, 1), cover=np.ones((1, 2), np.float32))
    >>> lay(np.zeros((3, 4, 3), np.uint8), [ink])[1, :, 0]
    array([  0, 255, 255,   0], dtype=uint8)
    """
    drawn = rgb.copy()
    for ink in inks:
        rows, cols = ink.cover.shape
        window = drawn[ink.place[0] : ink.place[0] + rows, ink.place[1] : ink.place[1] + cols]
        cover = ink.cover[..., None]
        if ink.shadow:
            window[1:, 1:] = np.round(window[1:, 1:] * (1 - cover[:-1, :-1])).astype(np.uint8)
        window[:] = np.round(window * (1 - cover) + np.asarray(ink.color, np.float32) * cover).astype(np.uint8)
    return drawn


def viewer_inks(viewer: Viewer, shape: tuple[int, int], *, px_per_mm: float, words: Sequence[str]) -> list[Ink]:
    """What a viewer burns into a copy of `shape`.

    Parameters
    ----------
    viewer : Viewer
    shape : tuple of int
        (rows, cols) of the copy.
    px_per_mm : float
        Of the breast: rulers and badge have a true length.
    words : sequence of str
        Corner texts: two at the upper left, one in the middle above, one at the upper right, the others lower left.
    """
    inks: list[Ink] = []
    if viewer.text is not None:
        inks += _corner_texts(viewer.text, shape, words)
    if viewer.ruler is not None:
        for upright in (True, False):
            ruler = _ruler(viewer, shape, px_per_mm, upright=upright)
            inks += [ruler, *_numerals(ruler, shape, upright=upright)]
    if viewer.badge is not None:
        inks.append(_badge(viewer.badge, shape, px_per_mm))
    return inks


def _corner_texts(color: Color, shape: tuple[int, int], words: Sequence[str]) -> list[Ink]:
    rows, cols = shape
    scale = rows / _ROWS
    covers = [_letters(text, scale * _TEXT_PX) for text in words]
    pitch, margin = round(scale * _TEXT_PITCH_PX), round(scale * _MARGIN_PX)
    lower = [rows - margin - pitch * (len(words) - number) for number in range(4, len(words))]
    tops = [margin, margin + pitch, margin, margin, *lower]
    lefts = [margin, margin, cols // 2, cols - margin - covers[3].shape[1], *[margin] * len(lower)]
    return [
        Ink(kind=Kind.TEXT, color=color, place=(top, left), cover=cover, shadow=True, detail=text)
        for text, cover, top, left in zip(words, covers, tops, lefts, strict=True)
    ]


def _letters(text: str, height_px: float) -> NDArray[np.float32]:
    """A line of text as cover 0..1, antialiased; room for a shadow of one pixel."""
    size, thick = height_px / _FONT_PX, max(1, round(height_px / 10))
    (width, height), below = cv2.getTextSize(text, _FONT, size, thick)
    page = np.zeros((height + below + 3, width + 3), dtype=np.uint8)
    cv2.putText(page, text, (1, height + 1), _FONT, size, 255, thick, cv2.LINE_AA)
    return page.astype(np.float32) / np.float32(255)


def _ruler(viewer: Viewer, shape: tuple[int, int], px_per_mm: float, *, upright: bool) -> Ink:
    """A line of ten centimetres with a tick each, the first, middle and last one twice as long; drawn lying down."""
    rows, cols = shape if upright else shape[::-1]
    line, tick = max(1, round(2 * shape[0] / _ROWS)), max(2, round(_TICK_PX * shape[0] / _ROWS))
    length = min(round(_INTERVALS * _INTERVAL_MM * px_per_mm), rows - line - 2)
    cover = np.zeros((length + line, 2 * tick + line), dtype=np.float32)
    cover[:, :line] = not viewer.ticks_only
    for number in range(_INTERVALS + 1):
        top = round(number * length / _INTERVALS)
        cover[top : top + line, : (2 * tick if number % (_INTERVALS // 2) == 0 else tick) + line] = 1
    if viewer.smeared and upright:
        end = round(0.93 * length)
        cover[end:] = 0.6 * cv2.blur(cover[end:], (2 * tick + 1, 8 * line + 1))
    top, left = (rows - cover.shape[0]) // 2, round(0.046 * cols)
    if upright:
        place = top, left
    else:
        cover, place = np.ascontiguousarray(cover.T[::-1]), (cols - left - cover.shape[1], top)
    detail = f"{_INTERVALS} cm are {length} px"
    return Ink(kind=Kind.RULER, color=viewer.ruler or (0, 0, 0), place=place, cover=cover, detail=detail)


def _numerals(ruler: Ink, shape: tuple[int, int], *, upright: bool) -> list[Ink]:
    """The centimetres at the long ticks, in its ink: 0, 5 and 10, unless one would leave the copy."""
    inks = []
    rows, cols = ruler.cover.shape
    for share, text in ((0.0, "0"), (0.5, "5"), (1.0, "10")):
        cover = _letters(text, shape[0] / _ROWS * _TEXT_PX)
        high, wide = cover.shape
        top, left = ruler.place
        space = max(2, high // 4)
        if upright:
            place = round(top + share * (rows - 1) - high / 2), left + cols + space
        else:
            place = top - high - space, round(left + share * (cols - 1) - wide / 2)
        if min(place) >= 0 and place[0] + high <= shape[0] and place[1] + wide <= shape[1]:
            inks.append(Ink(kind=Kind.TEXT, color=ruler.color, place=place, cover=cover, detail=text))
    return inks


def _badge(where: tuple[float, float], shape: tuple[int, int], px_per_mm: float) -> Ink:
    """A filled red plate with its characters cut out."""
    high, wide = (max(6, round(side * px_per_mm)) for side in _BADGE_MM)
    letters = cv2.resize(_letters(_BADGE_TEXT, 2.0 * _TEXT_PX), (wide - 2, high - 2), interpolation=cv2.INTER_AREA)
    cover = np.ones((high, wide), dtype=np.float32)
    cover[1:-1, 1:-1] = np.clip(1 - letters, 0, 1)
    place = round(where[0] * (shape[0] - high)), round(where[1] * (shape[1] - wide))
    return Ink(kind=Kind.BADGE, color=(250, 2, 2), place=place, cover=cover, detail=_BADGE_TEXT)


def mark_inks(
    rng: np.random.Generator, grey: NDArray[np.uint8], contours: Sequence[Points], *, count: int
) -> list[Ink]:
    """Filled red marks as readers put them on calcifications: most full, some hollow or speckled, none on a pen line.

    Parameters
    ----------
    rng : numpy.random.Generator
    grey : ndarray of uint8, shape (rows, cols)
        The copy; a third of the marks lies inside the first outline, the others anywhere in the breast.
    contours : sequence of ndarray of shape (n, 2)
        Pen lines, (row, col) pixels of the copy.
    count : int
        How many to try; one without a place is left out.
    """
    scale, inks = grey.shape[0] / _ROWS, []
    polygons = [contour[:, ::-1].astype(np.float32) for contour in contours]
    for number in range(count):
        area = float(np.exp(rng.uniform(*np.log(_MARK_AREA_PX)))) * scale**2
        radius = max(0.5, float(np.sqrt(area / np.pi)))
        for _ in range(60):
            spot = np.array([rng.uniform(8, side - 8) for side in grey.shape])
            if contours and number % 3 == 0:
                spot = contours[0].mean(axis=0) + rng.uniform(-0.5, 0.5, 2) * np.ptp(contours[0], axis=0)
            clear = _MARK_CLEAR_PX * scale + radius
            if _free(grey, polygons, spot, clear):
                inks.append(_mark(rng, np.round(spot).astype(int), radius))
                break
    return inks


def _free(grey: NDArray[np.uint8], polygons: Sequence[NDArray[np.float32]], spot: Points, clear_px: float) -> bool:
    """Whether a place lies on tissue, away from the edges and from every pen line."""
    row, col = (int(side) for side in np.round(spot))
    inside = clear_px < row < grey.shape[0] - clear_px and clear_px < col < grey.shape[1] - clear_px
    if not inside or grey[row, col] < _MARK_TISSUE:
        return False
    point = float(spot[1]), float(spot[0])
    return all(abs(cv2.pointPolygonTest(polygon, point, True)) > clear_px for polygon in polygons)


def _mark(rng: np.random.Generator, spot: NDArray[np.int_], radius: float) -> Ink:
    reach = int(np.ceil(radius))
    distance = np.hypot(*np.indices((2 * reach + 1, 2 * reach + 1)) - reach)
    cover = distance <= radius
    look = ("full", "full", "full", "hollow", "speckled")[int(rng.integers(5))]
    if look == "hollow" and radius >= 2.5:
        cover &= distance > radius - 1.5
    if look == "speckled":
        cover &= (rng.random(cover.shape) < 0.75) | (distance == 0)
    place = int(spot[0]) - reach, int(spot[1]) - reach
    return Ink(kind=Kind.MARK, color=(252, 2, 2), place=place, cover=cover.astype(np.float32), detail=look)


def patch_ink(rng: np.random.Generator, shape: tuple[int, int]) -> Ink:
    """A patch brushed black by hand over what stood in the upper part of the picture, perhaps a name."""
    side, brush = round(_PATCH_PX[1] * shape[0]), max(3, round(_PATCH_PX[0] * shape[0] / _ROWS))
    page = np.zeros((side, 2 * side), dtype=np.uint8)
    course = rng.uniform((brush, brush), (2 * side - brush, side - brush), (8, 2)).astype(np.int32)
    cv2.polylines(page, [course], False, 255, brush, cv2.LINE_AA)
    place = round(0.02 * shape[0]), round(rng.uniform(0.1, 0.8) * (shape[1] - 2 * side))
    return Ink(kind=Kind.PATCH, color=(0, 0, 0), place=place, cover=page.astype(np.float32) / np.float32(255))
