"""What the report shows."""

from __future__ import annotations

from pydantic import Field
from pydantic.dataclasses import dataclass

from radiomics_mammo.config.section import CLOSED


@dataclass(frozen=True, kw_only=True, config=CLOSED)
class ReportConfig:
    """Title and size of pictures."""

    title: str = Field(
        default="Sequential mammograms: radiomics study", max_length=200, description="title of the page"
    )
    crop_px: int = Field(default=220, ge=64, le=1024, description="side of one lesion picture in the report, pixels")
