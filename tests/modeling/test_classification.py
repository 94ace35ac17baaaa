import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from radiomics_mammo.core.errors import ModelingError
from radiomics_mammo.modeling import classify
from radiomics_mammo.modeling.classification import (
    detectable_sentence,
    events_sentence,
    instability_sentence,
    primary_sentence,
    protocol_sentence,
)
from radiomics_mammo.modeling.column_checks import gaps_note
from radiomics_mammo.modeling.comparisons import Comparison, Reach
from radiomics_mammo.modeling.feature_sets import FEATURE_SETS
from radiomics_mammo.modeling.metrics import Interval
from radiomics_mammo.tables.primary import PRIMARY
from radiomics_mammo.tables.study import MODELED

AUC = Interval(0.8, 0.7, 0.9)


def test_tables_follow_their_schemas(classification):
    for known in MODELED:
        table = getattr(classification, known.stem)
        assert table.columns.tolist() == known.names
        assert len(table) > 0


def test_splits_are_told_before_the_first_fit_and_hold_every_side(classification, told):
    assert told["splits"] == [classification.splits_json]
    splits = json.loads(classification.splits_json)
    assert splits["seed"] == 5
    assert all(set(row["train"]).isdisjoint(row["test"]) for row in splits["splits"])


def test_progress_counts_to_the_end(told):
    assert all(stage == "classify" and 0 < done <= total for stage, done, total in told["progress"])
    assert told["progress"][-1][1] == told["progress"][-1][2]


def test_predictions_agree_with_splits_metrics_and_labels(classification, study):
    rows = classification.predictions
    main = PRIMARY.of(rows)
    assert len(main) == 21 * 2
    tests = {(s["repeat"], p): s["fold"] for s in json.loads(classification.splits_json)["splits"] for p in s["test"]}
    assert all(tests[r.repeat, r.patient_id] == r.fold for r in main.itertuples())
    assert (main["label"] == main["patient_id"].str.partition("-")[0]).all()
    assert set(rows["protocol"]) == {"grouped-kfold"}
    aucs = [roc_auc_score(part["label"] == "malignant", part["probability"]) for _, part in main.groupby("repeat")]
    metrics = classification.metrics
    assert set(metrics["feature_set"]) <= set(FEATURE_SETS)
    (found,) = PRIMARY.of(metrics[metrics["metric"] == "auc"])["estimate"]
    assert found == pytest.approx(np.mean(aucs))


def test_every_point_of_a_curve_stands_once(classification):
    keys = ["curve", "unit", "model", "feature_set", "x"]
    assert not classification.curves.duplicated(keys).any()
    everybody = classification.curves[classification.curves["model"] == "treat-all"]
    assert set(everybody["feature_set"]) == set(classification.curves["feature_set"])


def test_a_strong_planted_effect_is_found(classification):
    auc = classification.metrics.query("role == 'primary'").set_index("feature_set")["estimate"]
    assert auc.min() > 0.75
    assert classification.summary[0].startswith("Primary result: AUC")


def test_small_tables_are_named(classification):
    names = [table.name for table in classification.tables]
    assert names == [
        *("shortcut_panel", "missing_by_class", "specification_curve", "learning_curve"),
        *("stability", "coefficients", "importance"),
    ]
    assert all(table.caption and table.chapter and len(table.table) for table in classification.tables)


@pytest.mark.nightly
def test_two_processes_give_the_same_tables(study, config, quick, classification, two_processes):
    made = {"measurement_hash": "abc", "measurement_settings": "preset: quick", "candidates": quick}
    again = classify(study, config=config, seed=5, run_many=two_processes, **made)
    for known in MODELED:
        pd.testing.assert_frame_equal(getattr(again, known.stem), getattr(classification, known.stem))
    assert again.splits_json == classification.splits_json


@pytest.mark.nightly
def test_nothing_planted_is_nothing_found(make_study, config):
    """With 40 permutations the p-value of a null study is at or below 0.05 in a few of 20 at most."""
    wide = replace(config, repeats=1, permutations=39)
    found = [
        classify(make_study(seed=seed, outlined_before=0.0), config=wide, seed=seed).comparisons["p_value"].iloc[0]
        for seed in range(20)
    ]
    assert sum(p <= 0.05 for p in found) <= 4


def test_impossible_studies_are_refused_in_words(make_study, config):
    with pytest.raises(ModelingError, match="at least 3 benign and 3 malignant"):
        classify(make_study(benign=1), config=config, seed=1)


@pytest.mark.parametrize(
    ("gain", "p_value", "answer"),
    [
        (Interval(0.1, 0.02, 0.2), 0.01, "the prior exam helped"),
        (Interval(-0.1, -0.2, -0.02), 0.01, "adding the prior exam made it worse"),
        (Interval(0.1, 0.02, 0.2), 0.2, "no gain from the prior exam was shown"),
        (
            Interval(0.1, -0.02, 0.2),
            0.01,
            "the prior exam helped, by how much is not known: the interval, which also carries other training "
            "patients, holds 0",
        ),
    ],
)
def test_the_primary_sentence_answers_only_what_was_shown(gain, p_value, answer):
    words = primary_sentence((1, 2), (AUC, AUC), Comparison(gain, p_value, reach=Reach(0.0131)))
    assert words.endswith(f"{answer}.")
    assert f"permutation p = {p_value:.3f} (Monte Carlo spread 0.013), 3 patients (2 benign, 1 malignant)" in words
    assert "decided by p below 0.05: " in words
    assert words.count(". ") == 0


def test_gaps_that_tell_the_label_as_well_forbid_an_answer():
    note = gaps_note(Interval(0.8, 0.7, 0.9), Interval(0.82, 0.7, 0.9))
    words = primary_sentence((1, 2), (AUC, AUC), Comparison(Interval(0.1, 0.02, 0.2), 0.01, note))
    assert words.endswith("missing tells the label as well (AUC 0.82 (95 % interval 0.70 to 0.90)).")
    assert "the prior exam helped" not in words
    assert gaps_note(Interval(0.8, 0.7, 0.9), Interval(0.6, 0.45, 0.7)) == ""


def test_what_is_not_tested_says_no_detectable_gain(classification):
    assert detectable_sentence(Comparison.not_tested("not tested: few")) == ""
    assert sum("would be shown by 4 of 5 studies" in words for words in classification.summary) == 1


def test_few_patients_a_column_are_warned_about(make_result):
    few = make_result([0.1, 0.9], [False, True])
    assert "1 patients of the smaller class for 2 columns" in events_sentence(few)
    labels = np.arange(60) < 30
    assert events_sentence(make_result(np.linspace(0, 1, 60), labels, used=[[1, 0], [1, 0]])) == ""


def test_instability_over_repeats_is_said(make_result):
    labels = [False, True, True]
    words = instability_sentence(make_result([[0.1, 0.9, 0.8], [0.5, 0.9, 0.4]], labels))
    assert "over 2 repeats of the folds the AUC goes from 0.50 to 1.00" in words
    assert words.endswith(f"of {(0.4 + 0.4) / np.sqrt(2) / 3:.2f} on average.")
    assert instability_sentence(make_result([0.1, 0.9, 0.8], labels)) == ""


def test_the_protocol_is_said(make_result):
    assert protocol_sentence(make_result([[0.1, 0.9]] * 3, [False, True])).startswith(
        "1 outer folds of whole patients, 3"
    )
