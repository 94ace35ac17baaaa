from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.outliers_influence import variance_inflation_factor

from radiomics_mammo.stats.separation import independent_columns, is_separated, variance_inflation

RNG = np.random.default_rng(0)


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
