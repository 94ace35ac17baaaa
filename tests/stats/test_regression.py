from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import chi2
from statsmodels.stats.outliers_influence import variance_inflation_factor

from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.stats.regression import (
    build_design,
    covariates,
    fit_firth,
    independent_columns,
    is_separated,
    known_covariates,
    standardise,
    variance_inflation,
)

from .published import BASELINES

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


def design(*columns):
    return np.column_stack([np.ones(len(columns[0])), *columns])


@pytest.mark.parametrize(
    ("value", "outcome", "separated"),
    [
        ([1.0, 2.0, 3.0, 4.0, 5.0], [0, 0, 0, 1, 1], True),
        ([1.0, 2.0, 3.0, 3.0, 5.0], [0, 0, 0, 1, 1], True),  # quasi-complete: a tie across the classes
        ([1.0, 2.0, 4.0, 3.0, 5.0], [0, 0, 0, 1, 1], False),
        ([1e9, 2e9, 4e9, 3e9, 5e9], [0, 0, 0, 1, 1], False),
        ([1e-9, 2e-9, 3e-9, 4e-9, 5e-9], [0, 0, 0, 1, 1], True),
    ],
)
def test_one_feature(value, outcome, separated):
    assert is_separated(design(value), np.array(outcome, dtype=bool)) is separated


def test_a_direction_of_two_features_separates():
    first, second = RNG.normal(size=(2, 40))
    outcome = first + second > 0
    assert is_separated(design(first, second), outcome)
    assert not is_separated(design(first), outcome)


def test_variance_inflation_agrees_with_statsmodels():
    terms = RNG.normal(size=(30, 3))
    terms[:, 2] += terms[:, 0]
    expected = [variance_inflation_factor(design(*terms.T), place) for place in (1, 2, 3)]
    np.testing.assert_allclose(variance_inflation(terms), expected)


def test_determined_column_has_infinite_inflation():
    first = RNG.normal(size=9)
    assert np.isinf(variance_inflation(np.column_stack([first, 2 * first]))).all()


def test_first_of_dependent_columns_is_kept():
    first, second = RNG.normal(size=(2, 8))
    terms = np.column_stack([first, second, first - second, np.ones(8)])
    assert independent_columns(terms).tolist() == [True, True, False, False]


def test_estimates_and_profile_intervals_of_r_logistf():
    data = pd.read_csv(BASELINES / "stats_endometrial.csv")
    expected = pd.read_csv(BASELINES / "stats_endometrial_logistf.csv")
    design = np.column_stack([np.ones(len(data)), data[["NV", "PI", "EH"]]])
    fit = fit_firth(design, (data["HG"] == 1).to_numpy())
    assert fit.converged
    np.testing.assert_allclose(fit.estimate, expected["estimate"], rtol=1e-5)
    np.testing.assert_allclose(fit.ci_low, expected["ci_low"], rtol=1e-5)
    np.testing.assert_allclose(fit.ci_high, expected["ci_high"], rtol=1e-5)


@settings(max_examples=12, deadline=None)
@given(st.tuples(*[st.integers(0, 9)] * 4).filter(lambda cells: cells[0] + cells[1] > 0 and cells[2] + cells[3] > 0))
def test_two_by_two_table_is_haldane_anscombe(cells):
    benign_low, malignant_low, benign_high, malignant_high = cells
    exposed = np.repeat([0.0, 0.0, 1.0, 1.0], cells)
    outcome = np.repeat([False, True, False, True], cells)
    fit = fit_firth(np.column_stack([np.ones(len(exposed)), exposed]), outcome, terms=())
    expected = np.log((malignant_high + 0.5) / (benign_high + 0.5))
    expected -= np.log((malignant_low + 0.5) / (benign_low + 0.5))
    assert fit.estimate[1] == pytest.approx(expected, abs=1e-5)


def test_interval_and_p_value_agree_about_zero():
    rng = np.random.default_rng(1)
    for shift in (0.0, 0.5, 1.0):
        outcome = np.arange(40) >= 12
        value = rng.normal(size=40) + shift * outcome
        fit = fit_firth(np.column_stack([np.ones(40), value]), outcome, terms=(1,))
        excludes_zero = fit.ci_low[1] > 0 or fit.ci_high[1] < 0
        assert excludes_zero == (fit.p_value[1] < 0.05)


