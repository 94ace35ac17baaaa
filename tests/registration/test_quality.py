"""Figures of quality on pairs whose answer is known, and the choice they lead to."""

from dataclasses import replace

import numpy as np
import pytest

from radiomics_mammo.config.registration import RegistrationConfig
from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.core.geometry import DisplacementField, PlanarTransform
from radiomics_mammo.core.vocabulary import RegistrationMethod
from radiomics_mammo.registration.candidates import Candidate
from radiomics_mammo.registration.error_model import PLACE_MODEL
from radiomics_mammo.registration.preprocessing import WorkingPair
from radiomics_mammo.registration.quality import (
    PUBLISHED_RADIUS_MM,
    Judged,
    choose,
    judge,
    negative_jacobian_fraction,
    place_error,
    place_figures,
    return_gaps_mm,
)

SHAPE = (60, 50)
SAME = PlanarTransform.identity()


@pytest.fixture
def picture(working):
    def make(seed=1):
        rows, cols = np.mgrid[: SHAPE[0], : SHAPE[1]]
        breast = ((rows - 30) / 22) ** 2 + (cols / 35) ** 2 < 1
        return working(np.where(breast, np.random.default_rng(seed).normal(size=SHAPE), 0), breast=breast)

    return make


def shift(rows, cols):
    return PlanarTransform(np.array([[1.0, 0, rows], [0, 1, cols], [0, 0, 1]]))


def test_folded_share(picture):
    rows, cols = np.mgrid[:13, :11] * 5.0
    shifts = np.stack([30 * np.sin(rows / 3), 0 * cols], axis=-1)
    folded = PlanarTransform(np.eye(3), DisplacementField((0.0, 0.0), (5.0, 5.0), shifts))
    places = np.argwhere(picture().usable).astype(float)
    assert negative_jacobian_fraction(SAME, places, 1.0) == 0
    assert negative_jacobian_fraction(folded, places, 1.0) > 0.1


def test_return_gap_of_maps_that_undo_each_other_is_zero(picture):
    gaps = return_gaps_mm(shift(3, -2), shift(-3, 2), np.array([[7.0, 9.0]]))
    assert np.abs(gaps).max() == 0
    one_way = Candidate(RegistrationMethod.AFFINE, shift(3, -2), SAME)
    assert judge(one_way, WorkingPair(picture(), picture(), None)).inverse_mm == np.hypot(3, 2)


def test_more_complex_map_must_earn_its_place():
    def judged(method, similarity, dice, folded, inverse_mm):
        candidate = Candidate(method, SAME, SAME)
        return Judged(candidate=candidate, similarity=similarity, dice=dice, folded=folded, inverse_mm=inverse_mm)

    simple = judged(RegistrationMethod.IDENTITY, 0.5, 0.95, 0.0, 0.0)
    cases = [
        ((0.60, 0.95, 0.0, 0.5), "deformable"),
        ((0.503, 0.95, 0.0, 0.5), "identity"),
        ((0.60, 0.90, 0.0, 0.5), "identity"),
        ((0.60, 0.95, 0.01, 0.5), "identity"),
        ((0.60, 0.95, 0.0, 9.0), "identity"),
    ]
    for figures, kept in cases:
        more = judged(RegistrationMethod.DEFORMABLE, *figures)
        assert choose([simple, more], RegistrationConfig()).candidate.method == kept, figures
    affine = judged(RegistrationMethod.AFFINE, 0.60, 0.90, 0.0, 9.0)
    assert choose([simple, affine], RegistrationConfig()) is affine


def of_place(pair, **registration):
    changed = replace(pair, registration=replace(pair.registration, **registration))
    error = place_error(changed, np.array([[100.0, 50.0], [120.0, 60.0]]))
    assert error.expected_error_mm.shape == error.radius90_mm.shape == (2,)
    return float(error.expected_error_mm[0]), float(error.radius90_mm[0])


def test_place_that_was_not_searched_for_has_the_published_error(aligned):
    pair, _ = aligned(seed=1)
    _, radius = of_place(pair, evidence=None)
    variance = np.log(1 + (6.2 / 8.5) ** 2)
    drawn = np.random.default_rng(3).lognormal(np.log(8.5) - variance / 2, np.sqrt(variance), 200_000)
    assert np.mean(drawn <= radius) == pytest.approx(0.9, abs=0.003)


def test_worse_evidence_never_gives_a_smaller_radius(aligned):
    pair, _ = aligned(seed=1)
    known = pair.registration.evidence
    known = replace(known, similarity=0.3)
    _, radius = of_place(pair, evidence=known)
    apart = PlanarTransform(pair.registration.recent_to_prior.matrix + np.diag([0.2, 0.2, 0]))
    far = replace(known, candidates=(*known.candidates, apart), weights=(*(0.5 * np.array(known.weights)), 0.5))
    for worse in (far, *(replace(known, **{name: 0.0}) for name in ("similarity", "agreement", "block_score", "dice"))):
        assert of_place(pair, evidence=worse)[1] >= radius
    poor = replace(known, similarity=0.1, agreement=0.0)
    doubted = of_place(pair, evidence=poor)[1]
    assert doubted > radius == PUBLISHED_RADIUS_MM, "never nearer than published pairs, farther where evidence lacks"
    assert of_place(pair, evidence=replace(poor, candidates=far.candidates, weights=far.weights))[1] >= doubted
    assert of_place(pair, evidence=replace(poor, dice=0.9 * poor.dice))[1] > doubted
    assert of_place(pair, evidence=replace(poor, similarity=0.0))[1] > doubted
    assert all(weight >= 0 for weight in PLACE_MODEL.weights)


def test_inverse_consistency_says_nothing_of_the_error(aligned):
    pair, _ = aligned(seed=1)
    wide = DisplacementField((0.0, 0.0), (1.0, 1.0), np.full((1, 1, 2), 12.0))
    assert of_place(pair, return_gap=wide) == of_place(pair, return_gap=None)


def test_map_without_evidence_has_no_figures(aligned):
    bare = replace(aligned(seed=1)[0].registration, evidence=None)
    with pytest.raises(InvariantError, match="evidence"):
        place_figures(bare, np.zeros((1, 2)))


def test_picture_with_itself_has_no_error(twins):
    assert of_place(twins) == (0, 0)
