"""Outlined lesions on the DICOM grid, and where the outlined copy lies on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape

import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.core.contours import Region, fill_contour
from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.core.findings import AuditCode, Finding
from radiomics_mammo.core.geometry import PixelGrid, Points
from radiomics_mammo.core.identity import ImageKey, LesionKey
from radiomics_mammo.core.vocabulary import LesionLabel, OutlineColor, OutlineQuality, StrokePolicy


@dataclass(frozen=True, kw_only=True)
class OverlayPlacement:
    """Measured map from the outlined copy to the DICOM grid.

    DICOM row = scale_row * GT row + offset_row_px, and columns alike; where `flipped`, the GT column is first
    replaced by (gt_cols - 1 - column). `similarity` is the correlation (-1..1) of the two pictures so placed.
    """

    gt_rows: int
    gt_cols: int
    scale_row: float
    scale_col: float
    offset_row_px: float
    offset_col_px: float
    similarity: float
    flipped: bool = False

    def to_dicom(self, points_gt_px: Points) -> Points:
        """Map (row, col) points of the outlined copy, shape (n, 2), to DICOM pixels.

        Examples
        --------
        >>> scale, offset = {"scale_row": 2.0, "scale_col": 2.0}, {"offset_row_px": 0.5, "offset_col_px": 0.5}
        >>> placement = OverlayPlacement(gt_rows=10, gt_cols=12, **scale, **offset, similarity=1.0)
        >>> placement.to_dicom(np.array([[1.0, 3.0]]))
        array([[2.5, 6.5]])
        """
        rows, cols = np.asarray(points_gt_px, dtype=np.float64).T
        cols = self.gt_cols - 1 - cols if self.flipped else cols
        placed_rows = rows * self.scale_row + self.offset_row_px
        placed_cols = cols * self.scale_col + self.offset_col_px
        return np.stack([placed_rows, placed_cols], axis=1)


@dataclass(frozen=True, eq=False)
class PenEdge:
    """A mass as bounded by one edge, or the middle, of the pen line around it; (row, col), shape (n, 2), n >= 3."""

    policy: StrokePolicy
    contour_px: NDArray[np.float64] = field(repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "contour_px", _contour(self.contour_px, f"contour by the {self.policy} stroke policy"))


@dataclass(frozen=True, eq=False, kw_only=True)
class LesionMask:
    """One outlined lesion, bounded by a sub-pixel contour on the DICOM grid.

    Parameters
    ----------
    key : LesionKey
    grid : PixelGrid
        Grid of the DICOM image.
    color : OutlineColor
        Pen colour of the outline (blue or red).
    boxed : bool
        Whether a green box marks it.
    label : LesionLabel
    contour_px : ndarray of shape (n, 2), n >= 3
        (row, col) DICOM pixels, closed by joining the last vertex to the first.
    quality : OutlineQuality
    gap_fraction : float
        Share of the perimeter without pen line, 0..1.
    confidence : float
        Estimated chance, 0..1, that it is an outline of a mass and no mark, character or flaw.
    other_edges : tuple of PenEdge
        The same mass by the stroke policies that `contour_px` does not follow, as other readers would bound it; empty
        where no pen line was measured.
    """

    key: LesionKey
    grid: PixelGrid
    color: OutlineColor
    boxed: bool
    label: LesionLabel
    contour_px: NDArray[np.float64] = field(repr=False)
    quality: OutlineQuality = OutlineQuality.CLOSED
    gap_fraction: float = 0.0
    confidence: float = 1.0
    other_edges: tuple[PenEdge, ...] = ()

    def __post_init__(self) -> None:
        contour = _contour(self.contour_px, str(self.key))
        if not 0 <= self.confidence <= 1:
            raise InvariantError(str(self.key), "confidence 0..1", str(self.confidence), "compute it again")
        if not 0 <= self.gap_fraction <= 1:
            raise InvariantError(str(self.key), "gap fraction 0..1", str(self.gap_fraction), "measure it again")
        object.__setattr__(self, "contour_px", contour)

    @property
    def region(self) -> Region:
        """Pixels inside, rasterised from the contour at DICOM resolution."""
        return fill_contour(self.contour_px, self.grid.shape)

    def _repr_html_(self) -> str:
        low, high = self.contour_px.min(axis=0), self.contour_px.max(axis=0)
        rows, cols = np.maximum(high - low, 1.0)
        path = " ".join(f"{col:.1f},{row:.1f}" for row, col in self.contour_px - low)
        pen = "black" if self.color is OutlineColor.NONE else str(self.color)
        words = escape(f"{self.key}: {self.color}, {self.label}, {self.quality}, {self.region.area_px} px")
        shape = f'<polygon points="{path}" fill="none" stroke="{pen}" stroke-width="{max(rows, cols) / 60:.2f}"/>'
        return f'<figure><svg viewBox="0 0 {cols:.1f} {rows:.1f}" height="120">{shape}</svg>{words}</figure>'

    @property
    def inside(self) -> NDArray[np.bool_]:
        """Full-grid mask, shape (rows, cols); for notebooks, costs one byte a pixel."""
        return self.region.on_grid(self.grid.shape)


def _contour(points_px: Points, subject: str) -> NDArray[np.float64]:
    """Read-only copy of a contour that can bound something."""
    contour = np.array(points_px, dtype=np.float64)
    if contour.ndim != 2 or contour.shape[0] < 3 or contour.shape[1] != 2 or not np.isfinite(contour).all():
        raise InvariantError(subject, "finite contour (n >= 3, 2)", str(contour.shape), "trace it again")
    contour.setflags(write=False)
    return contour


@dataclass(frozen=True, eq=False, kw_only=True)
class RejectedOutline:
    """Something drawn on an outlined copy that is no outline of a mass, on the DICOM grid.

    Parameters
    ----------
    code : AuditCode
        Its class.
    reason : str
        What was measured, in words.
    color : OutlineColor
    contour_px : ndarray of shape (n, 2), n >= 3
        Around it, (row, col) DICOM pixels; it may reach beyond the image.
    region_sha256 : str
        Hash of the pixels it covers, by which a reader brings it back; empty where it covers none.
    """

    code: AuditCode
    reason: str
    color: OutlineColor
    contour_px: NDArray[np.float64] = field(repr=False)
    region_sha256: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "contour_px", _contour(self.contour_px, f"rejected {self.color} outline"))


@dataclass(frozen=True, kw_only=True)
class OutlinedImage:
    """Everything read from one outlined copy."""

    key: ImageKey
    grid: PixelGrid
    placement: OverlayPlacement
    lesions: tuple[LesionMask, ...]
    findings: tuple[Finding, ...] = ()
    rejected: tuple[RejectedOutline, ...] = ()
    brought_back: tuple[str, ...] = ()  # Hashes of what would be rejected, had a reader not asked for it.
    ruled_spacing_mm: tuple[float, float] | None = None  # (row, col) spacing that rulers in the copy imply.