def test_units_of_a_column_scale_its_coefficient():
    rng = np.random.default_rng(2)
    value, outcome = rng.normal(size=30), np.arange(30) % 3 == 0
    small = fit_firth(np.column_stack([np.ones(30), value]), outcome, terms=(1,))
    large = fit_firth(np.column_stack([np.ones(30), value * 1e6]), outcome, terms=(1,))
    assert large.estimate[1] * 1e6 == pytest.approx(small.estimate[1], rel=1e-6)
    assert large.p_value[1] == pytest.approx(small.p_value[1], rel=1e-6)


def test_only_wanted_terms_are_profiled():
    fit = fit_firth(np.column_stack([np.ones(8), np.arange(8.0)]), np.arange(8) % 2 == 0, terms=(1,))
    assert np.isnan(fit.ci_low[0])
    assert np.isfinite(fit.ci_low[1])


def test_dependent_columns_are_refused():
    with pytest.raises(InvariantError, match="collinear"):
        fit_firth(np.ones((5, 2)), np.array([True, False, True, False, True]))


@pytest.mark.parametrize("seed", [0, 4])
def test_upper_bound_under_separation_lies_where_the_whole_profile_has_fallen(seed):
    """Other coefficients grow with the one that is held; a profile that loses them ends too early (590, not 1940)."""
    rng = np.random.default_rng(seed)
    malignant = np.repeat([False, True], [15, 50])
    feature = standardise(rng.normal(size=65) + 4.5 * malignant)
    others = np.column_stack([standardise(rng.normal(size=65) + 0.8 * malignant), (rng.random(65) < 0.5)])
    design = np.column_stack([np.ones(65), feature, others.astype(float)])
    assert is_separated(design, malignant)
    fit = fit_firth(design, malignant, terms=(1,))

    def likelihood(beta):
        linear = design @ beta
        weight = expit(linear) * expit(-linear)
        half_log_det = np.linalg.slogdet(design.T @ (design * weight[:, None]))[1] / 2
        return malignant @ linear - np.logaddexp(0, linear).sum() + half_log_det

    def profile(held):
        starts = (fit.estimate[[0, 2, 3]], fit.estimate[[0, 2, 3]] * held / fit.estimate[1])
        ends = [
            minimize(lambda free: -likelihood(np.insert(free, 1, held)), start, method="Nelder-Mead").fun
            for start in starts
        ]
        return -min(ends)

    level = likelihood(fit.estimate) - chi2.ppf(0.95, 1) / 2
    # a search that falls short looks lower still, so only a bound that was reached too early shows
    assert profile(fit.ci_high[1]) <= level + 0.02
    assert profile(fit.ci_low[1]) <= level + 0.02


@pytest.mark.parametrize("seed", [103, 106])
def test_no_place_of_a_steep_curve_lies_above_the_profile_at_its_upper_bound(seed):
    """A steep curve has several maxima, one a place of its middle; bounds of one alone ended at 17.24 and 8.29."""
    rng = np.random.default_rng(seed)
    malignant = np.repeat([False, True], [15, 50])
    feature = standardise(rng.normal(size=65) + rng.choice([3.5, 4.5, 6]) * malignant)
    others = np.column_stack([standardise(rng.normal(size=65) + 0.8 * malignant), (rng.random(65) < 0.5)])
    design = np.column_stack([np.ones(65), feature, others.astype(float)])
    fit = fit_firth(design, malignant, terms=(1,))
    held = fit.ci_high[1]

    def likelihood(free):
        linear = design @ np.insert(free, 1, held)
        half_log_det = np.linalg.slogdet(design.T @ (design * (expit(linear) * expit(-linear))[:, None]))[1] / 2
        return malignant @ linear - np.logaddexp(0, linear).sum() + half_log_det

    best = fit.estimate
    linear = design @ best
    top = malignant @ linear - np.logaddexp(0, linear).sum()
    top += np.linalg.slogdet(design.T @ (design * (expit(linear) * expit(-linear))[:, None]))[1] / 2
    places = np.arange(-1.2, 0.4, 0.15)
    ends = [
        minimize(lambda free: -likelihood(free), [-held * place, 0.0, 0.0], method="Nelder-Mead") for place in places
    ]
    assert max(-end.fun for end in ends) <= top - chi2.ppf(0.95, 1) / 2 + 0.02
