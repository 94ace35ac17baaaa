"""The whole configuration of a study, one section a stage."""

from __future__ import annotations

import hashlib
import json

from pydantic import Field, TypeAdapter, field_validator
from pydantic.dataclasses import dataclass

from radiomics_mammo.config.analysis import ModelingConfig, ReportConfig, StatisticsConfig
from radiomics_mammo.config.features import FeatureConfig
from radiomics_mammo.config.reading import MaskConfig, ReleaseConfig
from radiomics_mammo.config.registration import RegistrationConfig
from radiomics_mammo.config.section import CLOSED
from radiomics_mammo.core.vocabulary import DEFAULT_SEED


@dataclass(frozen=True, kw_only=True, config=CLOSED)
class StudyConfig:
    """Everything a study may be asked for.

    Notes
    -----
    ``features: quick`` and ``modeling: full`` are short for ``features: {preset: quick}`` and
    ``modeling: {profile: full}``.

    Examples
    --------
    >>> StudyConfig().features.bin_count
    32
    """

    seed: int = Field(default=DEFAULT_SEED, ge=0, le=2**32 - 1, description="seed of every random choice")
    assumed_spacing_mm: float | None = Field(
        default=None, gt=0, le=1, description="pixel spacing where the DICOM header has none, mm; empty: unknown"
    )
    release: ReleaseConfig = Field(default_factory=ReleaseConfig, description="what is read")
    masks: MaskConfig = Field(default_factory=MaskConfig, description="outlines to masks")
    registration: RegistrationConfig = Field(default_factory=RegistrationConfig, description="prior and recent")
    features: FeatureConfig = Field(default_factory=FeatureConfig, description="what is measured")
    modeling: ModelingConfig = Field(default_factory=ModelingConfig, description="benign against malignant")
    statistics: StatisticsConfig = Field(default_factory=StatisticsConfig, description="tables by density and age")
    report: ReportConfig = Field(default_factory=ReportConfig, description="the page")

    @field_validator("features", mode="before")
    @classmethod
    def _preset_word(cls, value: object) -> object:
        return {"preset": value} if isinstance(value, str) else value

    @field_validator("modeling", mode="before")
    @classmethod
    def _profile_word(cls, value: object) -> object:
        return {"profile": value} if isinstance(value, str) else value


def settings_hash(*sections: object) -> str:
    """Hash (sha256, hex) of one or more configuration sections, equal exactly when all settings are equal.

    Examples
    --------
    >>> settings_hash(StudyConfig()) == settings_hash(StudyConfig(seed=1))
    False
    """
    plain = [TypeAdapter(type(section)).dump_python(section, mode="json") for section in sections]
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()
