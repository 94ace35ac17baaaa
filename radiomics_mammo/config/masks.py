"""How outlines become masks."""

from __future__ import annotations

from pydantic import Field
from pydantic.dataclasses import dataclass

from radiomics_mammo.config.section import CLOSED
from radiomics_mammo.core.vocabulary import StrokePolicy


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
    measure_unreliable: bool = Field(
        default=False, description="measure outlines whose quality is open or ambiguous as well"
    )
