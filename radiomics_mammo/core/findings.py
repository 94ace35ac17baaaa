"""The stable catalogue of audit codes and the finding that carries one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Annotated, NamedTuple

from radiomics_mammo.core.vocabulary import Severity

_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFO


class CodeMeaning(NamedTuple):
    """Severity and meaning of an audit code."""

    severity: Severity
    meaning: str


class AuditCode(Enum):
    """Every code that can stand in ``audit.csv``; the name is the code, the value its severity and meaning."""

    # the release as a whole
    FEWER_PATIENTS = CodeMeaning(_I, "fewer patients than the public release")
    MORE_PATIENTS = CodeMeaning(_I, "patients that the public release does not have")
    STRAY_FILES = CodeMeaning(_I, "files that belong to no patient were ignored")
    NESTED_PARENT = CodeMeaning(_I, "the class folders sit under a parent folder")
    UNSAFE_PATH = CodeMeaning(_E, "a link or archive member points outside the release and was not read")
    FOLDER_UNREADABLE = CodeMeaning(_E, "a folder cannot be opened; what it holds is missing")
    ARCHIVE_LIMIT = CodeMeaning(_E, "an archive member unpacks to more than the allowed size")
    CLASS_FOLDER_UNREAD = CodeMeaning(_E, "a folder looks like a class folder and is none; its patients are not read")
    CLASS_MISSING = CodeMeaning(_E, "the workbook lists patients of a class and no folder of that class is there")
    FOLDER_NAME = CodeMeaning(_W, "a patient folder is not named by a number")
    # patients and workbook
    DUPLICATE_FILE = CodeMeaning(_E, "two files claim to be the same image; neither is used")
    MISSING_DICOM = CodeMeaning(_E, "a mammogram of a patient is missing")
    MISSING_GT = CodeMeaning(_E, "the outlined copy of a mammogram is missing")
    FOLDER_WITHOUT_ROW = CodeMeaning(_E, "a patient folder has no row in the workbook")
    ROW_WITHOUT_FOLDER = CodeMeaning(_W, "a workbook row has no patient folder")
    DUPLICATE_ROW = CodeMeaning(_E, "a patient has several differing workbook rows; none is used")
    SHEET_MISSING = CodeMeaning(_E, "a sheet of the workbook is missing or has no readable header")
    COLUMN_MISSING = CodeMeaning(_E, "a column of the workbook is missing")
    CELL_UNREADABLE = CodeMeaning(_W, "a workbook cell could not be read; the value is missing")
    DATE_AMBIGUOUS = CodeMeaning(_W, "day and month of an exam date cannot be told apart; only the year is kept")
    AGE_IMPLAUSIBLE = CodeMeaning(_W, "an age is implausible; the value is missing")
    INTERVAL_MISSING = CodeMeaning(_W, "the interval between the exams is missing; yearly rates stay empty")
    INTERVAL_NEGATIVE = CodeMeaning(_E, "the prior exam is dated after the recent one, or the interval is not positive")
    INTERVAL_ROUNDED = CodeMeaning(_I, "intervals were rounded to the coarsest precision found")
    INTERVAL_DISAGREES = CodeMeaning(_W, "the interval disagrees with the exam dates by more than a year")
    BIRADS_CLASS_CONFLICT = CodeMeaning(_W, "the BI-RADS class does not fit the class folder")
    COLUMN_ABSENT = CodeMeaning(_I, "a cohort file lacks a column; what needs it is left out")
    LESION_IDS = CodeMeaning(_I, "lesion ids of a cohort file repeat between images; the id of the image stands before")
    CALCIFICATIONS = CodeMeaning(_I, "single calcifications marked on an image of the sibling release, counted")
    EARLIER_EXAMS = CodeMeaning(_I, "exams before the prior one are not looked at")
    NO_PRIOR_EXAM = CodeMeaning(_I, "recent images without a prior exam; no change is measured there")
    # images
    DICOM_UNREADABLE = CodeMeaning(_E, "a DICOM file cannot be read; the image is left out")
    GT_UNREADABLE = CodeMeaning(_E, "an outlined copy cannot be read; the image is left out")
    MASK_UNREADABLE = CodeMeaning(_E, "a picture or mask file cannot be used; the image is left out")
    DICOM_NOT_MAMMOGRAM = CodeMeaning(_E, "a DICOM file has another modality, colour, or several frames; left out")
    IMAGE_TOO_LARGE = CodeMeaning(_E, "an image has more pixels than allowed; left out")
    IMAGE_EMPTY = CodeMeaning(_E, "an image is constant or saturated; left out")
    MATRIX_SIZE = CodeMeaning(_I, "an image has another matrix size than the release states")
    MATRIX_DIFFERS = CodeMeaning(_I, "prior and recent exam have different matrix sizes")
    MANUFACTURER_DIFFERS = CodeMeaning(_I, "prior and recent exam come from detectors of different manufacturers")
    BITS_STORED = CodeMeaning(_I, "images have other bits than the release states")
    FILE_EXTENSION = CodeMeaning(_I, "DICOM files carry an upper-case extension or none")
    PHOTOMETRIC_INVERTED = CodeMeaning(_I, "MONOCHROME1 images were inverted")
    POLARITY_CONFLICT = CodeMeaning(_E, "header and picture disagree on which end of the grey values is dense tissue")
    PIXEL_PADDING = CodeMeaning(_I, "padding or a white frame was found around the picture; it counts as air")
    RAW_IMAGE = CodeMeaning(_W, "an image is raw detector data, not processed for reading")
    SPACING_UNKNOWN = CodeMeaning(_W, "no pixel spacing; lengths in mm stay empty")
    SPACING_ASSUMED = CodeMeaning(_W, "the configured spacing was assumed")
    SPACING_INVALID = CodeMeaning(_W, "a pixel spacing tag cannot be true of a mammogram; treated as missing")
    SPACING_CONFLICT = CodeMeaning(_W, "the tags of the pixel spacing contradict each other, or another exam")
    SPACING_OBLONG = CodeMeaning(_W, "the pixels are said to be longer one way than the other")
    SPACING_DIFFERS = CodeMeaning(_W, "prior and recent exam have different pixel spacing")
    REPEATED_PICTURE = CodeMeaning(_W, "images of two patients show nearly the same picture; one woman filed twice?")
    TAG_MISSING = CodeMeaning(_I, "an expected DICOM tag is missing")
    PATIENT_IDENTITY = CodeMeaning(_W, "a DICOM file holds tags that identify a person")
    VISITS_REVERSED = CodeMeaning(_E, "the headers date the prior exam after the recent one, or the other way round")
    LATERALITY_CONFLICT = CodeMeaning(_W, "header, workbook and picture disagree on the breast side")
    VIEW_CONFLICT = CodeMeaning(_W, "header and file name disagree on the view")
    SOURCE_REPAIRED = CodeMeaning(_W, "odd tags of a source image were replaced or left out of its export")
    EXPORT_FAILED = CodeMeaning(_E, "an image could not be exported")
    # outlines
    GT_SCALED = CodeMeaning(_I, "an outlined copy has another size than its DICOM image")
    GT_MISPLACED = CodeMeaning(_E, "an outlined copy does not show its DICOM image; the image is left out")
    GT_FLIPPED = CodeMeaning(_W, "an outlined copy is mirrored with respect to its DICOM image")
    GT_GREY = CodeMeaning(_E, "a patient who must have an outline has none in the recent exam")
    RED_MISSING = CodeMeaning(_E, "a malignant case has no red outline in its recent exam")
    OUTLINE_ONE_VIEW = CodeMeaning(_W, "one view of the recent exam has outlines, the other has none")
    OUTLINE_IN_NORMAL = CodeMeaning(_E, "an outline in a normal case")
    RED_IN_PRIOR = CodeMeaning(_E, "a red outline in a prior exam; unconfirmed")
    RED_IN_BENIGN = CodeMeaning(_E, "a red outline in a benign case; unconfirmed")
    SEVERAL_REDS_NO_BOX = CodeMeaning(_W, "several red outlines and no green box; all unconfirmed")
    LABEL_VIEW_CONFLICT = CodeMeaning(_W, "one red outline here, several in the other view; kept malignant")
    BOX_SEVERAL_REDS = CodeMeaning(_W, "a green box holds more than one red outline; these are unconfirmed")
    BOX_NO_RED = CodeMeaning(_W, "a green box holds no red outline; the red outlines of the image are unconfirmed")
    GREEN_OUTLINE = CodeMeaning(_W, "a green outline that is no box; kept as unconfirmed")
    BOX_SEVERAL = CodeMeaning(_W, "an image holds more than one green box")
    BIOPSY_BENIGN = CodeMeaning(_W, "the biopsy text says benign; red outlines are unconfirmed")
    BIOPSY_UNCLEAR = CodeMeaning(_W, "the biopsy text is not understood; labels kept")
    BIOPSY_MISSING = CodeMeaning(_W, "no biopsy result; labels kept")
    OUTLINE_OPEN = CodeMeaning(_W, "an outline could not be closed; kept, not measured")
    OUTLINE_AMBIGUOUS = CodeMeaning(_W, "strokes allow more than one outline; kept, not measured")
    OUTLINE_REPAIRED = CodeMeaning(_I, "an outline was broken or touching and was repaired")
    STROKES_REJECTED = CodeMeaning(_I, "coloured specks or text were rejected")
    FILLED_MARK = CodeMeaning(_I, "filled marks were rejected: most of what they enclose is pen")
    RULER = CodeMeaning(_I, "rulers were rejected: ticks at equal distances along one axis")
    OVERLAY_TEXT = CodeMeaning(_I, "text of a viewer was rejected: small pieces in a row, or on a plate")
    TOO_SMALL = CodeMeaning(_I, "outlines too small for a mass were rejected")
    LOW_CONFIDENCE = CodeMeaning(_W, "an outline is doubtful; kept, not measured")
    REPEATED_OUTLINE = CodeMeaning(_W, "outlines of one shape at one place in several patients; maybe of a viewer")
    RULER_SPACING = CodeMeaning(_W, "a ruler in the outlined copy disagrees with the pixel spacing")
    INCLUSION_APPLIED = CodeMeaning(_I, "a reader brought this rejected outline back")
    INCLUSION_STALE = CodeMeaning(_E, "an inclusion names an outline that was not rejected or has another mask")
    EXCLUSION_APPLIED = CodeMeaning(_I, "a reader rejected this lesion")
    EXCLUSION_STALE = CodeMeaning(_E, "an exclusion names a lesion that is not there or has another mask")
    # pairs and measurements
    ALIGNMENT_DOUBTFUL = CodeMeaning(_W, "the alignment is not trusted: far from sure, or another woman's")
    PRIOR_REJECTED = CodeMeaning(_I, "a reader rejected this alignment or prior region; its deltas stay empty")
    REGISTRATION_UNTRUSTED = CodeMeaning(_W, "the prior region is not trusted; its deltas stay empty")
    EXAMS_IDENTICAL = CodeMeaning(_W, "prior and recent exam are the same picture")
    PAIR_INCOMPLETE = CodeMeaning(_W, "one exam of the pair cannot be used; no change can be measured")
    REGION_TOO_SMALL = CodeMeaning(_W, "a region has too few pixels for some features; those stay empty")
    REGION_FLAT = CodeMeaning(_W, "a region has one grey level; texture features stay empty")
    REGION_SATURATED = CodeMeaning(_W, "part of a region lies at the brightest value of its picture")
    REGION_OUTSIDE = CodeMeaning(_W, "a region lies outside the image or the breast")
    GREY_LEVELS = CodeMeaning(_W, "the number of occupied grey levels leaves 16..128")
    FEATURE_FAILED = CodeMeaning(_W, "a feature could not be computed; empty")

    @property
    def severity(self) -> Severity:
        """How bad it is."""
        return self.value.severity

    @property
    def meaning(self) -> str:
        """What it says, in words."""
        return self.value.meaning


@dataclass(frozen=True, order=True, kw_only=True)
class Finding:
    """One row of ``audit.csv``.

    Examples
    --------
    >>> Finding.of(AuditCode.GT_GREY, image_id="benign-01_CC_recent").severity
    <Severity.ERROR: 'error'>
    """

    severity: Annotated[Severity, "error, warning or info"]
    code: Annotated[str, "stable code, see the audit codes"]
    patient_id: Annotated[str, "class-qualified patient id"]
    image_id: Annotated[str, "patient, view and visit"]
    file: Annotated[str, "path inside the release"]
    message: Annotated[str, "what was found and what was done"]

    @classmethod
    def of(
        cls, code: AuditCode, message: str = "", *, patient_id: str = "", image_id: str = "", file: str = ""
    ) -> Finding:
        """A finding with the severity of its code; the message defaults to the code's meaning.

        Parameters
        ----------
        code : AuditCode
        message : str
            Facts of this case: what was found, what was done.
        patient_id, image_id, file : str
            Where; `file` is the path inside the release, never an absolute path.
        """
        if image_id and not patient_id:
            patient_id = image_id.rsplit("_", 2)[0]
        return cls(
            severity=code.severity,
            code=code.name,
            patient_id=patient_id,
            image_id=image_id,
            file=file,
            message=message or code.meaning,
        )
