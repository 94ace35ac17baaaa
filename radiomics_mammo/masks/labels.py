"""The label table: what an outline of this colour, in this image, of this patient, is known to be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from radiomics_mammo.core.cases import Patient
from radiomics_mammo.core.findings import AuditCode, Finding
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.vocabulary import CaseClass, LesionLabel, OutlineColor, Visit
from radiomics_mammo.masks.biopsy import BiopsyVerdict, read_biopsy


@dataclass(frozen=True)
class Mark:
    """Colour of one outline and the positions of the green boxes that hold it."""

    color: OutlineColor
    boxes: frozenset[int] = frozenset()


def label_marks(
    marks: Sequence[Mark], *, n_boxes: int, key: ImageKey, patient: Patient
) -> tuple[tuple[LesionLabel, ...], tuple[Finding, ...]]:
    """Label the outlines of one image.

    Blue is benign. Red is malignant when it is the only one of its image and there is no box, or when it alone lies
    in a green box; otherwise unconfirmed. Red in a prior, in a benign or in a normal case is unconfirmed, and so is
    every red of a patient whose biopsy says benign. Where no class is known (new cases), nothing is.

    Parameters
    ----------
    marks : sequence of Mark
        All outlines of the image that are no boxes.
    n_boxes : int
        Green boxes in the image.
    key : ImageKey
    patient : Patient

    Returns
    -------
    labels : tuple of LesionLabel
        In the order of `marks`.
    findings : tuple of Finding

    Examples
    --------
    >>> patient = Patient("malignant-07", CaseClass.MALIGNANT, "7", biopsy="IDC")
    >>> key = ImageKey.parse("malignant-07_CC_recent")
    >>> label_marks([Mark(OutlineColor.RED), Mark(OutlineColor.BLUE)], n_boxes=0, key=key, patient=patient)[0]
    (<LesionLabel.MALIGNANT: 'malignant'>, <LesionLabel.BENIGN: 'benign'>)
    """
    if patient.case_class is None:
        return (LesionLabel.UNCONFIRMED,) * len(marks), ()
    reds = [mark for mark in marks if mark.color is OutlineColor.RED]
    held = [sum(box in red.boxes for red in reds) for box in range(n_boxes)]
    notes = [*_box_notes(len(reds), held), *_class_notes(marks, n_boxes=n_boxes, key=key, patient=patient)]
    doubted = any(code in _DOUBT_ALL_REDS for code, _ in notes)
    labels = tuple(_label(mark, len(reds), held, doubted=doubted) for mark in marks)
    found = [Finding.of(code, f"{code.meaning} ({fact})", image_id=str(key)) for code, fact in notes]
    return labels, tuple(found)


_DOUBT_ALL_REDS = frozenset(
    {
        AuditCode.SEVERAL_REDS_NO_BOX,
        AuditCode.BOX_NO_RED,
        AuditCode.RED_IN_PRIOR,
        AuditCode.RED_IN_BENIGN,
        AuditCode.OUTLINE_IN_NORMAL,
        AuditCode.BIOPSY_BENIGN,
    }
)
"""Findings after which no red outline of the image is confirmed."""

_Note = tuple[AuditCode, str]


def _label(mark: Mark, n_reds: int, held: Sequence[int], *, doubted: bool) -> LesionLabel:
    if mark.color is OutlineColor.BLUE:
        return LesionLabel.BENIGN
    if mark.color is not OutlineColor.RED or doubted:
        return LesionLabel.UNCONFIRMED
    alone_in_box = bool(mark.boxes) and all(held[box] == 1 for box in mark.boxes)
    only_one = not held and n_reds == 1
    return LesionLabel.MALIGNANT if alone_in_box or only_one else LesionLabel.UNCONFIRMED


def _box_notes(n_reds: int, held: Sequence[int]) -> list[_Note]:
    """What is odd about boxes and the number of reds."""
    notes = []
    if n_reds > 1 and not held:
        notes.append((AuditCode.SEVERAL_REDS_NO_BOX, f"{n_reds} red outlines"))
    if len(held) > 1:
        notes.append((AuditCode.BOX_SEVERAL, f"{len(held)} green boxes"))
    if any(count == 0 for count in held):
        notes.append((AuditCode.BOX_NO_RED, f"{n_reds} red outlines in the image"))
    if any(count > 1 for count in held):
        notes.append((AuditCode.BOX_SEVERAL_REDS, f"{max(held)} red outlines in one box"))
    return notes


def _class_notes(marks: Sequence[Mark], *, n_boxes: int, key: ImageKey, patient: Patient) -> list[_Note]:
    """What does not fit the class of the patient, the visit or the biopsy."""
    notes = []
    n_reds = sum(mark.color is OutlineColor.RED for mark in marks)
    if patient.case_class is CaseClass.NORMAL and (marks or n_boxes):
        notes.append((AuditCode.OUTLINE_IN_NORMAL, f"{len(marks)} outlines, {n_boxes} boxes"))
    if n_reds and key.visit is Visit.PRIOR:
        notes.append((AuditCode.RED_IN_PRIOR, f"{n_reds} red outlines"))
    if n_reds and patient.case_class is CaseClass.BENIGN:
        notes.append((AuditCode.RED_IN_BENIGN, f"{n_reds} red outlines"))
    if n_reds and patient.case_class is CaseClass.MALIGNANT:
        verdict = read_biopsy(patient.biopsy)
        if verdict is BiopsyVerdict.BENIGN:
            notes.append((AuditCode.BIOPSY_BENIGN, patient.biopsy))
        if verdict is BiopsyVerdict.MISSING:
            notes.append((AuditCode.BIOPSY_MISSING, patient.biopsy or "empty"))
    greens = sum(mark.color is OutlineColor.GREEN for mark in marks)
    if greens:
        notes.append((AuditCode.GREEN_OUTLINE, f"{greens} green outlines"))
    return notes
