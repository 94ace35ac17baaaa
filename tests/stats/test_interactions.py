from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from radiomics_mammo.config.statistics import StatisticsConfig
from radiomics_mammo.stats.firth import fit_firth
from radiomics_mammo.stats.interactions import interaction_table, modifiers
from radiomics_mammo.stats.measurements import Measurements

CONFIG = StatisticsConfig()
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


def measured(patients, values):
    return [Measurements("lesion", "recent", pd.DataFrame({"original_glcm_A": values}, index=patients.index))]


def test_one_row_per_modifier_and_the_term_is_firths_product():
    patients = people()
    value = np.random.default_rng(1).normal(size=65)
    table = interaction_table(measured(patients, value), patients, config=CONFIG).set_index("modifier")
    assert table.index.tolist() == MODIFIERS
    z = (value - value.mean()) / value.std(ddof=1)
    old = (patients["age_half"] == ">= 60").to_numpy(dtype=float)
    fit = fit_firth(np.column_stack([np.ones(65), z, old, z * old]), (patients["label"] == "malignant").to_numpy())
    row = table.loc["age >= 60 vs < 60"]
    assert row["effect"] == pytest.approx(np.exp(fit.estimate[3]))
    assert row["p_value"] == pytest.approx(fit.p_value[3])


def test_an_effect_that_turns_with_age_is_found():
    patients = people(benign=60, malignant=60)
    direction = np.where(patients["age_half"] == ">= 60", 1.0, -1.0) * np.where(patients["label"] == "malignant", 1, -1)
    value = direction + np.random.default_rng(2).normal(size=120)
    table = interaction_table(measured(patients, value), patients, config=CONFIG).set_index("modifier")
    assert table.loc["age >= 60 vs < 60", "ci_low"] > 1
    assert table.loc["density c-d vs a-b", "p_value"] > 0.01


def test_small_cell_is_counted_and_not_tested():
    patients = people(benign=8)
    patients.loc[patients.index[:6], "density_group"] = "c-d"
    patients.loc[patients.index[6:8], "density_group"] = "a-b"
    table = interaction_table(measured(patients, np.arange(58.0)), patients, config=CONFIG).set_index("modifier")
    row = table.loc["density c-d vs a-b"]
    assert row["note"] == "too few to test"
    assert row["n_per_group"].startswith("benign a-b=2; ")
    assert np.isnan(row["p_value"])


def test_one_stratum_and_constant_feature_in_words():
    patients = people().assign(density_group="c-d")
    table = interaction_table(measured(patients, np.ones(65)), patients, config=CONFIG)
    assert table["note"].tolist() == ["one stratum only", "constant feature", "constant feature"]


def test_unknown_strata_are_missing_not_zero():
    unknown = people().assign(density_group="", age_half="", age_years=np.nan)
    assert all(np.isnan(value).all() for _, value, _ in modifiers(unknown, CONFIG))
