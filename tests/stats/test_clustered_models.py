from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.stats import ttest_ind

from radiomics_mammo.config.analysis import StatisticsConfig
from radiomics_mammo.stats.clustered_models import (
    MODELS_LESION,
    MODELS_MIXED,
    fit_clustered,
    fit_repeated,
    lesion_values,
)
from radiomics_mammo.stats.measurements import lay_out
from radiomics_mammo.stats.regression import build_design
from radiomics_mammo.stats.repeated_measures import RandomIntercept

CONFIG = StatisticsConfig()
MALIGNANT = np.repeat([False, True], [15, 50])


def null_lesions(rng):
    """Lesions in two views of 15 benign and 50 malignant women; the feature has a woman effect and nothing else."""
    lesions = rng.integers(1, 4, 65) * 2
    woman = np.repeat(np.arange(65), lesions)
    value = rng.normal(size=65)[woman] + 0.7 * rng.normal(size=len(woman))
    adjust = pd.DataFrame({"age": rng.normal(size=65)[woman], "view MLO": np.tile([0.0, 1.0], len(woman) // 2)})
    return build_design(value, adjust), MALIGNANT[woman], woman


def lesion_rejections(cohorts, seed):
    rng = np.random.default_rng(seed)
    return sum(fit_clustered(*null_lesions(rng), confidence=0.95).p_value < 0.05 for _ in range(cohorts))


def test_short_null_simulation_of_lesions_rejects_about_one_in_twenty():
    assert 1 <= lesion_rejections(80, seed=2) <= 9  # 99.5 % binomial interval of 80 draws at 5 %


@pytest.mark.nightly
def test_null_lesions_are_rejected_at_the_nominal_level():
    assert 33 <= lesion_rejections(1000, seed=20240531) <= 69


def test_copies_of_a_lesion_add_no_information():
    design, malignant, woman = null_lesions(np.random.default_rng(1))
    twice = build_design(np.repeat(design.matrix[:, 1], 2), pd.DataFrame(np.repeat(design.matrix[:, 2:], 2, axis=0)))
    once = fit_clustered(design, malignant, woman, confidence=0.95)
    copied = fit_clustered(twice, np.repeat(malignant, 2), np.repeat(woman, 2), confidence=0.95)
    assert copied.effect == pytest.approx(once.effect, rel=1e-2)
    assert copied.p_value == pytest.approx(once.p_value, rel=5e-2)


def test_one_lesion_a_woman_gives_the_estimate_of_plain_logistic_regression():
    rng = np.random.default_rng(4)
    design = build_design(rng.normal(size=65) + 0.8 * MALIGNANT, pd.DataFrame(index=range(65)))
    fit = fit_clustered(design, MALIGNANT, np.arange(65), confidence=0.95)
    plain = sm.Logit(MALIGNANT.astype(float), design.matrix).fit(disp=0)
    assert fit.effect == pytest.approx(plain.params[1], rel=1e-5)


def test_separation_is_said():
    design = build_design(MALIGNANT + 0.0, pd.DataFrame(index=range(65)))
    fit = fit_clustered(design, MALIGNANT, np.arange(65), confidence=0.95)
    assert fit.note.startswith("classes separated")
    assert np.isnan(fit.p_value)


def test_rows_are_confirmed_recent_lesions_of_the_primary_policy(study):
    (lesions, recent), (changed, change) = lesion_values(study, "recent"), lesion_values(study, "delta")
    assert len(lesions) == len(changed) == len(study.lesions)
    assert list(recent.values) == list(change.values)
    assert set(lesions["label"]) == {"benign", "malignant"}


def test_table_counts_patients_and_lesions(study, analysis):
    table = MODELS_LESION.of(analysis)
    assert set(table["n"]) == {65}
    assert set(table["n_lesions"]) == {len(study.lesions)}
    assert set(table["adjusted_for"]) == {"age, density, view MLO"}


def test_too_few_women_of_a_class(make_study):
    thin = make_study(benign=3, malignant=9, features=1)
    assert set(MODELS_LESION.of(lay_out(thin, CONFIG))["note"]) == {"too few to test"}


CLASS = np.tile(np.repeat([0.0, 1.0], [15, 50]), 2)
VISIT = np.repeat([1.0, 0.0], 65)
WOMEN = np.tile(np.arange(65), 2)


def null_visits(rng, *, spread=1.0, years=0.0):
    """Recent and prior value of 65 women with a woman effect, a woman's own change and noise; no class effect.

    `spread` multiplies the spread of the change of benign women; `years` is a change a year between the exams, which
    lie further apart in malignant women.
    """
    woman, change = rng.normal(size=65), 0.5 * rng.normal(size=65) * np.repeat([spread, 1.0], [15, 50])
    interval = rng.integers(1, 4, 65) + np.repeat([0.0, 1.0], [15, 50])
    change += years * interval
    value = np.concatenate([woman + change, woman]) + 0.3 * rng.normal(size=130)
    adjust = [np.tile(rng.normal(size=65), 2), np.tile(interval, 2), VISIT * np.tile(interval - interval.mean(), 2)]
    return value, np.column_stack([VISIT, CLASS, VISIT * CLASS, *adjust])


def visit_rejections(cohorts, seed, **how):
    rng = np.random.default_rng(seed)
    fits = (fit_repeated(*null_visits(rng, **how), WOMEN, confidence=0.95) for _ in range(cohorts))
    return sum(fit[3].p_value < 0.05 for fit in fits)


HARD = ({}, {"spread": 2.0}, {"spread": 0.5}, {"years": 0.4})


@pytest.mark.parametrize("how", HARD)
def test_short_null_simulation_of_visits_rejects_about_one_in_twenty(how):
    assert visit_rejections(60, seed=1, **how) <= 8  # 99.5 % binomial bound of 60 draws at 5 %


@pytest.mark.nightly
@pytest.mark.parametrize("how", HARD)
def test_null_visits_are_rejected_at_the_nominal_level(how):
    assert 33 <= visit_rejections(1000, seed=20240531, **how) <= 69


def test_balanced_interaction_is_the_difference_of_the_mean_changes():
    value, terms = null_visits(np.random.default_rng(5))
    fit = fit_repeated(value, terms[:, :3], WOMEN, confidence=0.95)
    change = value[:65] - value[65:]
    expected = ttest_ind(change[15:], change[:15], equal_var=False)
    assert fit[3].effect == pytest.approx(change[15:].mean() - change[:15].mean(), abs=1e-6)
    # CR2 of two groups is Welch's standard error; only the degrees of freedom are those of the working model
    design = RandomIntercept(value, np.column_stack([np.ones(130), terms[:, :3]]), WOMEN)
    assert fit[3].effect / design.robust[0][3] == pytest.approx(expected.statistic, rel=1e-6)


def test_no_woman_effect_is_said_and_not_called_a_failure():
    rng = np.random.default_rng(0)
    woman = rng.normal(size=65)
    fit = fit_repeated(np.concatenate([woman, -woman]), np.column_stack([VISIT]), WOMEN, confidence=0.95)
    assert fit[1].note == "variance between women estimated as zero"
    assert 0 <= fit[1].p_value <= 1


def test_identical_exams_show_no_change_and_no_p_value_for_it():
    woman = np.random.default_rng(0).normal(size=65)
    fit = fit_repeated(np.tile(woman, 2), np.column_stack([VISIT, CLASS, VISIT * CLASS]), WOMEN, confidence=0.95)
    assert fit[1].effect == pytest.approx(0, abs=1e-12)
    assert np.isnan(fit[1].p_value)
    assert fit[1].note == "no variation around the effect"
    assert fit[2].p_value == pytest.approx(ttest_ind(woman[15:], woman[:15]).pvalue, abs=0.05)


def test_change_is_adjusted_for_the_years_between_the_exams(make_study):
    table = MODELS_MIXED.of(lay_out(make_study(features=1, seed=2), CONFIG)).query("source == 'lesion'")
    assert "change per further year between the exams" in set(table["term"])


def test_planted_change_of_malignant_lesions_is_found(make_study):
    table = MODELS_MIXED.of(lay_out(make_study(features=1, class_effect=1.0, seed=2), CONFIG))
    row = table[table["source"] == "lesion"].set_index("term").loc["visit: recent vs prior x malignant vs benign"]
    assert row["effect"] > 0
    assert row["q_value"] < 0.05
    assert (row["n"], row["n_rows"]) == (65, 130)


def test_tissue_compares_every_class_with_normal(make_study):
    table = MODELS_MIXED.of(lay_out(make_study(benign=3, features=1), CONFIG)).query("source == 'tissue'")
    assert "visit: recent vs prior x malignant vs normal" in set(table["term"])
    assert not table["term"].str.contains("benign").any()
    assert set(table["note"]) == {"too few to test: benign"}


def test_unknown_interval_leaves_the_model_in_words(make_study):
    study = make_study(features=1)
    study = dataclasses.replace(study, patients=study.patients.assign(interval_years=np.nan))
    table = MODELS_MIXED.of(lay_out(study, CONFIG)).query("source == 'lesion'")
    assert table["note"].str.contains("mostly missing, left out: interval").all()
    assert table["p_value"].notna().all()
    assert pd.unique(table["n"]).tolist() == [65]
