"""What of a whole copy is an outline: fills, boxes beside the picture, what a reader brings back, the real copies."""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from radiomics_mammo.config.reading import MaskConfig
from radiomics_mammo.core.cases import Patient
from radiomics_mammo.core.geometry import PixelGrid
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.images import Mammogram, OutlineOverlay
from radiomics_mammo.core.vocabulary import CaseClass, LesionLabel, OutlineColor
from radiomics_mammo.masks import outline_image

REAL = Path(os.environ.get("REAL_PAIR", Path(__file__).parents[3] / "shared" / "real-pair"))
ONE = (150, 130)


@pytest.fixture
def grey(art):
    return art.make_breast(4)


def outline(art, grey, picture, **options):
    return outline_image(art.mammogram(grey), art.overlay(art.jpeg(picture)), patient=art.patient, **options)


def translucent(page, contour, opacity, ink=(255, 0, 0)):
    inside = np.zeros(page.shape[:2], np.uint8)
    cv2.fillPoly(inside, [np.round(contour[:, ::-1]).astype(np.int32)], 1)
    tinted = np.round(page * (1 - opacity) + np.array(ink) * opacity).astype(np.uint8)
    return np.where(inside[..., None] > 0, tinted, page)


@pytest.mark.parametrize("opacity", [0.35, 0.6, 1.0])
def test_fill_is_named_and_no_lesion_and_a_reader_brings_it_back_whole(art, grey, opacity):
    contour = art.blob(ONE, 22)
    picture = translucent(art.to_rgb(grey), contour, opacity)
    image = outline(art, grey, picture)
    assert image.lesions == ()
    (fill,) = image.rejected
    assert fill.code.name == "FILLED_MARK"
    assert "FILLED_MARK" in {finding.code for finding in image.findings}
    again = outline(art, grey, picture, included={fill.region_sha256})
    (lesion,) = again.lesions
    inside = lesion.inside
    wanted = np.zeros(grey.shape, np.uint8)
    cv2.fillPoly(wanted, [np.round(contour[:, ::-1]).astype(np.int32)], 1)
    assert 2 * (inside & (wanted > 0)).sum() / (inside.sum() + wanted.sum()) >= 0.9
    assert again.rejected == ()
    assert "INCLUSION_APPLIED" in {finding.code for finding in again.findings}


def test_ring_with_a_translucent_fill_is_one_lesion_and_keeps_its_label(art, grey):
    contour = art.blob(ONE, 30)
    picture = art.draw(translucent(art.to_rgb(grey), contour, 0.3), contour, "red", width=3)
    image = outline(art, grey, picture)
    assert [lesion.label for lesion in image.lesions] == [LesionLabel.MALIGNANT]


def test_one_brought_back_comes_last_so_that_no_other_number_changes(art, grey):
    picture = translucent(art.to_rgb(grey), art.blob((80, 120), 15), 1.0)
    picture = art.draw(picture, art.blob((200, 130), 25), "red", width=3)
    before = outline(art, grey, picture)
    (fill,) = before.rejected
    after = outline(art, grey, picture, included={fill.region_sha256})
    assert [str(lesion.key) for lesion in after.lesions] == [f"{art.key}_1", f"{art.key}_2"]
    assert (after.lesions[0].contour_px == before.lesions[0].contour_px).all()


def test_green_box_beside_the_breast_confirms_nothing(art, grey):
    picture = art.draw(art.to_rgb(grey), art.blob(ONE, 25), "red", width=3)
    picture = art.draw(picture, art.rectangle(20, 350, 45, 385), "green", width=2)
    image = outline(art, grey, picture)
    assert [lesion.label for lesion in image.lesions] == [LesionLabel.MALIGNANT]
    assert "BOX_NO_RED" not in {finding.code for finding in image.findings}


def test_small_rings_are_judged_in_millimetres(art, grey):
    picture = art.draw(art.to_rgb(grey), art.blob(ONE, 12), "red", width=2)
    pixels = grey.astype(np.float32)

    def found(spacing_mm):
        mammogram = Mammogram(art.key, PixelGrid(*grey.shape, spacing_mm, spacing_mm), pixels)
        return outline_image(mammogram, art.overlay(art.jpeg(picture)), patient=art.patient)

    assert len(found(0.5).lesions) == 1
    small = found(0.05)
    assert small.lesions == ()
    assert [one.code.name for one in small.rejected] == ["TOO_SMALL"]


def test_low_confidence_is_kept_and_said(art, grey):
    picture = art.draw(art.to_rgb(grey), art.blob(ONE, 25), "red", width=3)
    image = outline(art, grey, picture, config=MaskConfig(min_confidence=1.0))
    assert len(image.lesions) == 1
    assert 0.5 < image.lesions[0].confidence < 1
    assert "LOW_CONFIDENCE" in {finding.code for finding in image.findings}


@pytest.mark.skipif(not REAL.is_dir(), reason="the real outlined copies are not beside the repository")
@pytest.mark.parametrize("name", ["CC_prior", "CC_recent", "MLO_prior", "MLO_recent"])
def test_real_copy_holds_exactly_one_outline_and_rulers_of_its_spacing(name):
    rgb = np.ascontiguousarray(cv2.imread(str(REAL / f"{name}_GT.jpg"))[..., ::-1])
    key = ImageKey.parse(f"benign-01_{name}")
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    spacing = 0.07 * 4096 / 1664
    mammogram = Mammogram(key, PixelGrid(*grey.shape, spacing, spacing), grey)
    patient = Patient(patient_id="benign-01", case_class=CaseClass.BENIGN, folder="1")
    image = outline_image(mammogram, OutlineOverlay(key, rgb), patient=patient)
    assert [lesion.color for lesion in image.lesions] == [OutlineColor.BLUE]
    assert {"FILLED_MARK", "TOO_SMALL"} & {one.code.name for one in image.rejected}
    assert image.ruled_spacing_mm is not None
    assert image.ruled_spacing_mm == pytest.approx((spacing, spacing), rel=0.005)
