"""What a DICOM header says of one mammogram, as plain values: spacing, side, view, tags that name a person."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from radiomics_mammo.config.release import DEFAULT_RELEASE, ReleaseConfig
from radiomics_mammo.core.cases import ImageRecord
from radiomics_mammo.core.findings import AuditCode, Finding
from radiomics_mammo.core.vocabulary import Laterality, SpacingSource, View

IDENTITY_TAGS = (
    "PatientName",
    "PatientID",
    "AccessionNumber",
    "OtherPatientIDs",
    "OtherPatientIDsSequence",
    "OtherPatientNames",
    "PatientBirthName",
    "PatientBirthDate",
    "PatientBirthTime",
    "PatientMotherBirthName",
    "PatientAddress",
    "PatientTelephoneNumbers",
    "PatientComments",
    "AdditionalPatientHistory",
    "MilitaryRank",
    "InsurancePlanIdentification",
    "ResponsiblePerson",
    "RequestingPhysician",
    "ReferringPhysicianName",
    "ReferringPhysicianAddress",
    "ReferringPhysicianTelephoneNumbers",
    "PerformingPhysicianName",
    "PhysiciansOfRecord",
    "NameOfPhysiciansReadingStudy",
    "OperatorsName",
)
"""Tags that name or let one trace a person (a selection from DICOM PS3.15, table E.1-1)."""

_PSEUDONYM_TAGS = {"PatientName", "PatientID"}
_EMPTIED = ("anonym", "anonimi", "deidentif", "de-identif", "removed", "none", "unknown", "n/a", "xxx")
_EXPECTED_TAGS = ("Modality", "PhotometricInterpretation", "ViewPosition", "Manufacturer")
_PAIR = 2


@dataclass(frozen=True)
class Header:
    """Header values as text and numbers; empty or None where a tag is missing or unreadable."""

    modality: str = ""
    photometric: str = ""
    bits_stored: int = 0
    manufacturer: str = ""
    view_position: str = ""
    image_laterality: str = ""
    laterality: str = ""
    patient_orientation: str = ""
    presentation_intent: str = ""
    pixel_spacing: tuple[float, ...] | None = None
    imager_spacing: tuple[float, ...] | None = None
    magnification: tuple[float, ...] | None = None
    identity_removed: bool = False
    identity: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """(tag, text) of tags that may identify a person; never printed."""


@dataclass(frozen=True)
class Spacing:
    """Pixel spacing of one image and where it was found."""

    row_mm: float | None
    col_mm: float | None
    source: SpacingSource
    invalid_tags: tuple[str, ...] = ()


def spacing_of(
    header: Header, *, assumed_spacing_mm: float | None = None, config: ReleaseConfig = DEFAULT_RELEASE
) -> Spacing:
    """Pixel spacing: PixelSpacing, else ImagerPixelSpacing over the magnification, else assumed, else unknown.

    Parameters
    ----------
    header : Header
    assumed_spacing_mm : float, optional
        For both axes, mm.
    config : ReleaseConfig
        Plausible spacing; a tag outside it is treated as missing.

    Examples
    --------
    >>> found = spacing_of(Header(imager_spacing=(0.1, 0.1), magnification=(1.25,)))
    >>> found.row_mm, found.source.name
    (0.08, 'IMAGER_MAGNIFIED')
    """
    invalid: list[str] = []
    pixel = _valid_pair("PixelSpacing", header.pixel_spacing, invalid, config)
    if pixel is not None:
        return Spacing(*pixel, SpacingSource.PIXEL_SPACING, tuple(invalid))
    imager = _valid_pair("ImagerPixelSpacing", header.imager_spacing, invalid, config)
    if imager is not None:
        magnification = _valid_magnification(header.magnification, invalid)
        source = SpacingSource.IMAGER if magnification is None else SpacingSource.IMAGER_MAGNIFIED
        row_mm, col_mm = (spacing / (magnification or 1.0) for spacing in imager)
        return Spacing(row_mm, col_mm, source, tuple(invalid))
    if assumed_spacing_mm is not None:
        return Spacing(assumed_spacing_mm, assumed_spacing_mm, SpacingSource.ASSUMED, tuple(invalid))
    return Spacing(None, None, SpacingSource.UNKNOWN, tuple(invalid))


def _valid_pair(
    tag: str, values: Sequence[float] | None, invalid: list[str], config: ReleaseConfig
) -> tuple[float, float] | None:
    if values is None:
        return None
    low, high = config.plausible_spacing_mm
    if len(values) == _PAIR and all(low <= value <= high for value in values):
        return float(values[0]), float(values[1])
    invalid.append(tag)
    return None


def _valid_magnification(values: Sequence[float] | None, invalid: list[str]) -> float | None:
    if values is None:
        return None
    if len(values) == 1 and math.isfinite(values[0]) and values[0] > 0:
        return float(values[0])
    invalid.append("EstimatedRadiographicMagnificationFactor")
    return None


def laterality_of(header: Header) -> Laterality | None:
    """Breast side: Image Laterality, else Laterality.

    Examples
    --------
    >>> laterality_of(Header(laterality="l"))
    <Laterality.LEFT: 'L'>
    """
    sides = [_side(text) for text in (header.image_laterality, header.laterality)]
    return next((side for side in sides if side is not None), None)


def _side(text: str) -> Laterality | None:
    letter = text.strip().upper()[:1]
    return Laterality(letter) if letter in set(Laterality) else None


def header_findings(header: Header, spacing: Spacing, record: ImageRecord, *, file: str) -> tuple[Finding, ...]:
    """Everything about one header that the reader of the audit should know; no value of a personal tag is quoted.

    Parameters
    ----------
    header : Header
    spacing : Spacing
        As `spacing_of` found it.
    record : ImageRecord
        Names view and side expected from file name and workbook.
    file : str
        Path inside the release.
    """
    said = [
        *_spacing_messages(spacing),
        *_tag_messages(header),
        *_identity_messages(header),
        *_side_messages(header, record.patient.laterality),
        *_view_messages(header, record.key.view),
    ]
    if header.photometric == "MONOCHROME1":
        said.append((AuditCode.PHOTOMETRIC_INVERTED, ""))
    if header.presentation_intent.upper() == "FOR PROCESSING":
        said.append((AuditCode.RAW_IMAGE, ""))
    return tuple(Finding.of(code, message, image_id=str(record.key), file=file) for code, message in said)


_Message = tuple[AuditCode, str]


def _spacing_messages(spacing: Spacing) -> list[_Message]:
    said = [(AuditCode.SPACING_INVALID, f"{tag} is not used") for tag in spacing.invalid_tags]
    if spacing.source is SpacingSource.ASSUMED:
        said.append((AuditCode.SPACING_ASSUMED, f"{spacing.row_mm:g} mm assumed"))
    if spacing.source is SpacingSource.UNKNOWN:
        said.append((AuditCode.SPACING_UNKNOWN, ""))
    return said


def _tag_messages(header: Header) -> list[_Message]:
    values = (header.modality, header.photometric, header.view_position, header.manufacturer)
    missing = [tag for tag, value in zip(_EXPECTED_TAGS, values, strict=True) if not value]
    if not header.image_laterality and not header.laterality:
        missing.append("ImageLaterality")
    return [(AuditCode.TAG_MISSING, f"no {', '.join(missing)}")] if missing else []


def _identity_messages(header: Header) -> list[_Message]:
    kept = [
        tag
        for tag, text in header.identity
        if text.strip() and not text.strip().casefold().startswith(_EMPTIED)
        if not (header.identity_removed and tag in _PSEUDONYM_TAGS)
    ]
    return [(AuditCode.PATIENT_IDENTITY, f"{', '.join(kept)} filled in; never copied to any output")] if kept else []


def _side_messages(header: Header, workbook: Laterality | None) -> list[_Message]:
    said = {"ImageLaterality": _side(header.image_laterality), "Laterality": _side(header.laterality)}
    said["workbook"] = workbook
    known = {source: side for source, side in said.items() if side is not None}
    if len(set(known.values())) < 2:
        return []
    return [(AuditCode.LATERALITY_CONFLICT, ", ".join(f"{source} says {side}" for source, side in known.items()))]


def _view_messages(header: Header, view: View) -> list[_Message]:
    said = header.view_position.strip().upper()
    other = View.MLO if view is View.CC else View.CC
    if not said.endswith(other):
        return []
    return [(AuditCode.VIEW_CONFLICT, f"ViewPosition says {other}, the file name {view}")]
