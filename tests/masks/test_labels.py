"""Green boxes, biopsy texts, the label table sentence by sentence, and what the images of one patient say together."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import pytest

from radiomics_mammo.core.cases import Patient
from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.core.geometry import PixelGrid
from radiomics_mammo.core.identity import ImageKey, LesionKey
from radiomics_mammo.core.lesions import LesionMask, OutlinedImage, OverlayPlacement
from radiomics_mammo.core.vocabulary import CaseClass, LesionLabel, OutlineColor, OutlineQuality, Severity
from radiomics_mammo.masks import missing_outlines, view_conflicts
from radiomics_mammo.masks.drawing import Ring
from radiomics_mammo.masks.labels import (
    Mark,
    boxes_holding,
    is_box,
    label_marks,
    share_inside,
    split_boxes,
)


def ring(contour, color=OutlineColor.GREEN):
    read = {"quality": OutlineQuality.CLOSED, "gap_fraction": 0.0, "pen_width_px": 3.0}
    return Ring(color=color, contour_px=np.asarray(contour, float), **read)


def dense(contour):
    """The contour with many vertices, as it is traced."""
    closed = np.vstack([contour, contour[:1]])
    share = np.linspace(0, len(contour), 200, endpoint=False)
    return np.stack([np.interp(share, np.arange(len(closed)), closed[:, k]) for k in (0, 1)], axis=1)


def test_rectangles_are_boxes_also_tilted_or_shaky_and_free_outlines_are_none(art):
    corners = dense(art.rectangle(-30, -50, 30, 50))
    for angle, jitter in itertools.product((0.0, 0.1, 0.7), (0.0, 1.0)):
        turned = corners @ np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        shaky = turned + np.random.default_rng(0).normal(scale=jitter + 1e-9, size=turned.shape)
        assert is_box(shaky), (angle, jitter)
    assert [is_box(art.blob((100, 100), 40, seed=seed)) for seed in range(4)] == [False] * 4


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
    quarter = share_inside(art.rectangle(5, 5, 15, 15), art.rectangle(0, 0, 10, 10))
    assert quarter == pytest.approx(0.25, abs=0.01)


RED, BLUE, GREEN = (Mark(color) for color in (OutlineColor.RED, OutlineColor.BLUE, OutlineColor.GREEN))
B, M, U = "benign", "malignant", "unconfirmed"


def boxed(*boxes, color=OutlineColor.RED):
    return Mark(color, frozenset(boxes))


@dataclass(frozen=True)
class Case:
    marks: list
    n_boxes: int
    labels: list
    codes: set = frozenset()
    case_class: CaseClass | None = CaseClass.MALIGNANT
    visit: str = "recent"
    biopsy: str = "invasive ductal carcinoma"


TABLE = {
    "blue is benign": Case([BLUE], 0, [B]),
    "blue is benign in a benign case": Case([BLUE, BLUE], 0, [B, B], case_class=CaseClass.BENIGN, biopsy=""),
    "blue is benign in a prior": Case([BLUE], 0, [B], visit="prior"),
    "the only red, no box": Case([RED], 0, [M]),
    "the only red beside a blue": Case([BLUE, RED], 0, [B, M]),
    "red inside a green box": Case([boxed(0)], 1, [M]),
    "red outside where the image has a box": Case([boxed(0), RED, RED], 1, [M, U, U]),
    "several reds and no box": Case([RED, RED, BLUE], 0, [U, U, B], {"SEVERAL_REDS_NO_BOX"}),
    "red in a prior": Case([RED], 0, [U], {"RED_IN_PRIOR"}, visit="prior"),
    "boxed red in a prior": Case([boxed(0)], 1, [U], {"RED_IN_PRIOR"}, visit="prior"),
    "red in a benign case": Case([RED, BLUE], 0, [U, B], {"RED_IN_BENIGN"}, CaseClass.BENIGN, biopsy=""),
    "red in a normal case": Case([RED], 0, [U], {"OUTLINE_IN_NORMAL"}, CaseClass.NORMAL, biopsy=""),
    "any outline in a normal case": Case([BLUE], 0, [B], {"OUTLINE_IN_NORMAL"}, CaseClass.NORMAL, biopsy=""),
    "just a box in a normal case": Case([], 1, [], {"OUTLINE_IN_NORMAL", "BOX_NO_RED"}, CaseClass.NORMAL, biopsy=""),
    "box holding two reds": Case([boxed(0), boxed(0)], 1, [U, U], {"BOX_SEVERAL_REDS"}),
    "box holding two reds, one outside": Case([boxed(0), boxed(0), RED], 1, [U, U, U], {"BOX_SEVERAL_REDS"}),
    "box holding none": Case([RED], 1, [U], {"BOX_NO_RED"}),
    "box holding none, several reds": Case([RED, RED], 1, [U, U], {"BOX_NO_RED"}),
    "box holding a blue only": Case([boxed(0, color=OutlineColor.BLUE), RED], 1, [B, U], {"BOX_NO_RED"}),
    "two boxes, one red each": Case([boxed(0), boxed(1), RED], 2, [M, M, U], {"BOX_SEVERAL"}),
    "two boxes, one empty": Case([boxed(0), RED], 2, [U, U], {"BOX_SEVERAL", "BOX_NO_RED"}),
    "biopsy says benign": Case([RED, BLUE], 0, [U, B], {"BIOPSY_BENIGN"}, biopsy="BENIGN"),
    "biopsy says benign, boxed": Case([boxed(0), RED], 1, [U, U], {"BIOPSY_BENIGN"}, biopsy="fibroadenoma"),
    "biopsy missing: label kept": Case([RED], 0, [M], {"BIOPSY_MISSING"}, biopsy="NOT AVAILABLE"),
    "biopsy missing, nothing red": Case([BLUE], 0, [B], biopsy=""),
    "green outline that is no box": Case([GREEN, RED], 0, [U, M], {"GREEN_OUTLINE"}),
    "no class known": Case([RED, BLUE, RED, boxed(0)], 1, [U, U, U, U], case_class=None, biopsy=""),
    "nothing drawn": Case([], 0, []),
}


MISFITS = {"RED_IN_PRIOR", "RED_IN_BENIGN", "OUTLINE_IN_NORMAL"}
"""Colours that do not fit the visit or the class are errors."""


@pytest.mark.parametrize("name", TABLE)
def test_label_table(name):
    case = TABLE[name]
    patient = Patient(patient_id="x-07", case_class=case.case_class, folder="7", biopsy=case.biopsy)
    key = ImageKey.parse(f"x-07_CC_{case.visit}")
    labels, findings = label_marks(case.marks, n_boxes=case.n_boxes, key=key, patient=patient)
    assert [label.value for label in labels] == case.labels
    assert {finding.code for finding in findings} == case.codes
    assert {finding.image_id for finding in findings} <= {str(key)}
    assert {finding.severity for finding in findings if finding.code in MISFITS} <= {Severity.ERROR}


GRID = PixelGrid(20, 30)
SQUARE = np.array([[2.0, 2.0], [2.0, 8.0], [8.0, 8.0]])


def image(name, *colors, label=LesionLabel.MALIGNANT):
    key = ImageKey.parse(f"malignant-01_{name}")
    lesions = tuple(
        LesionMask(
            key=LesionKey(key, n), grid=GRID, color=OutlineColor(color), boxed=False, label=label, contour_px=SQUARE
        )
        for n, color in enumerate(colors, 1)
    )
    return OutlinedImage(
        key=key,
        grid=GRID,
        placement=OverlayPlacement(
            gt_rows=20, gt_cols=30, scale_row=1, scale_col=1, offset_row_px=0, offset_col_px=0, similarity=1
        ),
        lesions=lesions,
    )


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
    findings = missing_outlines(images, Patient(patient_id="malignant-01", case_class=case_class, folder="1"))
    assert [finding.code for finding in findings] == codes
    assert {finding.patient_id for finding in findings} <= {"malignant-01"}


@pytest.mark.parametrize("case_class", [CaseClass.MALIGNANT, CaseClass.NORMAL, None])
def test_colour_of_no_pen_is_an_error_and_never_unconfirmed(case_class):
    patient = Patient(patient_id="x-07", case_class=case_class, folder="7", biopsy="IDC")
    with pytest.raises(InvariantError, match="yellow"):
        label_marks([RED, Mark("yellow")], n_boxes=0, key=ImageKey.parse("x-07_CC_recent"), patient=patient)
