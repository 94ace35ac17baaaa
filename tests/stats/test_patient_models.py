from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from radiomics_mammo.config.analysis import StatisticsConfig
from radiomics_mammo.stats.measurements import lay_out
from radiomics_mammo.stats.patient_models import (
    FIRTH,
    INTERACTIONS,
    LOGISTIC,
    MODELS_PATIENT,
    fit_term,
    interaction_row,
    modifiers,
    patient_row,
)
from radiomics_mammo.stats.regression import build_design, fit_firth
from radiomics_mammo.stats.strata import stratifications

CONFIG = StatisticsConfig()
RNG = np.random.default_rng(7)
MALIGNANT = np.arange(65) >= 15


def test_odds_ratio_per_standard_deviation_is_that_of_a_plain_logistic_regression():
    value, age = RNG.normal(size=65) * 4 + MALIGNANT, RNG.normal(size=65)
    design = build_design(value, pd.DataFrame({"age": age}))
    row = patient_row(design, MALIGNANT, CONFIG)
    plain = sm.Logit(MALIGNANT.astype(float), sm.add_constant(np.column_stack([value / value.std(ddof=1), age]))).fit(
        disp=0
    )
    assert row.effect == pytest.approx(np.exp(plain.params[1]), rel=1e-5)
    assert row.p_value == pytest.approx(plain.pvalues[1], rel=1e-4)
    assert (row.method, design.adjusted_for, row.n) == (LOGISTIC, "age", 65)
    assert row.more["events_per_variable"] == 7.5


def test_separation_is_said_and_firth_is_finite():
    design = build_design(MALIGNANT + 0.1 * RNG.random(65), pd.DataFrame(index=range(65)))
    fit = fit_term(design, MALIGNANT, confidence=0.95)
    assert (fit.method, fit.note) == (FIRTH, "classes separated; Firth used")
    assert np.isfinite([fit.effect, fit.ci_low, fit.ci_high]).all()


@pytest.mark.parametrize(
    ("value", "malignant", "note"),
    [
        (RNG.normal(size=9), np.arange(9) >= 2, "too few to test"),
        (np.ones(20), np.arange(20) >= 8, "constant feature; no spread or collinear, left out: feature"),
    ],
)
def test_words_in_place_of_a_model(value, malignant, note):
    row = patient_row(build_design(value, pd.DataFrame(index=range(len(value)))), malignant, CONFIG)
    assert row.note == note
    assert np.isnan(row.p_value)


def test_table_finds_the_planted_class_effect_and_names_its_family(make_study):
    table = MODELS_PATIENT.of(lay_out(make_study(features=3, class_effect=1.5, seed=5), CONFIG))
    table = table[table["quantity"] == "delta"].set_index("feature")
    planted = table.loc["original_firstorder_F000"]
    assert planted["ci_low"] > 1
    assert planted["q_value"] < 0.05
    assert planted["adjusted_for"] == "age, density"
    assert set(table["family"]) == {"firstorder", "glcm", "glrlm"}


MODIFIERS = ["density c-d vs a-b", "age >= 60 vs < 60", "age, per decade"]


def people(benign=15, malignant=50, seed=0):
    rng = np.random.default_rng(seed)
    n = benign + malignant
    return pd.DataFrame(
        {
            "label": np.repeat(["benign", "malignant"], [benign, malignant]),
            "density_group": rng.choice(["a-b", "c-d"], n),
            "age_half": np.where(np.arange(n) % 2, "< 60", ">= 60"),
            "age_years": np.where(np.arange(n) % 2, 52.0, 68.0),
        },
        index=[f"p{number:02d}" for number in range(n)],
    )


def rows_of(patients, value):
    malignant = (patients["label"] == "malignant").to_numpy()
    return {
        name: interaction_row(np.column_stack([value, moderator]), malignant, halves, CONFIG)
        for name, moderator, halves in modifiers(patients, stratifications(CONFIG))
    }


def test_one_row_per_modifier_and_the_term_is_firths_product():
    patients = people()
    value = np.random.default_rng(1).normal(size=65)
    rows = rows_of(patients, value)
    assert list(rows) == MODIFIERS
    z = (value - value.mean()) / value.std(ddof=1)
    old = (patients["age_half"] == ">= 60").to_numpy(dtype=float)
    fit = fit_firth(np.column_stack([np.ones(65), z, old, z * old]), (patients["label"] == "malignant").to_numpy())
    row = rows["age >= 60 vs < 60"]
    assert row.effect == pytest.approx(np.exp(fit.estimate[3]))
    assert row.p_value == pytest.approx(fit.p_value[3])


def test_an_effect_that_turns_with_age_is_found():
    patients = people(benign=60, malignant=60)
    direction = np.where(patients["age_half"] == ">= 60", 1.0, -1.0) * np.where(patients["label"] == "malignant", 1, -1)
    value = direction + np.random.default_rng(2).normal(size=120)
    rows = rows_of(patients, value)
    assert rows["age >= 60 vs < 60"].ci_low > 1
    assert rows["density c-d vs a-b"].p_value > 0.01


def test_small_cell_is_counted_and_not_tested():
    patients = people(benign=8)
    patients.loc[patients.index[:6], "density_group"] = "c-d"
    patients.loc[patients.index[6:8], "density_group"] = "a-b"
    row = rows_of(patients, np.arange(58.0))["density c-d vs a-b"]
    assert row.note == "too few to test"
    assert row.n_per_group.startswith("benign a-b=2; ")
    assert np.isnan(row.p_value)


def test_one_stratum_and_constant_feature_in_words():
    rows = rows_of(people().assign(density_group="c-d"), np.ones(65))
    assert [row.note for row in rows.values()] == ["one stratum only", "constant feature", "constant feature"]


def test_unknown_strata_are_missing_not_zero():
    unknown = people().assign(density_group="", age_half="", age_years=np.nan)
    assert all(np.isnan(value).all() for _, value, _ in modifiers(unknown, stratifications(CONFIG)))


def test_table_holds_one_feature_of_every_class_and_modifier_with_its_family(make_study):
    table = INTERACTIONS.of(lay_out(make_study(features=7), CONFIG)).query("quantity == 'recent'")
    assert table["modifier"].tolist() == MODIFIERS * 6
    assert table["feature_class"].nunique() == 6
    assert set(table["family"]) == set(table["feature_class"])
    assert set(table["modifier"]) == set(MODIFIERS)
