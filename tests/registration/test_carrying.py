"""A contour carried to the prior exam, and why it is not trusted."""

from dataclasses import replace

import numpy as np
import pytest

from radiomics_mammo.config.registration import RegistrationConfig
from radiomics_mammo.core.contours import contour_area_px, contour_centroid_px
from radiomics_mammo.core.geometry import DisplacementField
from radiomics_mammo.registration.carrying import carry_contour
from radiomics_mammo.registration.search import search_ground

CONFIG = RegistrationConfig()


@pytest.fixture
def pair(aligned):
    return aligned(seed=1)[0]


def carry(pair, config=CONFIG):
    return carry_contour(pair, search_ground(pair, config), pair.recent.lesions[0].contour_px, config=config)


def test_contour_keeps_its_size_and_comes_to_the_right_place(pair, drawn):
    _, truth = drawn(seed=1)
    carried = carry(pair)
    recent = pair.recent.lesions[0].contour_px
    assert carried.trusted
    assert carried.contour_px.shape == recent.shape
    assert contour_area_px(carried.contour_px) == pytest.approx(contour_area_px(recent), rel=0.15)
    gap = np.subtract(contour_centroid_px(carried.contour_px), truth.prior_centre_px)
    assert np.linalg.norm(gap) * 0.7 < 1.0


def test_search_corrects_a_map_that_is_off(pair, drawn):
    _, truth = drawn(seed=1)
    matrix = pair.registration.recent_to_prior.matrix.copy()
    matrix[0, 2] += 4.0
    gap = DisplacementField((0.0, 0.0), (1.0, 1.0), np.full((1, 1, 2), 1.5))
    off = replace(
        pair.registration, recent_to_prior=replace(pair.registration.recent_to_prior, matrix=matrix), return_gap=gap
    )
    carried = carry(replace(pair, registration=off))
    found = contour_centroid_px(carried.contour_px)
    assert np.linalg.norm(np.subtract(found, truth.prior_centre_px)) * 0.7 < 1.2
    assert carried.search_shift_mm == pytest.approx(4.0, abs=1.0)


@pytest.mark.parametrize(
    "field",
    [None, DisplacementField((0.0, 0.0), (1.0, 1.0), np.full((1, 1, 2), 5.0))],
)
def test_place_that_does_not_come_back_is_not_trusted(pair, field):
    assert not carry(replace(pair, registration=replace(pair.registration, return_gap=field))).trusted


def test_surroundings_that_are_not_alike_are_not_trusted(pair):
    assert not carry(pair, RegistrationConfig(min_search_score=1.0)).trusted


def test_untrusted_alignment_makes_no_trusted_region(pair):
    assert not carry(replace(pair, registration=replace(pair.registration, trusted=False))).trusted
