"""What is planted in the synthetic release."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from radiomics_mammo.config.section import CLOSED


@dataclass(frozen=True, kw_only=True, config=CLOSED)
class SyntheticConfig:
    """Planted effects and shares; all are written to ``truth/effects.yaml``."""

    world: Literal["hard", "easy"] = Field(
        default="hard",
        description="hard: two projections of layers that slide and change, as far apart as real exams; "
        "easy: one picture warped by one smooth map",
    )
    gland_share_by_density: tuple[float, float, float, float] = Field(
        default=(0.10, 0.27, 0.52, 0.76), description="share of fibroglandular tissue for BI-RADS density a, b, c, d"
    )
    gland_share_per_decade: float = Field(
        default=-0.05, ge=-0.2, le=0.2, description="change of the gland share per ten years of age above 58"
    )
    gland_loss_per_year: float = Field(
        default=0.02, ge=0, le=0.1, description="fall of brightness of gland per year between the exams"
    )
    class_effect: float = Field(
        default=1.0, ge=0, le=5, description="multiplies the differences in look between malignant and benign masses"
    )
    benign_in_prior_share: float = Field(
        default=0.6, ge=0, le=1, description="share of benign masses that are outlined in the prior exam too"
    )
    precursor_share: float = Field(
        default=0.25, ge=0, le=1, description="share of malignant masses with a faint, not outlined precursor"
    )
    strong_warp_share: float = Field(
        default=0.2, ge=0, le=1, description="share of patients whose exams differ more than the usual bounds (easy)"
    )
    other_matrix_share: float = Field(
        default=0.1, ge=0, le=1, description="share of patients whose prior exam has another matrix size"
    )


DEFAULT_SYNTHETIC = SyntheticConfig()
"""What is planted unless asked otherwise."""
