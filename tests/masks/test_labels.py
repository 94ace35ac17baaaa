"""The label table and its further rules, sentence by sentence."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from radiomics_mammo.core.cases import Patient
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.vocabulary import CaseClass, OutlineColor, Severity
from radiomics_mammo.masks.labels import Mark, label_marks

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


@pytest.mark.parametrize("name", TABLE)
def test_label_table(name):
    case = TABLE[name]
    patient = Patient("x-07", case.case_class, "7", biopsy=case.biopsy)
    key = ImageKey.parse(f"x-07_CC_{case.visit}")
    labels, findings = label_marks(case.marks, n_boxes=case.n_boxes, key=key, patient=patient)
    assert [label.value for label in labels] == case.labels
    assert {finding.code for finding in findings} == case.codes
    assert {finding.image_id for finding in findings} <= {str(key)}


@pytest.mark.parametrize("name", ["red in a prior", "red in a benign case", "any outline in a normal case"])
def test_colours_that_do_not_fit_the_class_are_errors(name):
    case = TABLE[name]
    patient = Patient("x-07", case.case_class, "7", biopsy=case.biopsy)
    key = ImageKey.parse(f"x-07_CC_{case.visit}")
    _, findings = label_marks(case.marks, n_boxes=case.n_boxes, key=key, patient=patient)
    assert [finding.severity for finding in findings] == [Severity.ERROR]
