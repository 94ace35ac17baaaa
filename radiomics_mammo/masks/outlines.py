"""Outlines to lesions: one outlined copy read, placed, numbered, labelled; their masks as pictures and hashes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.config.reading import MaskConfig
from radiomics_mammo.core.cases import Patient
from radiomics_mammo.core.contours import contour_area_px, fill_contour
from radiomics_mammo.core.errors import OutlineError
from radiomics_mammo.core.findings import AuditCode, Finding
from radiomics_mammo.core.geometry import PixelGrid, Points
from radiomics_mammo.core.identity import LesionKey
from radiomics_mammo.core.images import Mammogram, OutlineOverlay
from radiomics_mammo.core.lesions import LesionMask, OutlinedImage, OverlayPlacement, PenEdge
from radiomics_mammo.core.vocabulary import OutlineQuality
from radiomics_mammo.masks.colors import PenRule, pen_of
from radiomics_mammo.masks.drawing import Drawing, Ring, read_drawing
from radiomics_mammo.masks.labels import Mark, boxes_holding, label_marks, split_boxes
from radiomics_mammo.masks.placement import find_structure, place_overlay, reduce

_TISSUE_SIDE_PX = 384  # Longer side of the reduced mammogram on which tissue is told from air.
_COMPRESSION = 3  # PNG level: masks are two flat areas, so a low level is already small, and fast.

_CODE_OF_QUALITY = dict.fromkeys(set(OutlineQuality) - {OutlineQuality.CLOSED}, AuditCode.OUTLINE_REPAIRED) | {
    OutlineQuality.OPEN: AuditCode.OUTLINE_OPEN,
    OutlineQuality.AMBIGUOUS: AuditCode.OUTLINE_AMBIGUOUS,
}


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
        rings = tuple(ring for ring in rings if pen_of(ring.color).rule is not PenRule.MARKS_BOXES)
    placed = [_place(ring, boxes, placement, mammogram) for ring in rings]
    tissue = find_structure(reduce(mammogram.pixels, _TISSUE_SIDE_PX)).tissue
    shares = [_tissue_share(each.contour_px, tissue, mammogram) if each else 0.0 for each in placed]
    found = [e for e, share in zip(placed, shares, strict=True) if e and share >= config.min_tissue_fraction]
    found.sort(key=lambda each: each.centroid_px)
    marks = [Mark(each.ring.color, each.boxes) for each in found]
    labels, label_findings = label_marks(marks, n_boxes=len(boxes), key=mammogram.key, patient=patient)
    lesions = tuple(
        LesionMask(
            key=LesionKey(mammogram.key, number),
            grid=mammogram.grid,
            color=each.ring.color,
            boxed=bool(each.boxes),
            label=label,
            contour_px=each.contour_px,
            quality=each.ring.quality,
            gap_fraction=each.ring.gap_fraction,
            other_edges=tuple(PenEdge(e.policy, placement.to_dicom(e.contour_px)) for e in each.ring.other_edges),
        )
        for number, (each, label) in enumerate(zip(found, labels, strict=True), start=1)
    )
    notes = _findings(drawing, placement, lesions, n_markers=len(placed) - len(found), grid=mammogram.grid)
    findings = [Finding.of(code, message, image_id=str(mammogram.key)) for code, message in notes]
    return OutlinedImage(
        key=mammogram.key,
        grid=mammogram.grid,
        placement=placement,
        lesions=lesions,
        findings=(*findings, *label_findings),
    )


@dataclass(frozen=True, eq=False)
class _Found:
    """One outline on the DICOM grid, before it has a name."""

    ring: Ring
    contour_px: Points
    boxes: frozenset[int]
    centroid_px: tuple[float, float]


def _place(ring: Ring, boxes: Sequence[Ring], placement: OverlayPlacement, mammogram: Mammogram) -> _Found | None:
    """A ring on the DICOM grid; None when nothing of it lies there."""
    contour = placement.to_dicom(ring.contour_px)
    region = fill_contour(contour, mammogram.grid.shape)
    if region.area_px == 0 or contour_area_px(contour) <= 0:
        return None
    return _Found(ring, contour, boxes_holding(ring, boxes), region.centroid_px)


def _tissue_share(contour_px: Points, tissue: NDArray[np.bool_], mammogram: Mammogram) -> float:
    """Share of an outlined area that is tissue, seen on a reduced grid."""
    shape = (tissue.shape[0], tissue.shape[1])
    contour = (contour_px + 0.5) / np.divide(mammogram.grid.shape, shape) - 0.5
    region = fill_contour(contour, shape)
    if region.area_px == 0:
        row, col = np.clip(np.round(contour.mean(axis=0)), 0, np.subtract(shape, 1)).astype(int)
        return float(tissue[row, col])
    return float(tissue[region.on_grid(shape)].mean())


def _findings(
    drawing: Drawing, placement: OverlayPlacement, lesions: Sequence[LesionMask], *, n_markers: int, grid: PixelGrid
) -> Iterator[tuple[AuditCode, str]]:
    """What is to be said of the copy, its outlines and what was rejected: code and message (empty for the default)."""
    if (placement.gt_rows, placement.gt_cols) != grid.shape:
        sizes = f"outlined copy {placement.gt_rows} x {placement.gt_cols}, DICOM {grid.rows} x {grid.cols}"
        yield AuditCode.GT_SCALED, sizes
    if placement.flipped:
        yield AuditCode.GT_FLIPPED, ""
    for lesion in lesions:
        code = _CODE_OF_QUALITY.get(lesion.quality)
        if code is not None:
            facts = f"{lesion.key}: {lesion.quality}, {lesion.gap_fraction:.0%} of the perimeter without line"
            yield code, f"{code.meaning} ({facts})"
    if drawing.letters or drawing.specks or n_markers:
        marks = f"{drawing.letters} letters, {drawing.specks} marks that complete no contour"
        yield AuditCode.STROKES_REJECTED, f"rejected: {marks}, {n_markers} rings outside the breast"


def encode_mask(inside: NDArray[np.bool_]) -> bytes:
    """8-bit PNG, 0 outside and 255 inside.

    Parameters
    ----------
    inside : ndarray of bool, shape (rows, cols)

    Examples
    --------
    >>> encode_mask(np.ones((2, 3), dtype=bool))[1:4]
    b'PNG'
    """
    _, data = cv2.imencode(".png", inside.astype(np.uint8) * 255, [cv2.IMWRITE_PNG_COMPRESSION, _COMPRESSION])
    return bytes(data.tobytes())


def mask_sha256(lesion: LesionMask) -> str:
    """Hash (sha256, hex) of the picture of a mask, as ``sha256sum`` prints it of the file in ``masks/``.

    Two lesions have one hash exactly when their masks are the same picture.

    Examples
    --------
    >>> from radiomics_mammo.core.geometry import PixelGrid
    >>> from radiomics_mammo.core.identity import LesionKey
    >>> from radiomics_mammo.core.vocabulary import LesionLabel, OutlineColor
    >>> square = np.array([[0.5, 0.5], [0.5, 3.5], [2.5, 3.5], [2.5, 0.5]])
    >>> lesion = LesionMask(
    ...     key=LesionKey.parse("benign-01_CC_recent_1"), grid=PixelGrid(5, 6), color=OutlineColor.BLUE, boxed=False,
    ...     label=LesionLabel.BENIGN, contour_px=square)
    >>> mask_sha256(lesion) == hashlib.sha256(encode_mask(lesion.inside)).hexdigest()
    True
    """
    return hashlib.sha256(encode_mask(lesion.inside)).hexdigest()


def is_measured(lesion: LesionMask, *, config: MaskConfig) -> bool:
    """Whether a lesion is measured: its outline is reliable, or unreliable ones are asked for."""
    return lesion.quality.measurable or config.measure_unreliable
