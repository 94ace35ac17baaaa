from __future__ import annotations

import dataclasses
import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import false_discovery_control, mannwhitneyu, norm

from radiomics_mammo.config.analysis import StatisticsConfig
from radiomics_mammo.core.vocabulary import PriorPolicy
from radiomics_mammo.stats.measurements import lay_out
from radiomics_mammo.stats.two_groups import (
    CLASS_BY_AGE,
    CLASS_BY_DENSITY,
    UNIVARIATE,
    UNIVARIATE_OUTLINED_FIRST,
    UNIVARIATE_REGISTERED,
    auc_interval,
    compare_two_groups,
    hodges_lehmann,
    newcombe_variance,
)

from .published import BASELINES, assert_published, published_groups, values_of_ours, values_of_r

CONFIG = StatisticsConfig()
FIRST = "original_firstorder_F000"


def compare(first, second, min_cell=2, confidence=0.95):
    values = pd.DataFrame({"f": np.concatenate([first, second])})
    side = np.repeat([False, True], [len(first), len(second)])
    return compare_two_groups(values, side, min_cell=min_cell, confidence=confidence).iloc[0]


def test_published_permeability():
    groups = published_groups("permeability")
    found = compare(groups["second"], groups["first"])
    assert_published(found["statistic"], "permeability", "mann_whitney_u")
    assert_published(found["p_value"] / 2, "permeability", "one_sided_p")
    assert found["method"] == "Mann-Whitney, exact"


def test_many_columns_agree_with_scipy_with_ties_and_missing():
    rng = np.random.default_rng(4)
    values = pd.DataFrame(rng.normal(size=(40, 9)))
    values.iloc[:, ::2] = values.iloc[:, ::2].round(0)
    values.iloc[3, 4], values.iloc[0, 5] = np.nan, np.inf
    side = np.arange(40) >= 13
    found = compare_two_groups(values, side, min_cell=5)
    for column in values:
        known = np.isfinite(values[column].to_numpy())
        first, second = values[column][known & ~side], values[column][known & side]
        method = "asymptotic" if column % 2 == 0 else "exact"
        expected = mannwhitneyu(second, first, method=method)
        assert found.loc[column, "statistic"] == expected.statistic
        assert found.loc[column, "p_value"] == pytest.approx(expected.pvalue, rel=1e-9)
        assert found.loc[column, ["n_first", "n_second"]].tolist() == [len(first), len(second)]


def test_hodges_lehmann_order_statistics_by_hand():
    first, second = np.arange(1.0, 6.0)[:, None], np.arange(11.0, 16.0)[:, None]
    shift, low, high = hodges_lehmann(first, second, confidence=0.95)
    ordered = np.sort((second - first.T).ravel())
    assert shift.item() == 10
    assert (low.item(), high.item()) == (ordered[2], ordered[-3])


def test_shift_interval_covers_the_true_shift_at_its_level():
    rng = np.random.default_rng(11)
    first, second = rng.normal(size=(12, 800)), rng.normal(size=(17, 800)) + 0.7
    _, low, high = hodges_lehmann(first, second, confidence=0.9)
    assert 0.88 <= ((low <= 0.7) & (high >= 0.7)).mean() <= 0.945


def test_effect_interval_covers_the_true_effect_at_its_level():
    rng = np.random.default_rng(12)
    values = pd.DataFrame(np.vstack([rng.normal(size=(15, 900)), rng.normal(size=(50, 900)) + 1.0]))
    found = compare_two_groups(values, np.arange(65) >= 15, min_cell=5)
    truth = norm.cdf(1 / np.sqrt(2))
    assert 0.93 <= ((found["ci_low"] <= truth) & (found["ci_high"] >= truth)).mean() <= 0.98


def test_null_variance_is_that_of_the_rank_test():
    assert newcombe_variance(np.array(0.5), n_first=7, n_second=11) == pytest.approx(19 / (12 * 77))


def test_interval_has_width_at_the_bounds_and_mirrors():
    low, high = auc_interval(np.array([0.0, 0.3, 0.7, 1.0]), n_first=5, n_second=9)
    assert low[0] == pytest.approx(0)
    assert high[0] > 0.1
    np.testing.assert_allclose(low, 1 - high[::-1], atol=1e-9)


@pytest.mark.parametrize(
    ("first", "second", "note"),
    [
        ([1.0, 2.0], [3.0, 4.0, 5.0], "too few to test"),
        ([7.0] * 4, [7.0] * 5, "constant feature"),
        ([np.nan] * 4, [np.nan] * 5, "no value measured"),
    ],
)
def test_words_in_place_of_a_p_value(first, second, note):
    found = compare(np.array(first), np.array(second), min_cell=3)
    assert np.isnan(found["p_value"])
    assert found["note"] == note


def test_no_columns_and_no_patients():
    assert compare_two_groups(pd.DataFrame(index=range(4)), np.array([False, False, True, True]), min_cell=2).empty
    none = compare_two_groups(pd.DataFrame({"f": []}, dtype=float), np.array([], dtype=bool), min_cell=2)
    assert none["note"].tolist() == ["no value measured"]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(-5, 5), min_size=3, max_size=9), st.lists(st.integers(-5, 5), min_size=3, max_size=9))
