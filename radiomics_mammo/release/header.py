"""What a DICOM header says of one mammogram, as plain values: spacing, side, view, tags that name a person."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from pydicom import Dataset
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.multival import MultiValue

from radiomics_mammo.config.reading import DEFAULT_RELEASE, ReleaseConfig
from radiomics_mammo.core.cases import ImageRecord
from radiomics_mammo.core.findings import AuditCode, Finding
from radiomics_mammo.core.vocabulary import Laterality, SpacingSource, View
from radiomics_mammo.release.files import DECODER_ERRORS, printable

IDENTITY_TAGS = (
    *("PatientName", "PatientID", "AccessionNumber", "OtherPatientIDs", "OtherPatientIDsSequence", "OtherPatientNames"),
    *("PatientBirthName", "PatientBirthDate", "PatientBirthTime", "PatientMotherBirthName", "PatientAddress"),
    *("PatientTelephoneNumbers", "PatientComments", "AdditionalPatientHistory", "MilitaryRank"),
    *("InsurancePlanIdentification", "ResponsiblePerson", "RequestingPhysician", "ReferringPhysicianName"),
    *("ReferringPhysicianAddress", "ReferringPhysicianTelephoneNumbers", "PerformingPhysicianName"),
    *("PhysiciansOfRecord", "NameOfPhysiciansReadingStudy", "OperatorsName"),
)
"""Tags that name or let one trace a person (a selection from DICOM PS3.15, table E.1-1)."""

PYDICOM_ERRORS = (*DECODER_ERRORS, InvalidDicomError, BytesLengthException)

_PSEUDONYM_TAGS = {"PatientName", "PatientID"}
_EMPTIED = ("anonym", "anonimi", "deidentif", "de-identif", "removed", "none", "unknown", "n/a", "xxx")
_PAIR = 2
_LONGEST_TEXT = 64


@dataclass(frozen=True, kw_only=True)
class DicomHeader:
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


def text_of(dataset: Dataset, keyword: str) -> str:
    """Text of a tag on one line, several values joined by a backslash; empty where it is absent or unreadable."""
    try:
        value = dataset.get(keyword)
        several = isinstance(value, list | tuple | MultiValue)
        text = "" if value is None else "\\".join(map(str, value)) if several else str(value)
    except PYDICOM_ERRORS:
        return ""
    return " ".join(printable(text).split())[:_LONGEST_TEXT]


def numbers_of(dataset: Dataset, keyword: str) -> tuple[float, ...] | None:
    """Numbers of a tag; None where it is absent or empty, NaN where it holds no number."""
    try:
        value = dataset.get(keyword)
        if value is None or value == "":
            return None
        values = [value] if isinstance(value, str | int | float) else list(value)
        return tuple(float(number) for number in values)
    except PYDICOM_ERRORS:
        return (math.nan,)


def integer_of(dataset: Dataset, keyword: str, default: int | None = None) -> int | None:
    """Whole number of a tag; the default where it is absent, None where it holds anything else."""
    numbers = numbers_of(dataset, keyword)
    if numbers is None:
        return default
    return int(numbers[0]) if len(numbers) == 1 and numbers[0].is_integer() else None


def read_header(dataset: Dataset) -> DicomHeader:
    """Plain values of the tags that the package knows."""
    return DicomHeader(
        modality=text_of(dataset, "Modality").upper(),
        photometric=text_of(dataset, "PhotometricInterpretation"),
        presentation_intent=text_of(dataset, "PresentationIntentType"),
        bits_stored=integer_of(dataset, "BitsStored") or 0,
        manufacturer=text_of(dataset, "Manufacturer"),
        view_position=text_of(dataset, "ViewPosition"),
        image_laterality=text_of(dataset, "ImageLaterality"),
        laterality=text_of(dataset, "Laterality"),
        patient_orientation=text_of(dataset, "PatientOrientation"),
        pixel_spacing=numbers_of(dataset, "PixelSpacing"),
        imager_spacing=numbers_of(dataset, "ImagerPixelSpacing"),
        magnification=numbers_of(dataset, "EstimatedRadiographicMagnificationFactor"),
        identity_removed=text_of(dataset, "PatientIdentityRemoved").upper() == "YES",
        identity=tuple((tag, text_of(dataset, tag)) for tag in IDENTITY_TAGS),
    )


@dataclass(frozen=True)
class Spacing:
    """Pixel spacing of one image and where it was found."""

    row_mm: float | None
    col_mm: float | None
    source: SpacingSource
    invalid_tags: tuple[str, ...] = ()


def spacing_of(
    header: DicomHeader, *, assumed_spacing_mm: float | None = None, config: ReleaseConfig = DEFAULT_RELEASE
) -> Spacing:
    """Pixel spacing: PixelSpacing, else ImagerPixelSpacing over the magnification, else assumed, else unknown.

    A tag outside the plausible spacings of `config` is treated as missing.

    Examples
    --------
    >>> found = spacing_of(DicomHeader(imager_spacing=(0.1, 0.1), magnification=(1.25,)))
    >>> found.row_mm, found.source.name
    (0.08, 'IMAGER_MAGNIFIED')
    """
    low, high = config.plausible_spacing_mm
    invalid: list[str] = []
    pixel, imager = (header.pixel_spacing, SpacingSource.PIXEL_SPACING), (header.imager_spacing, SpacingSource.IMAGER)
    for values, source in (pixel, imager):
        if values is None:
            continue
        if len(values) != _PAIR or not all(low <= value <= high for value in values):
            invalid.append(source)
            continue
        factor = 1.0
        if source is SpacingSource.IMAGER and header.magnification is not None:
            if (
                len(header.magnification) == 1
                and math.isfinite(header.magnification[0])
                and header.magnification[0] > 0
            ):
                source, factor = SpacingSource.IMAGER_MAGNIFIED, header.magnification[0]
            else:
                invalid.append("EstimatedRadiographicMagnificationFactor")
        return Spacing(values[0] / factor, values[1] / factor, source, tuple(invalid))
    source = SpacingSource.UNKNOWN if assumed_spacing_mm is None else SpacingSource.ASSUMED
    return Spacing(assumed_spacing_mm, assumed_spacing_mm, source, tuple(invalid))


def laterality_of(header: DicomHeader) -> Laterality | None:
    """Breast side: Image Laterality, else Laterality.

    Examples
    --------
    >>> laterality_of(DicomHeader(laterality="l"))
    <Laterality.LEFT: 'L'>
    """
    return _side(header.image_laterality) or _side(header.laterality)


def _side(text: str) -> Laterality | None:
    letter = text.strip().upper()[:1]
    return Laterality(letter) if letter in set(Laterality) else None


def header_findings(header: DicomHeader, spacing: Spacing, record: ImageRecord, *, file: str) -> tuple[Finding, ...]:
    """Everything about one header that the reader of the audit should know; no value of a personal tag is quoted.

    `record` names the view and side that file name and workbook expect, `file` the path inside the release.
    """
    said = (*_header_messages(header, spacing), *_conflict_messages(header, record))
    return tuple(Finding.of(code, message, image_id=str(record.key), file=file) for code, message in said)


def _header_messages(header: DicomHeader, spacing: Spacing) -> Iterator[tuple[AuditCode, str]]:
    for tag in spacing.invalid_tags:
        yield AuditCode.SPACING_INVALID, f"{tag} is not used"
    if spacing.source is SpacingSource.ASSUMED:
        yield AuditCode.SPACING_ASSUMED, f"{spacing.row_mm:g} mm assumed"
    if spacing.source is SpacingSource.UNKNOWN:
        yield AuditCode.SPACING_UNKNOWN, ""
    expected = {
        "Modality": header.modality,
        "PhotometricInterpretation": header.photometric,
        "ViewPosition": header.view_position,
        "Manufacturer": header.manufacturer,
        "ImageLaterality": header.image_laterality or header.laterality,
    }
    if missing := [tag for tag, text in expected.items() if not text]:
        yield AuditCode.TAG_MISSING, f"no {', '.join(missing)}"
    kept = [
        tag
        for tag, text in header.identity
        if text.strip() and not text.strip().casefold().startswith(_EMPTIED)
        if not (header.identity_removed and tag in _PSEUDONYM_TAGS)
    ]
    if kept:
        yield AuditCode.PATIENT_IDENTITY, f"{', '.join(kept)} filled in; never copied to any output"


def _conflict_messages(header: DicomHeader, record: ImageRecord) -> Iterator[tuple[AuditCode, str]]:
    said = {"ImageLaterality": _side(header.image_laterality), "Laterality": _side(header.laterality)}
    sides = {source: side for source, side in {**said, "workbook": record.patient.laterality}.items() if side}
    if len(set(sides.values())) > 1:
        yield AuditCode.LATERALITY_CONFLICT, ", ".join(f"{source} says {side}" for source, side in sides.items())
    view, other = record.key.view, View.MLO if record.key.view is View.CC else View.CC
    if header.view_position.strip().upper().endswith(other):
        yield AuditCode.VIEW_CONFLICT, f"ViewPosition says {other}, the file name {view}"
    if header.photometric == "MONOCHROME1":
        yield AuditCode.PHOTOMETRIC_INVERTED, ""
    if header.presentation_intent.upper() == "FOR PROCESSING":
        yield AuditCode.RAW_IMAGE, ""
