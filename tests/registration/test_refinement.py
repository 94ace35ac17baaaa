"""Maps fitted to matched blocks, many of them wrong."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from radiomics_mammo.config.registration import RegistrationConfig
from radiomics_mammo.core.geometry import PlanarTransform
from radiomics_mammo.registration.block_matching import BlockMatches
from radiomics_mammo.registration.refinement import fit_affine, fit_smooth, proves_itself

CONFIG = RegistrationConfig(inlier_mm=3.0, min_block_score=0.25, stiffness=30.0)
TRUTH = PlanarTransform(np.array([[1.03, -0.05, 6.0], [0.06, 0.97, -4.0], [0, 0, 1]]))
START = PlanarTransform.identity()
EXTENT = (150.0, 110.0)


def true_places(here, bend_mm):
    return TRUTH.apply(here) + bend_mm * np.stack([np.sin(here[:, 1] / 25), np.cos(here[:, 0] / 30)], axis=1)


def blocks(wrong_share=0.0, bend_mm=0.0, n=200):
    rng = np.random.default_rng(7)
    here = rng.uniform((0, 0), (120, 90), size=(n, 2))
    there = true_places(here, bend_mm) + rng.normal(scale=0.1, size=here.shape)
    wrong = rng.random(n) < wrong_share
    there[wrong] = here[wrong] + rng.uniform(-16, 16, size=(wrong.sum(), 2))
    return BlockMatches(here, there, rng.uniform(0.4, 0.9, n))


def test_affine_survives_wrong_blocks():
    corners = np.array([[0.0, 0.0], [120, 0], [0, 90], [120, 90]])
    for wrong_share in (0.0, 0.3, 0.6):
        found = fit_affine(blocks(wrong_share), START, CONFIG)
        assert np.linalg.norm(found.apply(corners) - TRUTH.apply(corners), axis=1).max() < 1.0, wrong_share


def test_smooth_map_follows_what_affine_leaves():
    matches = blocks(0.2, bend_mm=3.0)
    affine = fit_affine(matches, START, CONFIG)
    smooth = fit_smooth(matches, affine, EXTENT, CONFIG)
    here = np.random.default_rng(1).uniform((15, 15), (105, 75), size=(100, 2))
    left = [np.median(np.linalg.norm(each.apply(here) - true_places(here, 3.0), axis=1)) for each in (affine, smooth)]
    assert left[1] < 0.4 < left[0]
    assert np.array_equal(smooth.matrix, affine.matrix)


def test_stiffness_brings_it_back_to_affine():
    matches = blocks(bend_mm=3.0)
    maps = [fit_smooth(matches, TRUTH, EXTENT, replace(CONFIG, stiffness=weight)) for weight in (1.0, 1e6)]
    soft, stiff = (np.median(matches.distances_mm(each)) for each in maps)
    assert soft < 0.3 < stiff


def test_too_few_blocks_fit_nothing():
    assert fit_affine(blocks(n=5), START, CONFIG) is None
    assert fit_smooth(blocks(n=5), TRUTH, EXTENT, CONFIG) is None


def test_unbelievable_stretch_is_no_map():
    matches = blocks()
    double = BlockMatches(matches.here_mm, 2 * matches.here_mm, matches.scores)
    assert fit_affine(double, PlanarTransform(np.diag([2.0, 2.0, 1.0])), CONFIG) is None


@pytest.mark.parametrize(("bend_px", "proven"), [(0.0, False), (3.0, True)])
def test_local_step_must_help_at_blocks_it_has_not_seen(working, bend_px, proven):
    texture = ndimage.gaussian_filter(np.random.default_rng(8).normal(size=(190, 140)), 2)
    rows, cols = np.mgrid[:190, :140].astype(float)
    bent = [rows + bend_px * np.sin(cols / 22), cols + bend_px * np.cos(rows / 25)]
    noise = 0.3 * texture.std() * np.random.default_rng(9).normal(size=texture.shape)
    moved = ndimage.map_coordinates(texture, bent, order=1, mode="nearest") + noise
    to_mm = np.diag([0.8, 0.8, 1.0])
    pictures = working(moved / texture.std(), to_mm=to_mm), working(texture / texture.std(), to_mm=to_mm)
    assert proves_itself(*pictures, START, CONFIG) is proven
