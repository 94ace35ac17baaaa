"""Strata and tests of the statistical tables."""

from __future__ import annotations

from pydantic import Field
from pydantic.dataclasses import dataclass

from radiomics_mammo.config.section import CLOSED


@dataclass(frozen=True, kw_only=True, config=CLOSED)
class StatisticsConfig:
    """Strata by density and age, minimum cells, false discovery rate."""

    age_edges_years: tuple[float, ...] = Field(
        default=(50.0, 60.0, 70.0), min_length=1, description="lower edges of the second and later age bands, years"
    )
    age_cut_years: float = Field(default=60.0, ge=18, le=110, description="cut for tests by class and age, years")
    min_cell: int = Field(default=5, ge=2, le=100, description="patients per class below which a cell is not tested")
    false_discovery_rate: float = Field(default=0.05, gt=0, lt=1, description="declared false discovery rate")
