"""Settings of what is read and of the outlines."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from radiomics_mammo.config.loading import parse_config
from radiomics_mammo.config.reading import DEFAULT_RELEASE, MaskConfig, ReleaseConfig
from radiomics_mammo.core.errors import ConfigError
from radiomics_mammo.core.vocabulary import StrokePolicy


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


def test_default_contour_runs_through_the_middle_of_the_line():
    assert MaskConfig().stroke_policy is StrokePolicy.CENTRE
    assert MaskConfig().max_gap_fraction == 0.25
    assert not MaskConfig().measure_unreliable


@pytest.mark.parametrize("wrong", [{"max_gap_fraction": 0.6}, {"noise_factor": 1}, {"max_hue_error_deg": 60}])
def test_values_out_of_bounds_are_refused(wrong):
    with pytest.raises(ValidationError):
        MaskConfig(**wrong)
