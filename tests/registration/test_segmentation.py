"""The breast is found whatever surrounds it; what is no mammogram is refused."""

import cv2
import numpy as np
import pytest

from radiomics_mammo.config.registration import RegistrationConfig
from radiomics_mammo.core.errors import RegistrationError
from radiomics_mammo.core.geometry import PixelGrid
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.images import Mammogram
from radiomics_mammo.core.vocabulary import Laterality, View
from radiomics_mammo.registration import find_breast
from radiomics_mammo.registration.segmentation import (
    _whole_cells,
    background_level,
    background_noise,
    grey_above_background,
    inside_frame,
)

SHAPE = (150, 115)
KEY = ImageKey.parse("normal-01_CC_recent")


def half_disc():
    rows, cols = np.mgrid[: SHAPE[0], : SHAPE[1]]
    return ((rows - 75) / 60) ** 2 + (cols / 75) ** 2 < 1


def drawn_picture():
    texture = cv2.GaussianBlur(np.random.default_rng(4).normal(size=SHAPE), (0, 0), 3)
    return np.where(half_disc(), 1500 + 1500 * texture, 0.0)


def breast_in(pixels, spacing_mm=1.5, **settings):
    mammogram = Mammogram(KEY, PixelGrid(*pixels.shape, spacing_mm, spacing_mm), pixels.astype(np.float32))
    return find_breast(mammogram, config=RegistrationConfig(**settings))


def overlap(found, truth):
    return 2 * (found & truth).sum() / (found.sum() + truth.sum())


def noise(scale, seed=1):
    return np.random.default_rng(seed).normal(scale=scale, size=SHAPE)


def with_label(pixels):
    marked = pixels.copy()
    marked[8:12, 60:105] = marked[8:22, 60:64] = 4000
    marked[120:140, 95:110] = 4000
    return marked


def with_frame(pixels):
    framed = pixels.copy()
    framed[:2] = framed[-2:] = framed[:, -2:] = 4095
    return framed


def with_uneven_frame(pixels):
    line = np.zeros(SHAPE, dtype=bool)
    line[:4] = line[-4:] = line[:, :4] = line[:, -4:] = True
    return np.where(line, 3500 + noise(150, seed=3), pixels)


SURROUNDINGS = {
    "plain": lambda p: p,
    "offset": lambda p: p + 900,
    "noise": lambda p: p + noise(60),
    "inverted": lambda p: 4095 - p,
    "label": with_label,
    "frame": with_frame,
    "uneven frame": with_uneven_frame,
    "eight bits": lambda p: np.round(p / 16),
    "saturated tenth": lambda p: np.minimum(p, np.percentile(p[p > 0], 90)),
}


@pytest.mark.parametrize("name", SURROUNDINGS)
def test_breast_is_found_in(name):
    region = breast_in(SURROUNDINGS[name](drawn_picture()))
    assert overlap(region.breast, half_disc()) > 0.97
    assert region.chest_wall is Laterality.LEFT
    assert not region.pectoral.any()


def test_heavy_noise_costs_little():
    region = breast_in(drawn_picture() + noise(250))
    assert overlap(region.breast, half_disc()) > 0.9
    assert region.chest_wall is Laterality.LEFT


def test_padding_on_every_side_is_no_breast():
    around = ((20, 9), (30, 14))
    region = breast_in(np.pad(drawn_picture() + 200, around))
    assert overlap(region.breast, np.pad(half_disc(), around)) > 0.97
    assert region.chest_wall is Laterality.LEFT


def test_mirrored_picture_has_its_chest_wall_at_the_right():
    assert breast_in(drawn_picture()[:, ::-1]).chest_wall is Laterality.RIGHT


def test_step_follows_the_spacing():
    region = breast_in(np.kron(drawn_picture(), np.ones((3, 3))), spacing_mm=0.4)
    assert region.step_px == 2
    assert region.area_px == pytest.approx(9 * half_disc().sum(), rel=0.03)


REFUSED = {
    "constant": np.full(SHAPE, 7.0),
    "saturated": np.where(half_disc(), 4095.0, 20 + noise(3)),
    "noise": 100 + noise(10, seed=2),
    "not finite": np.where(half_disc(), np.nan, 1.0),
    "a speck": np.pad(np.ones((4, 4)), ((60, 86), (50, 61))),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name):
    with pytest.raises(RegistrationError, match="normal-01_CC_recent") as refusal:
        breast_in(REFUSED[name])
    assert refusal.value.code == "IMAGE_EMPTY"


def test_bounds_come_from_the_configuration():
    with pytest.raises(RegistrationError):
        breast_in(drawn_picture(), min_breast_fraction=0.5)


def test_muscle_is_part_of_an_mlo_breast_only(drawn):
    region = drawn(seed=2, view=View.MLO)[0][1].breast
    assert 0.05 < region.pectoral.sum() / region.breast.sum() < 0.35
    assert (region.pectoral & ~region.breast).sum() == 0
    assert not drawn(seed=1)[0][1].breast.pectoral.any()


def block(offset=0.0, deviation=0.0):
    """A bright block on an even background."""
    grey = np.full((40, 30), offset, dtype=np.float32)
    grey[10:30, :15] += 100 + np.arange(15, dtype=np.float32)
    return grey + np.random.default_rng(2).normal(scale=deviation, size=grey.shape).astype(np.float32)


def test_level_is_the_most_frequent_value():
    assert background_level(block(offset=7)) == 7


def test_noise_is_measured_on_the_emptier_side():
    for deviation in (1.0, 3.0):
        assert background_noise(block(50, deviation), 50.0) == pytest.approx(deviation, rel=0.2)
    assert background_noise(block(), 0.0) == 0


def test_frames_of_two_colours_are_taken_away():
    framed = np.pad(np.pad(block(deviation=1), 2, constant_values=5), 3, constant_values=900)
    assert inside_frame(framed) == (slice(5, 45), slice(5, 35))


def test_constant_picture_has_no_inside():
    rows, _ = inside_frame(np.full((4, 6), 3, dtype=np.float32))
    assert rows.start == rows.stop


@pytest.mark.parametrize("sign", [1, -1])
def test_photometry_is_seen_from_the_picture(sign):
    grey, threshold, noisy = grey_above_background((1000 + sign * block(deviation=0.5)).astype(np.float32), 0.05)
    tissue = grey > threshold
    assert tissue[10:30, :15].all()
    assert tissue.sum() == 300
    assert not noisy


def test_noise_raises_the_threshold():
    _, threshold, noisy = grey_above_background(block(deviation=20), 0.05)
    assert noisy
    assert threshold == pytest.approx(80, rel=0.3)


@pytest.mark.parametrize(("size", "step"), [(40, 1), (40, 4), (42, 4)])
@pytest.mark.parametrize("stop", [40, 37, 36])
def test_a_reduced_pixel_that_holds_a_bit_of_frame_is_outside(size, step, stop):
    found = _whole_cells(slice(3, stop), size=size, step=step)
    framed = np.ones(size, bool)
    framed[3:stop] = False
    cells = [framed[at : at + step].any() for at in range(0, size, step)]
    assert [at for at, bad in enumerate(cells) if not bad] == list(range(found.start, found.stop))
