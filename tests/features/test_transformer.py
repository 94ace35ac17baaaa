"""Deltas in a scikit-learn pipeline."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from radiomics_mammo.core.errors import UsageError
from radiomics_mammo.features.transformer import DeltaTransformer

VALUES = np.array([[4.0, -1.0, 2.0, 0.0], [1.0, 3.0, 4.0, -2.0], [np.nan, 1.0, 1.0, 1.0]])


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("difference", [[2, -1], [-3, 5], [np.nan, 0]]),
        ("relative", [[1, np.nan], [-0.75, 2.5], [np.nan, 0]]),
        ("log-ratio", [[np.log(2), np.nan], [np.log(0.25), np.nan], [np.nan, 0]]),
    ],
)
def test_changes_are_those_of_the_tables(change, expected):
    np.testing.assert_allclose(DeltaTransformer(change).fit_transform(VALUES), expected)


def test_swapping_exams_negates_difference_and_log_ratio():
    swapped = VALUES[:, [2, 3, 0, 1]]
    for change in ("difference", "log-ratio"):
        transformer = DeltaTransformer(change)
        np.testing.assert_allclose(transformer.fit_transform(swapped), -transformer.fit_transform(VALUES))


def test_the_log_ratio_of_nearly_equal_exams_keeps_its_digits():
    found = DeltaTransformer("log-ratio").fit_transform([[2.0**20 * (1 + 3 * 2**-52), 2.0**20]])
    np.testing.assert_allclose(found, np.log1p(3 * 2**-52), rtol=1e-9)


@pytest.mark.parametrize(("change", "values"), [("difference", VALUES[:, :3]), ("ratio", VALUES)])
def test_what_cannot_be_meant_is_refused(change, values):
    with pytest.raises(UsageError):
        DeltaTransformer(change).fit(values)


def test_it_works_inside_a_pipeline_and_is_cloned():
    rng = np.random.default_rng(4)
    values, labels = rng.normal(size=(30, 6)), rng.integers(0, 2, 30)
    model = make_pipeline(clone(DeltaTransformer()), LogisticRegression()).fit(values, labels)
    assert model.predict_proba(values).shape == (30, 2)


def test_names_are_kept_as_pandas_columns():
    table = pd.DataFrame([[3.0, 2.0]], columns=["recent_original_glcm_Id", "prior_original_glcm_Id"])
    found = DeltaTransformer("log-ratio").set_output(transform="pandas").fit_transform(table)
    assert list(found.columns) == ["logratio_original_glcm_Id"]
    assert list(DeltaTransformer().fit(VALUES).get_feature_names_out()) == ["delta_x0", "delta_x1"]
