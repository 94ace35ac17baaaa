from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from radiomics_mammo.config.analysis import StatisticsConfig
from radiomics_mammo.stats import key_findings, statistics_tables
from radiomics_mammo.stats.by_strata import BY_DENSITY
from radiomics_mammo.stats.measurements import lay_out
from radiomics_mammo.stats.statistical_table import RESULT_COLUMNS
from radiomics_mammo.stats.study_tables import TABLES
from radiomics_mammo.stats.two_groups import UNIVARIATE
from radiomics_mammo.tables.study import NamedTable

NAMES = [table.name for table in TABLES]
QUICK = StatisticsConfig(permutations=100, bootstrap_draws=100, simulations=100)


@pytest.fixture(scope="module")
def small(make_study):
    return make_study(features=2)


@pytest.fixture(scope="module")
def tables(small, predictions):
    return {one.name: one for one in statistics_tables(small, predictions=predictions, config=QUICK, seed=3)}


def test_every_announced_table_is_made(tables):
    assert list(tables) == NAMES


def test_a_table_has_its_own_name_and_says_what_it_corrects():
    assert len(set(NAMES)) == len(NAMES)
    for table in TABLES:
        assert table.chapter
        assert "q: " in table.caption or "family" not in table.keys, table.name


def test_every_table_carries_the_result_columns_together(tables):
    for one in tables.values():
        assert set(RESULT_COLUMNS) <= set(one.table.columns), one.name
        assert one.caption.endswith(".")


def test_a_row_without_p_value_says_why(tables):
    for one in tables.values():
        silent = one.table[one.table["p_value"].isna() & (one.table["note"] == "")]
        assert silent.empty, one.name


def test_figures_agree_with_each_other(tables):
    for one in tables.values():
        rows = one.table.dropna(subset=["ci_low", "ci_high", "effect"])
        assert (rows["ci_low"] <= rows["effect"] + 1e-9).all(), one.name
        assert (rows["effect"] <= rows["ci_high"] + 1e-9).all(), one.name
        tested = one.table.dropna(subset=["p_value"])
        assert tested["p_value"].between(0, 1).all(), one.name
        assert (tested["q_value"] >= tested["p_value"] - 1e-12).all(), one.name
        assert (tested["method"] != "").all(), one.name
        assert (tested["q_method"] != "").all(), one.name


def test_same_seed_same_tables(make_study):
    study = make_study(normal=6, benign=6, malignant=7, features=1)
    first, again = (statistics_tables(study, predictions=None, config=QUICK, seed=3) for _ in range(2))
    for one, other in zip(first, again, strict=True):
        pd.testing.assert_frame_equal(one.table, other.table)


def test_normal_women_count_in_tissue_and_not_in_lesions(tables):
    tests = tables["density_tests"].table
    assert set(tests.loc[tests["source"] == "tissue", "n"]) == {100}
    assert set(tests.loc[tests["source"] == "lesion", "n"]) == {65}


def test_order_of_patients_changes_no_test(small):
    turned = dataclasses.replace(
        small, patients=small.patients[::-1], patient_deltas=small.patient_deltas[::-1], features=small.features[::-1]
    )
    there, back = lay_out(small, QUICK), lay_out(turned, QUICK)
    for table in (UNIVARIATE, BY_DENSITY[1]):
        np.testing.assert_allclose(table.of(there)["p_value"], table.of(back)["p_value"], rtol=1e-9)


@pytest.mark.parametrize(
    ("normal", "benign", "malignant", "features"),
    [(0, 0, 0, 0), (6, 0, 7, 1), (0, 6, 7, 1), (6, 7, 0, 1), (7, 6, 8, 0), (1, 1, 1, 1)],
)
def test_thin_studies_give_words_and_no_error(make_study, normal, benign, malignant, features):
    thin = make_study(normal=normal, benign=benign, malignant=malignant, features=features)
    made = statistics_tables(thin, predictions=None, config=QUICK, seed=0)
    assert [one.name for one in made] == NAMES
    for one in made:
        assert not (one.table["p_value"].isna() & (one.table["note"] == "")).any(), one.name


def test_damaged_columns_give_words_and_no_error(make_study):
    study = make_study(normal=8, benign=8, malignant=9, features=4)
    patients = study.patients.copy()
    patients["density"] = (["A", "b", "3", "x", ""] * 5)[: len(patients)]
    patients["age_years"] = [np.nan, 999.0, 55.0, 66.0, 44.0] * 5
    features, deltas = study.features.copy(), study.patient_deltas.copy()
    features["tissue_original_firstorder_F000"] = 7.0
    features["tissue_original_glcm_F001"] = np.nan
    features["tissue_original_glrlm_F002"] = np.inf
    features["original_glszm_F003"] = 7.0
    for name in deltas:
        if name.endswith("F000"):
            deltas[name] = 7.0
        if name.endswith("F001"):
            deltas[name] = np.nan
        if name.endswith("F003"):
            deltas[name] = deltas[name].round(0)
    damaged = dataclasses.replace(study, patients=patients, features=features, patient_deltas=deltas)
    made = {one.name: one.table for one in statistics_tables(damaged, predictions=None, config=QUICK, seed=0)}
    recent = made["univariate"].query("quantity == 'recent'").set_index("feature")
    assert recent.loc["original_firstorder_F000", "note"] == "constant feature"
    assert recent.loc["original_glcm_F001", "note"] == "no value measured"
    for table in made.values():
        assert not (table["p_value"].isna() & (table["note"] == "")).any()


def named(name, rows):
    base = {"effect_name": "AUC, explained", "effect": 0.8, "ci_low": 0.7, "ci_high": 0.9, "n": 65}
    return NamedTable(name=name, caption="", table=pd.DataFrame([{**base, **row} for row in rows]))


def test_best_findings_are_named_first_and_others_counted():
    rows = [{"feature": f"f{number}", "p_value": 0.01 - number / 1000, "q_value": 0.01} for number in range(5)]
    (sentence,) = key_findings([named("univariate", rows)])
    assert sentence.startswith("Malignant against benign: 5 of 5 comparisons at q <= 0.05, first of all: f4 (AUC 0.80")
    assert "f1" not in sentence


def test_none_and_nothing_testable_are_said():
    none = named("age_tests", [{"feature": "f", "p_value": 0.5, "q_value": 0.5}])
    untested = named("density_tests", [{"feature": "f", "p_value": np.nan, "q_value": np.nan}])
    assert key_findings([none, untested]) == (
        "By BI-RADS density: nothing could be tested.",
        "By age band: none of 1 comparisons at q <= 0.05.",
    )


def test_only_interactions_of_mixed_models_and_associations_of_confounders_count():
    mixed = [{"term": "age, per decade", "p_value": 0.001, "q_value": 0.001}]
    adjusted = [{"variable": "all", "analysis": "AUC", "p_value": 0.001, "q_value": 0.001}]
    sentences = key_findings([named("models_mixed", mixed), named("confounders", adjusted)])
    assert all(sentence.endswith("nothing could be tested.") for sentence in sentences)


def test_declared_rate_decides():
    table = named("univariate", [{"feature": "f", "p_value": 0.06, "q_value": 0.08}])
    assert "1 of 1" in key_findings([table], false_discovery_rate=0.1)[0]
    assert "none of 1" in key_findings([table])[0]


def test_missing_interval_is_said():
    table = named("univariate", [{"feature": "f", "p_value": 0.01, "q_value": 0.01, "ci_low": np.nan}])
    assert "AUC 0.80, no interval, n = 65" in key_findings([table])[0]
