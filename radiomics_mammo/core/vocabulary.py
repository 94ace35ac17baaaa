"""The closed sets of words used everywhere; their values are the words of the output files."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Self

DEFAULT_SEED = 20240531
"""Of every random choice, unless asked otherwise."""


class CaseClass(StrEnum):
    """The class folder a patient was found in; never an input of a model."""

    NORMAL = "normal"
    BENIGN = "benign"
    MALIGNANT = "malignant"


_VIEW = re.compile(r"(?P<side>[LR]?)(?P<projection>CC|MLO|ML|LM|LMO|XCC|XCCL|XCCM|FB|SIO|ISO|AT|RL|RM|TAN)")
"""Projections of DICOM (PS3.16, CID 4014), with the breast in front where a cohort holds both."""


class View(StrEnum):
    """Mammographic view: cranio-caudal or medio-lateral oblique, or any other of DICOM, of one or of either breast.

    The two of the public release are `CC` and `MLO`. A cohort may hold others, and both breasts of a woman: their
    views then begin with the side, so that ``View("LMLO")`` is a view of its own that is never paired with another
    breast.

    Examples
    --------
    >>> View("LMLO").projection is View.MLO, str(View("LMLO").side), View("CC").side
    (True, 'L', None)
    """

    CC = "CC"
    MLO = "MLO"

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str) or _VIEW.fullmatch(value) is None:
            return None
        member = str.__new__(cls, value)
        member._name_, member._value_ = value, value
        cls._value2member_map_[value] = member
        return member

    @property
    def projection(self) -> View:
        """The view without the side."""
        return View(_VIEW.fullmatch(self.value)["projection"])  # type: ignore[index]

    @property
    def side(self) -> Laterality | None:
        """The breast, where the view names it."""
        letter = _VIEW.fullmatch(self.value)["side"]  # type: ignore[index]
        return Laterality(letter) if letter else None

    def of_side(self, projection: View) -> View:
        """Another projection of the same breast."""
        return View(f"{self.side or ''}{projection}")


def is_view(word: str) -> bool:
    """Whether a word names a view.

    Examples
    --------
    >>> is_view("RXCCL"), is_view("XX")
    (True, False)
    """
    return _VIEW.fullmatch(word) is not None


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
    NONE = "none"
    """No pen: the mask was given as it is."""


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

    REGIONAL = "regional"
    """No point: lesion-shaped windows all over the zone that holds the place nine times in ten."""
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


class SpacingSource(StrEnum):
    """Where the pixel spacing of an image was found."""

    PIXEL_SPACING = "PixelSpacing"
    IMAGER_MAGNIFIED = "ImagerPixelSpacing/EstimatedRadiographicMagnificationFactor"
    IMAGER = "ImagerPixelSpacing"
    FILE = "file"
    ASSUMED = "assumed_spacing_mm"
    RULER = "ruler in the outlined copy"
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


class Decision(StrEnum):
    """What a reader says of an outline, an alignment or a prior region; one not looked at has no decision."""

    RIGHT = "right"
    WRONG = "wrong"
