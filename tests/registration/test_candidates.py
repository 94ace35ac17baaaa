"""Candidate maps of drawn pairs; anatomical coordinates of two breasts of different size."""

import numpy as np
import pytest

from radiomics_mammo.config.registration import RegistrationConfig
from radiomics_mammo.core.vocabulary import RegistrationMethod
from radiomics_mammo.registration.candidates import (
    anatomical_candidate,
    anatomical_map,
    centroid_start,
    find_candidates,
)
from radiomics_mammo.registration.preprocessing import WorkingPair, working_pair

CONFIG = RegistrationConfig()


@pytest.fixture(scope="module")
def found(drawn):
    exams, truth = drawn(seed=1)
    return find_candidates(working_pair(*exams, config=CONFIG), same_frame=True, config=CONFIG)[0], truth


def error_mm(transform, truth):
    """Mean distance from the truth over the middle of the breast."""
    at = np.array([[110, 40], [150, 70], [190, 40], [150, 110]])
    there = np.array([truth.prior_points[:, row, col] for row, col in at])
    return np.linalg.norm(transform.apply(at * 0.7) - there * 0.7, axis=1).mean()


def test_each_candidate_is_closer_than_the_simpler_one(found):
    candidates, truth = found
    assert [candidate.method for candidate in candidates] == ["identity", "affine", "deformable"]
    errors = [error_mm(candidate.forward, truth) for candidate in candidates]
    assert errors[2] < errors[1] < errors[0]
    assert errors[2] < 0.5


def test_the_way_back_is_found_independently(found):
    candidates, truth = found
    there = np.array([truth.prior_points[:, 150, 70]]) * 0.7
    assert candidates[-1].backward.apply(there)[0] == pytest.approx((105, 49), abs=0.5)


def test_frames_that_differ_offer_no_identity(drawn):
    config = RegistrationConfig(deformable=False)
    candidates, _ = find_candidates(working_pair(*drawn(seed=1)[0], config=config), same_frame=False, config=config)
    assert [candidate.method for candidate in candidates] == ["affine"]


def test_start_puts_centre_on_centre(drawn):
    pair = working_pair(*drawn(seed=1, mirrored_prior=True)[0], config=CONFIG)
    centres = [part.mm_from_work(np.argwhere(part.breast).mean(axis=0)[None]) for part in (pair.recent, pair.prior)]
    assert centroid_start(pair.recent, pair.prior).apply(centres[0]) == pytest.approx(centres[1])


@pytest.fixture
def breasts(working):
    """Prior and recent breast: half-ellipses, the prior one smaller, wider and off the edge of the picture."""
    rows, cols = np.mgrid[:150, :110]
    prior = (((rows - 65) / 40) ** 2 + ((cols - 8) / 72) ** 2 < 1) & (cols >= 8)
    recent = ((rows - 75) / 50) ** 2 + (cols / 60) ** 2 < 1
    return working(prior, breast=prior), working(recent, breast=recent)


def test_anatomical_shares_of_the_way_are_kept(breasts):
    prior, recent = breasts
    here = np.array([[75.0, 58.0], [75, 30], [100, 1], [50, 26]])
    there = np.array([[65.0, 77.0], [65, 44], [85, 9], [45, 39]])
    assert anatomical_map(recent, prior).apply(here) == pytest.approx(there, abs=3)


def test_anatomical_maps_undo_each_other(breasts):
    candidate = anatomical_candidate(WorkingPair(*breasts, None))
    assert candidate.method is RegistrationMethod.ANATOMICAL
    points = np.array([[60.0, 20.0], [75.0, 40.0], [95.0, 15.0]])
    assert candidate.backward.apply(candidate.forward.apply(points)) == pytest.approx(points, abs=1.5)
