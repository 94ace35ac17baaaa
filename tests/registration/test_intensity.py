"""Mutual information brings two pictures together whose grey values have nothing in common but where they lie."""

import numpy as np
from scipy import ndimage

from radiomics_mammo.core.geometry import PlanarTransform
from radiomics_mammo.registration.intensity import informed_affine

SHAPE = (70, 50)


def test_shift_is_found_through_another_tone_curve(working):
    texture = ndimage.gaussian_filter(np.random.default_rng(5).normal(size=SHAPE), 4)
    texture /= np.abs(texture).max()
    moved = ndimage.shift(texture, (3, -2), order=1, mode="nearest")
    found = informed_affine(working(moved), working(texture**3), PlanarTransform.identity())
    assert np.linalg.norm(found.apply(np.array([[35.0, 25.0]])) - [32, 27]) < 1


def test_same_pictures_give_the_same_map_and_tiny_ones_none(working):
    texture = ndimage.gaussian_filter(np.random.default_rng(6).normal(size=SHAPE), 4)
    picture, same = working(texture), PlanarTransform.identity()
    one, two = (informed_affine(picture, picture, same) for _ in range(2))
    assert np.array_equal(one.matrix, two.matrix)
    assert informed_affine(working(texture[:9, :9]), working(texture[:9, :9]), same) is None
