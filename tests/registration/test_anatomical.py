"""Anatomical coordinates of two breasts of different size."""

import numpy as np
import pytest

from radiomics_mammo.core.vocabulary import RegistrationMethod
from radiomics_mammo.registration.anatomical import anatomical_candidate, anatomical_map
from radiomics_mammo.registration.working import WorkingPicture

SHAPE = (150, 110)


def half_ellipse(middle, half_height, width, wall=0):
    rows, cols = np.mgrid[: SHAPE[0], : SHAPE[1]]
    breast = (((rows - middle) / half_height) ** 2 + ((cols - wall) / width) ** 2 < 1) & (cols >= wall)
    return WorkingPicture(breast.astype(np.float32), breast, breast, breast, 1.0, np.eye(3))


RECENT, PRIOR = half_ellipse(75, 50, 60), half_ellipse(65, 40, 72, wall=8)


@pytest.mark.parametrize(
    ("here", "there"), [((75, 58), (65, 77)), ((75, 30), (65, 44)), ((100, 1), (85, 9)), ((50, 26), (45, 39))]
)
def test_shares_of_the_way_are_kept(here, there):
    assert anatomical_map(RECENT, PRIOR).apply(np.array([here], float))[0] == pytest.approx(there, abs=3)


def test_there_and_back():
    candidate = anatomical_candidate(PRIOR, RECENT)
    assert candidate.method is RegistrationMethod.ANATOMICAL
    points = np.array([[60.0, 20.0], [75.0, 40.0], [95.0, 15.0]])
    assert candidate.backward.apply(candidate.forward.apply(points)) == pytest.approx(points, abs=1.5)
