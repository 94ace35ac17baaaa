from __future__ import annotations

import pytest
from scipy.stats import wilcoxon

from radiomics_mammo.config.statistics import StatisticsConfig
from radiomics_mammo.stats.measurements import lesion_measurements, tissue_measurements
from radiomics_mammo.stats.paired_change import paired_change_table
from radiomics_mammo.stats.strata import stratify

CONFIG = StatisticsConfig()
FIRST = "original_firstorder_F000"
TISSUE_FIRST = f"tissue_{FIRST}"


@pytest.fixture(scope="module")
def changed(make_study):
    return make_study(features=4, class_effect=1.0, seed=3)


@pytest.fixture(scope="module")
def table(changed):
    measured = [lesion_measurements(changed, "delta", config=CONFIG), tissue_measurements(changed, "delta")]
    return paired_change_table(measured, stratify(changed, CONFIG), config=CONFIG)


def test_lesions_by_label_and_tissue_by_class_of_the_woman(table):
    assert table.groupby("source")["case_class"].unique().map(list).to_dict() == {
        "lesion": ["benign", "malignant"],
        "tissue": ["normal", "benign", "malignant"],
    }


def test_malignant_lesions_change_by_what_was_planted(table):
    row = table.query("source == 'lesion' and case_class == 'malignant' and feature == @FIRST").iloc[0]
    assert row["ci_low"] <= 1.0 <= row["ci_high"]
    assert row["q_value"] < 0.001
    assert row["rank_biserial"] > 0.9


def test_figures_agree_with_scipy(table, changed):
    row = table.query("source == 'tissue' and case_class == 'normal' and feature == @TISSUE_FIRST").iloc[0]
    change = tissue_measurements(changed, "delta").values[TISSUE_FIRST]
    normal = change[change.index.str.startswith("normal")]
    assert row["p_value"] == pytest.approx(wilcoxon(normal, method="exact").pvalue)
    assert (row["n"], row["n_per_group"]) == (35, "normal=35")
