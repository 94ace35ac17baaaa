"""What the report shows."""

from __future__ import annotations

from pydantic import Field
from pydantic.dataclasses import dataclass

from radiomics_mammo.config.section import CLOSED


@dataclass(frozen=True, kw_only=True, config=CLOSED)
class ReportConfig:
    """Title, size of pictures, length of tables."""

    title: str = Field(
        default="Sequential mammograms: radiomics study", max_length=200, description="title of the page"
    )
    crop_px: int = Field(default=220, ge=64, le=1024, description="side of one lesion picture in the report, pixels")
    crop_margin: float = Field(
        default=0.4, ge=0, le=5, description="tissue shown around a lesion, as a share of its longer side"
    )
    alignment_px: int = Field(
        default=280, ge=96, le=1024, description="longer side of one alignment picture in the report, pixels"
    )
    max_page_megabytes: float = Field(
        default=20.0, ge=2, le=500, description="size the page keeps below by compressing pictures, megabytes"
    )
    table_rows: int = Field(
        default=40, ge=5, le=5000, description="rows of one table shown in the report; the file holds all"
    )
