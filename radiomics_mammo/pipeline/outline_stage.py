"""Outlines to masks: both images of a pair are read, and the outlines of each become lesions."""

from __future__ import annotations

from dataclasses import replace

from radiomics_mammo.config.study import StudyConfig
from radiomics_mammo.core.cases import ImageRecord
from radiomics_mammo.core.errors import CaseError, OutlineError, RegistrationError
from radiomics_mammo.core.findings import AuditCode, Finding
from radiomics_mammo.core.lesions import LesionMask
from radiomics_mammo.masks import encode_mask, mask_sha256, outline_image
from radiomics_mammo.pipeline.exam_images import ExamImages, PairImages
from radiomics_mammo.pipeline.pair_records import ImageOutcome, OutlinedPair, Row
from radiomics_mammo.pipeline.store import Store
from radiomics_mammo.release import check_laterality, image_row

CONTOURS = "masks/contours.json"
"""Sub-pixel contours of all masks by lesion id, (row, col) in DICOM pixels: what the masks are rasterised from."""


def outline_pair(images: PairImages, config: StudyConfig) -> OutlinedPair:
    """Read both images of a pair and outline their lesions; one unreadable image costs that image alone."""
    return OutlinedPair(_outcome(images.prior, config), _outcome(images.recent, config))


def _outcome(image: ExamImages, config: StudyConfig) -> ImageOutcome:
    key, patient = image.record.key, image.record.patient
    try:
        mammogram, header = image.mammogram, image.header_findings
    except CaseError as error:
        return _lost(image.record, error, AuditCode.DICOM_UNREADABLE, row=image_row(key))
    seen = (*header, *_side_findings(image))
    try:
        outlined = outline_image(mammogram, image.overlay, patient=patient, config=config.masks)
    except CaseError as error:
        lost = _lost(image.record, error, AuditCode.GT_UNREADABLE, row=image_row(key, mammogram=mammogram))
        return replace(lost, findings=(*seen, *lost.findings))
    row = image_row(key, mammogram=mammogram, placement=outlined.placement)
    hashes = {str(lesion.key): mask_sha256(lesion) for lesion in outlined.lesions}
    return ImageOutcome(key, row, outlined, (*seen, *outlined.findings), mask_sha256=hashes)


def _side_findings(image: ExamImages) -> tuple[Finding, ...]:
    try:
        return check_laterality(image.record, image.mammogram.acquisition, image.breast)
    except RegistrationError:
        return ()  # the alignment says that no breast was found


def _lost(record: ImageRecord, error: CaseError, code: AuditCode, *, row: Row) -> ImageOutcome:
    code = AuditCode[error.code] if error.code else code
    known = code in (AuditCode.MISSING_DICOM, AuditCode.MISSING_GT)  # the index has said so
    finding = Finding.of(code, str(error), image_id=str(record.key), file=_file(record, error))
    return ImageOutcome(record.key, row, None, () if known else (finding,), f"{code.name}: {code.meaning}")


def _file(record: ImageRecord, error: CaseError) -> str:
    names = [ref.name for ref in (record.dicom, record.overlay) if ref is not None]
    if error.subject in names:
        return error.subject
    return names[-1] if isinstance(error, OutlineError) and names else names[0] if names else ""


def write_masks(outlined: OutlinedPair, store: Store) -> tuple[str, ...]:
    """Write one 0/255 picture per lesion, on the DICOM grid; the names written."""
    lesions = [*lesions_of(outlined.prior), *lesions_of(outlined.recent)]
    for lesion in lesions:
        store.write_bytes(mask_file(lesion), encode_mask(lesion.inside))
    return tuple(mask_file(lesion) for lesion in lesions)


def lesions_of(outcome: ImageOutcome) -> tuple[LesionMask, ...]:
    """Lesions of an image, none where it could not be used."""
    return outcome.outlined.lesions if outcome.outlined else ()


def mask_file(lesion: LesionMask) -> str:
    """Name of a lesion's mask below the output folder."""
    return f"masks/{lesion.key}.png"