def test_swapping_groups_mirrors_every_figure(first, second):
    there, back = compare(first, second), compare(second, first)
    if there["note"] == "":
        assert there["effect"] == pytest.approx(1 - back["effect"])
        assert there["shift"] == pytest.approx(-back["shift"])
        assert there["p_value"] == pytest.approx(back["p_value"])


def test_planted_change_is_found_with_its_sign_and_shift(make_study):
    rows = UNIVARIATE.of(lay_out(make_study(features=4, class_effect=2.0, seed=4), CONFIG)).set_index(
        ["quantity", "feature"]
    )
    planted = rows.loc[("delta", FIRST)]
    assert planted["effect"] > 0.9
    assert planted["shift_low"] <= 2.0 <= planted["shift_high"]
    assert planted["q_value"] < 0.001


def test_values_and_q_values_by_hand(study, analysis):
    whole = UNIVARIATE.of(analysis)
    table = whole.query("quantity == 'recent'")
    rows = study.patient_deltas.query("prior_policy == 'regional'")
    sides = [rows.loc[rows["label"] == name, f"mean_recent_{FIRST}"] for name in ("benign", "malignant")]
    row = table.set_index("feature").loc[FIRST]
    assert row["p_value"] == pytest.approx(mannwhitneyu(*sides, method="exact").pvalue)
    assert row["median_benign"] == pytest.approx(sides[0].median())
    inside = [false_discovery_control(part["p_value"].dropna()).min() for _, part in whole.groupby("family")]
    assert whole["q_value"].min() == pytest.approx(false_discovery_control(inside).min())  # Simes of the classes


def test_unconfirmed_patients_take_no_part(study):
    relabelled = study.lesions.copy()
    relabelled.loc[relabelled["patient_id"] == "malignant-01", "label"] = "unconfirmed"
    found = UNIVARIATE.of(lay_out(dataclasses.replace(study, lesions=relabelled), CONFIG))
    assert set(found.query("quantity == 'recent'")["n_per_group"]) == {"benign=15; malignant=49"}


@pytest.mark.parametrize(
    ("table", "policy"),
    [(UNIVARIATE_REGISTERED, PriorPolicy.REGISTERED), (UNIVARIATE_OUTLINED_FIRST, PriorPolicy.OUTLINED_FIRST)],
)
def test_other_policies_are_tables_of_their_own_without_the_recent_values(analysis, table, policy):
    found = table.of(analysis)
    assert set(found["prior_policy"]) == {str(policy)}
    assert "recent" not in set(found["quantity"])


@pytest.mark.nightly
def test_planted_nulls_stay_under_the_declared_rate_over_fifty_seeds(make_study):
    shares = []
    for seed in range(50):
        study = make_study(features=60, class_effect=1.5, seed=seed)
        table = UNIVARIATE.of(lay_out(study, StatisticsConfig(change_kinds=("delta",)))).query(
            "quantity != 'similarity'"
        )
        found = table[table["q_value"] <= CONFIG.false_discovery_rate]
        false = (found["feature"] != FIRST) | (found["quantity"] == "prior")
        by_family = found.assign(false=false).groupby("family")["false"].mean()
        shares.append(by_family.reindex(table["family"].unique()).fillna(0).mean())
    assert np.mean(shares) <= CONFIG.false_discovery_rate


def test_halves_add_up_to_all_patients(analysis):
    table = CLASS_BY_AGE.of(analysis)
    assert table.query("quantity == 'delta'").groupby("feature")["n"].sum().unique().tolist() == [65]
    assert table["stratum"].unique().tolist() == ["< 60", ">= 60"]


def test_planted_effect_is_found_in_both_halves(make_study):
    table = CLASS_BY_DENSITY.of(lay_out(make_study(features=7, class_effect=2.5, seed=1), CONFIG))
    rows = table[(table["feature"] == FIRST) & (table["quantity"] == "delta")]
    assert (rows["effect"] > 0.8).all()
    assert (rows["q_value"] < 0.05).all()
    assert set(rows["stratum"]) == {"a-b", "c-d"}
    assert set(rows["family"]) == {"firstorder"}


def test_small_cell_keeps_its_n_and_loses_its_p(study):
    table = study.patients.copy()
    benign = table.index[table["case_class"] == "benign"]
    table.loc[benign, "density"] = "a"
    table.loc[benign[:4], "density"] = "d"
    rows = CLASS_BY_DENSITY.of(lay_out(dataclasses.replace(study, patients=table), CONFIG)).query("stratum == 'c-d'")
    assert rows["n_per_group"].str.startswith("benign=4;").all()
    assert set(rows["note"]) == {"too few to test"}
    assert np.isnan(rows[["p_value", "q_value", "effect"]].to_numpy()).all()


def test_every_table_with_a_counterpart_in_r_agrees_with_it():
    assert values_of_ours() == pytest.approx(values_of_r(BASELINES / "r"), rel=1e-6, abs=1e-9)


@pytest.mark.nightly
def test_r_says_the_same_again(tmp_path):
    if shutil.which("Rscript") is None:
        pytest.skip("R is not installed")
    for name in ("rank_tests.R", "rank_tests_input.csv"):
        shutil.copy(BASELINES / "r" / name, tmp_path)
    ran = subprocess.run(["Rscript", "rank_tests.R"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert values_of_r(tmp_path) == pytest.approx(values_of_r(BASELINES / "r"), rel=1e-12)
