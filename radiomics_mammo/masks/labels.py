"""Labels: green boxes and what they hold, the biopsy text, and what an outline is therefore known to be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from radiomics_mammo.core.cases import Patient
from radiomics_mammo.core.contours import fill_contour
from radiomics_mammo.core.findings import AuditCode, Finding
from radiomics_mammo.core.geometry import Points
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.lesions import LesionMask, OutlinedImage
from radiomics_mammo.core.vocabulary import CaseClass, LesionLabel, OutlineColor, View, Visit
from radiomics_mammo.masks.biopsy import BiopsyVerdict, read_biopsy
from radiomics_mammo.masks.colors import PenRule, pen_of
from radiomics_mammo.masks.drawing import Ring

_RECTANGULARITY = 0.86  # Share of its smallest enclosing rectangle that a box fills, at least; an ellipse fills 0.79.
_CORNER_SHARE = 0.13  # A box comes so near to every corner, as a share of its shorter side; a circle stays 0.21 away.
_MEMBER_SHARE = 0.5  # A mass belongs to a box when more than this share of its area lies inside,
_GRID_SIDE_PX = 160  # counted on a grid on which the mass is about so large.


def is_box(contour_px: Points) -> bool:
    """Whether a closed contour is a rectangle, drawn roughly or tilted, rather than a free outline.

    Examples
    --------
    >>> is_box(np.array([[0.0, 0.0], [0.0, 30.0], [20.0, 30.0], [20.0, 0.0]]))
    True
    >>> turn = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    >>> is_box(np.stack([20 * np.sin(turn), 30 * np.cos(turn)], axis=1))
    False
    """
    xy = contour_px[:, ::-1].astype(np.float32)
    rectangle = cv2.minAreaRect(xy)
    sides = rectangle[1]
    whole = sides[0] * sides[1]
    if whole <= 0 or cv2.contourArea(xy) < _RECTANGULARITY * whole:
        return False
    outline = xy[:, None, :]
    away = [abs(cv2.pointPolygonTest(outline, (float(x), float(y)), True)) for x, y in cv2.boxPoints(rectangle)]
    return bool(max(away) <= _CORNER_SHARE * min(sides) + 1)


def split_boxes(rings: Sequence[Ring]) -> tuple[tuple[Ring, ...], tuple[Ring, ...]]:
    """(boxes, outlines): rectangles of the pen that marks boxes, and everything else."""
    told = [pen_of(ring.color).rule is PenRule.MARKS_BOXES and is_box(ring.contour_px) for ring in rings]
    boxes = tuple(ring for ring, boxed in zip(rings, told, strict=True) if boxed)
    return boxes, tuple(ring for ring, boxed in zip(rings, told, strict=True) if not boxed)


def share_inside(contour_px: Points, box_px: Points) -> float:
    """Share of the area of a contour that lies inside another, 0..1.

    Examples
    --------
    >>> box = np.array([[0.0, 0.0], [0.0, 10.0], [10.0, 10.0], [10.0, 0.0]])
    >>> round(share_inside(box + (0.0, 5.0), box), 2)
    0.5
    """
    low = contour_px.min(axis=0)
    size = contour_px.max(axis=0) - low
    scale = _GRID_SIDE_PX / max(float(size.max()), 1e-9)
    shape = (int(size[0] * scale) + 2, int(size[1] * scale) + 2)
    own = fill_contour((contour_px - low) * scale, shape).on_grid(shape)
    inside = fill_contour((box_px - low) * scale, shape)
    return float((own & inside.on_grid(shape)).sum()) / max(float(own.sum()), 1.0)


def boxes_holding(ring: Ring, boxes: Sequence[Ring]) -> frozenset[int]:
    """Positions of the boxes that hold more than half of an outlined area."""
    return frozenset(k for k, box in enumerate(boxes) if share_inside(ring.contour_px, box.contour_px) > _MEMBER_SHARE)


@dataclass(frozen=True)
class Mark:
    """Colour of one outline and the positions of the green boxes that hold it."""

    color: OutlineColor
    boxes: frozenset[int] = frozenset()


def label_marks(
    marks: Sequence[Mark], *, n_boxes: int, key: ImageKey, patient: Patient
) -> tuple[tuple[LesionLabel, ...], tuple[Finding, ...]]:
    """Label the outlines of one image.

    The pen says the label (`PENS`). Blue is benign. Red is malignant when it is the only one of its image and there is
    no box, or when it alone lies in a green box; otherwise unconfirmed. Red in a prior, in a benign or in a normal case
    is unconfirmed, and so is every red of a patient whose biopsy says benign. Where no class is known (new cases),
    nothing is.

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

    Raises
    ------
    InvariantError
        If a colour is that of no pen.

    Examples
    --------
    >>> named = {"patient_id": "malignant-07", "case_class": CaseClass.MALIGNANT, "folder": "7"}
    >>> patient = Patient(**named, biopsy="IDC")
    >>> key = ImageKey.parse("malignant-07_CC_recent")
    >>> label_marks([Mark(OutlineColor.RED), Mark(OutlineColor.BLUE)], n_boxes=0, key=key, patient=patient)[0]
    (<LesionLabel.MALIGNANT: 'malignant'>, <LesionLabel.BENIGN: 'benign'>)
    """
    pens = [pen_of(mark.color) for mark in marks]
    if patient.case_class is None:
        return (LesionLabel.UNCONFIRMED,) * len(marks), ()
    reds = [mark for mark, pen in zip(marks, pens, strict=True) if pen.rule is PenRule.IF_CONFIRMED]
    held = [sum(box in red.boxes for red in reds) for box in range(n_boxes)]
    notes = _notes([pen.rule for pen in pens], held, key=key, patient=patient)
    doubted = any(code in _DOUBT_ALL_REDS for code, _ in notes)
    confirmed = [not doubted and _stands_alone(mark, len(reds), held) for mark in marks]
    labels = tuple(
        pen.label if sure or pen.rule is not PenRule.IF_CONFIRMED else LesionLabel.UNCONFIRMED
        for pen, sure in zip(pens, confirmed, strict=True)
    )
    return labels, tuple(Finding.of(code, f"{code.meaning} ({fact})", image_id=str(key)) for code, fact in notes)


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


def _stands_alone(mark: Mark, n_reds: int, held: Sequence[int]) -> bool:
    """Whether a red is the only one of its boxes or, where the image has none, of its image."""
    return bool(mark.boxes) and all(held[box] == 1 for box in mark.boxes) if held else n_reds == 1


def _notes(
    rules: Sequence[PenRule], held: Sequence[int], *, key: ImageKey, patient: Patient
) -> list[tuple[AuditCode, str]]:
    """What is odd about the boxes, and what does not fit the class of the patient, the visit or the biopsy."""
    n_marks, n_boxes, case_class = len(rules), len(held), patient.case_class
    n_reds, n_greens = rules.count(PenRule.IF_CONFIRMED), rules.count(PenRule.MARKS_BOXES)
    most, reds = max(held, default=0), f"{n_reds} red outlines"
    verdict = read_biopsy(patient.biopsy) if n_reds and case_class is CaseClass.MALIGNANT else None
    outlined_normal = case_class is CaseClass.NORMAL and n_marks + n_boxes > 0
    notes = [
        (n_reds > 1 and not held, AuditCode.SEVERAL_REDS_NO_BOX, reds),
        (n_boxes > 1, AuditCode.BOX_SEVERAL, f"{n_boxes} green boxes"),
        (0 in held, AuditCode.BOX_NO_RED, f"{reds} in the image"),
        (most > 1, AuditCode.BOX_SEVERAL_REDS, f"{most} red outlines in one box"),
        (outlined_normal, AuditCode.OUTLINE_IN_NORMAL, f"{n_marks} outlines, {n_boxes} boxes"),
        (n_reds > 0 and key.visit is Visit.PRIOR, AuditCode.RED_IN_PRIOR, reds),
        (n_reds > 0 and case_class is CaseClass.BENIGN, AuditCode.RED_IN_BENIGN, reds),
        (verdict is BiopsyVerdict.BENIGN, AuditCode.BIOPSY_BENIGN, patient.biopsy),
        (verdict is BiopsyVerdict.UNCLEAR, AuditCode.BIOPSY_UNCLEAR, repr(patient.biopsy)),
        (verdict is BiopsyVerdict.MISSING, AuditCode.BIOPSY_MISSING, patient.biopsy or "empty"),
        (n_greens > 0, AuditCode.GREEN_OUTLINE, f"{n_greens} green outlines"),
    ]
    return [(code, fact) for applies, code, fact in notes if applies]


def view_conflicts(images: Iterable[OutlinedImage]) -> tuple[Finding, ...]:
    """One red mass in this view, several in the other of the same exam: kept malignant, but said.

    Parameters
    ----------
    images : iterable of OutlinedImage
        Of one patient.

    Returns
    -------
    tuple of Finding
        LABEL_VIEW_CONFLICT, on the image whose single red outline is labelled malignant.
    """
    known = {image.key: image for image in images}
    findings = []
    for key, image in sorted(known.items()):
        across = key.view.of_side(View.MLO if key.view.projection is View.CC else View.CC)
        other = known.get(type(key)(key.patient_id, across, key.visit))
        if other is None or len(_reds(image)) != 1 or len(_reds(other)) < 2:
            continue
        if _reds(image)[0].label is LesionLabel.MALIGNANT:
            message = f"one red outline here, {len(_reds(other))} in {other.key}; kept malignant"
            findings.append(Finding.of(AuditCode.LABEL_VIEW_CONFLICT, message, image_id=str(key)))
    return tuple(findings)


def missing_outlines(images: Sequence[OutlinedImage], patient: Patient) -> tuple[Finding, ...]:
    """A benign or malignant patient without the outlines that the release promises of her.

    The promise is about the recent exam of the patient, not about each picture: a mass may show in one view only, and
    priors may be clean. So no outline in any readable recent view is an error on the patient; none in just one of the
    two is a warning on that image; a malignant patient with outlines, none of them red, is an error on the patient.

    Parameters
    ----------
    images : sequence of OutlinedImage
        Of this patient; images that could not be used are absent.
    patient : Patient
    """
    recent = sorted((i for i in images if i.key.visit is Visit.RECENT), key=lambda image: image.key)
    if patient.case_class not in (CaseClass.BENIGN, CaseClass.MALIGNANT) or not recent:
        return ()
    bare = [image for image in recent if not image.lesions]
    if len(bare) == len(recent):
        views = " and ".join(str(image.key.view) for image in bare)
        message = f"no outline in the recent exam ({views}) of a {patient.case_class} case"
        return (Finding.of(AuditCode.GT_GREY, message, patient_id=patient.patient_id),)
    findings = [Finding.of(AuditCode.OUTLINE_ONE_VIEW, image_id=str(image.key)) for image in bare]
    if patient.case_class is CaseClass.MALIGNANT and not any(_reds(image) for image in recent):
        findings.append(Finding.of(AuditCode.RED_MISSING, patient_id=patient.patient_id))
    return tuple(findings)


def _reds(image: OutlinedImage) -> list[LesionMask]:
    drawn = (lesion for lesion in image.lesions if lesion.color is not OutlineColor.NONE)
    return [lesion for lesion in drawn if pen_of(lesion.color).rule is PenRule.IF_CONFIRMED]
