"""Sorting: which closed lines of a drawing are outlines of masses, which boxes lie on the breast, what is neither."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.config.reading import MaskConfig
from radiomics_mammo.core.cases import Patient
from radiomics_mammo.core.contours import contour_area_px, fill_contour
from radiomics_mammo.core.geometry import PixelGrid, Points
from radiomics_mammo.core.images import Mammogram
from radiomics_mammo.core.lesions import OverlayPlacement, PenEdge, RejectedOutline
from radiomics_mammo.core.vocabulary import OutlineColor, OutlineQuality
from radiomics_mammo.masks.colors import PenRule, pen_of
from radiomics_mammo.masks.confidence import confidence_of
from radiomics_mammo.masks.drawing import Drawing, Ring
from radiomics_mammo.masks.labels import boxes_holding, split_boxes
from radiomics_mammo.masks.placement import find_structure, reduce
from radiomics_mammo.masks.rejection import set_aside, verdict

_TISSUE_SIDE_PX = 384  # Longer side of the reduced mammogram on which tissue is told from air.


@dataclass(frozen=True, eq=False, kw_only=True)
class Found:
    """One outline on the DICOM grid, before it has a name."""

    color: OutlineColor
    contour_px: Points = field(repr=False)
    centroid_px: tuple[float, float]
    boxes: frozenset[int] = frozenset()  # Positions of the boxes that hold it.
    quality: OutlineQuality = OutlineQuality.CLOSED
    gap_fraction: float = 0.0
    confidence: float = 1.0
    other_edges: tuple[PenEdge, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SortedOut:
    """What of a drawing is an outline and what is not."""

    found: tuple[Found, ...]  # From top to bottom; those that a reader brought back come last.
    rejected: tuple[RejectedOutline, ...]
    boxes: int  # Boxes that lie on the breast.
    markers: int  # Closed lines and boxes that do not.
    brought_back: tuple[str, ...]  # Hashes of what a reader brought back.


@dataclass(frozen=True, eq=False)
class _Ground:
    """The mammogram that a drawing is placed on."""

    grid: PixelGrid
    placement: OverlayPlacement
    tissue: NDArray[np.bool_] = field(repr=False)  # On a reduced grid.

    def tissue_share(self, contour_px: Points) -> float:
        """Share of an outlined area that is tissue, seen on the reduced grid."""
        shape = (self.tissue.shape[0], self.tissue.shape[1])
        contour = (contour_px + 0.5) / np.divide(self.grid.shape, shape) - 0.5
        region = fill_contour(contour, shape)
        if region.area_px == 0:
            row, col = np.clip(np.round(contour.mean(axis=0)), 0, np.subtract(shape, 1)).astype(int)
            return float(self.tissue[row, col])
        return float(self.tissue[region.on_grid(shape)].mean())

    def holds(self, contour_px: Points, *, config: MaskConfig) -> bool:
        """Whether something of a contour lies on the image, and enough of that on tissue."""
        on_image = fill_contour(contour_px, self.grid.shape).area_px > 0 and contour_area_px(contour_px) > 0
        return on_image and self.tissue_share(contour_px) >= config.min_tissue_fraction


def sort_out(
    drawing: Drawing,
    placement: OverlayPlacement,
    mammogram: Mammogram,
    *,
    patient: Patient,
    config: MaskConfig,
    included: Collection[str] = (),
) -> SortedOut:
    """Outlines, boxes and what is neither, of one placed drawing.

    Parameters
    ----------
    drawing : Drawing
    placement : OverlayPlacement
    mammogram : Mammogram
    patient : Patient
        Where her class is unknown, green outlines are no lesions.
    config : MaskConfig
    included : collection of str
        Hashes (`region_sha256`) of what a reader takes for an outline although it is rejected.
    """
    ground = _Ground(mammogram.grid, placement, find_structure(reduce(mammogram.pixels, _TISSUE_SIDE_PX)).tissue)
    drawn_boxes, rings = split_boxes(drawing.rings)
    boxes = [box for box in drawn_boxes if ground.holds(placement.to_dicom(box.contour_px), config=config)]
    if patient.case_class is None:
        rings = tuple(ring for ring in rings if pen_of(ring.color).rule is not PenRule.MARKS_BOXES)
    lying = [ring for ring in rings if ground.holds(placement.to_dicom(ring.contour_px), config=config)]
    judged = [_judge(ring, boxes, ground, config=config) for ring in lying]
    found = [outline for outline, no in judged if no is None]
    asides = ((_brought(one), one) for one in set_aside(drawing, placement))
    doubted = [(outline, _named(no, mammogram.grid)) for outline, no in (*judged, *asides) if no is not None]
    back = [(outline, no) for outline, no in doubted if no.region_sha256 in included and no.region_sha256]
    return SortedOut(
        found=(*_in_order(found), *_in_order(outline for outline, _ in back)),
        rejected=tuple(no for _, no in doubted if no.region_sha256 not in included),
        boxes=len(boxes),
        markers=len(rings) - len(lying) + len(drawn_boxes) - len(boxes),
        brought_back=tuple(no.region_sha256 for _, no in back),
    )


def _in_order(found: Iterable[Found]) -> list[Found]:
    return sorted(found, key=lambda each: each.centroid_px)


def _judge(
    ring: Ring, boxes: Sequence[Ring], ground: _Ground, *, config: MaskConfig
) -> tuple[Found, RejectedOutline | None]:
    """A ring on the DICOM grid, and why it is no outline."""
    contour = ground.placement.to_dicom(ring.contour_px)
    diameter_px = float(np.sqrt(4 * contour_area_px(contour) / np.pi))
    pixel_mm2 = ground.grid.pixel_area_mm2
    diameter_mm = None if pixel_mm2 is None else diameter_px * float(np.sqrt(pixel_mm2))
    found = Found(
        color=ring.color,
        contour_px=contour,
        centroid_px=fill_contour(contour, ground.grid.shape).centroid_px,
        boxes=boxes_holding(ring, boxes),
        quality=ring.quality,
        gap_fraction=ring.gap_fraction,
        confidence=confidence_of(ring, diameter_mm=diameter_mm, copy_rows=ground.placement.gt_rows),
        other_edges=tuple(PenEdge(e.policy, ground.placement.to_dicom(e.contour_px)) for e in ring.other_edges),
    )
    rows = ground.placement.gt_rows
    why = verdict(ring, diameter_mm=diameter_mm, diameter_px=diameter_px, copy_rows=rows, config=config)
    if why is None:
        return found, None
    return found, RejectedOutline(code=why[0], reason=why[1], color=ring.color, contour_px=contour)


def _brought(one: RejectedOutline) -> Found:
    """What was set aside, as an outline that a reader asks for: bounded by the edge of its ink."""
    row, col = one.contour_px.mean(axis=0)
    return Found(color=one.color, contour_px=one.contour_px, centroid_px=(float(row), float(col)))


def _named(one: RejectedOutline, grid: PixelGrid) -> RejectedOutline:
    """With the hash of the pixels it covers; without one where it covers none."""
    region = fill_contour(one.contour_px, grid.shape)
    if region.area_px == 0:
        return one
    place = f"{one.color} {grid.rows} {grid.cols} {region.top_px} {region.left_px} {region.inside.shape}"
    digest = hashlib.sha256(place.encode() + np.packbits(region.inside).tobytes()).hexdigest()
    return replace(one, region_sha256=digest)
