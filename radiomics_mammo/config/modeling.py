"""How benign and malignant are told apart, and how honestly that is estimated."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from radiomics_mammo.config.section import CLOSED


@dataclass(frozen=True, kw_only=True, config=CLOSED)
class ModelingConfig:
    """Protocol, candidates and budgets."""

    profile: Literal["default", "full"] = Field(
        default="default",
        description="default: the primary analysis and its checks; full: every unit, set and protocol",
    )
    outer_folds: int = Field(default=5, ge=2, le=20, description="outer folds of grouped-kfold")
    repeats: int = Field(default=10, ge=1, le=100, description="repeats of the outer folds")
    inner_folds: int = Field(default=4, ge=2, le=20, description="inner folds, where everything is learned")
    bootstrap_draws: int = Field(default=2000, ge=100, le=100_000, description="resamples of patients for intervals")
    permutations: int = Field(default=200, ge=20, le=100_000, description="draws of labels permuted by whole patients")
