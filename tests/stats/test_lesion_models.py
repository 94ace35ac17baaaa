from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from radiomics_mammo.config.statistics import StatisticsConfig
from radiomics_mammo.stats.covariates import build_design
from radiomics_mammo.stats.lesion_models import fit_clustered, lesion_models, lesion_values
from radiomics_mammo.stats.strata import stratify

CONFIG = StatisticsConfig()
MALIGNANT = np.repeat([False, True], [15, 50])


def null_cohort(rng):
    """Lesions in two views of 15 benign and 50 malignant women; the feature has a woman effect and nothing else."""
    lesions = rng.integers(1, 4, 65) * 2
    woman = np.repeat(np.arange(65), lesions)
    value = rng.normal(size=65)[woman] + 0.7 * rng.normal(size=len(woman))
    adjust = pd.DataFrame({"age": rng.normal(size=65)[woman], "view MLO": np.tile([0.0, 1.0], len(woman) // 2)})
    return build_design(value, adjust), MALIGNANT[woman], woman


def rejections(cohorts, seed):
    rng = np.random.default_rng(seed)
    return sum(fit_clustered(*null_cohort(rng), confidence=0.95).p_value < 0.05 for _ in range(cohorts))


def test_short_null_simulation_rejects_about_one_in_twenty():
    assert 1 <= rejections(80, seed=2) <= 9  # 99.5 % binomial interval of 80 draws at 5 %


@pytest.mark.nightly
def test_null_cohorts_are_rejected_at_the_nominal_level():
    assert 33 <= rejections(1000, seed=20240531) <= 69


def test_copies_of_a_lesion_add_no_information():
    design, malignant, woman = null_cohort(np.random.default_rng(1))
    twice = build_design(np.repeat(design.matrix[:, 1], 2), pd.DataFrame(np.repeat(design.matrix[:, 2:], 2, axis=0)))
    once = fit_clustered(design, malignant, woman, confidence=0.95)
    copied = fit_clustered(twice, np.repeat(malignant, 2), np.repeat(woman, 2), confidence=0.95)
    assert copied.estimate == pytest.approx(once.estimate, rel=1e-2)
    assert copied.p_value == pytest.approx(once.p_value, rel=5e-2)


def test_one_lesion_a_woman_gives_the_estimate_of_plain_logistic_regression():
    rng = np.random.default_rng(4)
    design = build_design(rng.normal(size=65) + 0.8 * MALIGNANT, pd.DataFrame(index=range(65)))
    fit = fit_clustered(design, MALIGNANT, np.arange(65), confidence=0.95)
    plain = sm.Logit(MALIGNANT.astype(float), design.matrix).fit(disp=0)
    assert fit.estimate == pytest.approx(plain.params[1], rel=1e-5)


def test_separation_is_said():
    design = build_design(MALIGNANT + 0.0, pd.DataFrame(index=range(65)))
    fit = fit_clustered(design, MALIGNANT, np.arange(65), confidence=0.95)
    assert fit.note.startswith("classes separated")
    assert np.isnan(fit.p_value)


def test_rows_are_confirmed_recent_lesions_of_the_primary_policy(study):
    recent, change = lesion_values(study, "recent"), lesion_values(study, "delta")
    assert len(recent.rows) == len(change.rows) == len(study.lesions)
    assert list(recent.values) == list(change.values)
    assert set(recent.rows["label"]) == {"benign", "malignant"}


def test_table_counts_patients_and_lesions(study):
    table = lesion_models([lesion_values(study, "recent")], stratify(study, CONFIG), config=CONFIG)
    assert set(table["n"]) == {65}
    assert set(table["n_lesions"]) == {len(study.lesions)}
    assert set(table["adjusted_for"]) == {"age, density, view MLO"}


def test_too_few_women_of_a_class(make_study):
    thin = make_study(benign=3, malignant=9, features=1)
    table = lesion_models([lesion_values(thin, "recent")], stratify(thin, CONFIG), config=CONFIG)
    assert table["note"].tolist() == ["too few to test"]
