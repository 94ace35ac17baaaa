"""How outlines become masks."""

from __future__ import annotations

from pydantic import Field
from pydantic.dataclasses import dataclass

from radiomics_mammo.config.section import CLOSED
from radiomics_mammo.core.vocabulary import StrokePolicy


@dataclass(frozen=True, kw_only=True, config=CLOSED)
class MaskConfig:
    """Stroke finding, closing and placement."""

    stroke_policy: StrokePolicy = Field(
        default=StrokePolicy.CENTRE, description="which edge of the pen line bounds the mass"
    )
    max_gap_fraction: float = Field(
        default=0.25, ge=0, le=0.5, description="largest share of the perimeter that may be missing and still be closed"
    )
    min_similarity: float = Field(
        default=0.5, ge=0, le=1, description="correlation of outlined copy and DICOM below which the image is refused"
    )
    measure_unreliable: bool = Field(
        default=False, description="measure outlines whose quality is open or ambiguous as well"
    )
