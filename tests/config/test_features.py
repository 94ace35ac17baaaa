"""Presets are shipped files; what they leave open can be set by hand."""

import pytest

from radiomics_mammo.config.features import FeatureConfig, preset_settings, resolve_preset
from radiomics_mammo.config.loading import config_from, shipped_config
from radiomics_mammo.core.errors import ConfigError


@pytest.mark.parametrize("name", ["quick", "standard", "full"])
def test_a_preset_file_is_a_configuration_of_its_own_and_means_its_word(name):
    shipped = shipped_config(f"preset-{name}").features
    assert shipped == resolve_preset(FeatureConfig(preset=name))
    assert preset_settings(name)["preset"] == name


def test_settings_of_ones_own_win_over_the_preset():
    own = resolve_preset(FeatureConfig(preset="full", log_sigma_mm=(2.5,)))
    assert own.log_sigma_mm == (2.5,)
    assert own.image_types == resolve_preset(FeatureConfig(preset="full")).image_types


@pytest.mark.parametrize(
    "bad",
    [
        {"preset": "huge"},
        {"image_types": ["square"]},
        {"image_types": []},
        {"log_sigma_mm": [0.0]},
        {"log_sigma_mm": [50.0]},
        {"scale_percentiles": [99, 1]},
        {"scale_percentiles": [-1, 99]},
        {"bin_width": 0},
        {"bin_count": 2},
        {"spacing": 0.1},
    ],
)
def test_a_bad_setting_names_itself(bad):
    with pytest.raises(ConfigError, match="features"):
        config_from({"features": bad})
