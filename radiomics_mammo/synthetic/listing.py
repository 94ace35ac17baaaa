"""Every planted oddity in words, with the audit code that a careful reader owes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydicom.uid import ExplicitVRLittleEndian

from radiomics_mammo.core.findings import AuditCode
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.vocabulary import OutlineColor, View, Visit
from radiomics_mammo.synthetic.copies import OutlinedCopy
from radiomics_mammo.synthetic.drawn import DrawnMass
from radiomics_mammo.synthetic.frames import PictureFrame
from radiomics_mammo.synthetic.plan import PatientPlan
from radiomics_mammo.synthetic.quirks import PALETTES, PatientQuirks
from radiomics_mammo.synthetic.truth import PlantedQuirk

_PURE = 0
_NO_CODE = ""
_Row = tuple[str, AuditCode | None, str]


@dataclass(frozen=True)
class TakenPicture:
    """One finished picture: where it lies, what is outlined on it, its outlined copy."""

    key: ImageKey
    frame: PictureFrame
    manufacturer: str
    drawn: tuple[DrawnMass, ...]
    copy: OutlinedCopy
    flipped: bool


def list_quirks(plan: PatientPlan, quirks: PatientQuirks, pictures: Sequence[TakenPicture]) -> tuple[PlantedQuirk, ...]:
    """Rows of ``truth/quirks.csv`` for one patient.

    Parameters
    ----------
    plan : PatientPlan
    quirks : PatientQuirks
    pictures : sequence of TakenPicture
        Her four pictures.
    """
    patient = plan.patient.patient_id
    rows = [*_of_patient(plan, quirks, pictures)]
    listed = [PlantedQuirk(word, code.name if code else _NO_CODE, patient, "", detail) for word, code, detail in rows]
    for picture in pictures:
        image = str(picture.key)
        of_image = [*_of_scan(quirks, picture), *_of_copy(quirks, picture)]
        listed += [
            PlantedQuirk(word, code.name if code else _NO_CODE, patient, image, text) for word, code, text in of_image
        ]
    return tuple(listed)


def _of_patient(plan: PatientPlan, quirks: PatientQuirks, pictures: Sequence[TakenPicture]) -> Iterator[_Row]:
    if quirks.biopsy_missing:
        yield "biopsy-not-available", AuditCode.BIOPSY_MISSING, plan.patient.biopsy
    by_view = {view: [p for p in pictures if p.key.view is view] for view in View}
    for view, (first, second) in by_view.items():
        if first.frame.shape != second.frame.shape:
            detail = f"{view} prior {first.frame.shape}, recent {second.frame.shape}"
            yield "matrix-differs", AuditCode.MATRIX_DIFFERS, detail
            yield "matrix-size", AuditCode.MATRIX_SIZE, detail
        if first.manufacturer != second.manufacturer:
            detail = f"{view} prior {first.manufacturer}, recent {second.manufacturer}"
            yield "manufacturer-differs", AuditCode.MANUFACTURER_DIFFERS, detail
        if first.frame.spacing_mm != second.frame.spacing_mm and quirks.scan.spacing_tag:
            yield (
                "spacing-differs",
                AuditCode.SPACING_DIFFERS,
                f"{view} {first.frame.spacing_mm} {second.frame.spacing_mm}",
            )
    reds = {p.key.view: _reds(p) for p in pictures if p.key.visit is Visit.RECENT}
    if 1 in reds.values() and max(reds.values()) > 1:
        yield "one-red-here-several-there", AuditCode.LABEL_VIEW_CONFLICT, str({str(v): n for v, n in reds.items()})


def _reds(picture: TakenPicture) -> int:
    return sum(drawn.mass.color is OutlineColor.RED for drawn in picture.drawn)


def _of_scan(quirks: PatientQuirks, picture: TakenPicture) -> Iterator[_Row]:
    scan = quirks.scan
    if scan.bits != 8:
        yield "bits-12-in-16", AuditCode.BITS_STORED, str(scan.bits)
    if scan.inverted:
        yield "monochrome1", AuditCode.PHOTOMETRIC_INVERTED, ""
    if scan.transfer_syntax != ExplicitVRLittleEndian:
        yield "compressed", None, scan.transfer_syntax.name
    if scan.suffix != ".dcm":
        yield "dicom-extension", AuditCode.FILE_EXTENSION, scan.suffix or "none"
    if not scan.spacing_tag:
        yield "no-spacing", AuditCode.SPACING_UNKNOWN, ""
    if not scan.laterality_tag:
        yield "no-laterality", AuditCode.TAG_MISSING, "ImageLaterality"
    if scan.mirrored:
        yield "mirrored", AuditCode.LATERALITY_CONFLICT, "chest wall on the unusual side of the picture"
    if scan.marker:
        yield "view-marker", None, ""


def _of_copy(quirks: PatientQuirks, picture: TakenPicture) -> Iterator[_Row]:
    copy = quirks.copy
    if (picture.copy.rows, picture.copy.cols) != picture.frame.shape:
        yield "copy-size", AuditCode.GT_SCALED, f"{picture.copy.rows} x {picture.copy.cols}"
    if copy.border > 0:
        yield "copy-border", None, f"{copy.border:g} of the height"
    if picture.flipped:
        yield "copy-flipped", AuditCode.GT_FLIPPED, ""
    if copy.tint != (1.0, 1.0, 1.0):
        yield "copy-tinted", None, str(copy.tint)
    if copy.suffix != ".jpg":
        yield "copy-extension", None, copy.suffix
    if picture.drawn:
        yield from _of_outlines(quirks, picture)


def _of_outlines(quirks: PatientQuirks, picture: TakenPicture) -> Iterator[_Row]:
    copy = quirks.copy
    if copy.palette != _PURE:
        yield "impure-colours", None, str(PALETTES[copy.palette][OutlineColor.RED])
    if copy.ring != "closed":
        yield f"ring-{copy.ring}", AuditCode.OUTLINE_REPAIRED, str(picture.copy.gap_fractions)
    if copy.speck:
        yield "speck", AuditCode.STROKES_REJECTED, ""
    if quirks.edge and picture.key.view is View.CC:
        yield f"edge-{quirks.edge}", AuditCode.OUTLINE_REPAIRED if quirks.edge == "open" else None, ""
    if quirks.boxless_view is picture.key.view and _reds(picture) > 1:
        yield "box-forgotten", AuditCode.SEVERAL_REDS_NO_BOX, ""
