from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from radiomics_mammo.config.analysis import StatisticsConfig
from radiomics_mammo.stats.measurements import lay_out
from radiomics_mammo.stats.power import POWER, detectable_auc, hanley_mcneil_variance, simulate_groups

from .published import assert_published

CONFIG = StatisticsConfig(simulations=400)


def test_published_standard_error():
    error = np.sqrt(hanley_mcneil_variance(0.893, n_benign=58, n_malignant=51))
    assert_published(error, "hanley_mcneil_0.893_58_51", "standard_error")


def test_half_widths_at_the_sizes_of_the_release():
    halves = [1.96 * hanley_mcneil_variance(auc, n_benign=15, n_malignant=50) ** 0.5 for auc in (0.75, 0.85, 0.9)]
    np.testing.assert_allclose(halves, [0.127, 0.095, 0.075], atol=0.0006)


def test_simulated_groups_have_the_wanted_auc():
    values = simulate_groups(0.8, (200, 300), simulations=30, rng=np.random.default_rng(0))
    found = [roc_auc_score(np.arange(500) >= 200, column) for column in values.T]
    assert np.mean(found) == pytest.approx(0.8, abs=0.01)


def test_more_patients_detect_less_and_impossible_is_nan():
    assert detectable_auc(150, 500, alpha=0.05, power=0.8) < detectable_auc(15, 50, alpha=0.05, power=0.8)
    assert np.isnan(detectable_auc(2, 2, alpha=1e-6, power=0.8))


def table_of(study, tests_in_family):
    univariate = pd.DataFrame({"family": ["glcm"] * tests_in_family})
    return POWER.of(dataclasses.replace(lay_out(study, CONFIG, seed=1), made={"univariate": univariate}))


def test_table_says_width_and_checks_power_by_simulation(study):
    table = table_of(study, 100)
    simulated = table[table["coverage"].notna()]
    assert simulated["coverage"].between(0.9, 1).all()
    checked = table[table["effect_name"] == "power"]
    assert checked["effect"].between(0.7, 0.92).all()
    assert table["n_per_group"].str.contains("c-d=").any()


def test_study_without_one_class_has_words(make_study):
    table = table_of(make_study(benign=0, malignant=6, normal=0, features=1), 1)
    rows = table[table["n_per_group"].str.startswith("benign=0")]
    assert set(rows["note"]) == {"too few to test"}
