"""Models, statistics and the page."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, field_validator
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
    permutations: int = Field(default=250, ge=20, le=100_000, description="draws of labels permuted by whole patients")
    min_usable_patients: int = Field(
        default=8,
        ge=2,
        le=10_000,
        description="patients of each class with a usable prior below which no gain from the prior is tested",
    )
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
    screening_prevalence: Share = Field(
        default=0.006, description="share of women with cancer at which predictive values are given"
    )
    extra_candidates: tuple[ImportPath, ...] = Field(
        default=(),
        description="further models, each 'package.module:function' returning a Candidate; importing runs that code",
    )


ChangeKind = Literal["delta", "relative", "logratio", "rate", "z"]
"""How a change from prior to recent is expressed: the prefixes of ``deltas.csv``."""

REPRESENTATIVES = (
    "original_shape2D_PixelSurface",
    "original_shape2D_Sphericity",
    "original_firstorder_Mean",
    "original_firstorder_Entropy",
    "original_firstorder_Skewness",
    "original_glcm_Contrast",
    "original_glcm_JointEntropy",
    "original_glcm_Correlation",
    "original_glrlm_ShortRunEmphasis",
    "original_glszm_ZonePercentage",
    "original_gldm_DependenceEntropy",
    "original_ngtdm_Coarseness",
    "tissue_dense_fraction",
    "tissue_area_mm2",
)
"""One or two features of every PyRadiomics class, chosen for being commonly reported, before any outcome was seen."""


@dataclass(frozen=True, kw_only=True, config=CLOSED)
class StatisticsConfig:
    """Strata by density and age, minimum cells, families, false discovery rate, draws."""

    age_edges_years: tuple[float, ...] = Field(
        default=(50.0, 60.0, 70.0), min_length=1, description="lower edges of the second and later age bands, years"
    )
    age_cut_years: float = Field(default=60.0, ge=18, le=110, description="cut for tests by class and age, years")
    plausible_age_years: tuple[float, float] = Field(
        default=(18.0, 110.0), description="ages outside are treated as missing, years"
    )
    min_cell: int = Field(default=5, ge=2, le=100, description="patients per class below which a cell is not tested")
    false_discovery_rate: float = Field(default=0.05, gt=0, lt=1, description="declared false discovery rate")
    confidence: float = Field(default=0.95, gt=0.5, lt=1, description="confidence of every interval")
    aggregation: Literal["mean", "largest", "extreme"] = Field(
        default="mean", description="how the lesions of a patient become one value"
    )
    change_kinds: tuple[ChangeKind, ...] = Field(
        default=("delta", "relative", "logratio", "rate", "z"), description="changes compared between the classes"
    )
    primary_change: ChangeKind = Field(
        default="delta", description="the change used by strata, interactions and models"
    )
    representative_features: tuple[str, ...] = Field(
        default=REPRESENTATIVES,
        description="features declared beforehand for models and interactions, in order of preference within a class "
        "of features; a class without any of them is represented by its first feature by name",
    )
    adjust_for: tuple[Literal["age", "density", "interval"], ...] = Field(
        default=("age", "density"), description="covariates of the models of malignancy"
    )
    operating_sensitivity: float = Field(
        default=0.9,
        gt=0,
        lt=1,
        description="overall sensitivity at which sensitivity and specificity of groups are read",
    )
    bootstrap_draws: int = Field(default=2000, ge=100, le=100_000, description="resamples of patients for intervals")
    permutations: int = Field(default=2000, ge=100, le=100_000, description="random relabellings for p values")
    power: float = Field(default=0.8, gt=0, lt=1, description="power of the detectable effects")
    simulations: int = Field(default=2000, ge=100, le=100_000, description="simulated studies of the power table")
    cluster_correlation: float = Field(
        default=0.8, gt=0, lt=1, description="mean absolute Spearman correlation within a cluster of features"
    )

    @field_validator("age_edges_years")
    @classmethod
    def _edges_increase(cls, edges: tuple[float, ...]) -> tuple[float, ...]:
        if any(later <= earlier for earlier, later in pairwise(edges)):
            raise ValueError("Input should be strictly increasing ages")
        return edges

    @field_validator("plausible_age_years")
    @classmethod
    def _bounds_ordered(cls, bounds: tuple[float, float]) -> tuple[float, float]:
        if bounds[0] >= bounds[1]:
            raise ValueError("Input should be a lower and a higher age")
        return bounds


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
