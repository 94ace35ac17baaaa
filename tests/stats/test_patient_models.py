from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from radiomics_mammo.config.statistics import StatisticsConfig
from radiomics_mammo.stats.covariates import build_design
from radiomics_mammo.stats.measurements import lesion_measurements
from radiomics_mammo.stats.patient_models import FIRTH, LOGISTIC, fit_term, model_row, patient_models
from radiomics_mammo.stats.strata import stratify

CONFIG = StatisticsConfig()
RNG = np.random.default_rng(7)
MALIGNANT = np.arange(65) >= 15


def test_odds_ratio_per_standard_deviation_is_that_of_a_plain_logistic_regression():
    value, age = RNG.normal(size=65) * 4 + MALIGNANT, RNG.normal(size=65)
    design = build_design(value, pd.DataFrame({"age": age}))
    row = model_row(design, MALIGNANT, CONFIG)
    plain = sm.Logit(MALIGNANT.astype(float), sm.add_constant(np.column_stack([value / value.std(ddof=1), age]))).fit(
        disp=0
    )
    assert row["effect"] == pytest.approx(np.exp(plain.params[1]), rel=1e-5)
    assert row["p_value"] == pytest.approx(plain.pvalues[1], rel=1e-4)
    assert (row["method"], row["adjusted_for"], row["n"]) == (LOGISTIC, "age", 65)
    assert row["events_per_variable"] == 7.5


def test_separation_is_said_and_firth_is_finite():
    design = build_design(MALIGNANT + 0.1 * RNG.random(65), pd.DataFrame(index=range(65)))
    fit = fit_term(design, MALIGNANT, term=1, confidence=0.95)
    assert (fit.method, fit.note) == (FIRTH, "classes separated; Firth used")
    assert np.isfinite([fit.estimate, fit.ci_low, fit.ci_high]).all()


@pytest.mark.parametrize(
    ("value", "malignant", "note"),
    [
        (RNG.normal(size=9), np.arange(9) >= 2, "too few to test"),
        (np.ones(20), np.arange(20) >= 8, "constant feature; no spread or collinear, left out: feature"),
    ],
)
def test_words_in_place_of_a_model(value, malignant, note):
    row = model_row(build_design(value, pd.DataFrame(index=range(len(value)))), malignant, CONFIG)
    assert row["note"] == note
    assert "p_value" not in row


def test_table_finds_the_planted_class_effect_and_names_its_family(make_study):
    study = make_study(features=3, class_effect=1.5, seed=5)
    measured = [lesion_measurements(study, "delta", config=CONFIG)]
    table = patient_models(measured, stratify(study, CONFIG), config=CONFIG).set_index("feature")
    planted = table.loc["original_firstorder_F000"]
    assert planted["ci_low"] > 1
    assert planted["q_value"] < 0.05
    assert planted["adjusted_for"] == "age, density"
    assert set(table["family"]) == {"patient models, lesion delta"}
