from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import wilcoxon

from radiomics_mammo.config.analysis import StatisticsConfig
from radiomics_mammo.stats.measurements import lay_out
from radiomics_mammo.stats.paired_change import PAIRED_CHANGE, paired_change, pseudo_median

from .published import assert_published, published_groups

FIRST = "original_firstorder_F000"
TISSUE_FIRST = f"tissue_{FIRST}"


def test_published_depression():
    groups = published_groups("depression")
    change = pd.DataFrame({"f": groups["before"] - groups["after"]})
    found = paired_change(change, min_cell=5).iloc[0]
    assert_published(found["statistic"], "depression", "wilcoxon_v")
    assert_published(found["p_value"] / 2, "depression", "one_sided_p")
    assert_published(found["effect"], "depression", "pseudo_median")


def test_columns_with_zeros_ties_and_missing_agree_with_scipy():
    changes = pd.DataFrame(np.random.default_rng(1).normal(size=(23, 4)) + 0.2)
    changes[1] = changes[1].round(0)
    changes.loc[2, 2] = np.nan
    found = paired_change(changes, min_cell=5)
    for column in changes:
        known = changes[column].dropna()
        correction = column == 1
        expected = wilcoxon(known, method="asymptotic" if correction else "exact", correction=correction)
        assert found.loc[column, "p_value"] == pytest.approx(expected.pvalue)
        assert found.loc[column, "n"] == len(known)


def test_reversed_exams_negate_the_change():
    changes = pd.DataFrame(np.random.default_rng(2).normal(size=(15, 3)))
    there, back = paired_change(changes, min_cell=5), paired_change(-changes, min_cell=5)
    np.testing.assert_allclose(there["effect"], -back["effect"])
    np.testing.assert_allclose(there["ci_low"], -back["ci_high"])
    np.testing.assert_allclose(there["rank_biserial"], -back["rank_biserial"])


def test_interval_covers_the_centre_of_symmetric_changes():
    changes = np.random.default_rng(3).normal(size=(15, 800)) + 0.5
    found = pseudo_median(changes, confidence=0.95)
    assert 0.94 <= ((found["ci_low"] <= 0.5) & (found["ci_high"] >= 0.5)).mean() <= 0.98


def test_many_differences_use_the_normal_order():
    found = pseudo_median(np.random.default_rng(4).normal(size=(120, 1)))
    assert -0.4 < found["ci_low"].item() < found["effect"].item() < found["ci_high"].item() < 0.4


@pytest.mark.parametrize(
    ("change", "note"),
    [([0.0] * 6, "no change in any patient"), ([1.0] * 3, "too few to test"), ([], "no value measured")],
)
def test_words(change, note):
    found = paired_change(pd.DataFrame({"f": np.array(change, dtype=float)}), min_cell=5).iloc[0]
    assert (found["note"], bool(np.isnan(found["p_value"]))) == (note, True)


@pytest.fixture(scope="module")
def changed(make_study):
    return lay_out(make_study(features=4, class_effect=1.0, seed=3), StatisticsConfig())


@pytest.fixture(scope="module")
def table(changed):
    return PAIRED_CHANGE.of(changed)


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
    change = changed.tissue["delta"].values[TISSUE_FIRST]
    normal = change[change.index.str.startswith("normal")]
    assert row["p_value"] == pytest.approx(wilcoxon(normal, method="exact").pvalue)
    assert (row["n"], row["n_per_group"]) == (35, "normal=35")
