"""Maps fitted to matched squares, many of them wrong."""

import numpy as np
import pytest

from radiomics_mammo.core.geometry import PlanarTransform
from radiomics_mammo.registration.blocks import BlockMatches
from radiomics_mammo.registration.fitting import agreement, distances_mm, fit_affine, fit_smooth

TRUTH = PlanarTransform(np.array([[1.03, -0.05, 6.0], [0.06, 0.97, -4.0], [0, 0, 1]]))
START = PlanarTransform.identity()


def squares(wrong_share=0.0, bend_mm=0.0, n=200):
    rng = np.random.default_rng(7)
    here = rng.uniform((0, 0), (120, 90), size=(n, 2))
    there = TRUTH.apply(here) + bend_mm * np.stack([np.sin(here[:, 1] / 25), np.cos(here[:, 0] / 30)], axis=1)
    there += rng.normal(scale=0.1, size=there.shape)
    wrong = rng.random(n) < wrong_share
    there[wrong] = here[wrong] + rng.uniform(-16, 16, size=(wrong.sum(), 2))
    return BlockMatches(here, there, rng.uniform(0.4, 0.9, n))


@pytest.mark.parametrize("wrong_share", [0.0, 0.3, 0.6])
def test_affine_survives_wrong_squares(wrong_share):
    found = fit_affine(squares(wrong_share), START, inlier_mm=3.0, min_score=0.25)
    corners = np.array([[0.0, 0.0], [120, 0], [0, 90], [120, 90]])
    assert np.linalg.norm(found.apply(corners) - TRUTH.apply(corners), axis=1).max() < 1.0


def test_smooth_map_follows_what_affine_leaves():
    matches = squares(0.2, bend_mm=3.0)
    affine = fit_affine(matches, START, inlier_mm=3.0, min_score=0.25)
    smooth = fit_smooth(matches, affine, (150.0, 110.0), inlier_mm=3.0, min_score=0.25, stiffness=30.0)
    here = np.random.default_rng(1).uniform((15, 15), (105, 75), size=(100, 2))
    truth = TRUTH.apply(here) + 3.0 * np.stack([np.sin(here[:, 1] / 25), np.cos(here[:, 0] / 30)], axis=1)
    left = [np.median(np.linalg.norm(each.apply(here) - truth, axis=1)) for each in (affine, smooth)]
    assert left[1] < 0.4 < left[0]
    assert np.array_equal(smooth.matrix, affine.matrix)


def test_stiffness_brings_it_back_to_affine():
    matches = squares(bend_mm=3.0)
    stiff = fit_smooth(matches, TRUTH, (150.0, 110.0), inlier_mm=3.0, min_score=0.25, stiffness=1e6)
    soft = fit_smooth(matches, TRUTH, (150.0, 110.0), inlier_mm=3.0, min_score=0.25, stiffness=1.0)
    gaps = [np.median(distances_mm(matches, each)) for each in (soft, stiff)]
    assert gaps[0] < 0.3 < gaps[1]


def test_too_few_squares_fit_nothing():
    few = squares(n=5)
    assert fit_affine(few, START, inlier_mm=3.0, min_score=0.25) is None
    assert fit_smooth(few, TRUTH, (150.0, 110.0), inlier_mm=3.0, min_score=0.25, stiffness=1.0) is None


def test_unbelievable_stretch_is_no_map():
    matches = squares()
    double = BlockMatches(matches.here_mm, 2 * matches.here_mm, matches.scores)
    found = fit_affine(double, PlanarTransform(np.diag([2.0, 2.0, 1.0])), inlier_mm=3.0, min_score=0.25)
    assert found is None


def test_agreement_counts_squares_that_were_not_found():
    here = np.array([[10.0, 10.0], [20.0, 20.0], [30.0, 30.0], [40.0, 40.0]])
    there = here + np.array([[0.0, 0.0], [2.9, 0.0], [3.1, 0.0], [0.0, 0.0]])
    matches = BlockMatches(here, there, np.array([0.9, 0.9, 0.9, -1.0]))
    assert agreement(matches, START, 3.0) == 0.5
    assert agreement(BlockMatches(np.zeros((0, 2)), np.zeros((0, 2)), np.zeros(0)), START, 3.0) == 0
