"""The regional search moves a region when, and only when, its surroundings are found elsewhere; trust in the place."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from radiomics_mammo.config.registration import RegistrationConfig
from radiomics_mammo.core.contours import contour_area_px, contour_centroid_px
from radiomics_mammo.core.geometry import PlanarTransform
from radiomics_mammo.registration.preprocessing import PairScale
from radiomics_mammo.registration.propagation import (
    SearchGround,
    cut_window,
    find_surroundings,
    propagate_contour,
    search_ground,
)

SHAPE = (90, 80)
CONTOUR_MM = np.array([44.0, 40.0]) + 5 * np.array([[0, 1], [1, 0], [0, -1], [-1, 0]])


@pytest.fixture
def ground(working):
    def make(moved=(0.0, 0.0), sign=1.0):
        structure = ndimage.gaussian_filter(np.random.default_rng(5).normal(size=SHAPE), 1.5).astype(np.float32)
        return SearchGround(
            config=RegistrationConfig(),
            recent=working(structure, to_mm=np.diag([1.0, sign, 1.0])),
            scale=PairScale((1.0, 1.0), (1.0, 1.0), in_mm=True),
            forward=PlanarTransform.identity(),
            prior_structure=ndimage.shift(structure, moved, order=1, mode="nearest"),
            prior_breast=np.ones(SHAPE, dtype=bool),
        )

    return make


def test_right_place_is_kept_exactly(ground):
    found = find_surroundings(ground(), CONTOUR_MM, 6.0)
    assert found.shift_mm == (0.0, 0.0)
    assert found.score == pytest.approx(1, abs=1e-3)
    assert found.in_breast


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_wrong_place_is_corrected_in_stored_directions(ground, sign):
    contour = CONTOUR_MM * (1, sign)
    found = find_surroundings(ground((3.0, -2.0), sign), contour, 6.0)
    assert found.shift_mm == pytest.approx((3.0, -2.0 * sign), abs=0.2)


def test_radius_bounds_the_search(ground):
    found = find_surroundings(ground((5.0, 0.0)), CONTOUR_MM, 2.0)
    assert np.hypot(*found.shift_mm) <= 3.5


def test_tissue_that_is_not_found_again_moves_nothing(ground):
    strange = np.random.default_rng(8).normal(size=SHAPE).astype(np.float32)
    found = find_surroundings(replace(ground(), prior_structure=strange), CONTOUR_MM, 6.0)
    assert found.shift_mm == (0.0, 0.0)
    assert found.score < 0.25


def test_inside_of_the_lesion_is_not_looked_at(ground):
    here = ground()
    altered = here.recent.structure.copy()
    altered[41:48, 37:44] = 9
    changed = replace(here, recent=replace(here.recent, structure=altered))
    assert find_surroundings(changed, CONTOUR_MM, 6.0).score == pytest.approx(1, abs=1e-3)


def test_lesion_over_the_muscle_is_found_by_the_muscle_around_it(ground):
    here = ground((3.0, -2.0))
    over = replace(here, recent=replace(here.recent, usable=np.zeros(SHAPE, dtype=bool)))
    found = find_surroundings(over, CONTOUR_MM, 6.0)
    assert found.shift_mm == pytest.approx((3.0, -2.0), abs=0.2)


def test_muscle_beside_a_lesion_is_left_out(ground):
    here = ground()
    sliding = here.prior_structure.copy()
    sliding[:, :32] = np.random.default_rng(9).normal(size=(SHAPE[0], 32))
    tissue = np.ones(SHAPE, dtype=bool)
    tissue[:, :34] = False
    beside = replace(here, recent=replace(here.recent, usable=tissue), prior_structure=sliding)
    assert find_surroundings(beside, CONTOUR_MM, 2.0).score == pytest.approx(1, abs=1e-3)


def test_too_little_tissue_has_no_score(ground):
    here = ground()
    nothing = np.zeros(SHAPE, dtype=bool)
    bare = replace(here, recent=replace(here.recent, shown=nothing, usable=nothing))
    assert find_surroundings(bare, CONTOUR_MM, 6.0).score is None


def test_place_outside_the_prior_breast_is_told(ground):
    empty = replace(ground(), prior_breast=np.zeros(SHAPE, dtype=bool))
    assert not find_surroundings(empty, CONTOUR_MM, 6.0).in_breast


def test_window_beyond_the_picture_is_empty():
    assert not cut_window(np.ones((3, 4)), (10, 10, 12, 13)).any()


def propagated(pair, config=None, **registration):
    pair = replace(pair, registration=replace(pair.registration, **registration))
    return propagate_contour(pair, search_ground(pair, config), pair.recent.lesions[0].contour_px)


def test_contour_keeps_its_size_and_comes_to_the_right_place(aligned):
    pair, truth = aligned(seed=1)
    place, recent = propagated(pair), pair.recent.lesions[0].contour_px
    assert place.trusted
    assert place.contour_px.shape == recent.shape
    assert contour_area_px(place.contour_px) == pytest.approx(contour_area_px(recent), rel=0.15)
    gap = np.subtract(contour_centroid_px(place.contour_px), truth.prior_centre_px)
    assert np.linalg.norm(gap) * 0.7 < 1.0


def test_search_corrects_a_map_that_is_off(aligned):
    pair, truth = aligned(seed=1)
    matrix = pair.registration.recent_to_prior.matrix.copy()
    matrix[0, 2] += 4.0
    off = replace(pair.registration.recent_to_prior, matrix=matrix)
    place = propagated(pair, recent_to_prior=off, evidence=None)
    gap = np.subtract(contour_centroid_px(place.contour_px), truth.prior_centre_px)
    assert np.linalg.norm(gap) * 0.7 < 1.2
    assert place.search_shift_mm == pytest.approx(4.0, abs=1.0)


def test_doubtful_places_are_not_trusted(aligned):
    pair, _ = aligned(seed=1)
    assert propagated(pair).trusted
    assert not propagated(pair, evidence=replace(pair.registration.evidence, similarity=0.0, agreement=0.0)).trusted
    assert not propagated(pair, RegistrationConfig(max_radius90_mm=0.5)).trusted
    assert not propagated(pair, told_apart=False).trusted
