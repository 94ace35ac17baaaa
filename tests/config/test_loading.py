"""Every mistake in a configuration is one sentence naming key, value and what is allowed."""

import pytest

from radiomics_mammo.config.loading import (
    config_from,
    describe_settings,
    known_keys,
    load_config,
    parse_config,
    settings_yaml,
    shipped_config,
)
from radiomics_mammo.config.study import StudyConfig
from radiomics_mammo.core.errors import ConfigError


@pytest.mark.parametrize("name", ["study", "demo"])
def test_shipped_configurations_are_valid(name):
    assert isinstance(shipped_config(name), StudyConfig)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sead: 1", ["sead", "unknown"]),
        ("features: {bin_cuont: 3}", ["features.bin_cuont", "unknown", "did you mean features.bin_count?"]),
        ("features.bin_count: 1", ["features.bin_count", "greater than or equal to 4"]),
        ("{features.bin_count: 8, features: {bin_count: 9}}", ["features.bin_count", "each setting once"]),
        ("{seed: -1, sead: 2, features: {bin_count: 1}}", ["3 mistakes", "seed", "did you mean seed?", "bin_count"]),
        ("features: {bin_count: 1}", ["features.bin_count", "greater than or equal to 4", "1"]),
        ("features: enormous", ["features.preset", "'quick', 'standard' or 'full'", "enormous"]),
        ("bin_count: 3", ["bin_count", "did you mean features.bin_count?"]),
        ("- 1", ["settings as", "list"]),
        ("a: [", ["YAML"]),
        ("seed: !!python/object/apply:os.system ['true']", ["YAML"]),
        ("seed: -1", ["seed", "-1"]),
    ],
)
def test_mistakes_are_named(text, words):
    with pytest.raises(ConfigError) as caught:
        parse_config(text, name="mine.yaml")
    assert "\n" not in str(caught.value)
    for word in ["mine.yaml", *words]:
        assert word in str(caught.value)


def test_empty_file_is_the_default_study(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("# nothing\n")
    assert load_config(path) == StudyConfig()


@pytest.mark.parametrize("data", [None, b"\xff\xfe\x00"])
def test_unreadable_file_is_named(tmp_path, data):
    path = tmp_path / "mine.yaml"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(ConfigError, match=r"mine\.yaml"):
        load_config(path)


def test_words_stand_for_presets():
    config = config_from({"features": "quick", "modeling": "full"})
    assert (config.features.preset, config.modeling.profile) == ("quick", "full")


def test_known_keys_are_dotted_names_of_settings():
    assert "features.bin_count" in known_keys()
    assert "features" not in known_keys()


def test_every_setting_says_what_is_allowed():
    settings = {setting.key: setting for setting in describe_settings(config_from({"seed": 7}))}
    assert settings.keys() == set(known_keys())
    assert (settings["seed"].value, settings["seed"].default) == ("7", "20240531")
    assert settings["masks.stroke_policy"].allowed == "inner, centre, outer"
    assert settings["assumed_spacing_mm"].allowed == "number > 0 <= 1 or empty"
    assert settings["statistics.age_edges_years"].allowed.startswith("list of number")
    assert all(setting.meaning for setting in settings.values())


def test_path_may_be_a_text(tmp_path):
    (tmp_path / "mine.yaml").write_text("features.bin_count: 64\n")
    assert load_config(str(tmp_path / "mine.yaml")).features.bin_count == 64


@pytest.mark.parametrize("text", ["{}", "features: quick", "{seed: 3, modeling: full, assumed_spacing_mm: 0.07}"])
def test_shown_settings_are_a_file_with_the_same_settings(text):
    config = parse_config(text)
    assert parse_config(settings_yaml(config)) == config
