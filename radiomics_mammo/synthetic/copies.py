"""Outlined copies: pen lines around masses and boxes, antialiased, on a perhaps smaller picture, as JPEG."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageCms

from radiomics_mammo.core.contours import Region, contour_area_px, fill_contour
from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.core.geometry import Points
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.vocabulary import LesionLabel, OutlineColor, Visit
from radiomics_mammo.synthetic.exposure import PictureFrame
from radiomics_mammo.synthetic.masses import PlannedMass
from radiomics_mammo.synthetic.overlays import FEWEST_ROWS, BurnedIn, Ink, lay, mark_inks, patch_ink, viewer_inks
from radiomics_mammo.synthetic.quirks import NO_QUIRKS, PALETTES, CopyQuirks, PatientQuirks, Ring
from radiomics_mammo.synthetic.warps import SmoothWarp

_FINER = 4
"""Strokes are drawn this many times finer and averaged, which antialiases them."""
_SHIFT = 4
"""Binary digits of sub-pixel precision handed to OpenCV."""
_PEN_SHARE = (1.5e-3, 2.6e-3)
"""Pen width as a share of the rows of the copy, narrowest and widest."""
_PEN_PX = (1.6, 10.0)
_PENCIL_SHARE = 3.0e-3
"""Width of the hard-edged pencil as a share of the rows: 5 px on 1664."""
_XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/></x:xmpmeta>'
_BOX_MARGIN = (0.2, 0.5)
"""Free space between a mass and its green box, in sizes of the mass."""
_LEAST_VISIBLE = 0.5
"""An outline is drawn where at least this share of the mass lies on the picture."""


def draw_outline(
    rgb: NDArray[np.uint8],
    contour_px: Points,
    *,
    color_rgb: tuple[int, int, int] = (255, 0, 0),
    width_px: float = 3.0,
    gaps: Sequence[tuple[float, float]] = (),
    opacity: float = 1.0,
    hard: bool = False,
) -> NDArray[np.uint8]:
    """Draw a closed pen line along a contour, antialiased.

    Parameters
    ----------
    rgb : ndarray of uint8, shape (rows, cols, 3)
        Left as it is.
    contour_px : ndarray of shape (n, 2)
        (row, col) course of the middle of the pen, pixel centres at whole numbers; may leave the picture.
    color_rgb : tuple of int
    width_px : float
        Width of the pen.
    gaps : sequence of (start, stop)
        Parts of the perimeter left out, as shares 0..1 counted from the first vertex.
    opacity : float
        Of the ink, 0..1.
    hard : bool
        Whether pixels are inked whole or not at all, as by the pencil of a drawing program.

    Returns
    -------
    ndarray of uint8
        A new picture.

    Raises
    ------
    InvariantError
        If the picture is not uint8 RGB or the pen has no width.

    Examples
    --------
    >>> page = np.zeros((20, 24, 3), dtype=np.uint8)
    >>> square = np.array([[5.0, 5.0], [5.0, 15.0], [15.0, 15.0], [15.0, 5.0]])
    >>> draw_outline(page, square, width_px=2.0)[5, 10]
    array([255,   0,   0], dtype=uint8)
    """
    if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3 or not width_px > 0:
        found = f"{rgb.dtype} {rgb.shape}, width {width_px}"
        raise InvariantError("pen line", "a uint8 RGB picture and a width > 0", found, "convert the picture")
    contour = np.asarray(contour_px, dtype=np.float64)
    pad = width_px + 2
    low = np.maximum(np.floor(contour.min(axis=0) - pad), 0).astype(int)
    high = np.minimum(np.ceil(contour.max(axis=0) + pad) + 1, rgb.shape[:2]).astype(int)
    drawn = rgb.copy()
    if (high <= low).any():
        return drawn
    ink = _ink(_strokes(contour, gaps), low, high, width_px)[..., None]
    ink = (np.round(ink) if hard else ink) * np.float32(opacity)
    window = drawn[low[0] : high[0], low[1] : high[1]]
    window[:] = np.round(window * (1 - ink) + np.asarray(color_rgb, dtype=np.float32) * ink).astype(np.uint8)
    return drawn


def _ink(strokes: list[Points], low: NDArray[np.int_], high: NDArray[np.int_], width_px: float) -> NDArray[np.float32]:
    """Share of each pixel of a window that the pen covers: thresholded distance, supersampled."""
    rows, cols = (int(size) for size in high - low)
    course = np.full((rows * _FINER, cols * _FINER), 255, dtype=np.uint8)
    for stroke in strokes:
        fine = ((stroke - low + 0.5) * _FINER - 0.5)[:, ::-1]
        points = np.round(fine * 2**_SHIFT).astype(np.int32)
        cv2.polylines(course, [points], False, 0, 1, cv2.LINE_8, _SHIFT)
    distance = cv2.distanceTransform(course, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    ink = np.clip(width_px * _FINER / 2 - distance + 0.5, 0, 1)
    return np.asarray(cv2.resize(ink, (cols, rows), interpolation=cv2.INTER_AREA), dtype=np.float32)


def _strokes(contour: Points, gaps: Sequence[tuple[float, float]]) -> list[Points]:
    """Course of the pen in pieces, without the gaps."""
    closed = np.vstack([contour, contour[:1]])
    if not gaps:
        return [closed]
    length = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(closed, axis=0).T))])
    share = length / length[-1]
    starts = [0.0, *(stop for _, stop in sorted(gaps))]
    stops = [*(start for start, _ in sorted(gaps)), 1.0]
    pieces = []
    for start, stop in zip(starts, stops, strict=True):
        if stop > start:
            where = np.concatenate([[start], share[(share > start) & (share < stop)], [stop]])
            pieces.append(np.column_stack([np.interp(where, share, closed[:, axis]) for axis in (0, 1)]))
    return pieces


def save_jpeg_like(
    rgb: NDArray[np.uint8],
    quality: int = 90,
    subsampling: str = "4:2:0",
    *,
    edited: bool = False,
    orientation: int = 1,
) -> bytes:
    """Compress a picture as JPEG.

    Parameters
    ----------
    rgb : ndarray of uint8, shape (rows, cols, 3)
    quality : int
        1..100.
    subsampling : str
        Chroma subsampling: ``4:4:4``, ``4:2:2`` or ``4:2:0``.
    edited : bool
        Whether it is progressive and has EXIF, ICC profile and XMP, as a picture editor saves it.
    orientation : int
        EXIF orientation 1, 3, 6 or 8: the pixels are stored turned, so that a reader that obeys it sees `rgb`.

    Examples
    --------
    >>> save_jpeg_like(np.zeros((8, 9, 3), dtype=np.uint8))[:2] == bytes.fromhex("ffd8")
    True
    """
    target, options, exif = io.BytesIO(), {"quality": quality, "subsampling": subsampling}, Image.Exif()
    if edited:
        options |= {"progressive": True, "icc_profile": _srgb(), "xmp": _XMP}
        exif[ExifTags.Base.Software] = "Picture Editor 2.10"
    if edited or orientation != 1:
        exif[ExifTags.Base.Orientation] = orientation
        options["exif"] = exif
    stored = np.ascontiguousarray(np.rot90(rgb, {1: 0, 3: 2, 6: 1, 8: 3}[orientation]))
    Image.fromarray(stored).save(target, format="JPEG", **options)
    return target.getvalue()


def _srgb() -> bytes:
    """An ICC profile of sRGB that does not know when it was made (bytes 24 to 35)."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return bytes(profile[:24] + bytes(12) + profile[36:])


