"""Outlines to lesions: read one outlined copy, place it on its mammogram, number and label what it shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.config.masks import MaskConfig
from radiomics_mammo.core.cases import Patient
from radiomics_mammo.core.contours import contour_area_px, fill_contour
from radiomics_mammo.core.errors import OutlineError
from radiomics_mammo.core.findings import AuditCode, Finding
from radiomics_mammo.core.geometry import Points
from radiomics_mammo.core.identity import LesionKey
from radiomics_mammo.core.images import Mammogram, OutlineOverlay
from radiomics_mammo.core.lesions import LesionMask, OutlinedImage, OverlayPlacement, PenEdge
from radiomics_mammo.core.vocabulary import LesionLabel, OutlineColor, OutlineQuality
from radiomics_mammo.masks.boxes import boxes_holding, split_boxes
from radiomics_mammo.masks.labels import Mark, label_marks
from radiomics_mammo.masks.placement import place_overlay
from radiomics_mammo.masks.reading import Drawing, read_drawing
from radiomics_mammo.masks.rings import Ring
from radiomics_mammo.masks.structure import find_structure, reduce

_TISSUE_SIDE_PX = 384
"""Longer side of the reduced mammogram on which tissue is told from air."""

_CODE_OF_QUALITY = {
    OutlineQuality.OPEN: AuditCode.OUTLINE_OPEN,
    OutlineQuality.AMBIGUOUS: AuditCode.OUTLINE_AMBIGUOUS,
    OutlineQuality.GAP_CLOSED: AuditCode.OUTLINE_REPAIRED,
    OutlineQuality.EDGE_CLOSED: AuditCode.OUTLINE_REPAIRED,
    OutlineQuality.DOTS_JOINED: AuditCode.OUTLINE_REPAIRED,
    OutlineQuality.SPLIT: AuditCode.OUTLINE_REPAIRED,
}


@dataclass(frozen=True, eq=False)
class _Found:
    """One outline on the DICOM grid, before it has a name."""

    ring: Ring
    contour_px: Points
    other_edges: tuple[PenEdge, ...]
    boxes: frozenset[int]
    centroid_px: tuple[float, float]


def outline_image(
    mammogram: Mammogram, overlay: OutlineOverlay, *, patient: Patient, config: MaskConfig | None = None
) -> OutlinedImage:
    """Every lesion outlined on the copy of one mammogram, on the DICOM grid.

    Lesions are numbered by the row, then the column, of the centroid of their masks. Where the class of the patient
    is unknown (new cases), colour is no input: every blue or red outline is an unconfirmed lesion.

    Parameters
    ----------
    mammogram : Mammogram
    overlay : OutlineOverlay
        Its outlined copy.
    patient : Patient
    config : MaskConfig, optional
        Default settings where none are given.

    Raises
    ------
    OutlineError
        If the copy does not show this mammogram, or is coloured all over.
    """
    config = MaskConfig() if config is None else config
    if mammogram.key != overlay.key:
        raise OutlineError(str(mammogram.key), "its own outlined copy", str(overlay.key), "pair the files again")
    drawing = read_drawing(overlay, config=config)
    placement = place_overlay(mammogram, overlay, painted=drawing.painted, config=config)
    boxes, rings = split_boxes(drawing.rings)
    if patient.case_class is None:
        rings = tuple(ring for ring in rings if ring.color is not OutlineColor.GREEN)
    placed = [_place(ring, boxes, placement, mammogram) for ring in rings]
    tissue = _Tissue.of(mammogram)
    found = [each for each in placed if each and tissue.share(each.contour_px) >= config.min_tissue_fraction]
    found.sort(key=lambda each: each.centroid_px)
    marks = [Mark(each.ring.color, each.boxes) for each in found]
    labels, label_findings = label_marks(marks, n_boxes=len(boxes), key=mammogram.key, patient=patient)
    lesions = tuple(
        _lesion(each, label, number, mammogram)
        for number, (each, label) in enumerate(zip(found, labels, strict=True), start=1)
    )
    findings = (
        *_placement_findings(placement, mammogram),
        *_reading_findings(drawing, lesions, markers=len(placed) - len(found), mammogram=mammogram),
        *label_findings,
    )
    return OutlinedImage(mammogram.key, mammogram.grid, placement, lesions, findings)


@dataclass(frozen=True, eq=False)
class _Tissue:
    """Where a mammogram shows tissue, reduced by `step` (row, col)."""

    tissue: NDArray[np.bool_]
    step: NDArray[np.float64]

    @classmethod
    def of(cls, mammogram: Mammogram) -> _Tissue:
        """Find the tissue of a mammogram."""
        reduced = reduce(mammogram.pixels, _TISSUE_SIDE_PX)
        return cls(find_structure(reduced).tissue, np.divide(mammogram.grid.shape, reduced.shape))

    def share(self, contour_px: Points) -> float:
        """Share of an outlined area that is tissue."""
        contour = (contour_px + 0.5) / self.step - 0.5
        shape = (self.tissue.shape[0], self.tissue.shape[1])
        region = fill_contour(contour, shape)
        if region.area_px == 0:
            row, col = np.clip(np.round(contour.mean(axis=0)), 0, np.subtract(shape, 1)).astype(int)
            return float(self.tissue[row, col])
        window = self.tissue[region.top_px : region.bottom_px + 1, region.left_px : region.right_px + 1]
        return float(window[region.inside].mean())


def _place(ring: Ring, boxes: Sequence[Ring], placement: OverlayPlacement, mammogram: Mammogram) -> _Found | None:
    """A ring on the DICOM grid; None when nothing of it lies there."""
    contour = placement.to_dicom(ring.contour_px)
    region = fill_contour(contour, mammogram.grid.shape)
    if region.area_px == 0 or contour_area_px(contour) <= 0:
        return None
    edges = tuple(PenEdge(edge.policy, placement.to_dicom(edge.contour_px)) for edge in ring.other_edges)
    return _Found(ring, contour, edges, boxes_holding(ring, boxes), region.centroid_px)


def _lesion(found: _Found, label: LesionLabel, number: int, mammogram: Mammogram) -> LesionMask:
    return LesionMask(
        LesionKey(mammogram.key, number),
        mammogram.grid,
        found.ring.color,
        bool(found.boxes),
        label,
        found.contour_px,
        found.ring.quality,
        found.ring.gap_fraction,
        found.other_edges,
    )


def _placement_findings(placement: OverlayPlacement, mammogram: Mammogram) -> list[Finding]:
    findings = []
    image_id = str(mammogram.key)
    size = (placement.gt_rows, placement.gt_cols)
    if size != mammogram.grid.shape:
        rows, cols = mammogram.grid.shape
        message = f"outlined copy {size[0]} x {size[1]}, DICOM {rows} x {cols}"
        findings.append(Finding.of(AuditCode.GT_SCALED, message, image_id=image_id))
    if placement.flipped:
        findings.append(Finding.of(AuditCode.GT_FLIPPED, image_id=image_id))
    return findings


def _reading_findings(
    drawing: Drawing, lesions: Sequence[LesionMask], *, markers: int, mammogram: Mammogram
) -> list[Finding]:
    image_id = str(mammogram.key)
    findings = []
    for lesion in lesions:
        code = _CODE_OF_QUALITY.get(lesion.quality)
        if code is not None:
            facts = f"{lesion.key}: {lesion.quality}, {lesion.gap_fraction:.0%} of the perimeter without line"
            findings.append(Finding.of(code, f"{code.meaning} ({facts})", image_id=image_id))
    if drawing.letters or drawing.specks or markers:
        message = (
            f"rejected: {drawing.letters} letters, {drawing.specks} marks that complete no contour, "
            f"{markers} rings outside the breast"
        )
        findings.append(Finding.of(AuditCode.STROKES_REJECTED, message, image_id=image_id))
    return findings
