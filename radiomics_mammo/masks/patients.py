"""What the outlined images of one patient say together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from radiomics_mammo.core.cases import Patient
from radiomics_mammo.core.findings import AuditCode, Finding
from radiomics_mammo.core.lesions import OutlinedImage
from radiomics_mammo.core.vocabulary import CaseClass, LesionLabel, OutlineColor, View, Visit


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
        other = known.get(type(key)(key.patient_id, View.MLO if key.view is View.CC else View.CC, key.visit))
        if other is None or _reds(image) != 1 or _reds(other) < 2:
            continue
        red = next(lesion for lesion in image.lesions if lesion.color is OutlineColor.RED)
        if red.label is LesionLabel.MALIGNANT:
            message = f"one red outline here, {_reds(other)} in {other.key}; kept malignant"
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


def _reds(image: OutlinedImage) -> int:
    return sum(lesion.color is OutlineColor.RED for lesion in image.lesions)