@dataclass(frozen=True)
class PenLine:
    """One outline to draw: its course on the DICOM grid, its colour, and whether a green box goes around it."""

    contour_px: Points
    color: OutlineColor
    boxed: bool = False


@dataclass(frozen=True)
class DrawnMass:
    """One outlined mass on one picture; `label` follows from colours and boxes alone, by the rules for readers."""

    mass: PlannedMass
    line: PenLine = field(repr=False)
    region: Region = field(repr=False)
    label: LesionLabel


def outlined_masses(
    key: ImageKey,
    masses: Sequence[PlannedMass],
    frame: PictureFrame,
    *,
    warp: SmoothWarp,
    quirks: PatientQuirks = NO_QUIRKS,
) -> tuple[DrawnMass, ...]:
    """Outlines on one picture, in the order of their lesion numbers (top to bottom, then left to right).

    `warp` leads from this exam to the recent one, for masses without one of their own. Where a mass is cut, its line
    leaves the picture or runs along its edge.
    """
    found = []
    for mass in masses:
        shown = mass.shown(key.view, key.visit)
        if shown and (key.visit is Visit.RECENT or mass.prior_outlined):
            contour = frame.to_px((shown.warp or warp).to_prior(shown.form.outline_mm(size=shown.size)))
            region = fill_contour(contour, frame.shape)
            if region.area_px >= _LEAST_VISIBLE * contour_area_px(contour):
                found.append((mass, contour, region))
    several = sum(mass.color is OutlineColor.RED for mass, _, _ in found) > 1
    drawn = []
    for mass, contour, region in sorted(found, key=lambda item: item[2].centroid_px):
        boxed = several and mass.confirmed and quirks.boxless_view is not key.view
        label = LesionLabel.UNCONFIRMED if several and not boxed else LesionLabel.MALIGNANT
        label = LesionLabel.BENIGN if mass.color is OutlineColor.BLUE else label
        course = np.clip(contour, 0, np.subtract(frame.shape, 1)) if quirks.edge == "along" else contour
        drawn.append(DrawnMass(mass, PenLine(course, mass.color, boxed), region, label))
    return tuple(drawn)


