"""Fine structure that survives every display."""

from __future__ import annotations

import numpy as np
import pytest

from radiomics_mammo.masks.structure import agreement, find_structure, reduce


@pytest.mark.parametrize("display", [lambda x: x**0.6, lambda x: x**1.8, lambda x: np.clip((x - 0.1) / 0.5, 0, 1)])
def test_structure_is_the_same_through_another_window(breast, display):
    plain = find_structure(breast.astype(np.float32))
    shown = find_structure((255 * display(breast / 255)).astype(np.float32))
    assert agreement(plain.values, shown.values, plain.inside) > 0.95


def test_inverted_display_gives_the_negative(breast):
    plain, inverted = (find_structure(image.astype(np.float32)) for image in (breast, 255 - breast))
    assert agreement(plain.values, inverted.values, plain.inside) < -0.95


def test_another_breast_does_not_agree(art, breast):
    plain, other = (find_structure(image.astype(np.float32)) for image in (breast, art.make_breast(5)))
    assert abs(agreement(plain.values, other.values, plain.inside * other.inside)) < 0.2


def test_painted_pixels_count_for_nothing(breast):
    painted = np.zeros(breast.shape, np.float32)
    painted[100:120, 80:140] = 1
    spoiled = np.where(painted > 0, 250, breast).astype(np.float32)
    structure = find_structure(spoiled, painted=painted)
    assert structure.inside[105:115, 85:135].max() == 0
    np.testing.assert_array_equal(structure.clean, painted == 0)
    assert agreement(structure.values, find_structure(breast.astype(np.float32)).values, structure.inside) > 0.95


def test_air_is_no_tissue(breast):
    tissue = find_structure(breast.astype(np.float32)).tissue
    assert not tissue[:40, 330:].any()
    assert tissue[130:170, 20:150].mean() > 0.95


def test_reducing_keeps_the_field_and_the_mean():
    image = np.arange(24, dtype=np.uint8).reshape(4, 6)
    small = reduce(image, 3)
    assert small.shape == (2, 3)
    assert small.mean() == pytest.approx(image.mean())
    assert agreement(small, np.zeros_like(small), np.ones_like(small)) == 0
