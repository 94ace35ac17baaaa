from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score
from statsmodels.stats.proportion import proportion_confint

from radiomics_mammo.config.analysis import StatisticsConfig
from radiomics_mammo.stats.fairness import FAIRNESS, figures, primary_scores, square_and_add, threshold
from radiomics_mammo.stats.measurements import lay_out

from .published import assert_published

CONFIG = StatisticsConfig(permutations=199)


@pytest.fixture(scope="module")
def laid_out(study):
    return lay_out(study, CONFIG)


def table_of(analysis, predictions):
    fresh = {"predictions": np.random.default_rng(0)}
    return FAIRNESS.of(dataclasses.replace(analysis, predictions=predictions, draws=fresh))


def test_auc_is_the_mean_over_repeats_of_the_pooled_auc(predictions):
    scores = primary_scores(predictions)
    expected = [
        roc_auc_score(rows["label"] == "malignant", rows["probability"]) for _, rows in predictions.groupby("repeat")
    ]
    assert figures(scores, np.ones(65, dtype=bool), 0.9)[0] == pytest.approx(np.mean(expected))


def test_only_the_primary_analysis_is_read(predictions):
    changes = {
        "unit": "lesion",
        "feature_set": "recent",
        "protocol": "ungrouped-kfold",
        "model": "logistic-regression-l1",
    }
    changes["prior_policy"] = "outlined-first"
    others = [predictions.assign(**{column: value}, probability=0.5) for column, value in changes.items()]
    mixed = primary_scores(pd.concat([predictions, *others]))
    np.testing.assert_allclose(mixed.by_repeat, primary_scores(predictions).by_repeat)


def test_threshold_reaches_the_configured_sensitivity_and_not_more_than_needed(predictions):
    scores = primary_scores(predictions)
    cut = threshold(scores, 0.9)
    reached = (scores.mean[scores.malignant] >= cut).mean()
    assert 0.9 <= reached < 0.9 + 1 / scores.malignant.sum() + 1e-9


def test_strata_are_read_at_one_threshold_and_counted(predictions, laid_out):
    table = table_of(laid_out, predictions)
    rows = table[table["comparison"] == ""].set_index(["stratum", "metric"])
    labels, halves = laid_out.patients["label"], laid_out.patients["density_group"]
    for label, metric in (("malignant", "sensitivity"), ("benign", "specificity")):
        half = halves[labels == label]
        found = half.map({name: rows.loc[(name, metric), "effect"] for name in ("a-b", "c-d")})
        assert found.mean() == pytest.approx(rows.loc[("all", metric), "effect"])


def test_a_model_that_fails_in_dense_breasts_is_noticed(predictions, laid_out):
    density = predictions["patient_id"].map(laid_out.patients["density_group"])
    rng = np.random.default_rng(1)
    exact = np.where(predictions["label"] == "malignant", 0.9, 0.1) + 0.05 * rng.random(len(predictions))
    broken = predictions.assign(probability=np.where(density == "a-b", exact, 1 - exact))
    table = table_of(laid_out, broken)
    row = table.query("comparison == 'c-d minus a-b' and metric == 'AUC'").iloc[0]
    assert row["effect"] == pytest.approx(-1)
    assert row["p_value"] == pytest.approx(1 / 200)
    assert row["ci_high"] < 0


def test_small_cell_is_printed_with_its_n_only(predictions, laid_out):
    patients = laid_out.patients
    few = patients.assign(age_half=np.where(patients["case_class"] == "benign", "< 60", patients["age_half"]))
    table = table_of(dataclasses.replace(laid_out, patients=few), predictions)
    rows = table[(table["stratum"] == ">= 60")]
    assert set(rows["note"]) == {"too few to test"}
    assert rows["effect"].isna().all()
    assert rows["n_per_group"].str.contains("benign(?: >= 60)?=0").all()


def test_without_predictions_words(laid_out):
    for nothing in (None, pd.DataFrame()):
        table = table_of(laid_out, nothing)
        assert table["note"].tolist() == ["no out-of-fold predictions of the primary model"]


def test_published_square_and_add_of_two_wilson_intervals():
    first, second = np.array([48 / 80]), np.array([56 / 70])
    wilson = [np.array([proportion_confint(*counts, method="wilson")]) for counts in ((48, 80), (56, 70))]
    low, high = square_and_add([first, second], wilson)
    assert_published(low.item(), "proportions_56_70_48_80", "difference_low")
    assert_published(high.item(), "proportions_56_70_48_80", "difference_high")
