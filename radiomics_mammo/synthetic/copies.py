"""The outlined copy of a mammogram: grey picture, perhaps smaller, with the pen lines of the readers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.core.geometry import Points
from radiomics_mammo.core.vocabulary import OutlineColor
from radiomics_mammo.synthetic.pen import draw_outline, save_jpeg_like
from radiomics_mammo.synthetic.quirks import PALETTES, CopyQuirks

_PEN_SHARE = (1.5e-3, 2.6e-3)
"""Pen width as a share of the rows of the copy, narrowest and widest."""
_PEN_PX = (1.6, 10.0)
_BOX_MARGIN = (0.2, 0.5)
"""Free space between a mass and its green box, in sizes of the mass."""


@dataclass(frozen=True)
class PenLine:
    """One outline to draw: its course on the DICOM grid, its colour, and whether a green box goes around it."""

    contour_px: Points
    color: OutlineColor
    boxed: bool


@dataclass(frozen=True)
class OutlinedCopy:
    """A finished copy: JPEG bytes, its size, and width (copy pixels) and gap share of each pen line."""

    jpeg: bytes
    rows: int
    cols: int
    widths_px: tuple[float, ...]
    gap_fractions: tuple[float, ...]


@dataclass(frozen=True)
class CopyFrame:
    """Where the mammogram lies on its copy.

    Parameters
    ----------
    rows, cols : int
        Size of the copy.
    scale_row, scale_col : float
        Copy pixels per DICOM pixel.
    border_px : int
        Black rows above and columns at the left.
    flipped : bool
        Whether the copy is mirrored as a whole.

    Examples
    --------
    >>> CopyFrame(50, 40, 0.5, 0.5, 0, flipped=False).place(np.array([[1.0, 3.0]]))
    array([[0.25, 1.25]])
    """

    rows: int
    cols: int
    scale_row: float
    scale_col: float
    border_px: int
    flipped: bool

    @classmethod
    def of(cls, shape: tuple[int, int], quirks: CopyQuirks, *, flipped: bool = False) -> CopyFrame:
        """Frame of the copy of a mammogram of `shape`.

        Examples
        --------
        >>> CopyFrame.of((100, 80), CopyQuirks(shrink=2.0)).cols
        40
        """
        rows = round(shape[0] / quirks.shrink)
        cols = round(shape[1] / quirks.shrink * quirks.stretch)
        border = round(quirks.border * rows)
        scales = rows / shape[0], cols / shape[1]
        return cls(rows + border, cols + border, *scales, border, flipped)

    def place(self, points_px: Points) -> Points:
        """DICOM (row, col) points, shape (n, 2), on the copy."""
        scale = np.array([self.scale_row, self.scale_col])
        placed: Points = (np.asarray(points_px) + 0.5) * scale - 0.5 + self.border_px
        if self.flipped:
            placed[:, 1] = self.cols - 1 - placed[:, 1]
        return placed

    def reduce(self, grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The mammogram as it lies on the copy, shape (rows, cols)."""
        inner = self.cols - self.border_px, self.rows - self.border_px
        small = grey if inner == grey.shape[::-1] else cv2.resize(grey, inner, interpolation=cv2.INTER_AREA)
        padded = np.pad(small, ((self.border_px, 0), (self.border_px, 0)))
        return np.ascontiguousarray(padded[:, ::-1]) if self.flipped else padded


def draw_copy(
    rng: np.random.Generator,
    grey: NDArray[np.uint8],
    lines: Sequence[PenLine],
    *,
    quirks: CopyQuirks,
    flipped: bool = False,
) -> OutlinedCopy:
    """Make the outlined copy of one mammogram.

    Parameters
    ----------
    rng : numpy.random.Generator
    grey : ndarray of uint8, shape (rows, cols)
        The mammogram as shown on a screen.
    lines : sequence of PenLine
        Empty for a plain copy.
    quirks : CopyQuirks
    flipped : bool
        Whether this copy is mirrored.

    Examples
    --------
    >>> grey = np.zeros((90, 70), dtype=np.uint8)
    >>> made = draw_copy(np.random.default_rng(0), grey, [], quirks=CopyQuirks(shrink=2.0))
    >>> made.rows, made.cols
    (45, 35)
    """
    frame = CopyFrame.of(grey.shape, quirks, flipped=flipped)
    small = frame.reduce(grey)
    rgb = np.stack([np.round(small * np.float32(factor)).astype(np.uint8) for factor in quirks.tint], axis=2)
    palette = PALETTES[quirks.palette]
    width = float(np.clip(rng.uniform(*_PEN_SHARE) * frame.rows, *_PEN_PX))
    gaps = [
        draw_gaps(rng, quirks.ring, perimeter_px=_perimeter(frame.place(line.contour_px)), width_px=width)
        for line in lines
    ]
    for line, missing in zip(lines, gaps, strict=True):
        contour = frame.place(line.contour_px)
        rgb = draw_outline(rgb, contour, color_rgb=palette[line.color], width_px=width, gaps=missing)
        if line.boxed:
            box = frame.place(_box(rng, line, lines))
            rgb = draw_outline(rgb, box, color_rgb=palette[OutlineColor.GREEN], width_px=width)
    if quirks.speck and lines:
        rgb = _with_speck(rng, rgb, palette[lines[0].color], [frame.place(line.contour_px) for line in lines])
    jpeg = save_jpeg_like(rgb, int(rng.integers(quirks.quality[0], quirks.quality[1] + 1)), quirks.subsampling)
    missing_shares = tuple(round(sum(stop - start for start, stop in some), 6) for some in gaps)
    return OutlinedCopy(jpeg, frame.rows, frame.cols, (width,) * len(lines), missing_shares)


def draw_gaps(
    rng: np.random.Generator, ring: str, *, perimeter_px: float, width_px: float
) -> tuple[tuple[float, float], ...]:
    """Parts of the perimeter a pen line leaves out.

    Parameters
    ----------
    rng : numpy.random.Generator
    ring : str
        ``closed``, ``broken`` (one to three gaps, a fifth of the perimeter at most) or ``dotted``.
    perimeter_px, width_px : float

    Examples
    --------
    >>> draw_gaps(np.random.default_rng(0), "closed", perimeter_px=90.0, width_px=2.0)
    ()
    """
    if ring == "closed":
        return ()
    if ring == "dotted":
        dots = max(8, int(perimeter_px / (5.0 * width_px)))
        starts = (np.arange(dots) + 0.6) / dots
        return tuple((float(start), float(start + 0.4 / dots)) for start in starts)
    count = int(rng.integers(1, 4))
    sizes = rng.uniform(0.04, 0.2 / count, count)
    starts = (np.arange(count) + rng.uniform(0.05, 0.7, count)) / count
    return tuple((float(start), float(min(start + size, 0.999))) for start, size in zip(starts, sizes, strict=True))


def _perimeter(contour: Points) -> float:
    return float(np.hypot(*(np.roll(contour, -1, axis=0) - contour).T).sum())


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
