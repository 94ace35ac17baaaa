import numpy as np
import pandas as pd
import pytest

from radiomics_mammo.core.errors import ModelFileError
from radiomics_mammo.core.tables_modeling import NEW_PREDICTIONS
from radiomics_mammo.modeling.model_file import load_model
from radiomics_mammo.modeling.predicting import predict_cases


@pytest.fixture(scope="module")
def model(classification):
    return load_model(classification.model_skops)


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
    ill = table["patient_id"].str.startswith("malignant")
    assert table.loc[ill, "probability"].mean() > table.loc[~ill, "probability"].mean() + 0.2


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
