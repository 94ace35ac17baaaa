from __future__ import annotations

import pytest

from radiomics_mammo.config.loading import parse_config
from radiomics_mammo.config.release import DEFAULT_RELEASE, ReleaseConfig
from radiomics_mammo.core.errors import ConfigError


def test_defaults_are_those_of_the_section():
    assert parse_config("").release == ReleaseConfig() == DEFAULT_RELEASE


@pytest.mark.parametrize("key", ["plausible_age_years", "plausible_exam_year", "plausible_spacing_mm"])
@pytest.mark.parametrize("bounds", ["[50, 20]", "[20, 20]", "[-1, 20]", "[1]"])
def test_ranges_have_a_lower_and_an_upper_end(key, bounds):
    with pytest.raises(ConfigError, match=key):
        parse_config(f"release: {{{key}: {bounds}}}")


@pytest.mark.parametrize(
    "setting",
    ["max_image_pixels: 0", "max_unpacked_bytes: -1", "accepted_modalities: []", "max_saturated_fraction: 1.5", "x: 1"],
)
def test_settings_are_bounded(setting):
    with pytest.raises(ConfigError):
        parse_config(f"release: {{{setting}}}")
