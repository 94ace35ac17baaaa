"""The matrices counted in the plane are PyRadiomics' own."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from radiomics import cMatrices

from radiomics_mammo.features.plane_matrices import neighbourhood_difference_matrix, size_zone_matrix

TOTAL = 5


@st.composite
def regions(draw):
    shape = draw(array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=9))
    levels = draw(arrays(np.int_, shape, elements=st.integers(0, TOTAL)))
    levels.flat[draw(st.integers(0, levels.size - 1))] = TOTAL
    return levels, levels > 0


@given(regions())
def test_zones_are_those_of_pyradiomics(region):
    levels, inside = region
    expected = cMatrices.calculate_glszm(levels, inside, TOTAL, int(inside.sum()), False, 0)[0]
    np.testing.assert_array_equal(size_zone_matrix(levels, levels_total=TOTAL), expected)


@given(regions())
def test_neighbourhood_differences_are_those_of_pyradiomics(region):
    levels, inside = region
    expected = cMatrices.calculate_ngtdm(levels, inside, np.array([1]), TOTAL, False, 0)[0]
    found = neighbourhood_difference_matrix(levels, inside, levels_total=TOTAL)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-15)


def test_many_grey_levels_stay_exact():
    levels = np.array([[60_000, 59_999, 60_000]])
    found = neighbourhood_difference_matrix(levels, levels > 0, levels_total=60_000)
    assert found[59_999, 1] == pytest.approx(2)
    assert found[59_998, 1] == pytest.approx(1)
