"""The closed sets of words used everywhere; their values are the words of the output files."""

from __future__ import annotations

from enum import StrEnum

DEFAULT_SEED = 20240531
"""Of every random choice, unless asked otherwise."""


class CaseClass(StrEnum):
    """The class folder a patient was found in; never an input of a model."""

    NORMAL = "normal"
    BENIGN = "benign"
    MALIGNANT = "malignant"


class View(StrEnum):
    """Mammographic view: cranio-caudal or medio-lateral oblique."""

    CC = "CC"
    MLO = "MLO"


class Visit(StrEnum):
    """Screening round; the prior exam is the older one."""

    PRIOR = "prior"
    RECENT = "recent"


class Laterality(StrEnum):
    """Which breast (DICOM code strings of Image Laterality)."""

    LEFT = "L"
    RIGHT = "R"


class Density(StrEnum):
    """BI-RADS breast density, 5th edition."""

    A = "a"
    B = "b"
    C = "c"
    D = "d"


class OutlineColor(StrEnum):
    """Pen colours of the release."""

    BLUE = "blue"
    RED = "red"
    GREEN = "green"


class LesionLabel(StrEnum):
    """What an outline is known to be."""

    BENIGN = "benign"
    MALIGNANT = "malignant"
    UNCONFIRMED = "unconfirmed"


class OutlineQuality(StrEnum):
    """How an outline was read; the words of the column ``quality`` of ``lesions.csv``."""

    CLOSED = "closed"
    """The pen line was a complete ring."""
    GAP_CLOSED = "gap-closed"
    """Breaks of the ring were joined along its course."""
    EDGE_CLOSED = "edge-closed"
    """The ring was completed along the edge of the picture."""
    DOTS_JOINED = "dots-joined"
    """The ring had fallen into dots that were joined."""
    SPLIT = "split"
    """Touching or crossing outlines of one colour were separated."""
    OPEN = "open"
    """Too much of the ring is missing; kept, not measured by default."""
    AMBIGUOUS = "ambiguous"
    """The strokes allow more than one outline; kept, not measured by default."""

    @property
    def measurable(self) -> bool:
        """Whether an outline of this quality is measured by default.

        Examples
        --------
        >>> OutlineQuality.GAP_CLOSED.measurable, OutlineQuality.OPEN.measurable
        (True, False)
        """
        return self not in (OutlineQuality.OPEN, OutlineQuality.AMBIGUOUS)


class StrokePolicy(StrEnum):
    """Which edge of the pen line bounds the mass."""

    INNER = "inner"
    CENTRE = "centre"
    OUTER = "outer"


class PriorPolicy(StrEnum):
    """Where the prior region of a recent lesion comes from."""

    REGISTERED = "registered"
    OUTLINED_FIRST = "outlined-first"


class RoiSource(StrEnum):
    """How a measured region came to be."""

    OUTLINED = "outlined"
    REGISTERED = "registered"
    FALLBACK = "fallback"
    TISSUE = "tissue"
    NULL = "null"


class LinkRelation(StrEnum):
    """Why two outlines are of one mass."""

    OTHER_VIEW = "same-mass-other-view"
    PRIOR = "same-mass-prior"


class RegistrationMethod(StrEnum):
    """Which candidate alignment was kept."""

    IDENTITY = "identity"
    AFFINE = "affine"
    DEFORMABLE = "deformable"
    ANATOMICAL = "anatomical"


class SpacingSource(StrEnum):
    """Where the pixel spacing of an image was found."""

    PIXEL_SPACING = "PixelSpacing"
    IMAGER_MAGNIFIED = "ImagerPixelSpacing/EstimatedRadiographicMagnificationFactor"
    IMAGER = "ImagerPixelSpacing"
    ASSUMED = "assumed_spacing_mm"
    UNKNOWN = "unknown"


class ExportFormat(StrEnum):
    """Formats of other programs that masks are exported to."""

    SEG = "seg"
    NRRD = "nrrd"
    PYRADIOMICS = "pyradiomics"


class Severity(StrEnum):
    """Severity of an audit finding."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
