"""Chest wall, pectoral muscle, nipple, skin line, on drawn breasts."""

import numpy as np
import pytest

from radiomics_mammo.core.geometry import PixelGrid
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.images import BreastRegion
from radiomics_mammo.core.vocabulary import Laterality
from radiomics_mammo.registration.landmarks import (
    chest_wall_side,
    distance_from_chest_wall,
    find_pectoral,
    nipple_px,
    skin_distance_px,
    skin_line,
)

SIDES = [(Laterality.LEFT, 1), (Laterality.RIGHT, -1)]


def region(breast, pectoral=None, side=Laterality.LEFT, step=2):
    breast = np.asarray(breast, dtype=bool)
    grid = PixelGrid(breast.shape[0] * step, breast.shape[1] * step)
    muscle = np.zeros_like(breast) if pectoral is None else pectoral
    key = ImageKey.parse("benign-01_MLO_recent")
    return BreastRegion(key=key, grid=grid, step_px=step, breast=breast, pectoral=muscle, chest_wall=side)


def half_disc():
    rows, cols = np.mgrid[:61, :50]
    return np.hypot(rows - 30, cols) < 25


@pytest.mark.parametrize(("side", "order"), SIDES)
def test_chest_wall_of_an_oblique_breast_off_the_edge_is_found(side, order):
    rows, cols = np.mgrid[:200, :150]
    from_wall = cols - 20 - 0.12 * (rows - 100)
    breast = (from_wall > 0) & (((rows - 100) / 90) ** 2 + (from_wall / 100) ** 2 < 1)
    assert chest_wall_side(breast[:, ::order]) is side


def oblique_breast(with_muscle=True):
    """Grey values, breast and muscle of an MLO view."""
    rows, cols = np.mgrid[:150, :115]
    breast = (((rows - 60) / 75) ** 2 + (cols / 80) ** 2 < 1) | ((rows < 40) & (cols < 60))
    muscle = breast & (cols / 45 + rows / 70 < 1) & with_muscle
    noise = np.random.default_rng(3).normal(scale=0.1, size=breast.shape)
    return (np.where(breast, 1.0 + noise, 0) + 0.8 * muscle).astype(np.float32), breast, muscle


@pytest.mark.parametrize(("side", "order"), SIDES)
def test_straight_edge_of_the_muscle_is_found_on_either_side(side, order):
    grey, breast, muscle = oblique_breast()
    found = find_pectoral(grey[:, ::order], breast[:, ::order], side, min_step=0.7)[:, ::order]
    assert 2 * (found & muscle).sum() / (found.sum() + muscle.sum()) > 0.93


@pytest.mark.parametrize(("side", "order"), SIDES)
def test_bright_node_in_the_corner_of_a_curved_muscle_is_not_the_muscle(side, order):
    grey, breast, _ = oblique_breast(with_muscle=False)
    rows, cols = np.mgrid[: breast.shape[0], : breast.shape[1]]
    muscle = breast & (cols < 45 * (1 - rows / 75) + 7 * np.sin(np.pi * rows / 75))
    node = rows + cols < 16
    grey = (grey + 0.3 * muscle + 0.5 * node).astype(np.float32)
    found = find_pectoral(grey[:, ::order], breast[:, ::order], side, min_step=0.7)[:, ::order]
    assert 2 * (found & muscle).sum() / (found.sum() + muscle.sum()) > 0.9


def test_even_breast_has_no_muscle():
    grey, breast, _ = oblique_breast(with_muscle=False)
    assert not find_pectoral(grey, breast, Laterality.LEFT, min_step=0.7).any()


@pytest.mark.parametrize(("side", "order"), SIDES)
def test_nipple_is_the_tip(side, order):
    row, col = nipple_px(region(half_disc()[:, ::order], side=side))
    assert row == pytest.approx(60.5)
    assert col == pytest.approx(48.5 if order == 1 else 99 - 48.5, abs=1.1)


def test_muscle_turns_the_nipple_downwards():
    rows, cols = np.mgrid[:61, :50]
    muscle = half_disc() & (rows + cols < 20)
    assert nipple_px(region(half_disc(), muscle))[0] >= nipple_px(region(half_disc()))[0]


def test_chest_wall_edge_is_where_the_breast_begins():
    distances = distance_from_chest_wall(region(np.pad(half_disc(), ((0, 0), (7, 0)))))
    assert (distances[30, 7], distances[30, 12]) == (0, 5)


def test_chest_wall_is_no_skin():
    line = skin_line(region(half_disc()))
    assert not line[:, 0].any()
    assert line[30, 24]
    assert not line[30, 10]


def test_skin_distance_in_full_pixels():
    assert skin_distance_px(region(half_disc()), np.array([[60.5, 20.5]]))[0] == pytest.approx(28, abs=1)


def test_breast_that_fills_the_picture_has_no_skin():
    assert np.isnan(skin_distance_px(region(np.ones((8, 9))), np.array([[4.0, 4.0]]))).all()
