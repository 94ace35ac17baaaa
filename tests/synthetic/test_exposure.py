from dataclasses import replace

import numpy as np
import pytest

from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.synthetic.exposure import Exposure, PictureFrame, draw_exposure, expose
from radiomics_mammo.synthetic.masses import ShownMass
from radiomics_mammo.synthetic.warps import SmoothWarp, draw_warp

FRAME = PictureFrame(rows=287, cols=233, spacing_mm=1.0)
SILENT = Exposure(noise=0.0)


def take(tissue, frame=FRAME, *, warp=None, masses=(), exposure=SILENT, seed=0):
    warp = SmoothWarp.identity() if warp is None else warp
    return expose(tissue, frame, np.random.default_rng(seed), warp=warp, masses=masses, exposure=exposure)


def test_picture_is_bright_in_the_breast_and_dark_in_air(tissue):
    picture = take(tissue)
    assert picture.dtype == np.float32
    assert picture.shape == FRAME.shape
    assert picture[143, 40] > 0.1
    assert picture[:, -1].max() < 0.01
    assert 0 <= picture.min() <= picture.max() <= 1


def test_right_pictures_are_mirrored(tissue):
    right = take(tissue, replace(FRAME, chest_wall_right=True))
    assert (right[:, ::-1] == take(tissue)).all()


def test_prior_shows_the_same_anatomy_at_its_warped_place(tissue, rng):
    warp = draw_warp(rng, height_mm=180.0, width_mm=100.0)
    recent, prior = take(tissue), take(tissue, warp=warp)
    places = np.array([[row, col] for row in range(100, 190, 5) for col in range(15, 75, 5)], dtype=float)
    there = np.round(FRAME.to_px(warp.to_prior(FRAME.to_mm(places)))).astype(int)
    here = places.astype(int)
    values = recent[here[:, 0], here[:, 1]], prior[there[:, 0], there[:, 1]], prior[here[:, 0], here[:, 1]]
    moved, unmoved = np.corrcoef(values[0], values[1])[0, 1], np.corrcoef(values[0], values[2])[0, 1]
    assert moved > 0.9
    assert moved > unmoved + 0.1


def test_mass_brightens_its_place_alone(tissue, mass):
    change = take(tissue, masses=[ShownMass(mass)]) - take(tissue)
    distance = np.hypot(*(np.indices(FRAME.shape) + 0.5 - np.array([143.0, 50.0])[:, None, None]))
    inside, outside = distance < 5, distance > 30
    assert change[inside].mean() > 0.05
    assert np.abs(change[outside]).max() < 1e-6
    faint = take(tissue, masses=[ShownMass(mass, strength=0.3)]) - take(tissue)
    assert 0 < faint[inside].mean() < 0.5 * change[inside].mean()


def test_gland_gain_changes_gland_only(tissue):
    change = take(tissue, exposure=Exposure(noise=0.0, gland_gain=1.05)) - take(tissue)
    gland = tissue.sample(tissue.gland, *SmoothWarp.identity().maps(FRAME.row_centres_mm, FRAME.depth_centres_mm))
    breast = take(tissue) > 0.1
    assert change[breast & (gland > 0.8)].mean() > 5 * abs(change[breast & (gland < 0.1)].mean())


def test_noise_belongs_to_the_generator(tissue):
    noisy = Exposure(noise=0.015)
    assert (take(tissue, exposure=noisy, seed=1) == take(tissue, exposure=noisy, seed=1)).all()
    assert (take(tissue, exposure=noisy, seed=1) != take(tissue, exposure=noisy, seed=2)).any()


def test_drawn_settings_differ(rng):
    settings = [draw_exposure(rng) for _ in range(20)]
    assert len({setting.gain for setting in settings}) == 20
    assert all(0.85 < setting.gain < 1.15 for setting in settings)


@pytest.mark.parametrize("right", [False, True])
def test_pixels_and_millimetres_are_inverse(right):
    frame = PictureFrame(rows=40, cols=30, spacing_mm=0.5, top_mm=12.0, chest_wall_right=right)
    points = np.array([[0.0, 0.0], [3.5, 7.25], [39.0, 29.0]])
    assert np.allclose(frame.to_px(frame.to_mm(points)), points)
    assert frame.to_mm(np.array([[0.0, 29.0 * right]]))[0, 1] == 0.25  # depth counts from the chest wall on either side


def test_pixel_centres_agree_with_the_map():
    frame = PictureFrame(rows=40, cols=30, spacing_mm=0.5, top_mm=12.0)
    assert frame.row_centres_mm[3] == frame.to_mm(np.array([[3.0, 0.0]]))[0, 0]
    assert frame.depth_centres_mm[5] == frame.to_mm(np.array([[0.0, 5.0]]))[0, 1]
    assert frame.shape == frame.grid.shape == (40, 30)


@pytest.mark.parametrize("bad", [(0, 30, 0.5), (40, 30, 0.0), (40, 30, float("nan"))])
def test_impossible_frames_are_refused(bad):
    with pytest.raises(InvariantError):
        PictureFrame(**dict(zip(("rows", "cols", "spacing_mm"), bad, strict=True)))
