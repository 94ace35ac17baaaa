import copy
import io
import json
import os
import zipfile
from dataclasses import replace

import numpy as np
import pytest
import skops.io
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from radiomics_mammo.core.errors import ModelFileError
from radiomics_mammo.modeling.model_file import load_model, save_model


@pytest.fixture(scope="module")
def saved(classification):
    return classification.model_skops


def test_a_model_survives_saving_and_loading(saved):
    model = load_model(saved)
    again = load_model(save_model(model))
    values = np.random.default_rng(1).normal(size=(5, len(model.facts.columns)))
    assert np.array_equal(model.tuned.probability(values), again.tuned.probability(values))
    assert again.facts == model.facts
    assert again.tuned.threshold == model.tuned.threshold


def test_the_same_model_has_the_same_bytes(saved):
    """Neither the hour nor the places of objects in memory are facts about a model."""
    model = load_model(saved)
    first = save_model(model)
    held = [copy.deepcopy(model.tuned.pipeline) for _ in range(3)]
    assert save_model(replace(model, tuned=replace(model.tuned, pipeline=held[-1]))) == first
    assert {part.date_time for part in zipfile.ZipFile(io.BytesIO(first)).infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_sigmoid_survives_too(saved):
    model = load_model(saved)
    other = replace(model, tuned=replace(model.tuned, sigmoid=(0.5, 2.0)))
    assert load_model(save_model(other)).tuned.sigmoid == (0.5, 2.0)


def test_the_model_holds_what_predicting_needs(saved):
    facts = load_model(saved).facts
    assert (facts.unit, facts.feature_set, facts.prior_policy) == ("patient", "recent+delta", "registered")
    assert (facts.measurement_hash, facts.measurement_settings) == ("abc", "preset: quick")
    assert all(name.startswith(("recent_", "delta_", "logratio_", "similarity_")) for name in facts.columns)
    assert load_model(saved).card.startswith("# Benign or malignant")


def test_code_in_a_file_is_refused_and_never_run(saved, tmp_path):
    target = tmp_path / "run"
    pipeline = Pipeline([("evil", FunctionTransformer(os.mkdir)), ("model", load_model(saved).tuned.pipeline)])
    evil = skops.io.dumps({"facts": json.dumps({}), "pipeline": pipeline})
    with pytest.raises(ModelFileError, match="TRUSTED_TYPES"):
        load_model(evil)
    assert not target.exists()


def altered(saved, name, text):
    source, out = zipfile.ZipFile(io.BytesIO(saved)), io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for item in source.namelist():
            target.writestr(item, text if item == name else source.read(item))
    return out.getvalue()


def test_damaged_files_are_refused_in_words(saved):
    for data in (b"", b"not a model", saved[: len(saved) // 2], altered(saved, "schema.json", b"{}")):
        with pytest.raises(ModelFileError, match="a model this package saved"):
            load_model(data)


@pytest.mark.parametrize("facts", [{"format": 99}, {"format": 1}, []])
def test_other_contents_are_refused(saved, facts):
    pipeline = load_model(saved).tuned.pipeline
    with pytest.raises(ModelFileError):
        load_model(skops.io.dumps({"facts": json.dumps(facts), "pipeline": pipeline}))
