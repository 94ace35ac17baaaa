"""Provenance names versions, settings and inputs; code hashes follow the code."""

import json

import pytest

from radiomics_mammo.config.study import StudyConfig, settings_hash
from radiomics_mammo.pipeline.provenance import ENGINES, Stopwatch, code_hash, engine_versions, study_json


def test_versions_name_every_engine():
    assert set(engine_versions()) == {"radiomics-mammo", "Python", *ENGINES}


def test_study_json_holds_settings_hash_inputs_and_seed():
    config = StudyConfig(seed=7)
    text = study_json(config, release="r", description="", inputs={"b": "2", "a": "1"}, seconds={"index": 0.5})
    tree = json.loads(text)
    assert tree["configuration_sha256"] == settings_hash(config)
    assert list(tree["inputs_sha256"]) == ["a", "b"]
    assert tree["seed"] == tree["configuration"]["seed"] == 7
    assert tree["seconds_per_stage"] == {"index": 0.5}


def test_code_hash_differs_between_rooms():
    assert len({code_hash(("core",)), code_hash(("masks",)), code_hash()}) == 3


def test_stage_is_timed_even_when_it_fails():
    watch = Stopwatch()
    with pytest.raises(KeyError), watch.stage("features"):
        raise KeyError
    assert watch.seconds["features"] >= 0
