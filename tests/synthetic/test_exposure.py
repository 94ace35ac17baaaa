import numpy as np

from radiomics_mammo.synthetic.exposure import Exposure, ShownMass, draw_exposure, expose
from radiomics_mammo.synthetic.frames import PictureFrame
from radiomics_mammo.synthetic.warps import SmoothWarp, draw_warp

FRAME = PictureFrame(287, 233, 1.0)
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
    right = take(tissue, PictureFrame(287, 233, 1.0, chest_wall_right=True))
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
    inside = np.hypot(*(np.indices(FRAME.shape) + 0.5 - np.array([143.0, 50.0])[:, None, None])) < 5
    outside = np.hypot(*(np.indices(FRAME.shape) + 0.5 - np.array([143.0, 50.0])[:, None, None])) > 30
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
