"""From an outlined copy to lesions on the DICOM grid."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from radiomics_mammo.config.masks import MaskConfig
from radiomics_mammo.core.contours import contour_area_px
from radiomics_mammo.core.errors import OutlineError
from radiomics_mammo.core.vocabulary import StrokePolicy
from radiomics_mammo.masks import outline_image


def outlined(art, breast, picture, **changes):
    return outline_image(art.mammogram(breast), art.overlay(picture), patient=changes.get("patient", art.patient))


def codes(image):
    return {finding.code for finding in image.findings}


def test_red_and_blue_become_lesions_top_to_bottom(art, breast, page):
    red, blue = art.blob((190, 120), 30, seed=1), art.blob((90, 100), 22, seed=2)
    image = outlined(art, breast, art.jpeg(art.draw(art.draw(page, red, "red"), blue, "blue")))
    assert [(str(x.key)[-1], x.color, x.label, x.quality) for x in image.lesions] == [
        ("1", "blue", "benign", "closed"),
        ("2", "red", "malignant", "closed"),
    ]
    assert min(art.dice(image.lesions[1].contour_px, red), art.dice(image.lesions[0].contour_px, blue)) > 0.97
    assert codes(image) == set()


@pytest.mark.parametrize("color", ["red", "blue", "green"])
def test_mask_drawn_outlined_and_read_is_the_same_mask(art, breast, page, color):
    truth = art.blob((150, 130), 45, seed=3)
    image = outlined(art, breast, art.jpeg(art.draw(page, truth, color, pen="smooth"), 95))
    assert [lesion.color for lesion in image.lesions] == [color]
    assert art.dice(image.lesions[0].contour_px, truth) > 0.985


@pytest.mark.parametrize("factor", [2.0, 4.1])
def test_small_copy_is_placed_on_the_dicom_grid(art, factor):
    grey = art.make_breast(4, (820, 656))
    truth = art.blob((400, 200), 70, seed=5)
    size = (round(656 / factor), round(820 / factor))
    small = cv2.resize(art.to_rgb(grey), size, interpolation=cv2.INTER_AREA)
    picture = art.jpeg(art.draw(small, (truth + 0.5) / factor - 0.5, width=1, pen="smooth"), 80)
    image = outlined(art, grey, picture)
    assert art.dice(image.lesions[0].contour_px, truth, grey.shape) > 0.95
    assert "GT_SCALED" in codes(image)


def test_normal_copy_holds_no_lesion_whatever_its_tint(art, breast, page):
    for name in ("none", "sepia", "bluish"):
        for quality in (60, 95):
            image = outlined(art, breast, art.jpeg(art.tint(page, name), quality))
            assert image.lesions == ()
            assert image.findings == ()


def test_copy_of_another_woman_is_refused(art, breast):
    other = art.draw(art.to_rgb(art.make_breast(9)), art.blob((150, 120), 30))
    with pytest.raises(OutlineError, match="similarity") as refused:
        outlined(art, breast, art.jpeg(other))
    assert refused.value.code == "GT_MISPLACED"


def test_ring_around_air_is_a_marker_and_not_a_mass(art, breast, page):
    image = outlined(art, breast, art.jpeg(art.draw(page, art.blob((60, 360), 20), "blue")))
    assert image.lesions == ()
    assert codes(image) == {"STROKES_REJECTED"}


def test_mirrored_copy_is_placed_and_said(art, breast, page):
    truth = art.blob((140, 110), 30, seed=6)
    picture = np.ascontiguousarray(art.draw(page, truth)[:, ::-1])
    image = outlined(art, breast, art.jpeg(picture))
    assert art.dice(image.lesions[0].contour_px, truth) > 0.97
    assert codes(image) == {"GT_FLIPPED"}


def test_coloured_picture_is_refused(art, breast):
    rainbow = cv2.applyColorMap(np.round(breast).astype(np.uint8), cv2.COLORMAP_HSV)
    with pytest.raises(OutlineError):
        outlined(art, breast, rainbow)


def test_lesion_is_bounded_by_all_three_edges_of_its_pen(art):
    grey = art.make_breast(4, (600, 480))
    truth = art.blob((300, 150), 60, seed=5)
    small = cv2.resize(art.to_rgb(grey), (240, 300), interpolation=cv2.INTER_AREA)
    picture = art.jpeg(art.draw(small, (truth + 0.5) / 2 - 0.5, width=4, pen="pil"), 90)
    read = {}
    for policy in StrokePolicy:
        (lesion,) = outline_image(
            art.mammogram(grey), art.overlay(picture), patient=art.patient, config=MaskConfig(stroke_policy=policy)
        ).lesions
        read[policy] = {policy: lesion.contour_px} | {edge.policy: edge.contour_px for edge in lesion.other_edges}
    for edges in read.values():
        assert set(edges) == set(StrokePolicy)
        for policy, contour in edges.items():
            np.testing.assert_array_equal(contour, read[StrokePolicy.CENTRE][policy])
    inner, centre, outer = (np.sqrt(contour_area_px(edges[policy]) / np.pi) for policy in StrokePolicy)
    # Half of four pixels of the copy are four pixels of the mammogram.
    assert centre - inner == pytest.approx(4, abs=1)
    assert outer - centre == pytest.approx(4, abs=1)
