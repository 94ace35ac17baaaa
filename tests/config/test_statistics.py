from __future__ import annotations

import pytest

from radiomics_mammo.config.loading import parse_config
from radiomics_mammo.core.errors import ConfigError


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
