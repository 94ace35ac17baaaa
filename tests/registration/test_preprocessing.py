"""Reduced grids, scale of a pair, working pictures, structure."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from radiomics_mammo.config.registration import RegistrationConfig
from radiomics_mammo.core.contours import contour_centroid_px
from radiomics_mammo.core.geometry import PixelGrid, PlanarTransform
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.images import Mammogram
from radiomics_mammo.core.pairs import Exam
from radiomics_mammo.core.vocabulary import View, Visit
from radiomics_mammo.registration import find_breast
from radiomics_mammo.registration.preprocessing import (
    SMALL_BREAST_MM,
    breast_width_px,
    fitted_settings,
    full_from_reduced,
    pair_scale,
    reduce_pixels,
    reduced_from_full,
    reduced_picture,
    reduction_step_px,
    resample,
    structure_of,
    working_pair,
)

CONFIG = RegistrationConfig()


def test_step_follows_spacing_or_size_and_leaves_a_picture_large_enough():
    known = [(4096, 3328, 0.07, 0.07), (256, 208, 1.12, 1.12), (768, 624, 0.1, 0.1), (100, 90, 0.1, 0.1)]
    assert [reduction_step_px(PixelGrid(*grid), 0.8) for grid in known] == [11, 1, 3, 1]
    assert [reduction_step_px(PixelGrid(*shape), 0.8) for shape in ((4096, 3328), (300, 230))] == [10, 1]


def test_last_blocks_repeat_the_border():
    picture = np.arange(15, dtype=np.float32).reshape(3, 5)
    reduced = reduce_pixels(picture, 2)
    assert reduced.shape == (2, 3)
    assert reduced[0, 0] == pytest.approx(picture[:2, :2].mean())
    assert reduced[1, 2] == picture[2, 4]


def test_reduction_keeps_a_ramp_at_its_place():
    ramp = np.tile(np.arange(12, dtype=np.float32), (8, 1))
    reduced = reduce_pixels(ramp, 4)
    assert np.allclose(reduced[0], full_from_reduced(np.array([[0.0, 0], [0, 1], [0, 2]]), 4)[:, 1])


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 16), st.floats(-50, 5000), st.floats(-50, 5000))
def test_full_and_reduced_pixels_undo_each_other(step, row, col):
    point = np.array([[row, col]])
    assert np.allclose(full_from_reduced(reduced_from_full(point, step), step), point)


def test_resampled_by_the_identity_is_the_same_and_outside_is_zero(working):
    picture = working(np.random.default_rng(1).normal(size=(6, 5)))
    far = PlanarTransform(np.array([[1.0, 0, 90], [0, 1, 0], [0, 0, 1]]))
    assert resample(picture.structure, picture, picture, PlanarTransform.identity()) == pytest.approx(picture.structure)
    assert not resample(picture.structure, picture, picture, far).any()


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
    pair = working_pair(prior, recent, config=CONFIG)
    there, here = pair.prior, pair.recent
    points = np.array([[10.0, 3.0], [50.0, 41.0]])
    for picture in (there, here):
        assert picture.breast[:, :5].sum() > picture.breast[:, -5:].sum()
        assert np.allclose(picture.work_from_mm(picture.mm_from_work(points)), points)
    assert there.to_mm[1, 1] < 0 < here.to_mm[1, 1]
    tip = there.mm_from_work(np.argwhere(there.breast).astype(float))[:, 1]
    assert tip.max() == pytest.approx((prior.mammogram.grid.cols - 1) * 0.7, abs=1.0)


def test_recent_lesions_are_guarded_and_prior_ones_are_not(drawn):
    (prior, recent), _ = drawn(seed=3, lesion_in_prior=True)
    pair = working_pair(prior, recent, config=CONFIG)
    centre = np.array([contour_centroid_px(recent.lesions[0].contour_px)]) * 0.7
    row, col = np.round(pair.recent.work_from_mm(centre)[0]).astype(int)
    assert not pair.recent.usable[row, col]
    assert pair.prior.shown.sum() == pair.prior.breast.sum()
    rim = pair.prior.shown & ~pair.prior.usable
    assert ndimage.distance_transform_edt(pair.prior.breast)[rim].max() * 0.8 <= 6.0
    bare = working_pair(prior, Exam(recent.mammogram, recent.breast), config=CONFIG)
    assert bare.recent.usable.sum() > pair.recent.usable.sum()


def test_places_lesions_were_propagated_to_are_hidden_like_the_lesions(drawn):
    (prior, recent), truth = drawn(seed=3)
    there = working_pair(prior, recent, config=CONFIG, propagated_px=[recent.lesions[0].contour_px]).prior
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


def test_a_mammogram_is_reduced_once_for_each_step_and_nobody_can_change_it():
    pixels = np.arange(48, dtype=np.float32).reshape(6, 8)
    mammogram = Mammogram(ImageKey("benign-01", View.CC, Visit.PRIOR), PixelGrid(6, 8, 0.1, 0.1), pixels)
    found = reduced_picture(mammogram, 2)
    np.testing.assert_array_equal(found, reduce_pixels(pixels, 2))
    assert reduced_picture(mammogram, 2) is found
    assert reduced_picture(mammogram, 3).shape == (2, 3)
    with pytest.raises(ValueError, match="read-only"):
        found[0, 0] = 1.0
