"""Outlines to lesions: one outlined copy read, placed, numbered, labelled; their masks as pictures and hashes."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.config.reading import MaskConfig
from radiomics_mammo.core.cases import Patient
from radiomics_mammo.core.errors import OutlineError
from radiomics_mammo.core.findings import AuditCode, Finding
from radiomics_mammo.core.identity import LesionKey
from radiomics_mammo.core.images import Mammogram, OutlineOverlay
from radiomics_mammo.core.lesions import LesionMask, OutlinedImage
from radiomics_mammo.core.vocabulary import LesionLabel, OutlineQuality
from radiomics_mammo.masks.clusters import label_clusters, red_marks_px, split_clusters
from radiomics_mammo.masks.drawing import Drawing, read_drawing
from radiomics_mammo.masks.labels import Mark, label_marks
from radiomics_mammo.masks.placement import place_overlay
from radiomics_mammo.masks.rejection import rejection_notes, ruled_spacing_mm, spacing_disagreement
from radiomics_mammo.masks.sorting import Found, SortedOut, sort_out

_COMPRESSION = 3  # PNG level: masks are two flat areas, so a low level is already small, and fast.

_CODE_OF_QUALITY = dict.fromkeys(set(OutlineQuality) - {OutlineQuality.CLOSED}, AuditCode.OUTLINE_REPAIRED) | {
    OutlineQuality.OPEN: AuditCode.OUTLINE_OPEN,
    OutlineQuality.AMBIGUOUS: AuditCode.OUTLINE_AMBIGUOUS,
}


def outline_image(
    mammogram: Mammogram,
    overlay: OutlineOverlay,
    *,
    patient: Patient,
    config: MaskConfig | None = None,
    included: Collection[str] = (),
    clusters: bool = False,
) -> OutlinedImage:
    """Every lesion outlined on the copy of one mammogram, on the DICOM grid.

    Lesions are numbered by the row, then the column, of the centroid of their masks; those that a reader brought back
    come after them, so that no other number changes. Where the class of the patient is unknown (new cases), colour is
    no input: every blue or red outline is an unconfirmed lesion.

    Parameters
    ----------
    mammogram : Mammogram
    overlay : OutlineOverlay
        Its outlined copy.
    patient : Patient
    config : MaskConfig, optional
        Default settings where none are given.
    included : collection of str
        Hashes (`RejectedOutline.region_sha256`) of what a reader takes for an outline although it was rejected.
    clusters : bool
        Whether it is a copy of the sibling release: blue outlines are regions of calcifications and labelled by
        biopsy, red marks are single ones and counted.

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
    told = sort_out(drawing, placement, mammogram, patient=patient, config=config, included=included)
    if clusters:
        told, count = split_clusters(told, placement.to_dicom(red_marks_px(overlay.rgb)), grid=mammogram.grid)
        labels, label_findings = label_clusters(len(told.found), marks=count, key=mammogram.key, patient=patient)
    else:
        marks = [Mark(each.color, each.boxes) for each in told.found]
        labels, label_findings = label_marks(marks, n_boxes=told.boxes, key=mammogram.key, patient=patient)
    numbered = enumerate(zip(told.found, labels, strict=True), start=1)
    ruled = ruled_spacing_mm(drawing.rulers, placement)
    image = OutlinedImage(
        key=mammogram.key,
        grid=mammogram.grid,
        placement=placement,
        lesions=tuple(_lesion(mammogram, number, each, label) for number, (each, label) in numbered),
        rejected=told.rejected,
        brought_back=told.brought_back,
        ruled_spacing_mm=ruled,
    )
    notes = [*_image_notes(drawing, image, told), *_lesion_notes(image, config)]
    findings = [Finding.of(code, message, image_id=str(mammogram.key)) for code, message in notes]
    return replace(image, findings=(*findings, *label_findings))


def spacing_of_copy(
    mammogram: Mammogram, overlay: OutlineOverlay, *, config: MaskConfig | None = None
) -> tuple[float, float] | None:
    """(row, col) spacing of a DICOM pixel that a ruler in the outlined copy implies, mm; None without a ruler.

    Raises
    ------
    OutlineError
        If the copy does not show this mammogram, or is coloured all over.
    """
    config = MaskConfig() if config is None else config
    drawing = read_drawing(overlay, config=config)
    if not drawing.rulers:
        return None
    placement = place_overlay(mammogram, overlay, painted=drawing.painted, config=config)
    return ruled_spacing_mm(drawing.rulers, placement)


def _lesion(mammogram: Mammogram, number: int, found: Found, label: LesionLabel) -> LesionMask:
    return LesionMask(
        key=LesionKey(mammogram.key, number),
        grid=mammogram.grid,
        color=found.color,
        boxed=bool(found.boxes),
        label=label,
        contour_px=found.contour_px,
        quality=found.quality,
        gap_fraction=found.gap_fraction,
        confidence=found.confidence,
        other_edges=found.other_edges,
    )


def _image_notes(drawing: Drawing, image: OutlinedImage, told: SortedOut) -> Iterator[tuple[AuditCode, str]]:
    """What is to be said of a copy and of what was rejected: code and message (empty for the default)."""
    placement, grid = image.placement, image.grid
    if (placement.gt_rows, placement.gt_cols) != grid.shape:
        sizes = f"outlined copy {placement.gt_rows} x {placement.gt_cols}, DICOM {grid.rows} x {grid.cols}"
        yield AuditCode.GT_SCALED, sizes
    if placement.flipped:
        yield AuditCode.GT_FLIPPED, ""
    if drawing.letters or drawing.specks or told.markers:
        marks = f"{drawing.letters} letters, {drawing.specks} marks that complete no contour"
        yield AuditCode.STROKES_REJECTED, f"rejected: {marks}, {told.markers} rings outside the breast"
    yield from rejection_notes(image.rejected)
    yield from ((AuditCode.INCLUSION_APPLIED, f"{sha256}: kept as an outline") for sha256 in told.brought_back)
    apart = spacing_disagreement(image.ruled_spacing_mm, grid)
    if apart:
        yield AuditCode.RULER_SPACING, apart


def _lesion_notes(image: OutlinedImage, config: MaskConfig) -> Iterator[tuple[AuditCode, str]]:
    """What is to be said of the outlines: code and message."""
    for lesion in image.lesions:
        code = _CODE_OF_QUALITY.get(lesion.quality)
        if code is not None:
            facts = f"{lesion.key}: {lesion.quality}, {lesion.gap_fraction:.0%} of the perimeter without line"
            yield code, f"{code.meaning} ({facts})"
        if lesion.confidence < config.min_confidence:
            low = f"confidence {lesion.confidence:.2f}, less than {config.min_confidence:g}"
            yield AuditCode.LOW_CONFIDENCE, f"{AuditCode.LOW_CONFIDENCE.meaning} ({lesion.key}: {low})"


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
    """Whether a lesion is measured: certain enough, and its outline reliable, or unreliable ones are asked for."""
    return lesion.confidence >= config.min_confidence and (lesion.quality.measurable or config.measure_unreliable)
