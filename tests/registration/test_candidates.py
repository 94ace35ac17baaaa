"""Candidate maps of drawn pairs; anatomical coordinates of two breasts of different size."""

import numpy as np
import pytest

from radiomics_mammo.config.registration import RegistrationConfig
from radiomics_mammo.core.geometry import PlanarTransform
from radiomics_mammo.registration.candidates import CoarseMap, centroid_start, find_candidates, weighted_mean
from radiomics_mammo.registration.preprocessing import working_pair

CONFIG = RegistrationConfig()


@pytest.fixture(scope="module")
def found(drawn):
    exams, truth = drawn(seed=1)
    return find_candidates(working_pair(*exams, config=CONFIG), same_frame=True, config=CONFIG).candidates, truth


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
    search = find_candidates(working_pair(*drawn(seed=1)[0], config=config), same_frame=False, config=config)
    assert [candidate.method for candidate in search.candidates] == ["affine"]
    assert sum(one.weight for one in search.coarse) == pytest.approx(1)
    assert search.coarse[0].weight == max(one.weight for one in search.coarse)


def test_start_puts_centre_on_centre(drawn):
    pair = working_pair(*drawn(seed=1, mirrored_prior=True)[0], config=CONFIG)
    centres = [part.mm_from_work(np.argwhere(part.breast).mean(axis=0)[None]) for part in (pair.recent, pair.prior)]
    assert centroid_start(pair.recent, pair.prior).apply(centres[0]) == pytest.approx(centres[1])


def test_mean_of_candidates_lies_between_them_by_weight():
    maps = [
        CoarseMap(
            transform=PlanarTransform(np.array([[1.0, 0, rows], [0, 1, 0], [0, 0, 1]])),
            similarity=0.3,
            rank_similarity=0.5,
            block_score=0.4,
            agreement=0.6,
            dice=0.9,
            weight=weight,
        )
        for rows, weight in ((0.0, 0.75), (8.0, 0.25))
    ]
    assert weighted_mean(maps).apply(np.array([[3.0, 4.0]])) == pytest.approx(np.array([[5.0, 4.0]]))
