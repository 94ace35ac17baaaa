"""The reading contract: of every DICOM attribute used, what is read, in which order, what contradicts it, what is said.

The page *The release and its quirks* prints this table, and a test walks it: an attribute that the room reads and the
table lacks fails, and so does the reverse.
"""

from __future__ import annotations

from dataclasses import dataclass

from radiomics_mammo.core.findings import AuditCode
from radiomics_mammo.release.header import IDENTITY_TAGS


@dataclass(frozen=True, kw_only=True)
class ReadingRule:
    """One row of the contract.

    Parameters
    ----------
    attributes : tuple of str
        DICOM keywords, those that come first before those they replace.
    reads : str
        What they are read as.
    contradicted_by : str
        What speaks against them, and what is then done; empty where nothing is asked.
    codes : tuple of AuditCode
        What the audit says.
    """

    attributes: tuple[str, ...]
    reads: str
    contradicted_by: str = ""
    codes: tuple[AuditCode, ...] = ()


_SHARED = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")

READING_CONTRACT = (
    ReadingRule(
        attributes=("Modality",),
        reads="kind of image; empty is accepted",
        contradicted_by="`release.accepted_modalities`; left out",
        codes=(AuditCode.DICOM_NOT_MAMMOGRAM,),
    ),
    ReadingRule(
        attributes=("Rows", "Columns", "NumberOfFrames", "SamplesPerPixel"),
        reads="matrix of one grey frame",
        contradicted_by="size stated in the compressed data, amount of data, `release.max_image_pixels`; left out",
        codes=(AuditCode.DICOM_UNREADABLE, AuditCode.DICOM_NOT_MAMMOGRAM, AuditCode.IMAGE_TOO_LARGE),
    ),
    ReadingRule(
        attributes=("BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation"),
        reads="range and sign of the stored values",
        contradicted_by="bits above the stored ones that vary between pixels; left out",
        codes=(AuditCode.DICOM_UNREADABLE, AuditCode.BITS_STORED),
    ),
    ReadingRule(
        attributes=("PixelData", "TransferSyntaxUID"),
        reads="stored values; padding of a fragment with 00 or FF is allowed, and zeros behind the pixels",
        contradicted_by="a missing end marker, data that end before the picture does (cut short and closed), one "
        "grey value nearly everywhere; left out",
        codes=(AuditCode.DICOM_UNREADABLE, AuditCode.IMAGE_EMPTY),
    ),
    ReadingRule(
        attributes=("RescaleSlope", "RescaleIntercept", *_SHARED, "PixelValueTransformationSequence"),
        reads="grey value = stored value x slope + intercept, of the image, else of its one frame",
        contradicted_by="no number, slope 0, a Modality LUT Sequence; left out",
        codes=(AuditCode.DICOM_UNREADABLE,),
    ),
    ReadingRule(
        attributes=("ModalityLUTSequence",),
        reads="nothing: grey values by a table are refused",
        codes=(AuditCode.DICOM_UNREADABLE,),
    ),
    ReadingRule(
        attributes=("PhotometricInterpretation",),
        reads="which end of the grey values is dense; MONOCHROME1 is turned over within its stored range",
        contradicted_by="air that is bright in the picture. Where the outlined copy or the display tags say so too, it "
        "is turned over; else it is kept and the pair has no delta until `release.polarity` decides",
        codes=(AuditCode.PHOTOMETRIC_INVERTED, AuditCode.POLARITY_CONFLICT),
    ),
    ReadingRule(
        attributes=("PresentationLUTShape", "VOILUTSequence", "LUTData", "WindowWidth"),
        reads="witness of polarity alone; no window and no table is applied",
        contradicted_by="INVERSE beside MONOCHROME2, a table that falls and a negative width say: inverted display",
        codes=(AuditCode.POLARITY_CONFLICT,),
    ),
    ReadingRule(
        attributes=("PixelPaddingValue", "PixelPaddingRangeLimit"),
        reads="pixels of that value that reach in from the edge become air, and so do white lines along the edge",
        contradicted_by="the same value inside the picture: that is tissue",
        codes=(AuditCode.PIXEL_PADDING,),
    ),
    ReadingRule(
        attributes=("PixelSpacing", *_SHARED, "PixelMeasuresSequence", "PixelSpacingCalibrationType"),
        reads="pixel spacing, first choice; of the image, else of its one frame; a decimal comma is a point",
        contradicted_by="`release.plausible_spacing_mm`; matrix x spacing outside `release.plausible_field_mm`; "
        "Imager Pixel Spacing, but for the magnification. The one with a mammogram's field is used, else "
        "the one that a ruler in the copy confirms, else the one that the patient's other images "
        "by the same detector confirm, else the imager's",
        codes=(AuditCode.SPACING_INVALID, AuditCode.SPACING_CONFLICT, AuditCode.SPACING_OBLONG),
    ),
    ReadingRule(
        attributes=("ImagerPixelSpacing", "EstimatedRadiographicMagnificationFactor"),
        reads="pixel spacing, second choice: divided by the magnification (0.95 to 2.5) where there is one; then "
        "`assumed_spacing_mm`, then unknown",
        contradicted_by="as Pixel Spacing; the other exam and view by the same detector, with the same matrix",
        codes=(
            *(AuditCode.SPACING_INVALID, AuditCode.SPACING_CONFLICT, AuditCode.SPACING_OBLONG),
            *(AuditCode.SPACING_ASSUMED, AuditCode.SPACING_UNKNOWN, AuditCode.SPACING_DIFFERS),
        ),
    ),
    ReadingRule(
        attributes=("ImageLaterality", *_SHARED, "FrameAnatomySequence", "FrameLaterality", "Laterality"),
        reads="breast side: of the image, else of its one frame, else of the series",
        contradicted_by="workbook; the side of the picture on which the chest wall lies",
        codes=(AuditCode.LATERALITY_CONFLICT, AuditCode.TAG_MISSING),
    ),
    ReadingRule(
        attributes=("PatientOrientation",),
        reads="direction in which the columns grow: where the chest wall must lie",
        contradicted_by="the picture",
        codes=(AuditCode.LATERALITY_CONFLICT,),
    ),
    ReadingRule(
        attributes=("ViewPosition", "ViewCodeSequence", "CodeValue", "CodeMeaning"),
        reads="view, as a word, else as a code of SNOMED; the file name decides",
        contradicted_by="the file name",
        codes=(AuditCode.VIEW_CONFLICT, AuditCode.TAG_MISSING),
    ),
    ReadingRule(
        attributes=("StudyDate", "AcquisitionDate", "ContentDate", "SeriesDate"),
        reads="exam date: the first that is a date after 1900; it leaves no trace in the tables",
        contradicted_by="the other exam of the pair, and the dates of the workbook crosswise",
        codes=(AuditCode.VISITS_REVERSED,),
    ),
    ReadingRule(
        attributes=("PresentationIntentType",),
        reads="whether the image is raw",
        contradicted_by="",
        codes=(AuditCode.RAW_IMAGE,),
    ),
    ReadingRule(
        attributes=("Manufacturer",),
        reads="maker of the detector",
        contradicted_by="the other exam of the pair",
        codes=(AuditCode.MANUFACTURER_DIFFERS, AuditCode.TAG_MISSING),
    ),
    ReadingRule(
        attributes=("PatientIdentityRemoved", *IDENTITY_TAGS),
        reads="whether they are filled in; their values are never copied or quoted",
        codes=(AuditCode.PATIENT_IDENTITY,),
    ),
)
"""Every attribute that is read, in the order of the page."""


def contract_lines() -> tuple[str, ...]:
    """The contract as lines of a Markdown table.

    Examples
    --------
    >>> contract_lines()[0]
    '| attribute | read as | contradicted by | finding |'
    """
    rows = [
        f"| {_names(rule)} | {rule.reads} | {rule.contradicted_by or '-'} | "
        f"{', '.join(f'`{code.name}`' for code in rule.codes)} |"
        for rule in READING_CONTRACT
    ]
    return ("| attribute | read as | contradicted by | finding |", "|---|---|---|---|", *rows)


def _names(rule: ReadingRule) -> str:
    """Keywords of a row; the long list of tags that name a person in words."""
    named = [name for name in rule.attributes if name not in IDENTITY_TAGS]
    return ", ".join(f"`{name}`" for name in named) + (
        ", tags that name a person" if named != [*rule.attributes] else ""
    )
