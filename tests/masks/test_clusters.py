"""Copies of the sibling release: blue outlines are the lesions, red marks are counted, the biopsy is the label."""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from radiomics_mammo.core.cases import Patient
from radiomics_mammo.core.geometry import PixelGrid
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.images import Mammogram, OutlineOverlay
from radiomics_mammo.core.vocabulary import CaseClass, LesionLabel, OutlineColor
from radiomics_mammo.masks import outline_image
from radiomics_mammo.masks.clusters import label_clusters

REAL = Path(os.environ.get("REAL_PAIR", Path(__file__).parents[3] / "shared" / "real-pair"))
KEY = ImageKey.parse("suspicious-07_CC_recent")
PLACES = [(140, 120), (150, 132), (160, 118), (166, 138)]


def of_biopsy(biopsy, case_class=None):
    return Patient(patient_id="suspicious-07", case_class=case_class, folder="7", biopsy=biopsy)


@pytest.fixture(scope="module")
def picture(art):
    """A region in blue around four filled red marks, and a red ring as large as a mass elsewhere."""
    page = art.draw(art.to_rgb(art.make_breast(4)), art.blob((150, 130), 34), "blue", width=3)
    page = art.draw(page, art.blob((235, 100), 20), "red", width=3)  # longer than a mark
    for row, col in [*PLACES, (80, 110)]:
        cv2.circle(page, (col, row), 4, (255, 0, 0), -1)
    return art.jpeg(page)


@pytest.mark.parametrize(
    ("biopsy", "label", "code"),
    [
        ("BENIGN", LesionLabel.BENIGN, None),
        ("MALIGNANT", LesionLabel.MALIGNANT, None),
        ("DCIS", LesionLabel.MALIGNANT, None),
        ("NOT AVAILABLE", LesionLabel.UNCONFIRMED, "BIOPSY_MISSING"),
        ("", LesionLabel.UNCONFIRMED, "BIOPSY_MISSING"),
        ("maybe", LesionLabel.UNCONFIRMED, "BIOPSY_UNCLEAR"),
    ],
)
def test_the_biopsy_is_the_label(biopsy, label, code):
    labels, findings = label_clusters(2, marks=(0, 0), key=KEY, patient=of_biopsy(biopsy))
    assert labels == (label, label)
    assert [finding.code for finding in findings] == ([code] if code else [])


def test_blue_is_the_region_and_red_marks_are_counted(art, picture):
    found = outline_image(
        art.mammogram(art.make_breast(4)), art.overlay(picture), patient=of_biopsy("malignant"), clusters=True
    )
    (region,) = found.lesions
    assert (region.color, region.label, str(region.key)[-2:]) == (OutlineColor.BLUE, LesionLabel.MALIGNANT, "_1")
    assert art.dice(region.contour_px, art.blob((150, 130), 34)) > 0.95
    (counted,) = [finding.message for finding in found.findings if finding.code == "CALCIFICATIONS"]
    assert counted == "5 single calcifications marked, 4 of them in the outlined regions"


def test_an_outline_in_a_normal_case_is_an_error_here_too():
    labels, findings = label_clusters(1, marks=(0, 0), key=KEY, patient=of_biopsy("", CaseClass.NORMAL))
    assert labels == (LesionLabel.UNCONFIRMED,)
    assert [finding.code for finding in findings] == ["OUTLINE_IN_NORMAL"]


@pytest.mark.skipif(not REAL.is_dir(), reason="the real outlined copies are not beside the repository")
@pytest.mark.parametrize("name", ["CC_prior", "CC_recent", "MLO_prior", "MLO_recent"])
def test_a_real_copy_has_one_region_and_its_marks(name):
    rgb = np.ascontiguousarray(cv2.imread(str(REAL / f"{name}_GT.jpg"))[..., ::-1])
    key, spacing = ImageKey.parse(f"suspicious-01_{name}"), 0.07 * 4096 / 1664
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    mammogram = Mammogram(key, PixelGrid(*grey.shape, spacing, spacing), grey)
    found = outline_image(mammogram, OutlineOverlay(key, rgb), patient=of_biopsy("BENIGN"), clusters=True)
    assert [(one.color, one.label) for one in found.lesions] == [(OutlineColor.BLUE, LesionLabel.BENIGN)]
    (counted,) = [finding.message for finding in found.findings if finding.code == "CALCIFICATIONS"]
    marked, held = (int(word) for word in counted.split() if word.isdecimal())
    assert 21 <= marked <= 30  # 21 to 29 were seen by eye, some hollow or speckled
    assert 0 < held < marked
