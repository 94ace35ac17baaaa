"""Green boxes by shape, membership by area."""

from __future__ import annotations

import numpy as np
import pytest

from radiomics_mammo.core.vocabulary import OutlineColor, OutlineQuality
from radiomics_mammo.masks.boxes import boxes_holding, is_box, share_inside, split_boxes
from radiomics_mammo.masks.rings import Ring


def ring(contour, color=OutlineColor.GREEN):
    return Ring(color, np.asarray(contour, float), OutlineQuality.CLOSED, 0.0, 3.0)


def dense(contour):
    """The contour with many vertices, as it is traced."""
    closed = np.vstack([contour, contour[:1]])
    share = np.linspace(0, len(contour), 200, endpoint=False)
    return np.stack([np.interp(share, np.arange(len(closed)), closed[:, k]) for k in (0, 1)], axis=1)


@pytest.mark.parametrize("angle", [0.0, 0.1, 0.7])
@pytest.mark.parametrize("jitter", [0.0, 1.0])
def test_rectangle_is_a_box_also_tilted_or_shaky(art, angle, jitter):
    corners = dense(art.rectangle(-30, -50, 30, 50))
    turned = corners @ np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    assert is_box(turned + np.random.default_rng(0).normal(scale=jitter + 1e-9, size=turned.shape))


@pytest.mark.parametrize("seed", range(4))
def test_free_outline_is_no_box(art, seed):
    assert not is_box(art.blob((100, 100), 40, seed=seed))


def test_only_green_rectangles_are_boxes(art):
    frame = dense(art.rectangle(10, 10, 60, 90))
    green, red, free = ring(frame), ring(frame, OutlineColor.RED), ring(art.blob((50, 50), 20))
    boxes, outlines = split_boxes([green, red, free])
    assert (boxes, outlines) == ((green,), (red, free))


@pytest.mark.parametrize(("shift", "inside"), [(0, True), (19, True), (21, False), (60, False)])
def test_mass_belongs_to_a_box_by_more_than_half_of_its_area(art, shift, inside):
    turn = np.linspace(0, 2 * np.pi, 300, endpoint=False)
    mass = ring(np.stack([50 + 10 * np.sin(turn), 70 + shift + 10 * np.cos(turn)], axis=1), OutlineColor.RED)
    box = ring(art.rectangle(20, 20, 80, 90))
    assert (boxes_holding(mass, [box]) == {0}) is inside


def test_shared_area_is_measured(art):
    box = art.rectangle(0, 0, 10, 10)
    assert share_inside(art.rectangle(5, 5, 15, 15), box) == pytest.approx(0.25, abs=0.01)
