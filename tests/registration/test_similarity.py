"""How alike two pictures are, where the answer is known."""

from dataclasses import replace

import numpy as np
import pytest

from radiomics_mammo.core.geometry import PlanarTransform
from radiomics_mammo.registration.similarity import breast_dice, structure_similarity

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
