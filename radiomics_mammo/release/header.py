"""What a DICOM header says of one mammogram, as plain values: spacing, side, view, tags that name a person."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pydicom import Dataset
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.multival import MultiValue

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
_LONGEST_TEXT = 64
_DECIMAL_COMMA = re.compile(r"[+-]?\d{1,3},\d{1,12}([eE][+-]?\d{1,2})?")
_SPACING_TAGS = ("PixelSpacing", "ImagerPixelSpacing", "EstimatedRadiographicMagnificationFactor")
_DATE_TAGS = ("StudyDate", "AcquisitionDate", "ContentDate", "SeriesDate")
_NO_YEAR = 1900
_VIEW_CODES = {
    **dict.fromkeys(("R-10242", "399162004", "cranio-caudal", "craniocaudal"), "CC"),
    **dict.fromkeys(("R-10226", "399368009", "medio-lateral oblique", "mediolateral oblique"), "MLO"),
}
"""Views by the codes of SNOMED RT and CT and by their meanings (PS3.16, CID 4014)."""


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
    spacing_texts: tuple[tuple[str, str], ...] = ()
    """(tag, text) of the tags that speak of lengths, as they stand in the file."""
    calibrated: bool = False
    """Whether the header says how Pixel Spacing was calibrated."""
    rows: int = 0
    cols: int = 0
    study_date: str = ""
    """ISO text of the first exam date that the header holds; empty where none is a date."""
    lut_shape: str = ""
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


def numbers_of(dataset: Dataset, keyword: str, *, decimal_comma: bool = False) -> tuple[float, ...] | None:
    """Numbers of a tag; None where it is absent or empty, NaN where it holds no number.

    A decimal comma, which no decimal string may hold (PS3.5, 6.2), is read as a point where `decimal_comma` says so:
    for lengths, in which it can mean nothing else.
    """
    try:
        value = dataset.get(keyword)
        if value is None or value == "":
            return None
        values = [value] if isinstance(value, str | int | float) else list(value)
        return tuple(_number(one, decimal_comma) for one in values)
    except PYDICOM_ERRORS:
        return (math.nan,)


def _number(value: Any, decimal_comma: bool) -> float:  # noqa: ANN401 - whatever a damaged tag holds
    if decimal_comma and isinstance(value, str) and _DECIMAL_COMMA.fullmatch(value.strip()):
        value = value.replace(",", ".")
    return float(value)


def integer_of(dataset: Dataset, keyword: str, default: int | None = None) -> int | None:
    """Whole number of a tag; the default where it is absent, None where it holds anything else."""
    numbers = numbers_of(dataset, keyword)
    if numbers is None:
        return default
    return int(numbers[0]) if len(numbers) == 1 and numbers[0].is_integer() else None


def grouped(dataset: Dataset, keyword: str, *, macro: str) -> Dataset:
    """The data set that holds a tag: the image itself, else the functional groups of its one frame.

    Enhanced objects keep spacing, side and rescale in macros of the shared or the per-frame functional groups
    (PS3.3, C.7.6.16); `macro` names the sequence that holds the tag there.
    """
    with suppress(*PYDICOM_ERRORS):
        if dataset.get(keyword) not in (None, ""):
            return dataset
        for groups in ("PerFrameFunctionalGroupsSequence", "SharedFunctionalGroupsSequence"):
            for group in list(dataset.get(groups) or ())[:1]:
                for item in list(group.get(macro) or ())[:1]:
                    if item.get(keyword) not in (None, ""):
                        return Dataset(item)
    return dataset


def read_header(dataset: Dataset) -> DicomHeader:
    """Plain values of the tags that the package knows."""
    measures = {tag: grouped(dataset, tag, macro="PixelMeasuresSequence") for tag in _SPACING_TAGS}
    pixel, imager, magnification = (numbers_of(home, tag, decimal_comma=True) for tag, home in measures.items())
    side = grouped(dataset, "FrameLaterality", macro="FrameAnatomySequence")
    return DicomHeader(
        modality=text_of(dataset, "Modality").upper(),
        photometric=text_of(dataset, "PhotometricInterpretation"),
        presentation_intent=text_of(dataset, "PresentationIntentType"),
        bits_stored=integer_of(dataset, "BitsStored") or 0,
        manufacturer=text_of(dataset, "Manufacturer"),
        view_position=text_of(dataset, "ViewPosition") or _coded_view(dataset),
        image_laterality=text_of(dataset, "ImageLaterality") or text_of(side, "FrameLaterality"),
        laterality=text_of(dataset, "Laterality"),
        patient_orientation=text_of(dataset, "PatientOrientation"),
        pixel_spacing=pixel,
        imager_spacing=imager,
        magnification=magnification,
        spacing_texts=tuple((tag, text_of(home, tag)) for tag, home in measures.items()),
        calibrated=bool(text_of(dataset, "PixelSpacingCalibrationType")),
        rows=integer_of(dataset, "Rows") or 0,
        cols=integer_of(dataset, "Columns") or 0,
        study_date=next(filter(None, (_date_of(text_of(dataset, tag)) for tag in _DATE_TAGS)), ""),
        lut_shape=text_of(dataset, "PresentationLUTShape").upper(),
        identity_removed=text_of(dataset, "PatientIdentityRemoved").upper() == "YES",
        identity=tuple((tag, text_of(dataset, tag)) for tag in IDENTITY_TAGS),
    )


def _coded_view(dataset: Dataset) -> str:
    """View of the View Code Sequence, which enhanced objects have in place of View Position."""
    with suppress(*PYDICOM_ERRORS):
        for item in list(dataset.get("ViewCodeSequence") or ())[:1]:
            for word in (text_of(item, "CodeValue"), text_of(item, "CodeMeaning").casefold()):
                if word in _VIEW_CODES:
                    return _VIEW_CODES[word]
    return ""


def _date_of(text: str) -> str:
    """ISO text of a DICOM date; empty where it is none, or one that stands for a removed date."""
    with suppress(ValueError):
        found = date.fromisoformat(text) if re.fullmatch(r"\d{8}|\d{4}-\d\d-\d\d", text) else None
        return "" if found is None or (found.month, found.day, found.year <= _NO_YEAR) == (1, 1, True) else str(found)
    return ""


@dataclass(frozen=True)
class Spacing:
    """Pixel spacing of one image, where it was found, and what was noticed about the tags (`spacing.spacing_of`)."""

    row_mm: float | None
    col_mm: float | None
    source: SpacingSource
    notes: tuple[tuple[AuditCode, str], ...] = ()


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
    yield from spacing.notes
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
    view = record.key.view
    other = View.MLO if view.projection is View.CC else View.CC
    if header.view_position.strip().upper().endswith(other) and view.projection in (View.CC, View.MLO):
        yield AuditCode.VIEW_CONFLICT, f"ViewPosition says {other}, the file name {view}"
    if header.photometric == "MONOCHROME1":
        yield AuditCode.PHOTOMETRIC_INVERTED, ""
    if header.presentation_intent.upper() == "FOR PROCESSING":
        yield AuditCode.RAW_IMAGE, ""
