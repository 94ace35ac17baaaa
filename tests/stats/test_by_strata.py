from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from radiomics_mammo.config.analysis import StatisticsConfig
from radiomics_mammo.stats.by_strata import BY_AGE, BY_DENSITY, STRIP_POINTS, median_interval
from radiomics_mammo.stats.measurements import Measurements, lay_out

CONFIG = StatisticsConfig()
FIRST = "original_firstorder_F000"
TISSUE_FIRST = f"tissue_{FIRST}"
DESCRIPTIVE, TESTS, PAIRS = BY_DENSITY


def recent(table):
    return table[table["quantity"] == "recent"]


@pytest.mark.parametrize(("by", "sign"), [("density", 1), ("density", -1), ("age", 1), ("age", -1)])
def test_planted_trend_is_found_with_its_sign_in_tissue_and_lesions(make_study, by, sign):
    study = make_study(features=2, seed=6, **{f"{by}_effect": sign * 1.2})
    table = recent({"density": BY_DENSITY, "age": BY_AGE}[by][1].of(lay_out(study, CONFIG)))
    rows = table[table["feature"].isin([FIRST, TISSUE_FIRST]) & (table["test"] == "trend")]
    assert rows["source"].tolist() == ["tissue", "lesion"]
    assert (np.sign(rows["effect"]) == sign).all()
    assert (rows["q_value"] < 0.01).all()


def test_change_of_a_constant_effect_shows_no_trend(make_study):
    table = TESTS.of(lay_out(make_study(features=1, seed=6, density_effect=1.5), CONFIG)).query("quantity == 'delta'")
    assert (table["p_value"] > 0.01).all()


def test_pairs_follow_a_finding_and_the_declared_features(make_study):
    analysis = lay_out(make_study(features=14, seed=6, density_effect=1.2), CONFIG)
    pairs = recent(PAIRS.of(dataclasses.replace(analysis, made={"density_tests": TESTS.of(analysis)})))
    rows = pairs[pairs["feature"] == TISSUE_FIRST].set_index("comparison")
    assert rows.loc["d vs a", "q_value"] < 0.001
    assert rows.loc["d vs a", "effect"] > 0.8
    assert set(pairs["q_method"]) == {"Holm within the pairs of one feature, at least the q of its difference"}
    assert "tissue_original_firstorder_F006" not in set(pairs["feature"])


def test_description_of_a_stratum_by_hand(analysis):
    table = recent(DESCRIPTIVE.of(analysis))
    row = table.query("source == 'tissue' and feature == @TISSUE_FIRST and stratum == 'b'").iloc[0]
    women = analysis.patients.index[analysis.patients["density"] == "b"]
    values = analysis.tissue["recent"].values.loc[women, TISSUE_FIRST]
    assert row["effect"] == pytest.approx(values.median())
    assert row["sd"] == pytest.approx(values.std())
    assert (row["n"], row["missing"]) == (len(values), 0)


def test_unknown_density_is_a_printed_stratum(make_study):
    study = make_study(features=1)
    study.patients.loc[:4, "density"] = "?"
    damaged = lay_out(study, CONFIG)
    found = recent(DESCRIPTIVE.of(damaged))
    row = found.query("source == 'tissue' and feature == @TISSUE_FIRST and stratum == 'unknown'").iloc[0]
    assert row["n"] == 5
    assert set(recent(TESTS.of(damaged)).query("source == 'tissue'")["n"]) == {95}


def test_one_stratum_only(make_study):
    study = make_study(features=1)
    same = dataclasses.replace(study, patients=study.patients.assign(density="b"))
    assert set(TESTS.of(lay_out(same, CONFIG))["note"]) == {"one stratum only"}


def test_median_interval_covers_and_is_absent_for_few():
    rng = np.random.default_rng(0)
    covered = [
        low <= 0 <= high
        for low, high in (median_interval(np.sort(rng.normal(size=21)), confidence=0.95) for _ in range(600))
    ]
    assert 0.94 <= np.mean(covered) <= 0.99
    assert np.isnan(median_interval(np.arange(5.0), confidence=0.95)).all()


def test_one_point_per_woman_and_declared_feature_that_was_measured(analysis):
    values = analysis.tissue["recent"].values.copy()
    values.iloc[:7, values.columns.get_loc("tissue_original_glcm_F001")] = np.nan
    tissue = {**analysis.tissue, "recent": Measurements("tissue", "recent", values)}
    points = STRIP_POINTS.of(dataclasses.replace(analysis, tissue=tissue))
    points = recent(points).query("source == 'tissue'")
    assert len(points) == 100 * 6 - 7
    row = points.query("patient_id == 'benign-09' and feature == 'tissue_original_glcm_F001'").iloc[0]
    assert row["effect"] == values.loc["benign-09", "tissue_original_glcm_F001"]
    assert row["case_class"] == "benign"


@pytest.mark.nightly
@pytest.mark.parametrize("by", ["density", "age"])
def test_planted_effects_are_found_and_planted_nulls_stay_at_the_declared_rate(make_study, by):
    found, shares = 0, []
    for seed in range(50):
        study = make_study(features=60, seed=seed, **{f"{by}_effect": 0.8})
        table = recent({"density": BY_DENSITY, "age": BY_AGE}[by][1].of(lay_out(study, CONFIG)))
        planted = table["feature"].isin([FIRST, TISSUE_FIRST])
        trend = table[planted & (table["test"] == "trend") & (table["source"] == "tissue")]
        found += int(((trend["q_value"] <= CONFIG.false_discovery_rate) & (trend["effect"] > 0)).sum())
        rejected = table[table["q_value"] <= CONFIG.false_discovery_rate]
        by_family = rejected.assign(false=~planted[rejected.index]).groupby("family")["false"].mean()
        shares.append(by_family.reindex(table["family"].unique()).fillna(0).mean())
    assert found >= 48
    assert np.mean(shares) - 2 * np.std(shares) / np.sqrt(len(shares)) <= CONFIG.false_discovery_rate
