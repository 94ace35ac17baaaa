"""The breast is found whatever surrounds it; what is no mammogram is refused."""

import cv2
import numpy as np
import pytest

from radiomics_mammo.config.registration import RegistrationConfig
from radiomics_mammo.core.errors import RegistrationError
from radiomics_mammo.core.geometry import PixelGrid
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.images import Mammogram
from radiomics_mammo.core.vocabulary import Laterality, View, Visit
from radiomics_mammo.registration import find_breast
from radiomics_mammo.registration.breast import chest_wall_side

SHAPE = (150, 115)


def half_disc():
    rows, cols = np.mgrid[: SHAPE[0], : SHAPE[1]]
    return ((rows - 75) / 60) ** 2 + (cols / 75) ** 2 < 1


def drawn_picture():
    rng = np.random.default_rng(4)
    texture = cv2.GaussianBlur(rng.normal(size=SHAPE), (0, 0), 3)
    return np.where(half_disc(), 1500 + 1500 * texture, 0.0)


def mammogram(pixels, view=View.CC):
    grid = PixelGrid(*pixels.shape, 1.5, 1.5)
    return Mammogram(ImageKey("normal-01", view, Visit.RECENT), grid, pixels.astype(np.float32))


def overlap(found, truth):
    return 2 * (found & truth).sum() / (found.sum() + truth.sum())


def with_label(pixels):
    marked = pixels.copy()
    marked[8:12, 60:105] = marked[8:22, 60:64] = 4000
    marked[120:140, 95:110] = 4000
    return marked


def with_frame(pixels):
    framed = pixels.copy()
    framed[:2] = framed[-2:] = framed[:, -2:] = 4095
    return framed


SURROUNDINGS = {
    "plain": lambda p: p,
    "offset": lambda p: p + 900,
    "noise": lambda p: p + np.random.default_rng(1).normal(scale=60, size=p.shape),
    "inverted": lambda p: 4095 - p,
    "label": with_label,
    "frame": with_frame,
    "eight bits": lambda p: np.round(p / 16),
    "saturated tenth": lambda p: np.minimum(p, np.percentile(p[p > 0], 90)),
}


@pytest.mark.parametrize("name", SURROUNDINGS)
def test_breast_is_found_in(name):
    region = find_breast(mammogram(SURROUNDINGS[name](drawn_picture())))
    assert overlap(region.breast, half_disc()) > 0.97
    assert region.chest_wall is Laterality.LEFT
    assert not region.pectoral.any()


def test_heavy_noise_costs_little():
    noise = np.random.default_rng(1).normal(scale=250, size=SHAPE)
    region = find_breast(mammogram(drawn_picture() + noise))
    assert overlap(region.breast, half_disc()) > 0.9
    assert region.chest_wall is Laterality.LEFT


def test_padding_on_every_side_is_no_breast():
    padded = np.pad(drawn_picture() + 200, ((20, 9), (30, 14)))
    region = find_breast(mammogram(padded))
    assert overlap(region.breast, np.pad(half_disc(), ((20, 9), (30, 14)))) > 0.97
    assert region.chest_wall is Laterality.LEFT


def test_mirrored_picture_has_its_chest_wall_at_the_right():
    region = find_breast(mammogram(drawn_picture()[:, ::-1]))
    assert region.chest_wall is Laterality.RIGHT


def test_step_follows_the_spacing():
    pixels = np.kron(drawn_picture(), np.ones((3, 3)))
    fine = Mammogram(
        ImageKey("normal-01", View.CC, Visit.RECENT), PixelGrid(450, 345, 0.4, 0.4), pixels.astype(np.float32)
    )
    region = find_breast(fine)
    assert region.step_px == 2
    assert region.area_px == pytest.approx(9 * half_disc().sum(), rel=0.03)


REFUSED = {
    "constant": np.full(SHAPE, 7.0),
    "saturated": np.where(half_disc(), 4095.0, np.random.default_rng(1).normal(20, 3, SHAPE)),
    "noise": np.random.default_rng(2).normal(100, 10, SHAPE),
    "not finite": np.where(half_disc(), np.nan, 1.0),
    "a speck": np.pad(np.ones((4, 4)), ((60, 86), (50, 61))),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name):
    with pytest.raises(RegistrationError, match="normal-01_CC_recent") as refusal:
        find_breast(mammogram(REFUSED[name]))
    assert refusal.value.code == "IMAGE_EMPTY"


def test_bounds_come_from_the_configuration():
    with pytest.raises(RegistrationError):
        find_breast(mammogram(drawn_picture()), config=RegistrationConfig(min_breast_fraction=0.5))


@pytest.mark.parametrize("side", [Laterality.LEFT, Laterality.RIGHT])
def test_chest_wall_of_an_oblique_breast_off_the_edge_is_found(side):
    rows, cols = np.mgrid[:200, :150]
    from_wall = cols - 20 - 0.12 * (rows - 100)
    breast = (from_wall > 0) & (((rows - 100) / 90) ** 2 + (from_wall / 100) ** 2 < 1)
    assert chest_wall_side(breast if side is Laterality.LEFT else breast[:, ::-1]) is side
