"""What is accepted as a release."""

from __future__ import annotations

from pydantic import Field
from pydantic.dataclasses import dataclass

from radiomics_mammo.config.section import CLOSED


@dataclass(frozen=True, kw_only=True, config=CLOSED)
class ReleaseConfig:
    """Bounds on what is read from a release."""

    max_image_pixels: int = Field(default=120_000_000, ge=1_000_000, description="pixels of the largest image read")
    max_unpacked_bytes: int = Field(
        default=400_000_000, ge=1_000_000, description="unpacked size in bytes of the largest archive member read"
    )
    plausible_age_years: tuple[float, float] = Field(
        default=(18.0, 110.0), description="ages outside are reported and treated as missing, years"
    )
