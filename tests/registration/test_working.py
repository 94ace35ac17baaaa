"""Working pictures: scale, orientation, structure."""

import numpy as np
import pytest

from radiomics_mammo.config.registration import RegistrationConfig
from radiomics_mammo.core.contours import contour_centroid_px
from radiomics_mammo.core.geometry import PixelGrid
from radiomics_mammo.core.images import Mammogram
from radiomics_mammo.core.pairs import Exam
from radiomics_mammo.registration.breast import find_breast
from radiomics_mammo.registration.working import (
    SMALL_BREAST_MM,
    breast_width_px,
    fitted_settings,
    pair_scale,
    structure_of,
    working_pictures,
)

CONFIG = RegistrationConfig()


def pictures(prior, recent):
    scale = pair_scale(prior.breast, recent.breast, CONFIG.nominal_breast_width_mm)
    return working_pictures(prior, recent, scale, config=CONFIG)


def test_known_spacings_are_used(drawn):
    (prior, recent), _ = drawn(seed=1)
    scale = pair_scale(prior.breast, recent.breast, 80.0)
    assert (scale.prior_mm, scale.recent_mm, scale.in_mm) == ((0.7, 0.7), (0.7, 0.7), True)


def test_one_unknown_spacing_makes_the_pair_unknown(drawn):
    (prior, recent), _ = drawn(seed=1)
    grid = PixelGrid(*prior.mammogram.grid.shape)
    bare = find_breast(Mammogram(prior.mammogram.key, grid, prior.mammogram.pixels))
    scale = pair_scale(bare, recent.breast, 80.0)
    width = (breast_width_px(bare) + breast_width_px(recent.breast)) / 2
    assert not scale.in_mm
    assert scale.prior_mm == scale.recent_mm
    assert scale.recent_mm[0] == pytest.approx(80 / width)


def test_chest_wall_comes_to_the_left_and_points_keep_their_place(drawn):
    (prior, recent), _ = drawn(seed=1, mirrored_prior=True)
    there, here = pictures(prior, recent)
    points = np.array([[10.0, 3.0], [50.0, 41.0]])
    for picture in (there, here):
        assert picture.breast[:, :5].sum() > picture.breast[:, -5:].sum()
        assert np.allclose(picture.work_from_mm(picture.mm_from_work(points)), points)
    assert there.to_mm[1, 1] < 0 < here.to_mm[1, 1]
    tip = there.mm_from_work(np.argwhere(there.breast).astype(float))[:, 1]
    assert tip.max() == pytest.approx((prior.mammogram.grid.cols - 1) * 0.7, abs=1.0)


def test_recent_lesions_are_guarded_and_prior_ones_are_not(drawn):
    (prior, recent), _ = drawn(seed=3, lesion_in_prior=True)
    there, here = pictures(prior, recent)
    centre = np.array([contour_centroid_px(recent.lesions[0].contour_px)]) * 0.7
    row, col = np.round(here.work_from_mm(centre)[0]).astype(int)
    assert not here.usable[row, col]
    assert there.usable.sum() == there.breast.sum()


def test_places_lesions_were_carried_to_are_hidden_like_the_lesions(drawn):
    (prior, recent), truth = drawn(seed=3)
    scale = pair_scale(prior.breast, recent.breast, CONFIG.nominal_breast_width_mm)
    there, _ = working_pictures(prior, recent, scale, config=CONFIG, carried_px=[recent.lesions[0].contour_px])
    hidden = there.breast & ~there.shown
    centre = there.mm_from_work(np.argwhere(hidden).mean(axis=0)[None])[0]
    assert centre == pytest.approx(np.multiply(truth.recent_centre_px, 0.7), abs=0.3)
    assert not there.structure[hidden].any()


def test_hidden_mass_leaves_no_trace_around_it(drawn):
    (_, recent), _ = drawn(seed=1)
    grey, inside = np.asarray(recent.mammogram.pixels), recent.breast.breast
    rows, cols = np.indices(grey.shape)
    disc = np.hypot(rows - 150, cols - 60) < 12
    bright = np.where(disc, 5000, grey).astype(np.float32)
    assert np.array_equal(structure_of(bright, inside, 0.7, hidden=disc), structure_of(grey, inside, 0.7, hidden=disc))
    assert not np.array_equal(structure_of(bright, inside, 0.7)[~disc], structure_of(grey, inside, 0.7)[~disc])


def test_structure_forgets_gain_gamma_offset_and_photometry(drawn):
    (_, recent), _ = drawn(seed=1)
    grey, inside = np.asarray(recent.mammogram.pixels), recent.breast.breast
    plain = structure_of(grey, inside, 0.7)
    bent = (3 * np.clip(grey, 0, None) ** 0.6 + 40).astype(np.float32)
    assert np.corrcoef(plain[inside], structure_of(bent, inside, 0.7)[inside])[0, 1] > 0.999
    assert np.corrcoef(plain[inside], structure_of(-bent, inside, 0.7)[inside])[0, 1] > 0.999
    assert not plain[~inside].any()


def test_guard_needs_no_lesions(drawn):
    (prior, recent), _ = drawn(seed=1)
    bare = Exam(recent.mammogram, recent.breast)
    assert pictures(prior, bare)[1].usable.sum() > pictures(prior, recent)[1].usable.sum()


def test_lengths_shrink_with_a_small_breast_only(drawn):
    (prior, recent), _ = drawn(seed=1)
    (small_prior, small_recent), _ = drawn(seed=1, spacing_mm=0.2)
    width = min(breast_width_px(exam.breast) * 0.2 for exam in (small_prior, small_recent))
    assert fitted_settings(CONFIG, prior.breast, recent.breast) == CONFIG
    fitted = fitted_settings(CONFIG, small_prior.breast, small_recent.breast)
    assert width < SMALL_BREAST_MM
    assert fitted.block_mm == pytest.approx(19.0 * width / SMALL_BREAST_MM)
    assert fitted.stiffness == pytest.approx(CONFIG.stiffness * (width / SMALL_BREAST_MM) ** 2)
    assert fitted.lesion_guard_mm == CONFIG.lesion_guard_mm


def test_lengths_of_a_speck_stay_within_the_bounds_of_settings(drawn):
    (prior, recent), _ = drawn(seed=1, spacing_mm=0.01)
    assert fitted_settings(CONFIG, prior.breast, recent.breast).working_spacing_mm == pytest.approx(0.2)
