"""What the images of one patient say together."""

from __future__ import annotations

import numpy as np
import pytest

from radiomics_mammo.core.cases import Patient
from radiomics_mammo.core.geometry import PixelGrid
from radiomics_mammo.core.identity import ImageKey, LesionKey
from radiomics_mammo.core.lesions import LesionMask, OutlinedImage, OverlayPlacement
from radiomics_mammo.core.vocabulary import CaseClass, LesionLabel, OutlineColor
from radiomics_mammo.masks import missing_outlines, view_conflicts

GRID = PixelGrid(20, 30)
SQUARE = np.array([[2.0, 2.0], [2.0, 8.0], [8.0, 8.0]])


def image(name, *colors, label=LesionLabel.MALIGNANT):
    key = ImageKey.parse(f"malignant-01_{name}")
    lesions = tuple(
        LesionMask(LesionKey(key, n), GRID, OutlineColor(color), False, label, SQUARE)
        for n, color in enumerate(colors, 1)
    )
    return OutlinedImage(key, GRID, OverlayPlacement(20, 30, 1, 1, 0, 0, 1), lesions)


@pytest.mark.parametrize(
    ("images", "conflicts"),
    [
        ([image("CC_recent", "red"), image("MLO_recent", "red", "red")], ["malignant-01_CC_recent"]),
        ([image("MLO_recent", "red", "blue"), image("CC_recent", "red", "red")], ["malignant-01_MLO_recent"]),
        ([image("CC_recent", "red"), image("MLO_recent", "red")], []),
        ([image("CC_recent", "red"), image("MLO_recent", "red", "blue")], []),
        ([image("CC_recent", "red"), image("MLO_prior", "red", "red")], []),
        ([image("CC_recent", "red", label=LesionLabel.UNCONFIRMED), image("MLO_recent", "red", "red")], []),
        ([image("CC_recent", "red")], []),
    ],
)
def test_one_red_here_and_several_in_the_other_view(images, conflicts):
    findings = view_conflicts(images)
    assert [finding.image_id for finding in findings] == conflicts
    assert {finding.code for finding in findings} <= {"LABEL_VIEW_CONFLICT"}


@pytest.mark.parametrize(
    ("case_class", "images", "codes"),
    [
        (CaseClass.MALIGNANT, [image("CC_recent"), image("MLO_recent"), image("CC_prior", "blue")], ["GT_GREY"]),
        (CaseClass.BENIGN, [image("CC_recent"), image("MLO_recent")], ["GT_GREY"]),
        (CaseClass.BENIGN, [image("CC_recent", "blue"), image("MLO_recent")], ["OUTLINE_ONE_VIEW"]),
        (CaseClass.MALIGNANT, [image("CC_recent", "red"), image("MLO_recent", "red")], []),
        (CaseClass.MALIGNANT, [image("CC_recent", "blue"), image("MLO_recent", "blue")], ["RED_MISSING"]),
        (CaseClass.NORMAL, [image("CC_recent"), image("MLO_recent")], []),
        (None, [image("CC_recent"), image("MLO_recent")], []),
        (CaseClass.BENIGN, [image("CC_prior")], []),
    ],
)
def test_promised_outlines_that_are_missing(case_class, images, codes):
    findings = missing_outlines(images, Patient("malignant-01", case_class, "1"))
    assert [finding.code for finding in findings] == codes
    assert {finding.patient_id for finding in findings} <= {"malignant-01"}
