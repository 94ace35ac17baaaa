"""Decoded images check themselves and cannot be changed."""

import numpy as np
import pytest

from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.core.geometry import PixelGrid
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.images import BreastRegion, Mammogram, OutlineOverlay, picture_hash
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


def _breast(seed: int, side: int = 320) -> np.ndarray:
    """A smooth picture of tissue on one half, air on the other."""
    rng = np.random.default_rng(seed)
    coarse = rng.normal(size=(20, 16))
    tissue = np.kron(coarse, np.ones((side // 20, side // 20)))[:, : side * 4 // 5]
    picture = np.zeros((side, side))
    picture[:, : side // 2] = 100 + 20 * tissue[:, : side // 2]
    return picture.astype(np.float32)


def _share(first: str, second: str) -> float:
    a, b = int(first, 16), int(second, 16)
    return (a & b).bit_count() / (a | b).bit_count()


def test_one_picture_has_one_hash_after_noise_another_window_and_another_size():
    picture, rng = _breast(1), np.random.default_rng(9)
    known = picture_hash(picture)
    noisy = picture + rng.normal(0, 2, picture.shape).astype(np.float32)
    assert _share(known, picture_hash(noisy)) >= 0.95
    assert _share(known, picture_hash(3 * picture + 40)) == 1
    assert _share(known, picture_hash(np.kron(picture, np.ones((3, 3), np.float32)))) >= 0.95


def test_pictures_of_two_women_have_hashes_apart():
    hashes = [picture_hash(_breast(seed)) for seed in range(12)]
    assert max(_share(a, b) for k, a in enumerate(hashes) for b in hashes[:k]) < 0.7


def test_air_has_no_bits():
    assert int(picture_hash(np.zeros((40, 30), np.float32)), 16) == 0
