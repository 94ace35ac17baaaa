import copy
import io
import json
import os
import zipfile
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from radiomics_mammo.core.errors import ModelFileError
from radiomics_mammo.modeling.final_model import TRUSTED_TYPES, fit_final, load_model, predict_cases, save_model
from radiomics_mammo.tables.new_predictions import NEW_PREDICTIONS


@pytest.fixture(scope="module")
def saved(classification):
    return classification.model_skops


@pytest.fixture(scope="module")
def model(saved):
    return load_model(saved)


def test_the_final_model_is_the_primary_one_fitted_on_all(study, evaluation):
    plan = evaluation.plan
    model, again = (fit_final(study, evaluation, measurement_hash="hash") for _ in range(2))
    design = plan.design("patient", "recent+delta")
    assert model.facts.columns == design.columns
    assert model.facts.measurement_hash == "hash"
    probability = model.tuned.probability(design.values)
    assert np.array_equal(probability, again.tuned.probability(design.values))
    candidate = plan.candidates["logistic-regression"].pipeline
    alone = candidate.set_params(**model.tuned.settings).fit(design.values, design.malignant)
    assert np.allclose(alone.predict_proba(design.values)[:, 1], probability)


def test_the_card_says_what_it_is_and_is_not(model):
    found = ("12 malignant (biopsy), 9 benign", "(95 % interval", "not biopsied", f"{model.tuned.threshold:.3f}")
    for words in (*found, "Not a medical device"):
        assert words in model.card


def test_a_model_survives_saving_and_loading(model):
    again = load_model(save_model(model))
    values = np.random.default_rng(1).normal(size=(5, len(model.facts.columns)))
    assert np.array_equal(model.tuned.probability(values), again.tuned.probability(values))
    assert again.facts == model.facts
    assert again.tuned.threshold == model.tuned.threshold


def test_the_same_model_has_the_same_bytes(model):
    """Neither the hour nor the places of objects in memory are facts about a model."""
    first = save_model(model)
    held = [copy.deepcopy(model.tuned.pipeline) for _ in range(3)]
    assert save_model(replace(model, tuned=replace(model.tuned, pipeline=held[-1]))) == first
    assert {part.date_time for part in zipfile.ZipFile(io.BytesIO(first)).infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_sigmoid_survives_too(model):
    other = replace(model, tuned=replace(model.tuned, sigmoid=(0.5, 2.0)))
    assert load_model(save_model(other)).tuned.sigmoid == (0.5, 2.0)


def test_the_model_holds_what_predicting_needs(model):
    facts = model.facts
    assert (facts.unit, facts.feature_set, facts.prior_policy) == ("patient", "recent+delta", "regional")
    assert (facts.measurement_hash, facts.measurement_settings) == ("abc", "preset: quick")
    assert all(name.startswith(("recent_", "delta_", "logratio_", "similarity_")) for name in facts.columns)
    assert model.card.startswith("# Benign or malignant")


def test_code_in_a_file_is_refused_and_never_run(model, tmp_path):
    target = tmp_path / "run"
    pipeline = Pipeline([("evil", FunctionTransformer(os.mkdir)), ("model", model.tuned.pipeline)])
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


def test_other_contents_are_refused(model, saved):
    own = json.loads(skops.io.loads(saved, trusted=list(TRUSTED_TYPES))["facts"])
    changed = [own | wrong for wrong in ({"unit": "breast"}, {"columns": "a"}, {"settings": []})]
    for facts in ({"format": 99}, {"format": 1}, [], *changed):
        with pytest.raises(ModelFileError):
            load_model(skops.io.dumps({"facts": json.dumps(facts), "pipeline": model.tuned.pipeline}))


def predict(model, study):
    return predict_cases(model, study, measurement_hash="abc")


def unlabelled(table):
    return table.assign(label="unconfirmed")


def test_new_patients_get_a_probability(model, make_study):
    new = make_study(seed=77, recent_effect=1.0, change_effect=1.0)
    table = predict(model, new)
    assert table.columns.tolist() == NEW_PREDICTIONS.names
    assert len(table) == 21
    assert table["view"].unique().tolist() == ["both"]
    assert table["recent_lesion_id"].isna().all()
    malignant = table["patient_id"].str.startswith("malignant")
    assert table.loc[malignant, "probability"].mean() > table.loc[~malignant, "probability"].mean() + 0.2


def test_labels_class_age_and_density_are_no_inputs(model, make_study, changed):
    new = make_study(seed=77)
    blank = changed(new, lesions=unlabelled, features=unlabelled, deltas=unlabelled, patient_deltas=unlabelled)
    blank = changed(blank, patients=lambda t: t.assign(age_years=np.nan, density=None, case_class=None))
    pd.testing.assert_frame_equal(predict(model, blank), predict(model, new))


def test_columns_are_those_of_the_model_not_of_the_new_study(model, make_study, changed):
    """A new study of one patient where a log ratio is missing must not switch to another column."""
    one = make_study(seed=78)
    gaps = [c for c in one.deltas.columns if c.startswith("logratio_")]
    table = predict(model, changed(one, deltas=lambda t: t.assign(**dict.fromkeys(gaps, np.nan))))
    pd.testing.assert_frame_equal(table, predict(model, one))


def test_other_settings_or_features_are_refused(model, make_study, changed):
    new = make_study(seed=77)
    with pytest.raises(ModelFileError, match="measurement settings"):
        predict_cases(model, new, measurement_hash="abd")
    with pytest.raises(ModelFileError, match="feature schema"):
        predict(model, make_study(features=7))
    with pytest.raises(ModelFileError, match="change columns"):
        predict(model, changed(new, patient_deltas=lambda t: t.drop(columns="mean_similarity_ncc")))


def test_what_could_not_be_measured_gets_no_probability(model, make_study, changed):
    def empty(table):
        wide = [c for c in table.columns if c.startswith("mean_")]
        table.loc[table["patient_id"] == "benign-01", wide] = np.nan
        return table

    table = predict(model, changed(make_study(seed=77), patient_deltas=empty)).set_index("patient_id")
    assert np.isnan(table.loc["benign-01", "probability"])
    assert table["probability"].notna().sum() == 20


def test_no_patient_with_a_lesion_is_an_empty_table(model, make_study, changed):
    assert predict(model, changed(make_study(), patient_deltas=lambda t: t.iloc[:0])).empty
