"""The wide search finds a turn and a shift that no block matching from the centroids could reach."""

import numpy as np
import pytest
from scipy import ndimage

from radiomics_mammo.registration.coarse import coarse_starts

SHAPE = (150, 110)
ROWS, COLS = np.mgrid[: SHAPE[0], : SHAPE[1]].astype(float)
TO_MM = np.diag([0.8, 0.8, 1.0])


@pytest.fixture
def turned_pair(working):
    """A textured breast, the same shifted by 12 rows and turned by 8 degrees, and the true map in pixels."""
    texture = ndimage.gaussian_filter(np.random.default_rng(2).normal(size=SHAPE), 3)
    breast = ((ROWS - 70) / 50) ** 2 + (COLS / 80) ** 2 < 1
    angle, centre, shift = np.radians(8), np.array([70.0, 30.0]), np.array([12.0, 3.0])
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    offset = centre + shift - turn @ centre
    moved = ndimage.affine_transform(texture, turn, offset, order=1, mode="wrap")
    shown = ndimage.affine_transform(breast.astype(float), turn, offset, order=1) > 0.5
    return working(moved, breast=shown, to_mm=TO_MM), working(texture, breast=breast, to_mm=TO_MM), (turn, offset)


def test_turn_and_shift_are_found(turned_pair):
    fixed, moving, (turn, offset) = turned_pair
    best = max(coarse_starts(fixed, moving), key=lambda start: start.score)
    here = np.array([[60.0, 20.0], [90.0, 40.0], [50.0, 50.0]])
    there = here @ turn.T + offset
    assert np.linalg.norm(best.transform.apply(0.8 * here) - 0.8 * there, axis=1).max() < 2.5
    assert best.score > 0.7


def test_unrelated_pictures_score_low(turned_pair, working):
    fixed, moving, _ = turned_pair
    other = ndimage.gaussian_filter(np.random.default_rng(9).normal(size=SHAPE), 3)
    stranger = working(other, breast=np.asarray(moving.breast), to_mm=TO_MM)
    assert max(start.score for start in coarse_starts(fixed, stranger)) < 0.6
