"""The regional search moves a region when, and only when, its surroundings are found elsewhere."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from radiomics_mammo.config.registration import RegistrationConfig
from radiomics_mammo.core.geometry import PlanarTransform
from radiomics_mammo.registration.search import SearchGround, cut_window, find_surroundings
from radiomics_mammo.registration.working import PairScale, WorkingPicture

CONFIG = RegistrationConfig()
SHAPE = (90, 80)
CONTOUR_MM = np.array([44.0, 40.0]) + 5 * np.array([[0, 1], [1, 0], [0, -1], [-1, 0]])


def ground(moved=(0.0, 0.0), sign=1.0):
    structure = ndimage.gaussian_filter(np.random.default_rng(5).normal(size=SHAPE), 1.5).astype(np.float32)
    everywhere = np.ones(SHAPE, dtype=bool)
    recent = WorkingPicture(structure, everywhere, everywhere, everywhere, 1.0, np.diag([1.0, sign, 1.0]))
    carried = ndimage.shift(structure, moved, order=1, mode="nearest")
    scale = PairScale((1.0, 1.0), (1.0, 1.0), in_mm=True)
    return SearchGround(recent, scale, PlanarTransform.identity(), carried, everywhere)


def test_right_place_is_kept_exactly():
    found = find_surroundings(ground(), CONTOUR_MM, 6.0, config=CONFIG)
    assert found.shift_mm == (0.0, 0.0)
    assert found.score == pytest.approx(1, abs=1e-3)
    assert found.in_breast


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_wrong_place_is_corrected_in_stored_directions(sign):
    contour = CONTOUR_MM * (1, sign)
    found = find_surroundings(ground((3.0, -2.0), sign), contour, 6.0, config=CONFIG)
    assert found.shift_mm == pytest.approx((3.0, -2.0 * sign), abs=0.2)


def test_radius_bounds_the_search():
    found = find_surroundings(ground((5.0, 0.0)), CONTOUR_MM, 2.0, config=CONFIG)
    assert np.hypot(*found.shift_mm) <= 3.5


def test_tissue_that_is_not_found_again_moves_nothing():
    strange = np.random.default_rng(8).normal(size=SHAPE).astype(np.float32)
    found = find_surroundings(replace(ground(), carried=strange), CONTOUR_MM, 6.0, config=CONFIG)
    assert found.shift_mm == (0.0, 0.0)
    assert found.score < 0.25


def test_inside_of_the_lesion_is_not_looked_at():
    here = ground()
    altered = here.recent.structure.copy()
    altered[41:48, 37:44] = 9
    changed = replace(here, recent=replace(here.recent, structure=altered))
    assert find_surroundings(changed, CONTOUR_MM, 6.0, config=CONFIG).score == pytest.approx(1, abs=1e-3)


def test_lesion_over_the_muscle_is_found_by_the_muscle_around_it():
    here = ground((3.0, -2.0))
    over = replace(here, recent=replace(here.recent, usable=np.zeros(SHAPE, dtype=bool)))
    found = find_surroundings(over, CONTOUR_MM, 6.0, config=CONFIG)
    assert found.shift_mm == pytest.approx((3.0, -2.0), abs=0.2)


def test_muscle_beside_a_lesion_is_left_out():
    here = ground()
    sliding = here.carried.copy()
    sliding[:, :32] = np.random.default_rng(9).normal(size=(SHAPE[0], 32))
    tissue = np.ones(SHAPE, dtype=bool)
    tissue[:, :34] = False
    beside = replace(here, recent=replace(here.recent, usable=tissue), carried=sliding)
    assert find_surroundings(beside, CONTOUR_MM, 2.0, config=CONFIG).score == pytest.approx(1, abs=1e-3)


def test_too_little_tissue_has_no_score():
    here = ground()
    nothing = np.zeros(SHAPE, dtype=bool)
    bare = replace(here, recent=replace(here.recent, shown=nothing, usable=nothing))
    assert find_surroundings(bare, CONTOUR_MM, 6.0, config=CONFIG).score is None


def test_place_outside_the_prior_breast_is_told():
    empty = replace(ground(), carried_breast=np.zeros(SHAPE, dtype=bool))
    assert not find_surroundings(empty, CONTOUR_MM, 6.0, config=CONFIG).in_breast


def test_window_beyond_the_picture_is_empty():
    assert not cut_window(np.ones((3, 4)), (10, 10, 12, 13)).any()
