"""Grids and transforms, with results that can be checked by hand."""

import numpy as np
import pytest

from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.core.geometry import DisplacementField, PixelGrid, PlanarTransform, frozen_array

POINTS = np.array([[1.0, 2.0], [3.5, 0.25], [0.0, 6.0]])


def rotation(degrees, shift=(0.0, 0.0)):
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return np.array([[c, -s, shift[0]], [s, c, shift[1]], [0, 0, 1]])


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ((0, 9), "rows and cols"),
        ((7, 9, 0.1), "both or neither"),
        ((7, 9, 0.0, 0.1), "> 0 mm"),
        ((7, 9, 0.1, float("nan")), "> 0 mm"),
        ((7, 9, -0.1, 0.1), "> 0 mm"),
    ],
)
def test_impossible_grid_is_refused(parts, words):
    with pytest.raises(InvariantError, match=words):
        PixelGrid(*parts)


def test_units_are_mm_where_spacing_is_known_and_pixels_otherwise():
    known, unknown = PixelGrid(7, 9, 0.1, 0.07), PixelGrid(7, 9)
    np.testing.assert_allclose(known.to_units(POINTS), POINTS * [0.1, 0.07])
    np.testing.assert_array_equal(unknown.to_units(POINTS), POINTS)
    assert unknown.pixel_area_mm2 is None
    assert not unknown.spacing_known


def test_to_pixels_inverts_to_units():
    grid = PixelGrid(7, 9, 0.1, 0.07)
    np.testing.assert_allclose(grid.to_pixels(grid.to_units(POINTS)), POINTS, atol=1e-12)


@pytest.mark.parametrize("k", [0.5, 2.0, 3.0])
def test_scaling_both_spacings_scales_areas_by_the_square(k):
    assert PixelGrid(7, 9, 0.1 * k, 0.07 * k).pixel_area_mm2 == pytest.approx(0.007 * k**2)


def test_identity_returns_points_exactly():
    assert PlanarTransform.identity().is_identity
    np.testing.assert_array_equal(PlanarTransform.identity().apply(POINTS), POINTS)


def test_affine_then_inverse_is_identity():
    matrix = rotation(20, (3, -2))
    there, back = PlanarTransform(matrix), PlanarTransform(np.linalg.inv(matrix))
    np.testing.assert_allclose(back.apply(there.apply(POINTS)), POINTS, atol=1e-12)


def test_displacement_is_sampled_in_the_target_frame():
    shift = np.zeros((3, 4, 2))
    shift[2, :, 0] = 1.0
    transform = PlanarTransform(rotation(0, (2, 0)), DisplacementField((0.0, 0.0), (1.0, 1.0), shift))
    np.testing.assert_allclose(transform.apply(np.array([[0.0, 1.0]])), [[3.0, 1.0]])


def test_displacement_is_constant_beyond_its_border():
    field = DisplacementField((0.0, 0.0), (1.0, 2.0), np.full((2, 3, 2), (0.5, -1.0)))
    np.testing.assert_allclose(field.at(np.array([[-50.0, 90.0]])), [[0.5, -1.0]])


@pytest.mark.parametrize("matrix", [np.zeros((3, 3)), np.eye(2), np.full((3, 3), np.nan), np.ones((3, 3))])
def test_impossible_transform_is_refused(matrix):
    with pytest.raises(InvariantError, match="transform"):
        PlanarTransform(matrix)


def test_impossible_displacement_is_refused():
    with pytest.raises(InvariantError, match="displacement"):
        DisplacementField((0, 0), (1, 1), np.full((2, 3, 2), np.inf))


def test_transform_keeps_its_own_copy():
    matrix = np.eye(3)
    transform = PlanarTransform(matrix)
    matrix[0, 2] = 99
    assert transform.is_identity
    assert not frozen_array(matrix).flags.writeable
