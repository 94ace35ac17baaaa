"""What is measured, and on which picture."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from radiomics_mammo.config.section import CLOSED


@dataclass(frozen=True, kw_only=True, config=CLOSED)
class FeatureConfig:
    """Intensity scale, resampling, grey levels, image types and classes."""

    preset: Literal["quick", "standard", "full"] = Field(
        default="standard", description="named set of image types and feature classes"
    )
    intensity_scale: Literal["breast-percentile", "breast-zscore", "native"] = Field(
        default="breast-percentile", description="how grey values of an exam are scaled, inside the breast only"
    )
    spacing_mm: float = Field(default=0.1, ge=0.03, le=1, description="study spacing both exams are resampled to, mm")
    bin_count: int = Field(default=32, ge=4, le=256, description="grey levels of texture matrices (fixed bin number)")
    ring_mm: float = Field(
        default=0.0, ge=0, le=20, description="width of an optional rim around each lesion, mm; 0 is off"
    )
    measure_on: Literal["native", "warped"] = Field(
        default="native", description="measure the prior on its own grid, or warped onto the recent one"
    )
