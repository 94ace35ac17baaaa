"""Figures of quality on pairs whose answer is known, and the choice they lead to."""

from dataclasses import replace

import numpy as np
import pytest

from radiomics_mammo.config.registration import RegistrationConfig
from radiomics_mammo.core.geometry import DisplacementField, PlanarTransform
from radiomics_mammo.core.vocabulary import RegistrationMethod
from radiomics_mammo.registration.candidates import Candidate
from radiomics_mammo.registration.preprocessing import WorkingPair
from radiomics_mammo.registration.quality import (
    Judged,
    breast_dice,
    choose,
    judge,
    negative_jacobian_fraction,
    return_gaps_mm,
    structure_similarity,
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


def test_a_picture_is_like_itself_and_like_no_other(picture):
    assert structure_similarity(picture(), picture(), SAME) == pytest.approx(1)
    assert abs(structure_similarity(picture(), picture(2), SAME)) < 0.1
    assert abs(structure_similarity(picture(), picture(), shift(3, 0))) < 0.1


def test_guarded_places_do_not_count(picture):
    usable, altered = picture().usable.copy(), picture().structure.copy()
    usable[25:35, 5:20] = False
    altered[25:35, 5:20] = 9
    fixed = replace(picture(), structure=altered, usable=usable)
    assert structure_similarity(fixed, picture(), SAME) == pytest.approx(1)


def test_nothing_in_common_is_zero(picture):
    assert structure_similarity(picture(), picture(), shift(500, 0)) == 0
    flat = replace(picture(), structure=np.ones(SHAPE, dtype=np.float32))
    assert structure_similarity(flat, picture(), SAME) == 0


def test_overlap_falls_with_a_shift_along_the_chest_wall(picture):
    assert breast_dice(picture(), picture(), SAME) == 1
    assert breast_dice(picture(), picture(), shift(11, 0)) < 0.8


def test_field_of_the_prior_is_not_blamed_on_the_map(picture):
    narrow = picture().breast.copy()
    narrow[:, :10] = False
    assert breast_dice(picture(), replace(picture(), breast=narrow, usable=narrow), SAME) == 1


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
        ((0.60, 0.95, 0.0, 0.5), "affine"),
        ((0.503, 0.95, 0.0, 0.5), "identity"),
        ((0.60, 0.90, 0.0, 0.5), "identity"),
        ((0.60, 0.95, 0.01, 0.5), "identity"),
        ((0.60, 0.95, 0.0, 9.0), "identity"),
    ]
    for figures, kept in cases:
        more = judged(RegistrationMethod.AFFINE, *figures)
        assert choose([simple, more], RegistrationConfig()).candidate.method == kept, figures
