"""The settings a measured value depends on: hashed into every output, stored in a model, given back to `predict`."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from radiomics_mammo.config.loading import config_from
from radiomics_mammo.config.study import StudyConfig, settings_hash

MEASURING = ("seed", "assumed_spacing_mm", "release", "masks", "registration", "features")
"""Parts of the configuration that can change a measured value."""


def measurement_settings(config: StudyConfig) -> dict[str, Any]:
    """Those parts as plain values.

    Examples
    --------
    >>> sorted(measurement_settings(StudyConfig()))[:2]
    ['assumed_spacing_mm', 'features']
    """
    tree = TypeAdapter(StudyConfig).dump_python(config, mode="json")
    return {name: tree[name] for name in MEASURING}


def measurement_config(settings: dict[str, Any]) -> StudyConfig:
    """A configuration that measures with the given settings.

    Raises
    ------
    ConfigError
        If they are not settings of this version.

    Examples
    --------
    >>> measurement_config({"features": {"bin_count": 64}}).features.bin_count
    64
    """
    return config_from(settings, name="measurement settings")


def measurement_hash(config: StudyConfig) -> str:
    """Hash of every setting a measured value depends on.

    Examples
    --------
    >>> measurement_hash(StudyConfig()) == measurement_hash(measurement_config(measurement_settings(StudyConfig())))
    True
    """
    return settings_hash(measurement_config(measurement_settings(config)))
