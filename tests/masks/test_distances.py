"""Distances that do not depend on where an array lies in memory."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from radiomics_mammo.masks.distances import distance_to_unset


def test_distances_are_the_euclidean_ones():
    mask = np.random.default_rng(1).random((61, 83)) > 0.02
    np.testing.assert_allclose(distance_to_unset(mask), ndimage.distance_transform_edt(mask), rtol=1e-6)


def test_distances_are_equal_to_the_last_bit_wherever_the_array_lies():
    rng = np.random.default_rng(2)
    field = np.zeros((90, 140), dtype=bool)
    part = rng.random((47, 71)) > 0.01
    found = []
    for row, col in ((0, 0), (1, 3), (17, 30), (43, 69)):
        field[:] = True
        field[row : row + 47, col : col + 71] = part
        found.append(distance_to_unset(field[row : row + 47, col : col + 71]).tobytes())
    assert len(set(found)) == 1
