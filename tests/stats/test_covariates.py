from __future__ import annotations

import numpy as np
import pandas as pd

from radiomics_mammo.stats.covariates import build_design, covariates, known_covariates, standardise

RNG = np.random.default_rng(3)


def test_covariates_are_decades_indicator_and_years():
    people = pd.DataFrame(
        {"age_years": [45.0, np.nan], "density_group": ["a-b", ""], "interval_years": [2.0, 3.0]}, index=["p", "q"]
    )
    found = covariates(people, ["interval", "density", "age"])
    assert found.loc["p"].tolist() == [2.0, 0.0, 4.5]
    assert found.loc["q"].isna().tolist() == [False, True, True]


def test_rows_with_missing_values_leave_and_are_counted():
    feature = np.array([1.0, 2.0, np.nan, 4.0, 6.0, 5.0])
    adjust = pd.DataFrame({"age": [4.0, 5.0, 6.0, np.nan, 5.5, 4.5]})
    design = build_design(feature, adjust)
    assert design.complete.tolist() == [True, True, False, False, True, True]
    assert design.note == "2 rows with missing values left out"
    np.testing.assert_allclose(design.matrix[:, 1].std(ddof=1), 1)


def test_collinear_covariate_is_said():
    age = RNG.normal(size=30)
    design = build_design(age + 1e-2 * RNG.normal(size=30), pd.DataFrame({"age": age}))
    assert "collinear: largest variance inflation" in design.note
    doubled = build_design(age, pd.DataFrame({"age": 2 * age}))
    assert doubled.terms == ("intercept", "feature")
    assert doubled.note == "no spread or collinear, left out: age"


def test_constant_feature_leaves_the_design():
    design = build_design(np.ones(9), pd.DataFrame({"age": np.arange(9.0)}))
    assert "feature" not in design.terms


def test_covariate_known_for_few_does_not_cost_the_others():
    adjust = pd.DataFrame({"age": [1.0, 2.0, 3.0], "interval": [np.nan, np.nan, 1.0]})
    kept, note = known_covariates(adjust)
    assert list(kept) == ["age"]
    assert note == "mostly missing, left out: interval"


def test_nothing_complete():
    design = build_design(np.array([np.nan, np.nan]), pd.DataFrame({"age": [1.0, 2.0]}))
    assert design.matrix.shape[0] == 0
    assert np.isnan(design.largest_vif)


def test_standardising_ignores_missing_and_survives_constants():
    np.testing.assert_allclose(standardise(np.array([1.0, np.nan, 3.0]))[[0, 2]], [-np.sqrt(0.5), np.sqrt(0.5)])
    assert standardise(np.array([2.0, 2.0, np.nan]))[:2].tolist() == [0.0, 0.0]
