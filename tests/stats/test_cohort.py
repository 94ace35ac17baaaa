from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2_contingency, mannwhitneyu

from radiomics_mammo.config.analysis import StatisticsConfig
from radiomics_mammo.stats.cohort import (
    COHORT,
    COHORT_DIFFERENCES,
    FLOW_KEPT,
    categorical_difference,
    continuous_difference,
    flow_table,
    patient_characteristics,
    relabelling_test,
    smd_interval,
)
from radiomics_mammo.stats.measurements import lay_out
from radiomics_mammo.stats.statistical_table import shape_table
from radiomics_mammo.stats.strata import stratify
from radiomics_mammo.tables.flow import FLOW

from .published import assert_published

CONFIG = StatisticsConfig(permutations=200)


def tables_of(study):
    analysis = lay_out(study, CONFIG)
    differences = COHORT_DIFFERENCES.of(analysis)
    analysis = dataclasses.replace(analysis, made={"cohort_differences": differences})
    return analysis.patients, COHORT.of(analysis), differences


@pytest.fixture(scope="module")
def parts(study):
    return tables_of(study)


def test_counts_and_shares_of_a_category(parts):
    patients, table, _differences = parts
    row = table.query("variable == 'BI-RADS density' and level == 'b'").iloc[0]
    count = int(((patients["density"] == "b") & (patients["case_class"] == "benign")).sum())
    assert row["benign"] == f"{count} ({100 * count / 15:.0f} %)"
    assert row["n"] == int((patients["density"] == "b").sum())


def test_median_and_missing_of_a_measurement(study):
    patients_table = study.patients.copy()
    patients_table.loc[:9, "age_years"] = np.nan
    damaged = dataclasses.replace(study, patients=patients_table)
    patients, table, _ = tables_of(damaged)
    row = table.query("variable == 'age, years'").iloc[0]
    low, middle, high = patients["age_years"].quantile([0.25, 0.5, 0.75])
    assert row["all"] == f"{middle:.3g} ({low:.3g}-{high:.3g})"
    assert (row["missing"], row["n"]) == (10, 90)


def test_first_row_of_a_characteristic_carries_malignant_against_benign(parts):
    _patients, table, differences = parts
    shown = table.drop_duplicates("variable").set_index("variable").loc["age, years"]
    tested = differences.query("variable == 'age, years' and comparison == 'malignant vs benign'").iloc[0]
    assert shown["effect"] == tested["effect"]
    assert shown["p_value"] == tested["p_value"]


def test_age_bands_stand_in_order_of_age(parts):
    _patients, table, _differences = parts
    levels = [level for level in table.query("variable == 'age band'")["level"] if level]
    assert levels == ["< 50", "50-59", "60-69", ">= 70"]


def test_every_pair_of_classes_is_compared(parts):
    _, table, differences = parts
    assert len(differences) == 3 * (table["variable"].nunique() - 1)
    assert set(differences["comparison"]) == {"malignant vs benign", "malignant vs normal", "benign vs normal"}


def test_differing_images_of_one_patient_are_all_named(study):
    images = study.images.copy()
    first = (images["patient_id"] == "normal-01") & (images["visit"] == "recent")
    images.loc[images.index[first][0], ["rows", "cols", "manufacturer"]] = [11, 7, "OTHER"]
    patients = stratify(study, CONFIG)
    row = patient_characteristics(dataclasses.replace(study, images=images), patients).loc["normal-01"]
    assert row["matrix, recent exam"].startswith("11 x 7 and ")
    assert "OTHER" in row["manufacturer, recent exam"]


def test_flow_keeps_steps_and_shares():
    steps = [("masks", "lesion", 8, 6, "open"), ("pairs", "patient", 0, 0, "")]
    flow = FLOW.conform(pd.DataFrame(steps, columns=FLOW.names))
    table = shape_table(flow_table(flow), FLOW_KEPT.keys)
    assert table["effect"].tolist()[0] == 0.75
    assert np.isnan(table["effect"].iloc[1])
    assert table[["n", "n_in", "n_out"]].iloc[0].tolist() == [6, 8, 6]
    assert pd.isna(table["p_value"]).all()


def categorical(table, min_cell=2, permutations=100):
    rng = np.random.default_rng(0)
    return categorical_difference(np.array(table), rng=rng, permutations=permutations, min_cell=min_cell)


def test_published_tea_tasting():
    assert_published(categorical([[3, 1], [1, 3]]).p_value, "tea_tasting", "fisher_two_sided_p")


def test_two_levels_reduce_to_the_difference_of_proportions():
    found = categorical([[10, 30], [24, 16]])
    gap, spread = 0.35, np.sqrt((0.25 * 0.75 + 0.6 * 0.4) / 2)
    assert found.effect == pytest.approx(gap / spread)


def test_standardised_mean_difference_by_hand():
    first, second = np.array([1.0, 2.0, 3.0, 4.0]), np.array([4.0, 6.0, 8.0, 10.0])
    found = continuous_difference(first, second, min_cell=3)
    assert found.effect == pytest.approx(4.5 / np.sqrt((5 / 3 + 20 / 3) / 2))
    assert found.p_value == pytest.approx(mannwhitneyu(first, second, method="asymptotic").pvalue)
    assert (found.ci_low, found.ci_high) == smd_interval(found.effect, 4, 4)


def test_order_of_levels_does_not_matter():
    there, back = categorical([[5, 9, 11], [12, 3, 8]]), categorical([[11, 5, 9], [8, 12, 3]])
    assert there.effect == pytest.approx(back.effect)
    assert there.statistic == pytest.approx(back.statistic)


def test_relabelling_approaches_chi_squared_in_large_tables():
    table = np.array([[60, 80, 60], [75, 60, 65]])
    statistic, p_value = relabelling_test(table, rng=np.random.default_rng(1), permutations=4000)
    expected = chi2_contingency(table, correction=False)
    assert statistic == pytest.approx(expected.statistic)
    assert p_value == pytest.approx(expected.pvalue, abs=0.03)


@pytest.mark.parametrize(
    ("found", "note"),
    [
        (categorical([[1, 0], [4, 5]]), "too few to test"),
        (categorical([[4, 0], [5, 0]]), "constant feature"),
        (categorical(np.empty((2, 0), dtype=int)), "too few to test"),
        (continuous_difference(np.ones(5), np.ones(6), min_cell=3), "constant feature"),
        (continuous_difference(np.full(5, 0.07), np.full(50, 0.07), min_cell=3), "constant feature"),
        (continuous_difference(np.ones(2), np.ones(6), min_cell=3), "too few to test"),
    ],
)
def test_words_in_place_of_a_test(found, note):
    assert found.note == note
    assert np.isnan([found.effect, found.p_value]).all()


def test_classes_that_share_nothing_are_tested_without_a_standardised_difference():
    found = categorical([[15, 0], [0, 50]])
    assert np.isnan([found.effect, found.ci_low, found.ci_high]).all()
    assert found.p_value < 1e-10
    assert found.note == "the classes share no spread"
    apart = continuous_difference(np.zeros(5), np.ones(5), min_cell=3)
    assert (apart.note, apart.p_value < 0.01) == ("no spread within the classes", True)
