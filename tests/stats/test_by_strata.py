from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from radiomics_mammo.config.statistics import StatisticsConfig
from radiomics_mammo.stats.by_strata import median_interval, strata_descriptive, strata_pairs, strata_tests
from radiomics_mammo.stats.measurements import lesion_measurements, tissue_measurements
from radiomics_mammo.stats.strata import stratifications, stratify

CONFIG = StatisticsConfig()
DENSITY, AGE = stratifications(CONFIG)
FIRST = "original_firstorder_F000"
TISSUE_FIRST = f"tissue_{FIRST}"


def measured(study, kinds=("recent", "prior", "delta")):
    tissue = [tissue_measurements(study, kind) for kind in kinds]
    return [*tissue, *(lesion_measurements(study, kind, config=CONFIG) for kind in kinds)]


@pytest.mark.parametrize(("by", "sign"), [(DENSITY, 1), (DENSITY, -1), (AGE, 1), (AGE, -1)])
def test_planted_trend_is_found_with_its_sign_in_tissue_and_lesions(make_study, by, sign):
    study = make_study(features=2, seed=6, **{f"{by.name}_effect": sign * 1.2})
    table = strata_tests(measured(study, ("recent",)), stratify(study, CONFIG), by, config=CONFIG)
    rows = table[table["feature"].isin([FIRST, TISSUE_FIRST]) & (table["test"] == "trend")]
    assert rows["source"].tolist() == ["tissue", "lesion"]
    assert (np.sign(rows["effect"]) == sign).all()
    assert (rows["q_value"] < 0.01).all()


def test_change_of_a_constant_effect_shows_no_trend(make_study):
    study = make_study(features=1, seed=6, density_effect=1.5)
    table = strata_tests(measured(study, ("delta",)), stratify(study, CONFIG), DENSITY, config=CONFIG)
    assert (table["p_value"] > 0.01).all()


def test_pairs_follow_a_finding_and_the_declared_features(make_study):
    study = make_study(features=14, seed=6, density_effect=1.2)
    patients, values = stratify(study, CONFIG), measured(study, ("recent",))
    tests = strata_tests(values, patients, DENSITY, config=CONFIG)
    pairs = strata_pairs(values, patients, tests, by=DENSITY, config=CONFIG)
    rows = pairs[pairs["feature"] == TISSUE_FIRST].set_index("comparison")
    assert rows.loc["d vs a", "q_value"] < 0.001
    assert rows.loc["d vs a", "effect"] > 0.8
    assert set(pairs["q_method"]) == {"Holm within the pairs of one feature"}
    assert "tissue_original_firstorder_F006" not in set(pairs["feature"])


def test_description_of_a_stratum_by_hand(study):
    patients = stratify(study, CONFIG)
    table = strata_descriptive(measured(study, ("recent",)), patients, DENSITY, config=CONFIG)
    row = table.query("source == 'tissue' and feature == @TISSUE_FIRST and stratum == 'b'").iloc[0]
    values = tissue_measurements(study, "recent").values.loc[patients.index[patients["density"] == "b"], TISSUE_FIRST]
    assert row["effect"] == pytest.approx(values.median())
    assert row["sd"] == pytest.approx(values.std())
    assert (row["n"], row["missing"]) == (len(values), 0)


def test_unknown_density_is_a_printed_stratum(study):
    table = study.patients.copy()
    table.loc[:4, "density"] = "?"
    damaged = dataclasses.replace(study, patients=table)
    found = strata_descriptive(measured(damaged, ("recent",)), stratify(damaged, CONFIG), DENSITY, config=CONFIG)
    row = found.query("source == 'tissue' and feature == @TISSUE_FIRST and stratum == 'unknown'").iloc[0]
    assert row["n"] == 5
    tests = strata_tests(measured(damaged, ("recent",)), stratify(damaged, CONFIG), DENSITY, config=CONFIG)
    assert set(tests.query("source == 'tissue'")["n"]) == {95}


def test_one_stratum_only(make_study):
    study = make_study(features=1)
    same = dataclasses.replace(study, patients=study.patients.assign(density="b"))
    table = strata_tests(measured(same, ("recent",)), stratify(same, CONFIG), DENSITY, config=CONFIG)
    assert set(table["note"]) == {"one stratum only"}


def test_median_interval_covers_and_is_absent_for_few():
    rng = np.random.default_rng(0)
    covered = [
        low <= 0 <= high
        for low, high in (median_interval(np.sort(rng.normal(size=21)), confidence=0.95) for _ in range(600))
    ]
    assert 0.94 <= np.mean(covered) <= 0.99
    assert np.isnan(median_interval(np.arange(5.0), confidence=0.95)).all()


@pytest.mark.nightly
@pytest.mark.parametrize("by", [DENSITY, AGE])
def test_planted_effects_are_found_and_planted_nulls_stay_at_the_declared_rate(make_study, by):
    found, shares = 0, []
    for seed in range(50):
        study = make_study(features=60, seed=seed, **{f"{by.name}_effect": 0.8})
        table = strata_tests(measured(study, ("recent",)), stratify(study, CONFIG), by, config=CONFIG)
        planted = table["feature"].isin([FIRST, TISSUE_FIRST])
        trend = table[planted & (table["test"] == "trend") & (table["source"] == "tissue")]
        found += int(((trend["q_value"] <= CONFIG.false_discovery_rate) & (trend["effect"] > 0)).sum())
        rejected = table[table["q_value"] <= CONFIG.false_discovery_rate]
        by_family = rejected.assign(false=~planted[rejected.index]).groupby("family")["false"].mean()
        shares.append(by_family.reindex(table["family"].unique()).fillna(0).mean())
    assert found >= 48
    assert np.mean(shares) - 2 * np.std(shares) / np.sqrt(len(shares)) <= CONFIG.false_discovery_rate
