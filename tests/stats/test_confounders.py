from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from radiomics_mammo.config.analysis import StatisticsConfig
from radiomics_mammo.modeling.metrics import pair_kernel, weighted_auc
from radiomics_mammo.stats.confounders import (
    ASSOCIATION,
    CONFOUNDERS,
    TOGETHER,
    VARIABLES,
    WITHIN,
    levels_of,
    matched_auc,
)
from radiomics_mammo.stats.fairness import FAIRNESS, Scores, primary_scores
from radiomics_mammo.stats.measurements import lay_out
from radiomics_mammo.tables.resampling import bootstrap_generator, patient_weights, share_bounds

CONFIG = StatisticsConfig(permutations=199, bootstrap_draws=200)


def test_every_characteristic_is_associated_and_adjusted_for(study, predictions):
    table = CONFOUNDERS.of(lay_out(study, CONFIG, predictions=predictions))
    for analysis in (ASSOCIATION, WITHIN):
        assert tuple(table.loc[table["analysis"] == analysis, "variable"]) == VARIABLES
    assert TOGETHER in set(table["analysis"])
    assert table.loc[table["analysis"] == ASSOCIATION, "n"].tolist() == [65] * len(VARIABLES)


def test_an_auc_that_is_all_scanner_is_gone_within_scanners(study, predictions):
    ids = study.patients["patient_id"][study.patients["case_class"] != "normal"]
    maker = pd.Series(np.repeat(["B", "A", "B", "A"], [11, 4, 8, 42]), ids, dtype=object)  # 15 benign, 50 malignant
    images = study.images.assign(manufacturer=study.images["patient_id"].map(maker).fillna("A"))
    score = maker.map({"A": 0.9, "B": 0.1}) + 0.01 * np.random.default_rng(3).random(65)
    planted = predictions[predictions["repeat"] == 1]
    planted = planted.assign(probability=planted["patient_id"].map(score))
    analysis = lay_out(dataclasses.replace(study, images=images), CONFIG, predictions=planted)
    table = CONFOUNDERS.of(analysis).set_index(["variable", "analysis"])
    within = table.loc[("manufacturer, recent exam", WITHIN)]
    assert table.loc[("all", "AUC of the primary model, all pairs"), "effect"] > 0.75
    assert abs(within["effect"] - 0.5) < 0.15
    assert np.isnan(within["p_value"])  # the scores were learned from these labels: permuting them later is no test
    assert within["ci_low"] < 0.5 < within["ci_high"]
    assert within["pairs"] == 11 * 8 + 4 * 42
    assert table.loc[("manufacturer, recent exam", ASSOCIATION), "q_value"] < 0.001
    assert table.loc[("all", TOGETHER), "effect"] < 0.7


def test_matched_auc_counts_only_pairs_of_one_level():
    scores = Scores(
        pd.RangeIndex(6), np.array([1, 1, 1, 0, 0, 0], dtype=bool), np.array([[5], [1], [3], [4], [2], [9]])
    )
    level = np.array([0, 0, 1, 0, 1, -1])
    # pairs: 5 > 4 won, 1 < 4 lost, 3 > 2 won
    assert matched_auc(scores, level, np.ones((1, 6))).item() == pytest.approx(2 / 3)
    weights = np.array([[1.0, 0, 2, 1, 1, 1], [0, 0, 0, 1, 1, 1]])
    found = matched_auc(scores, level, weights)
    assert found[0] == 1.0
    assert np.isnan(found[1])


def test_levels_of_measurements_are_values_or_thirds():
    few = levels_of(pd.Series([1.0, 2.0, np.nan, 1.0]))
    assert few.tolist() == [0, 1, -1, 0]
    many = levels_of(pd.Series(np.arange(30.0)))
    assert np.bincount(many).tolist() == [10, 10, 10]


def test_without_predictions_the_association_remains(study):
    table = CONFOUNDERS.of(lay_out(study, CONFIG))
    assert table["note"].iloc[-1] == "no out-of-fold predictions of the primary model"
    assert table["p_value"].notna().any()


def test_one_auc_has_one_interval_in_every_table(study, predictions):
    """The AUC of all pairs, of all strata and in ``metrics.csv``: the same patients resampled, the same widening."""
    analysis = lay_out(study, CONFIG, predictions=predictions, seed=5)
    overall = CONFOUNDERS.of(analysis).query("analysis == 'AUC of the primary model, all pairs'").iloc[0]
    everyone = FAIRNESS.of(analysis).query("stratification == 'all' and metric == 'AUC'").iloc[0]
    scores = primary_scores(predictions)
    ids = scores.patient_id.to_numpy(dtype=str)
    generator = bootstrap_generator(5, "patient")
    drawn = patient_weights(ids, scores.malignant, draws=CONFIG.bootstrap_draws, rng=generator)
    kernel = pair_kernel(scores.by_repeat.T, scores.malignant)
    bounds = share_bounds(weighted_auc(kernel, scores.malignant, drawn), patients=15)
    for row in (overall, everyone):
        assert (row["ci_low"], row["ci_high"]) == pytest.approx(bounds)
