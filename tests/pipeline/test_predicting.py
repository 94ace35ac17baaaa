"""A saved model meets patients without class or workbook."""

import shutil
from dataclasses import replace

import pandas as pd
import pytest

from radiomics_mammo.core.errors import ConfigError, ModelFileError
from radiomics_mammo.pipeline.measuring import RunOptions
from radiomics_mammo.pipeline.predicting import load_model, predict_release


def test_class_folders_and_workbook_do_not_change_a_prediction(small_study, tmp_path):
    model = small_study.out / "model.skops"
    wanted = sorted(path for path in small_study.release.rglob("*") if path.is_dir() and path.name == "1")[:1]
    for index, folder in enumerate(wanted):
        shutil.copytree(folder, tmp_path / "a" / "Cases" / f"{index}")
        shutil.copytree(folder, tmp_path / "b" / "Malignant_cases" / f"{index + 1}")
    named = predict_release(tmp_path / "a", model, out=tmp_path / "x", options=small_study.options)
    classed = predict_release(tmp_path / "b", model, out=tmp_path / "y", options=small_study.options)
    assert named["patient_id"].str.startswith("case-").all()
    assert classed["patient_id"].str.startswith("malignant-").all()
    assert named["probability"].tolist() == classed["probability"].tolist()
    assert set(pd.read_csv(tmp_path / "y" / "lesions.csv")["label"]) <= {"unconfirmed"}


def test_other_settings_of_measurement_than_the_models_are_refused_before_anything_is_measured(small_study, tmp_path):
    model, config = small_study.out / "model.skops", small_study.options.config
    other = replace(config, features=replace(config.features, bin_count=config.features.bin_count + 1))
    with pytest.raises(ConfigError, match="stored in the model"):
        predict_release(small_study.release, model, out=tmp_path / "x", options=small_study.options, expected=other)
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("data", [None, b"", b"PK\x03\x04 no model"])
def test_what_is_no_model_is_named(tmp_path, data):
    path = tmp_path / "model.skops"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(ModelFileError, match="model"):
        predict_release(tmp_path, path, out=tmp_path / "out", options=RunOptions())


def test_model_carries_its_card_and_settings(small_study):
    model = load_model(small_study.out / "model.skops")
    assert "quick" in model.facts.measurement_settings
    assert model.card.strip()
