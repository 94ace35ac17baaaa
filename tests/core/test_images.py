"""Decoded images check themselves and cannot be changed."""

import numpy as np
import pytest

from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.core.geometry import PixelGrid
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.images import BreastRegion, Mammogram, OutlineOverlay
from radiomics_mammo.core.vocabulary import Laterality

KEY = ImageKey.parse("benign-01_CC_recent")
GRID = PixelGrid(7, 9, 0.1, 0.07)


def test_mammogram_is_read_only():
    image = Mammogram(KEY, GRID, np.zeros((7, 9), dtype=np.float32))
    with pytest.raises(ValueError, match="read-only"):
        image.pixels[0, 0] = 1


@pytest.mark.parametrize("pixels", [np.zeros((9, 7), np.float32), np.zeros((7, 9), np.uint8)])
def test_mammogram_of_wrong_shape_or_type_is_refused(pixels):
    with pytest.raises(InvariantError, match="benign-01_CC_recent"):
        Mammogram(KEY, GRID, pixels)


def test_grey_overlay_is_refused():
    with pytest.raises(InvariantError, match="uint8"):
        OutlineOverlay(KEY, np.zeros((7, 9), dtype=np.uint8))


def test_tissue_is_breast_without_muscle():
    breast, muscle = np.ones((4, 5), dtype=bool), np.zeros((4, 5), dtype=bool)
    muscle[0, :2] = True
    region = BreastRegion(key=KEY, grid=GRID, step_px=2, breast=breast, pectoral=muscle, chest_wall=Laterality.LEFT)
    assert region.tissue.sum() == 18
    assert region.area_px == 80


def test_breast_on_the_wrong_grid_is_refused():
    with pytest.raises(InvariantError, match="breast"):
        BreastRegion(
            key=KEY,
            grid=GRID,
            step_px=2,
            breast=np.ones((3, 4), bool),
            pectoral=np.ones((3, 4), bool),
            chest_wall=Laterality.LEFT,
        )