@dataclass(frozen=True, kw_only=True)
class CopyFrame:
    """Where the mammogram lies on its copy.

    Examples
    --------
    >>> frame = CopyFrame.of((100, 80), CopyQuirks(shrink=2.0))
    >>> frame.rows, frame.cols, frame.place(np.array([[1.0, 3.0]])).tolist()
    (50, 40, [[0.25, 1.25]])
    """

    rows: int
    cols: int
    scale: Annotated[tuple[float, float], "copy pixels per DICOM pixel along rows and columns"]
    border_px: Annotated[int, "black rows above and columns at the left"]
    flipped: Annotated[bool, "whether the copy is mirrored as a whole"]

    @classmethod
    def of(cls, shape: tuple[int, int], quirks: CopyQuirks) -> CopyFrame:
        """Frame of the copy of a mammogram of `shape`."""
        rows = round(shape[0] / quirks.shrink)
        cols = round(shape[1] / quirks.shrink * quirks.stretch)
        border = round(quirks.border * rows)
        scale = rows / shape[0], cols / shape[1]
        return cls(rows=rows + border, cols=cols + border, scale=scale, border_px=border, flipped=quirks.flipped)

    def place(self, points_px: Points) -> Points:
        """DICOM (row, col) points, shape (n, 2), on the copy."""
        placed: Points = (np.asarray(points_px) + 0.5) * np.array(self.scale) - 0.5 + self.border_px
        if self.flipped:
            placed[:, 1] = self.cols - 1 - placed[:, 1]
        return placed

    def reduce(self, grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The mammogram as it lies on the copy, shape (rows, cols)."""
        inner = self.cols - self.border_px, self.rows - self.border_px
        small = grey if inner == grey.shape[::-1] else cv2.resize(grey, inner, interpolation=cv2.INTER_AREA)
        padded = np.pad(small, ((self.border_px, 0), (self.border_px, 0)))
        return np.ascontiguousarray(padded[:, ::-1]) if self.flipped else padded


@dataclass(frozen=True, kw_only=True)
class OutlinedCopy:
    """A finished copy: its frame, width of the pen (copy pixels), gap share of each pen line, what else is on it."""

    jpeg: bytes
    frame: CopyFrame
    pen_px: float
    gap_fractions: tuple[float, ...]
    burned_in: tuple[BurnedIn, ...]


def draw_copy(
    rng: np.random.Generator,
    grey: NDArray[np.uint8],
    lines: Sequence[PenLine],
    *,
    quirks: CopyQuirks,
    key: ImageKey,
    spacing_mm: float,
) -> OutlinedCopy:
    """Make the outlined copy (plain where there are no lines) of one mammogram as shown on a screen, (rows, cols)."""
    hands = rng.spawn(1)[0]  # apart, so that overlays change nothing else
    frame = CopyFrame.of(grey.shape, quirks)
    small = frame.reduce(grey)
    rgb = np.stack([np.round(small * np.float32(factor)).astype(np.uint8) for factor in quirks.tint], axis=2)
    below = _below(hands, frame, quirks, key=key, px_per_mm=frame.scale[0] / spacing_mm)
    rgb = lay(rgb, below)
    palette = PALETTES[quirks.palette]
    width = float(np.clip(rng.uniform(*_PEN_SHARE) * frame.rows, *_PEN_PX))
    width = max(1.0, round(_PENCIL_SHARE * frame.rows)) if quirks.hard_pen else width
    pen = partial(draw_outline, width_px=width, hard=quirks.hard_pen)
    contours = [frame.place(line.contour_px) for line in lines]
    lengths = [float(np.hypot(*(np.roll(course, -1, axis=0) - course).T).sum()) for course in contours]
    gaps = [draw_gaps(rng, quirks.ring, perimeter_px=length, width_px=width) for length in lengths]
    for line, contour, missing in zip(lines, contours, gaps, strict=True):
        rgb = pen(rgb, contour, color_rgb=palette[line.color], gaps=missing)
        if line.boxed:
            rgb = pen(rgb, frame.place(_box(rng, line, lines)), color_rgb=palette[OutlineColor.GREEN])
    if quirks.speck and lines:
        rgb = _with_speck(rng, rgb, palette[lines[0].color], contours)
    marks = mark_inks(hands, small, contours, count=quirks.marks if frame.rows >= FEWEST_ROWS else 0)
    quality = int(rng.integers(quirks.quality[0], quirks.quality[1] + 1))
    encode = partial(save_jpeg_like, edited=quirks.edited, orientation=quirks.orientation)
    return OutlinedCopy(
        jpeg=encode(lay(rgb, marks), quality, quirks.subsampling),
        frame=frame,
        pen_px=width,
        gap_fractions=tuple(round(sum(stop - start for start, stop in some), 6) for some in gaps),
        burned_in=tuple(ink.note(str(key), small) for ink in (*below, *marks)),
    )


def _below(
    rng: np.random.Generator, frame: CopyFrame, quirks: CopyQuirks, *, key: ImageKey, px_per_mm: float
) -> list[Ink]:
    """What lies below the pen lines: the overlay of the viewer, and a patch brushed over it."""
    shape, inks = (frame.rows, frame.cols), []
    if frame.rows < FEWEST_ROWS:
        return []
    if quirks.viewer is not None:
        rows, cols = (round(side / scale) for side, scale in zip(shape, frame.scale, strict=True))
        words = [f"Image size: {cols} x {rows}", "WL: 2047 WW: 4096", str(key.view), str(key.visit).upper()]
        words += [f"Zoom: {100 * frame.scale[0]:.0f}%", "Im: 1/1  Series: 0", f"Position: {key.view}"]
        inks += viewer_inks(quirks.viewer, shape, px_per_mm=px_per_mm, words=words)
    return [*inks, patch_ink(rng, shape)] if quirks.patch else inks


def draw_gaps(
    rng: np.random.Generator, ring: Ring, *, perimeter_px: float, width_px: float
) -> tuple[tuple[float, float], ...]:
    """Parts of the perimeter a pen line leaves out; a broken one has up to three gaps, a fifth of it at most."""
    if ring is Ring.CLOSED:
        return ()
    if ring is Ring.DOTTED:
        dots = max(8, int(perimeter_px / (5.0 * width_px)))
        return tuple((float(start), float(start + 0.4 / dots)) for start in (np.arange(dots) + 0.6) / dots)
    count = int(rng.integers(1, 4))
    sizes = rng.uniform(0.04, 0.2 / count, count)
    starts = (np.arange(count) + rng.uniform(0.05, 0.7, count)) / count
    return tuple((float(start), float(min(start + size, 0.999))) for start, size in zip(starts, sizes, strict=True))


def _box(rng: np.random.Generator, line: PenLine, lines: Sequence[PenLine]) -> Points:
    """Rectangle around one outline, as wide as fits without touching another."""
    low, high = line.contour_px.min(axis=0), line.contour_px.max(axis=0)
    size = high - low
    margin = float(rng.uniform(*_BOX_MARGIN))
    others = [other.contour_px for other in lines if other is not line]
    while margin > 0.06 and any(_reaches(low - margin * size, high + margin * size, other) for other in others):
        margin *= 0.8
    top, left = low - margin * size
    bottom, right = high + margin * size
    return np.array([[top, left], [top, right], [bottom, right], [bottom, left]])


def _reaches(low: NDArray[np.float64], high: NDArray[np.float64], contour: Points) -> bool:
    return bool(((contour > low - 2) & (contour < high + 2)).all(axis=1).any())


def _with_speck(
    rng: np.random.Generator, rgb: NDArray[np.uint8], color: tuple[int, int, int], contours: list[Points]
) -> NDArray[np.uint8]:
    """A small stray dot of ink, away from every outline."""
    radius = max(1.0, rgb.shape[0] / 700)
    middle = np.mean([contour.mean(axis=0) for contour in contours], axis=0)
    away = middle + np.array([0.35, 0.0]) * rgb.shape[0] * (-1 if middle[0] > rgb.shape[0] / 2 else 1)
    angles = np.linspace(0, 2 * np.pi, 12, endpoint=False) + rng.uniform(0, 1)
    dot = away + radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return draw_outline(rgb, dot, color_rgb=color, width_px=2 * radius)
