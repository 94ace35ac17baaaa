"""Candidate maps of drawn pairs."""

import numpy as np
import pytest

from radiomics_mammo.config.registration import RegistrationConfig
from radiomics_mammo.registration.candidates import centroid_start, find_candidates
from radiomics_mammo.registration.working import pair_scale, working_pictures

CONFIG = RegistrationConfig()


def pictures(prior, recent):
    return working_pictures(prior, recent, pair_scale(prior.breast, recent.breast, 80.0), config=CONFIG)


def errors_mm(transform, truth):
    """Distances from the truth over the middle of the breast."""
    at = np.array([[110, 40], [150, 70], [190, 40], [150, 110]])
    there = np.array([truth.prior_points[:, row, col] for row, col in at])
    return np.linalg.norm(transform.apply(at * 0.7) - there * 0.7, axis=1)


def test_each_candidate_is_closer_than_the_simpler_one(drawn):
    (prior, recent), truth = drawn(seed=1)
    found = find_candidates(*pictures(prior, recent), same_frame=True, config=CONFIG).candidates
    assert [candidate.method for candidate in found] == ["identity", "affine", "deformable"]
    errors = [errors_mm(candidate.forward, truth).mean() for candidate in found]
    assert errors[2] < errors[1] < errors[0]
    assert errors[2] < 0.5


def test_the_way_back_is_found_independently(drawn):
    (prior, recent), truth = drawn(seed=1)
    last = find_candidates(*pictures(prior, recent), same_frame=True, config=CONFIG).candidates[-1]
    there = np.array([truth.prior_points[:, 150, 70]]) * 0.7
    assert last.backward.apply(there)[0] == pytest.approx((105, 49), abs=0.5)


def test_frames_that_differ_offer_no_identity(drawn):
    (prior, recent), _ = drawn(seed=1)
    found = find_candidates(
        *pictures(prior, recent), same_frame=False, config=RegistrationConfig(deformable=False)
    ).candidates
    assert [candidate.method for candidate in found] == ["affine"]


def test_start_puts_centre_on_centre(drawn):
    (prior, recent), _ = drawn(seed=1, mirrored_prior=True)
    there, here = pictures(prior, recent)
    centres = [part.mm_from_work(np.argwhere(part.breast).mean(axis=0)[None]) for part in (here, there)]
    assert centroid_start(here, there).apply(centres[0]) == pytest.approx(centres[1])
