"""Numbers of every NumPy are the same: real, and NaN where there is none."""

import numpy as np
import pytest

from radiomics_mammo.features.finite import finite_value


@pytest.mark.parametrize("value", [1.5, np.float32(1.5), np.array([1.5]), np.array([[1.5 + 0j]]), np.sqrt(2.25 + 0j)])
def test_any_form_of_a_number_is_a_float(value):
    assert finite_value(value) == 1.5
    assert type(finite_value(value)) is float


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, complex("nan"), np.sqrt(-2 + 0j), np.array([1 + 1j])])
def test_what_is_no_real_finite_number_is_missing(value):
    assert np.isnan(finite_value(value))
