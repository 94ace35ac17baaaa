from __future__ import annotations

import numpy as np
import pandas as pd

from radiomics_mammo.core.results import NamedTable
from radiomics_mammo.stats.findings import key_findings


def named(name, rows):
    base = {"effect_name": "AUC, explained", "effect": 0.8, "ci_low": 0.7, "ci_high": 0.9, "n": 65}
    return NamedTable(name, "", pd.DataFrame([{**base, **row} for row in rows]))


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
