"""Nipple, skin line, distances."""

import numpy as np
import pytest

from radiomics_mammo.core.geometry import PixelGrid
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.images import BreastRegion
from radiomics_mammo.core.vocabulary import Laterality
from radiomics_mammo.registration.landmarks import distance_from_chest_wall, nipple_px, skin_distance_px, skin_line

KEY = ImageKey.parse("benign-01_MLO_recent")


def region(breast, pectoral=None, side=Laterality.LEFT, step=2):
    breast = np.asarray(breast, dtype=bool)
    grid = PixelGrid(breast.shape[0] * step, breast.shape[1] * step)
    muscle = np.zeros_like(breast) if pectoral is None else pectoral
    return BreastRegion(KEY, grid, step, breast, muscle, side)


def half_disc():
    rows, cols = np.mgrid[:61, :50]
    return np.hypot(rows - 30, cols) < 25


@pytest.mark.parametrize("side", list(Laterality))
def test_nipple_is_the_tip(side):
    order = 1 if side is Laterality.LEFT else -1
    row, col = nipple_px(region(half_disc()[:, ::order], side=side))
    assert row == pytest.approx(60.5)
    assert col == pytest.approx(48.5 if order == 1 else 99 - 48.5, abs=1.1)


def test_muscle_turns_the_nipple_downwards():
    rows, cols = np.mgrid[:61, :50]
    muscle = half_disc() & (rows + cols < 20)
    assert nipple_px(region(half_disc(), muscle))[0] >= nipple_px(region(half_disc()))[0]


def test_chest_wall_edge_is_where_the_breast_begins():
    padded = np.pad(half_disc(), ((0, 0), (7, 0)))
    assert distance_from_chest_wall(region(padded))[30, 7] == 0
    assert distance_from_chest_wall(region(padded))[30, 12] == 5


def test_chest_wall_is_no_skin():
    line = skin_line(region(half_disc()))
    assert not line[:, 0].any()
    assert line[30, 24]
    assert not line[30, 10]


def test_skin_distance_in_full_pixels():
    at = np.array([[60.5, 20.5]])
    assert skin_distance_px(region(half_disc()), at)[0] == pytest.approx(28, abs=1)


def test_breast_that_fills_the_picture_has_no_skin():
    assert np.isnan(skin_distance_px(region(np.ones((8, 9))), np.array([[4.0, 4.0]]))).all()
