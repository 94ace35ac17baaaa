import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from radiomics_mammo.core.errors import ModelingError
from radiomics_mammo.core.tables_modeling import COMPARISONS, CURVES, METRICS, PREDICTIONS, SELECTION, SENTINELS
from radiomics_mammo.modeling import classify
from radiomics_mammo.modeling.feature_sets import FEATURE_SETS
from radiomics_mammo.modeling.plan import plan_study
from radiomics_mammo.pipeline.batch import Workers


def test_tables_follow_their_schemas(classification):
    for schema in (PREDICTIONS, METRICS, COMPARISONS, SENTINELS, CURVES, SELECTION):
        table = getattr(classification, schema.file.removesuffix(".csv"))
        assert table.columns.tolist() == schema.names
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
    main = rows[(rows["unit"] == "patient") & (rows["feature_set"] == "recent+delta")]
    main = main[(main["model"] == "logistic-regression") & (main["prior_policy"] == "registered")]
    assert len(main) == 21 * 2
    tests = {(s["repeat"], p): s["fold"] for s in json.loads(classification.splits_json)["splits"] for p in s["test"]}
    assert all(tests[r.repeat, r.patient_id] == r.fold for r in main.itertuples())
    assert (main["label"] == main["patient_id"].str.partition("-")[0]).all()
    assert set(rows["protocol"]) == {"grouped-kfold"}
    ill = {p: p.startswith("malignant") for p in main["patient_id"]}
    aucs = []
    for _, part in main.groupby("repeat"):
        high, low = (part.loc[part["patient_id"].map(ill) == w, "probability"].to_numpy() for w in (True, False))
        aucs.append(np.mean(high[:, None] > low[None, :]) + 0.5 * np.mean(high[:, None] == low[None, :]))
    metrics = classification.metrics
    assert set(metrics["feature_set"]) <= set(FEATURE_SETS)
    row = metrics[(metrics["role"] == "primary") & (metrics["feature_set"] == "recent+delta")].iloc[0]
    assert row["estimate"] == pytest.approx(np.mean(aucs))


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
    assert names == ["shortcut_panel", "stability", "coefficients", "importance"]
    assert all(table.caption and len(table.table) for table in classification.tables)


def test_class_folder_birads_and_biopsy_never_matter(study, config, quick, plan, changed):
    lies = changed(study, patients=lambda t: t.assign(case_class="normal", birads="5", biopsy="none"))
    again = plan_study(lies, config=config, seed=5, extra=quick)
    same = [
        np.array_equal(a.design.values, b.design.values, equal_nan=True)
        for a, b in zip(plan.jobs, again.jobs, strict=True)
    ]
    assert all(same)
    assert again.folds == plan.folds


@pytest.mark.nightly
def test_two_jobs_and_given_splits_give_the_same_tables(study, config, quick, classification):
    again = classify(
        study, config=config, seed=5, run_many=Workers(2).run_all, splits=classification.splits_json, candidates=quick,
        measurement_hash="abc", measurement_settings="preset: quick",
    )  # fmt: skip
    for name in ("predictions", "metrics", "comparisons", "sentinels", "curves", "selection"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(classification, name))
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
