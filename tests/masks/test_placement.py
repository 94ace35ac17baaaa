"""Fine structure that survives every display; placement of copies with a known map, and refusal of others."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from radiomics_mammo.config.reading import MaskConfig
from radiomics_mammo.core.errors import OutlineError
from radiomics_mammo.masks.placement import agreement, find_structure, place_overlay, reduce


def structure_of(grey, **painted):
    return find_structure(grey.astype(np.float32), **painted)


def test_structure_is_the_same_in_every_display_and_another_in_another_breast(art, breast):
    plain = structure_of(breast)
    for display in (lambda x: x**0.6, lambda x: x**1.8, lambda x: np.clip((x - 0.1) / 0.5, 0, 1)):
        assert agreement(plain.values, structure_of(255 * display(breast / 255)).values, plain.inside) > 0.95
    assert agreement(plain.values, structure_of(255 - breast).values, plain.inside) < -0.95
    other = structure_of(art.make_breast(5))
    assert abs(agreement(plain.values, other.values, plain.inside * other.inside)) < 0.2


def test_painted_pixels_count_for_nothing(breast):
    painted = np.zeros(breast.shape, np.float32)
    painted[100:120, 80:140] = 1
    structure = structure_of(np.where(painted > 0, 250, breast), painted=painted)
    assert structure.inside[105:115, 85:135].max() == 0
    np.testing.assert_array_equal(structure.clean, painted == 0)
    assert agreement(structure.values, structure_of(breast).values, structure.inside) > 0.95


def test_air_is_no_tissue(breast):
    tissue = structure_of(breast).tissue
    assert not tissue[:40, 330:].any()
    assert tissue[130:170, 20:150].mean() > 0.95


def test_reducing_keeps_the_field_and_the_mean():
    image = np.arange(24, dtype=np.uint8).reshape(4, 6)
    small = reduce(image, 3)
    assert small.shape == (2, 3)
    assert small.mean() == pytest.approx(image.mean())
    assert agreement(small, np.zeros_like(small), np.ones_like(small)) == 0


CLEAN = np.zeros((4, 4), dtype=bool)


def place(art, grey, shown, painted=CLEAN):
    overlay = art.overlay(art.jpeg(art.to_rgb(shown), 75))
    return place_overlay(art.mammogram(grey), overlay, painted=painted, config=MaskConfig())


def error_px(placement, truth):
    """Largest distance at the corners, in pixels of the copy."""
    rows, cols = placement.gt_rows - 1.0, placement.gt_cols - 1.0
    points = np.array([[0.0, 0.0], [rows, cols], [rows, 0.0], [0.0, cols]])
    away = placement.to_dicom(points) - truth(points)
    return np.abs(away / (placement.scale_row, placement.scale_col)).max()


@pytest.mark.parametrize("size", [(300, 400), (150, 200), (97, 121), (60, 80)])
def test_whole_frame_is_found_to_a_fraction_of_a_pixel(art, breast, size):
    scale = np.divide(breast.shape, size)
    for shown in (breast, 255 - breast, 255 * (breast / 255) ** 0.6):
        placement = place(art, breast, cv2.resize(shown, size[::-1], interpolation=cv2.INTER_AREA))
        assert error_px(placement, lambda points: points * scale + (scale - 1) / 2) < 0.3
        assert placement.similarity > 0.9
        assert not placement.flipped


def test_cropped_copy_is_found(art, breast):
    placement = place(art, breast, breast[20:-14, :-60])
    assert error_px(placement, lambda points: np.add(points, (20, 0))) < 0.5


def test_padded_and_reduced_copy_is_found(art):
    grey = art.make_breast(2, (640, 520))
    padded = np.pad(grey, ((20, 0), (10, 50)))
    shown = cv2.resize(padded, (290, 330), interpolation=cv2.INTER_AREA)
    scale = np.divide(padded.shape, shown.shape)
    placement = place(art, grey, shown)
    assert error_px(placement, lambda points: points * scale + (scale - 1) / 2 - (20, 10)) < 0.5


@pytest.mark.parametrize("margin", [0, 255])
def test_margin_around_the_copy_does_not_pull_it(art, margin):
    grey = cv2.GaussianBlur(art.make_breast(2, (420, 340)), (0, 0), 6)
    padded = np.pad(grey, ((9, 24), (16, 19)), constant_values=margin)
    assert error_px(place(art, grey, padded), lambda points: points - (9, 16)) < 0.5


def test_dark_display_of_a_faint_breast_with_a_bright_mass_is_found(art, breast):
    rows, cols = np.mgrid[0 : breast.shape[0], 0 : breast.shape[1]]
    grey = np.where(np.hypot(rows - 150, cols - 60) < 50, 255, 0.3 * breast)
    placement = place(art, grey, 255 * (grey / 255) ** 2)
    assert error_px(placement, lambda points: points) < 0.3


def test_mirrored_copy_is_found(art, breast):
    placement = place(art, breast, np.ascontiguousarray(breast[:, ::-1]))
    assert placement.flipped
    assert error_px(placement, lambda points: points * (1, -1) + (0, breast.shape[1] - 1)) < 0.3


@pytest.mark.parametrize("seed", [11, 12])
def test_other_breast_of_the_same_outline_is_refused(art, breast, seed):
    with pytest.raises(OutlineError) as refused:
        place(art, breast, art.make_breast(seed))
    assert refused.value.code == "GT_MISPLACED"


def test_a_frame_that_hides_a_strip_of_the_mammogram_does_not_pull_the_copy(art):
    grey = art.make_breast(2, (512, 416))
    lines = 13
    framed = np.pad(grey[lines:-lines, lines:-lines], lines, constant_values=grey.min())
    overlay = art.overlay(art.jpeg(art.to_rgb(grey), 75))
    whole = art.mammogram(framed)
    known = replace(whole, acquisition=replace(whole.acquisition, frame_px=(lines,) * 4))
    errors = [
        error_px(place_overlay(one, overlay, painted=CLEAN, config=MaskConfig()), lambda points: points)
        for one in (whole, known)
    ]
    assert errors[1] < 0.03 < errors[0]
