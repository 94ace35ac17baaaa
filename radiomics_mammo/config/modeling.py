"""How benign and malignant are told apart, and how honestly that is estimated."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from radiomics_mammo.config.section import CLOSED

ImportPath = Annotated[str, Field(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")]
"""``package.module:name``, the place of a Python object."""

Share = Annotated[float, Field(gt=0, lt=1)]


@dataclass(frozen=True, kw_only=True, config=CLOSED)
class ModelingConfig:
    """Protocol, candidates and budgets.

    Examples
    --------
    >>> ModelingConfig().outer_folds, ModelingConfig().repeats, ModelingConfig().inner_folds
    (5, 10, 4)
    """

    profile: Literal["default", "full"] = Field(
        default="default",
        description="default: the primary analysis and its checks; full: every unit, set and protocol",
    )
    outer_folds: int = Field(default=5, ge=2, le=20, description="outer folds of grouped-kfold")
    repeats: int = Field(default=10, ge=1, le=100, description="repeats of the outer folds")
    inner_folds: int = Field(default=4, ge=2, le=20, description="inner folds, where everything is learned")
    bootstrap_draws: int = Field(default=2000, ge=100, le=100_000, description="resamples of patients for intervals")
    permutations: int = Field(default=200, ge=20, le=100_000, description="draws of labels permuted by whole patients")
    loo_permutations: int = Field(
        default=20, ge=2, le=10_000, description="draws of permuted labels under leave-one-patient-out (full only)"
    )
    aggregation: Literal["mean", "largest", "extreme"] = Field(
        default="mean", description="how the lesions of a patient become one row; fixed before the run"
    )
    selection: Literal["anova", "lasso", "mrmr"] = Field(
        default="anova", description="how columns are chosen inside the folds"
    )
    screen_columns: int = Field(
        default=64, ge=2, le=5000, description="columns kept by the univariate screen inside the folds"
    )
    max_correlation: float = Field(
        default=0.9, gt=0, le=1, description="absolute correlation above which the weaker of two columns goes"
    )
    min_icc: float = Field(
        default=0.75, ge=0, le=1, description="features less repeatable than this stay out (where the ICC is known)"
    )
    class_weight: Literal["none", "balanced"] = Field(
        default="none", description="weights of the classes in training; none keeps probabilities calibrated"
    )
    trees: int = Field(default=100, ge=10, le=5000, description="trees of the random forest")
    sensitivity_points: tuple[Share, ...] = Field(
        default=(0.9, 0.95), description="sensitivities at which specificity is read off the curve"
    )
    specificity_points: tuple[Share, ...] = Field(
        default=(0.8, 0.9), description="specificities at which sensitivity is read off the curve"
    )
    extra_candidates: tuple[ImportPath, ...] = Field(
        default=(),
        description="further models, each 'package.module:function' returning a Candidate; importing runs that code",
    )
