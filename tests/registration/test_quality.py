"""Figures of quality on pairs whose answer is known."""

from dataclasses import replace

import numpy as np
import pytest

from radiomics_mammo.core.geometry import DisplacementField, PlanarTransform
from radiomics_mammo.registration.quality import (
    breast_dice,
    correlation,
    negative_jacobian_fraction,
    return_gaps_mm,
    structure_similarity,
)
from radiomics_mammo.registration.working import WorkingPicture

SHAPE = (60, 50)
SAME = PlanarTransform.identity()


def picture(seed=1):
    rows, cols = np.mgrid[: SHAPE[0], : SHAPE[1]]
    breast = ((rows - 30) / 22) ** 2 + (cols / 35) ** 2 < 1
    structure = np.where(breast, np.random.default_rng(seed).normal(size=SHAPE), 0).astype(np.float32)
    return WorkingPicture(structure, breast, breast, breast, 1.0, np.eye(3))


def shift(rows, cols):
    return PlanarTransform(np.array([[1.0, 0, rows], [0, 1, cols], [0, 0, 1]]))


def test_a_picture_is_like_itself_and_like_no_other():
    assert structure_similarity(picture(), picture(), SAME) == pytest.approx(1)
    assert abs(structure_similarity(picture(), picture(2), SAME)) < 0.1
    assert abs(structure_similarity(picture(), picture(), shift(3, 0))) < 0.1


def test_guarded_places_do_not_count():
    usable = picture().usable.copy()
    usable[25:35, 5:20] = False
    altered = picture().structure.copy()
    altered[25:35, 5:20] = 9
    fixed = replace(picture(), structure=altered, usable=usable)
    assert structure_similarity(fixed, picture(), SAME) == pytest.approx(1)


def test_nothing_in_common_is_zero():
    assert structure_similarity(picture(), picture(), shift(500, 0)) == 0
    assert correlation(np.ones(5, dtype=np.float32), np.arange(5, dtype=np.float32)) == 0


def test_overlap_falls_with_a_shift_along_the_chest_wall():
    assert breast_dice(picture(), picture(), SAME) == 1
    assert breast_dice(picture(), picture(), shift(11, 0)) < 0.8


def test_field_of_the_prior_is_not_blamed_on_the_map():
    cut = picture()
    narrow = cut.breast.copy()
    narrow[:, :10] = False
    prior = replace(cut, breast=narrow, usable=narrow)
    assert breast_dice(picture(), prior, SAME) == 1


def test_folded_share():
    rows, cols = np.mgrid[:13, :11] * 5.0
    shifts = np.stack([30 * np.sin(rows / 3), 0 * cols], axis=-1)
    folded = PlanarTransform(np.eye(3), DisplacementField((0.0, 0.0), (5.0, 5.0), shifts))
    assert negative_jacobian_fraction(picture(), SAME) == 0
    assert negative_jacobian_fraction(picture(), folded) > 0.1


def test_return_gap_of_maps_that_undo_each_other_is_zero():
    gaps = return_gaps_mm(shift(3, -2), shift(-3, 2), np.array([[7.0, 9.0]]))
    assert np.abs(gaps).max() == 0
