"""What is read of a release, and how outlines become masks."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator
from pydantic.dataclasses import dataclass
from pydantic_core import PydanticCustomError

from radiomics_mammo.config.section import CLOSED
from radiomics_mammo.core.vocabulary import StrokePolicy

_Years = Annotated[float, Field(ge=0, le=150)]
_Year = Annotated[int, Field(ge=1900, le=2200)]
_Spacing = Annotated[float, Field(gt=0, le=100)]
_Field = Annotated[float, Field(gt=0, le=2000)]


@dataclass(frozen=True, kw_only=True, config=CLOSED)
class ReleaseConfig:
    """Bounds on what is read from a release."""

    max_image_pixels: int = Field(
        default=120_000_000, ge=1_000, le=1_000_000_000, description="pixels of the largest image read"
    )
    max_unpacked_bytes: int = Field(
        default=400_000_000,
        ge=100_000,
        le=4_000_000_000,
        description="unpacked size in bytes of the largest file or archive member read",
    )
    max_files: int = Field(
        default=200_000, ge=8, le=10_000_000, description="most files and folders a release may hold"
    )
    max_sheet_cells: int = Field(
        default=400_000, ge=1_000, le=10_000_000, description="most cells of one workbook sheet that are looked at"
    )
    plausible_age_years: tuple[_Years, _Years] = Field(
        default=(18.0, 110.0), description="ages outside are reported and treated as missing, years"
    )
    plausible_exam_year: tuple[_Year, _Year] = Field(
        default=(1970, 2100), description="exam dates outside are reported and treated as missing, calendar years"
    )
    max_interval_years: float = Field(
        default=30.0, gt=0, le=100, description="longer intervals are reported and treated as missing, years"
    )
    plausible_spacing_mm: tuple[_Spacing, _Spacing] = Field(
        default=(0.005, 20.0), description="pixel spacings outside are reported and treated as missing, mm"
    )
    plausible_field_mm: tuple[_Field, _Field] = Field(
        default=(60.0, 360.0),
        description="longest side of the field that matrix and spacing of a whole mammogram may give, mm; a spacing "
        "that gives another is reported and treated as missing",
    )
    polarity: Literal["witnesses", "header", "picture"] = Field(
        default="witnesses",
        description="which end of the grey values is dense tissue where picture and header disagree: witnesses turns "
        "the picture over when its outlined copy or its display tags say so too, and else measures no change of the "
        "pair; header and picture decide for one side",
    )
    accepted_modalities: tuple[str, ...] = Field(
        default=("MG",), min_length=1, max_length=10, description="DICOM modalities read as mammograms"
    )
    max_constant_fraction: float = Field(
        default=0.999, gt=0.5, le=1, description="share of pixels with one grey value above which an image is empty"
    )
    max_saturated_fraction: float = Field(
        default=0.75, gt=0, le=1, description="share of pixels at the brightest value above which an image is saturated"
    )

    @field_validator("plausible_age_years", "plausible_exam_year", "plausible_spacing_mm", "plausible_field_mm")
    @classmethod
    def _ordered(cls, bounds: tuple[float, float]) -> tuple[float, float]:
        if bounds[0] >= bounds[1]:
            raise PydanticCustomError("bounds", "a lower bound below an upper bound")
        return bounds


DEFAULT_RELEASE = ReleaseConfig()
"""What is read where nothing else is asked for."""


@dataclass(frozen=True, kw_only=True, config=CLOSED)
class MaskConfig:
    """Stroke finding, closing, rejection and placement."""

    stroke_policy: StrokePolicy = Field(
        default=StrokePolicy.CENTRE, description="which edge of the pen line bounds the mass"
    )
    noise_factor: float = Field(
        default=6.0,
        ge=2,
        le=30,
        description="chroma of a pen line in units of the picture's own chroma noise, at least",
    )
    max_hue_error_deg: float = Field(
        default=50.0,
        ge=10,
        le=58,
        description="angle in the chroma plane between a stroke and the pure pen colour, at most",
    )
    max_gap_fraction: float = Field(
        default=0.25, ge=0, le=0.5, description="largest share of the perimeter that may be missing and still be closed"
    )
    max_dot_gap_fraction: float = Field(
        default=0.125,
        ge=0,
        le=0.25,
        description="longest single break, as a share of the perimeter, of a ring that has fallen into dots or dashes",
    )
    max_text_height_fraction: float = Field(
        default=0.05, ge=0, le=0.5, description="height of an annotation's letters as a share of the picture's, at most"
    )
    min_tissue_fraction: float = Field(
        default=0.25, ge=0, le=1, description="share of an outlined area that must show tissue, not air; else a marker"
    )
    min_similarity: float = Field(
        default=0.5, ge=0, le=1, description="correlation of outlined copy and DICOM below which the image is refused"
    )
    min_mass_diameter_mm: float = Field(
        default=2.0, ge=0, le=50, description="diameter of a circle of an outline's area, mm; smaller ones are rejected"
    )
    min_mass_diameter_px: float = Field(
        default=6.0, ge=0, le=500, description="the same in DICOM pixels, where the pixel spacing is unknown"
    )
    max_ink_share: float = Field(
        default=0.92, ge=0.3, le=1, description="share of an outline's area that may be pen; more is a filled mark"
    )
    min_confidence: float = Field(
        default=0.0, ge=0, le=1, description="outlines less certain than this are kept but not measured"
    )
    spacing_from_ruler: bool = Field(
        default=False, description="take a missing pixel spacing from a ruler of centimetres in the outlined copy"
    )
    measure_unreliable: bool = Field(
        default=False, description="measure outlines whose quality is open or ambiguous as well"
    )
