"""Settings of models, statistics and the page."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from radiomics_mammo.config.analysis import ModelingConfig, ReportConfig
from radiomics_mammo.config.loading import config_from, parse_config
from radiomics_mammo.core.errors import ConfigError


def test_defaults_are_those_of_the_protocol():
    config = ModelingConfig()
    assert (config.outer_folds, config.repeats, config.inner_folds) == (5, 10, 4)
    assert config.permutations >= 200
    assert config.aggregation == "mean"
    assert config.extra_candidates == ()


@pytest.mark.parametrize(
    "wrong",
    [
        {"outer_folds": 1},
        {"permutations": 19},
        {"selection": "forward"},
        {"sensitivity_points": (1.0,)},
        {"max_correlation": 0},
        {"extra_candidates": ("os.system",)},
        {"extra_candidates": ("a b:c",)},
    ],
)
def test_values_out_of_bounds_are_refused(wrong):
    with pytest.raises(ValidationError):
        ModelingConfig(**wrong)


def test_the_word_full_is_short_for_the_profile():
    assert config_from({"modeling": "full"}).modeling.profile == "full"
    with pytest.raises(ConfigError, match=r"modeling\.profile"):
        config_from({"modeling": "fuller"})


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("statistics: {age_edges_years: [60, 50]}", "age_edges_years"),
        ("statistics: {age_edges_years: [50, 50]}", "age_edges_years"),
        ("statistics: {age_edges_years: []}", "age_edges_years"),
        ("statistics: {plausible_age_years: [90, 20]}", "plausible_age_years"),
        ("statistics: {min_cell: 1}", "min_cell"),
        ("statistics: {primary_change: slope}", "primary_change"),
        ("statistics: {adjust_for: [class]}", "adjust_for"),
        ("statistics: {aggregation: median}", "aggregation"),
    ],
)
def test_wrong_setting_is_an_error_naming_its_key(text, key):
    with pytest.raises(ConfigError, match=key):
        parse_config(text)


def test_settings_are_read():
    settings = parse_config(
        "statistics: {age_edges_years: [45, 65], adjust_for: [age], change_kinds: [rate]}"
    ).statistics
    assert settings.age_edges_years == (45.0, 65.0)
    assert settings.adjust_for == ("age",)
    assert settings.change_kinds == ("rate",)


def test_defaults_are_within_their_bounds() -> None:
    settings = ReportConfig()
    assert settings.max_page_megabytes == 20
    assert (settings.crop_px, settings.alignment_px) == (220, 280)


@pytest.mark.parametrize(
    "wrong",
    [{"crop_px": 10}, {"crop_margin": -1}, {"alignment_px": 5000}, {"max_page_megabytes": 0}, {"table_rows": 1}],
)
def test_report_settings_out_of_bounds_are_refused(wrong) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        ReportConfig(**wrong)


def test_unknown_keys_are_refused() -> None:
    with pytest.raises(ValidationError, match="colour"):
        ReportConfig(colour="red")
