"""Only what can change a measured value is part of the measurement settings."""

from radiomics_mammo.config.loading import config_from
from radiomics_mammo.config.study import StudyConfig
from radiomics_mammo.pipeline.measurement_settings import measurement_config, measurement_hash, measurement_settings


def test_settings_of_models_and_reports_do_not_change_the_hash():
    other = config_from({"modeling": {"repeats": 3}, "statistics": {"min_cell": 7}, "report": {"title": "x"}})
    assert measurement_hash(other) == measurement_hash(StudyConfig())


def test_settings_of_measurement_change_the_hash():
    for part in ({"features": {"bin_count": 64}}, {"assumed_spacing_mm": 0.07}, {"masks": {"stroke_policy": "inner"}}):
        assert measurement_hash(config_from(part)) != measurement_hash(StudyConfig())


def test_settings_come_back():
    config = config_from({"features": "quick", "assumed_spacing_mm": 0.07})
    assert measurement_config(measurement_settings(config)) == config
