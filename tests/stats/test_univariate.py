from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy.stats import false_discovery_control, mannwhitneyu

from radiomics_mammo.config.statistics import StatisticsConfig
from radiomics_mammo.stats.measurements import lesion_measurements
from radiomics_mammo.stats.strata import stratify
from radiomics_mammo.stats.univariate import compare_classes, univariate_table

CONFIG = StatisticsConfig()
FIRST = "original_firstorder_F000"


def table_of(study, kinds=("recent", "delta")):
    measured = [lesion_measurements(study, kind, config=CONFIG) for kind in kinds]
    return univariate_table(measured, stratify(study, CONFIG), config=CONFIG)


def test_planted_change_is_found_with_its_sign_and_shift(make_study):
    rows = table_of(make_study(class_effect=2.0, seed=4)).set_index(["quantity", "feature"])
    planted = rows.loc[("delta", FIRST)]
    assert planted["effect"] > 0.9
    assert planted["shift_low"] <= 2.0 <= planted["shift_high"]
    assert planted["q_value"] < 0.001


def test_values_and_q_values_by_hand(study):
    table = table_of(study, ("recent",))
    rows = study.patient_deltas.query("prior_policy == 'registered'")
    sides = [rows.loc[rows["label"] == name, f"mean_recent_{FIRST}"] for name in ("benign", "malignant")]
    row = table.set_index("feature").loc[FIRST]
    assert row["p_value"] == pytest.approx(mannwhitneyu(*sides, method="exact").pvalue)
    assert row["median_benign"] == pytest.approx(sides[0].median())
    family = table[table["family"] == "lesion recent, glcm"]
    np.testing.assert_allclose(family["q_value"], false_discovery_control(family["p_value"]))


def test_unconfirmed_patients_take_no_part(study):
    relabelled = study.patient_deltas.copy()
    relabelled.loc[relabelled["patient_id"] == "malignant-01", "label"] = "unconfirmed"
    changed = dataclasses.replace(study, patient_deltas=relabelled)
    found = compare_classes(
        lesion_measurements(changed, "recent", config=CONFIG), stratify(changed, CONFIG), config=CONFIG
    )
    assert set(found["n_per_group"]) == {"benign=15; malignant=49"}


@pytest.mark.nightly
def test_planted_nulls_stay_under_the_declared_rate_over_fifty_seeds(make_study):
    shares = []
    for seed in range(50):
        table = table_of(make_study(features=60, class_effect=1.5, seed=seed), ("recent", "prior", "delta"))
        found = table[table["q_value"] <= CONFIG.false_discovery_rate]
        false = (found["feature"] != FIRST) | (found["quantity"] == "prior")
        by_family = found.assign(false=false).groupby("family")["false"].mean()
        shares.append(by_family.reindex(table["family"].unique()).fillna(0).mean())
    assert np.mean(shares) <= CONFIG.false_discovery_rate
