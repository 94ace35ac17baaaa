"""The pectoral muscle is found where there is one."""

import numpy as np
import pytest

from radiomics_mammo.core.vocabulary import Laterality, View
from radiomics_mammo.registration.pectoral import find_pectoral

SHAPE = (150, 115)


def breast():
    rows, cols = np.mgrid[: SHAPE[0], : SHAPE[1]]
    return (((rows - 60) / 75) ** 2 + (cols / 80) ** 2 < 1) | ((rows < 40) & (cols < 60))


def muscle(on=45.0, down=70.0):
    rows, cols = np.mgrid[: SHAPE[0], : SHAPE[1]]
    return breast() & (cols / on + rows / down < 1)


def grey(with_muscle=True):
    noise = np.random.default_rng(3).normal(scale=0.1, size=SHAPE)
    return (np.where(breast(), 1.0 + noise, 0) + 0.8 * (muscle() if with_muscle else 0)).astype(np.float32)


@pytest.mark.parametrize("side", list(Laterality))
def test_straight_edge_is_found_on_either_side(side):
    order = 1 if side is Laterality.LEFT else -1
    found = find_pectoral(grey()[:, ::order], breast()[:, ::order], side, min_step=0.7)[:, ::order]
    assert 2 * (found & muscle()).sum() / (found.sum() + muscle().sum()) > 0.93


def test_even_breast_has_no_muscle():
    assert not find_pectoral(grey(with_muscle=False), breast(), Laterality.LEFT, min_step=0.7).any()


def test_muscle_is_part_of_an_mlo_breast_only(drawn):
    (_, recent), _ = drawn(seed=2, view=View.MLO)
    region = recent.breast
    assert 0.05 < region.pectoral.sum() / region.breast.sum() < 0.35
    assert (region.pectoral & ~region.breast).sum() == 0
    (_, above), _ = drawn(seed=1)
    assert not above.breast.pectoral.any()
