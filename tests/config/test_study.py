"""Equal settings have equal hashes, different ones different."""

import dataclasses

import pytest

from radiomics_mammo.config.features import FeatureConfig
from radiomics_mammo.config.reading import MaskConfig
from radiomics_mammo.config.study import StudyConfig, settings_hash


def test_hash_is_of_values_not_of_objects():
    assert settings_hash(StudyConfig()) == settings_hash(StudyConfig())
    assert settings_hash(FeatureConfig()) != settings_hash(FeatureConfig(bin_count=33))
    assert settings_hash(FeatureConfig(), MaskConfig()) != settings_hash(FeatureConfig())


def test_configuration_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        StudyConfig().seed = 3
