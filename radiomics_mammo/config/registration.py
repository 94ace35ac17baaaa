"""How prior and recent exams are aligned and prior regions found."""

from __future__ import annotations

from pydantic import Field
from pydantic.dataclasses import dataclass

from radiomics_mammo.config.section import CLOSED


@dataclass(frozen=True, kw_only=True, config=CLOSED)
class RegistrationConfig:
    """Alignment, regional search, gate."""

    working_spacing_mm: float = Field(default=0.8, ge=0.2, le=4, description="pixel spacing of the alignment grid, mm")
    deformable: bool = Field(default=True, description="try a regularised deformable step after the affine one")
    min_gain: float = Field(
        default=0.005, ge=0, le=1, description="similarity gain that a more complex alignment must show to be kept"
    )
