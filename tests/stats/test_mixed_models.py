from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_ind

from radiomics_mammo.config.statistics import StatisticsConfig
from radiomics_mammo.stats.measurements import lesion_measurements, tissue_measurements
from radiomics_mammo.stats.mixed_models import CLUSTERED, MIXED, fit_repeated, mixed_models
from radiomics_mammo.stats.strata import stratify

CONFIG = StatisticsConfig()
CLASS = np.tile(np.repeat([0.0, 1.0], [15, 50]), 2)
VISIT = np.repeat([1.0, 0.0], 65)
WOMEN = np.tile(np.arange(65), 2)


def null_cohort(rng):
    """Recent and prior value of 65 women with a woman effect, a woman's own change and noise; no class effect."""
    woman, change = rng.normal(size=65), 0.5 * rng.normal(size=65)
    value = np.concatenate([woman + change, woman]) + 0.3 * rng.normal(size=130)
    adjust = [np.tile(rng.normal(size=65), 2) for _ in range(3)]
    return value, np.column_stack([VISIT, CLASS, VISIT * CLASS, *adjust])


def rejections(cohorts, seed):
    rng = np.random.default_rng(seed)
    fits = (fit_repeated(*null_cohort(rng), WOMEN, confidence=0.95) for _ in range(cohorts))
    return sum(fit.figures(3)["p_value"] < 0.05 for fit in fits)


def test_short_null_simulation_rejects_about_one_in_twenty():
    assert 0 <= rejections(30, seed=1) <= 5  # 99.5 % binomial interval of 30 draws at 5 %


@pytest.mark.nightly
def test_null_cohorts_are_rejected_at_the_nominal_level():
    assert 33 <= rejections(1000, seed=20240531) <= 69


def test_balanced_interaction_is_the_difference_of_the_mean_changes():
    value, terms = null_cohort(np.random.default_rng(5))
    fit = fit_repeated(value, terms[:, :3], WOMEN, confidence=0.95)
    change = value[:65] - value[65:]
    expected = ttest_ind(change[15:], change[:15])
    assert fit.method == MIXED
    assert fit.estimate[3] == pytest.approx(change[15:].mean() - change[:15].mean(), abs=1e-6)
    assert fit.estimate[3] / fit.error[3] == pytest.approx(expected.statistic, rel=1e-3)


def test_no_woman_effect_falls_back_in_words():
    rng = np.random.default_rng(0)
    for _ in range(20):
        woman = rng.normal(size=65)
        fit = fit_repeated(np.concatenate([woman, -woman]), np.column_stack([VISIT]), WOMEN, confidence=0.95)
        if fit.note:
            break
    assert (fit.method, fit.note) == (CLUSTERED, "mixed model did not converge; clustered least squares used")
    assert 0 <= fit.figures(1)["p_value"] <= 1


def test_identical_exams_show_no_change_and_no_p_value_for_it():
    woman = np.random.default_rng(0).normal(size=65)
    fit = fit_repeated(np.tile(woman, 2), np.column_stack([VISIT, CLASS, VISIT * CLASS]), WOMEN, confidence=0.95)
    assert fit.method == CLUSTERED
    assert fit.figures(1) == {"effect": pytest.approx(0, abs=1e-12)}
    assert fit.figures(2)["p_value"] == pytest.approx(ttest_ind(woman[15:], woman[:15]).pvalue, abs=0.05)


def both(study, measure):
    return measure("recent"), measure("prior"), stratify(study, CONFIG)


def test_planted_change_of_malignant_lesions_is_found(make_study):
    study = make_study(features=1, class_effect=1.0, seed=2)
    table = mixed_models(*both(study, lambda kind: lesion_measurements(study, kind, config=CONFIG)), config=CONFIG)
    row = table.set_index("term").loc["visit: recent vs prior x malignant vs benign"]
    assert row["effect"] > 0
    assert row["q_value"] < 0.05
    assert (row["n"], row["n_rows"]) == (65, 130)


def test_tissue_compares_every_class_with_normal(make_study):
    study = make_study(benign=3, features=1)
    table = mixed_models(*both(study, lambda kind: tissue_measurements(study, kind)), config=CONFIG)
    assert "visit: recent vs prior x malignant vs normal" in set(table["term"])
    assert not table["term"].str.contains("benign").any()
    assert set(table["note"]) == {"too few to test: benign"}


def test_unknown_interval_leaves_the_model_in_words(make_study):
    study = make_study(features=1)
    patients = stratify(study, CONFIG).assign(interval_years=np.nan)
    values = [lesion_measurements(study, kind, config=CONFIG) for kind in ("recent", "prior")]
    table = mixed_models(*values, patients, config=CONFIG)
    assert table["note"].str.contains("mostly missing, left out: interval").all()
    assert table["p_value"].notna().all()
    assert pd.unique(table["n"]).tolist() == [65]
