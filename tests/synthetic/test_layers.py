"""Layers that slide: exact both ways, together at the skin, apart inside, and as far from each other as real exams."""

from dataclasses import replace

import numpy as np
import pytest

from radiomics_mammo.core.vocabulary import LesionLabel, View
from radiomics_mammo.synthetic.anatomy import draw_shape
from radiomics_mammo.synthetic.layers import (
    LAYERS,
    BreastState,
    draw_layered_warp,
    draw_states,
    grow_layers,
    project,
)
from radiomics_mammo.synthetic.pairs import hard_pair

INSIDE = np.array([[130.0, 40.0], [150.0, 60.0], [160.0, 25.0]])


@pytest.fixture
def shape(rng):
    return draw_shape(rng, View.CC, depth_mm=110.0)


def rms_after_similarity(here, there):
    """What the best shift, turn and scale leave of two sets of points, mm."""
    z, w = ((points - points.mean(axis=0)) @ [1, 1j] for points in (here, there))
    return float(np.sqrt(np.mean(abs(z - (np.vdot(w, z) / np.vdot(w, w)) * w) ** 2)))


def test_every_layer_is_exact_in_both_directions(rng, shape):
    change = draw_layered_warp(rng, shape)
    for layer in change.layers:
        assert layer.to_recent(layer.to_prior(INSIDE)) == pytest.approx(INSIDE, abs=1e-9)
        rows, depths = layer.maps(np.array([130.0, 131.0]), np.array([40.0, 42.0, 44.0]))
        assert (rows[0, 0], depths[0, 0]) == pytest.approx(tuple(layer.to_recent(INSIDE[:1])[0]), abs=0.05)


def test_layers_slide_inside_and_hold_together_at_the_skin(rng, shape):
    change = draw_layered_warp(rng, shape)
    skin = change.common.to_prior(np.array([[shape.nipple_row_mm, shape.depth_mm + shape.nipple_out_mm]]))
    apart, together = (
        np.ptp([layer.to_recent(points)[0] for layer in change.layers], axis=0).max()
        for points in (change.common.to_prior(INSIDE[:1]), skin)
    )
    assert together < 0.25 * apart
    assert apart > 2


def test_exams_move_as_far_as_real_ones_and_no_similarity_undoes_it(shape):
    moved, left = [], []
    for seed in range(24):
        rng = np.random.default_rng(seed)
        change = draw_layered_warp(rng, shape)
        here = np.array([[100.0, 30], [120, 70], [140, 20], [160, 60], [180, 35]])  # as many as in those pairs
        there = np.array([change.at(int(rng.integers(LAYERS))).to_prior(p[None])[0] for p in here])
        moved.append(np.linalg.norm(here - there, axis=1).mean())
        left.append(rms_after_similarity(here, there))
    assert 9 < np.median(moved) < 18  # 13.1 mm on 22 real view pairs
    assert 2 < np.median(left) < 4
    fits = np.array(left) < 4.3  # the worst of those real pairs, a sample of pairs that a similarity fits
    assert 1.8 < np.median(np.array(left)[fits]) < 3  # 2.2 mm
    assert 0.1 < np.mean(~fits) < 0.45
    assert max(left) > 7  # real views that none fits: 7 and 12 mm


def test_exam_shows_less_gland_after_involution_and_shares_most_texture(rng, shape):
    tissue = grow_layers(rng, shape, gland_share=0.5, spacing_mm=1.4)
    full, less = (project(tissue, None, BreastState(gland=g), np.random.default_rng(1)) for g in (1.0, 0.6))
    inside = full.skin_mm > 20
    assert less.gland[inside].mean() == pytest.approx(0.6 * full.gland[inside].mean(), rel=0.01)
    other = project(tissue, None, BreastState(), np.random.default_rng(2))
    assert 0.4 < np.corrcoef(full.tissue[inside], other.tissue[inside])[0, 1] < 0.95


def test_states_differ_in_muscle_nipple_and_gland(rng):
    drawn = [draw_states(rng) for _ in range(40)]
    assert all(prior.gland == 1 and 0.55 <= recent.gland <= 1 for prior, recent in drawn)
    assert {state.nipple_mm for pair in drawn for state in pair} == {0.0, 4.5}
    assert max(abs(prior.muscle_mm - recent.muscle_mm) for prior, recent in drawn) > 5


def test_truth_of_a_mass_is_where_the_tissue_of_its_layer_was():
    masses = ((LesionLabel.BENIGN, True), (LesionLabel.MALIGNANT, False))
    pair = hard_pair(np.random.default_rng(4), rows=128, masses=masses)
    for mass, layer in zip(range(2), pair.mass_layers, strict=True):
        there = pair.recent_to_prior(pair.recent_contours_px[mass], layer=layer)
        assert there == pytest.approx(pair.prior_contours_px[mass], abs=0.01)
        assert pair.prior_to_recent(there, layer=layer) == pytest.approx(pair.recent_contours_px[mass], abs=0.01)
    hidden = replace(pair, in_prior=(True, False))
    assert hidden.in_prior == pair.in_prior
