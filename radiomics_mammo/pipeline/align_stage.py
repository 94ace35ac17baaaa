"""Where to measure: the alignment of a pair, a prior region for every recent lesion, lesion-free places, tissue."""

from __future__ import annotations

import zlib
from dataclasses import replace

import numpy as np

from radiomics_mammo.config.study import StudyConfig
from radiomics_mammo.core.errors import RegistrationError
from radiomics_mammo.core.findings import AuditCode, Finding
from radiomics_mammo.core.lesions import LesionMask
from radiomics_mammo.core.pairs import AlignedPair, Exam
from radiomics_mammo.pipeline.exam_images import ExamImages, PairImages
from radiomics_mammo.pipeline.outline_stage import lesions_of
from radiomics_mammo.pipeline.pair_records import AlignedRegions, ImageOutcome, OutlinedPair
from radiomics_mammo.registration import (
    doubtful_regions,
    match_lesions,
    measure_error_mm,
    null_places,
    place_lesions,
    prior_regions,
    recent_roi,
    register_exams,
    tissue_roi,
)


def align_regions(images: PairImages, outlined: OutlinedPair, config: StudyConfig) -> AlignedRegions:
    """Align the two exams and decide where to measure."""
    prior, prior_findings = _exam(images.prior, outlined.prior, outlined.excluded)
    recent, recent_findings = _exam(images.recent, outlined.recent, outlined.excluded)
    findings = (*prior_findings, *recent_findings)
    if prior is None or recent is None:
        return _single_exam(prior or recent, outlined, findings)
    settings = config.registration
    registration = register_exams(prior, recent, config=settings)
    pair = AlignedPair(prior, recent, registration)
    lesions = prior_regions(pair, config=settings)
    return AlignedRegions(
        registration=replace(registration, error_mm=measure_error_mm(pair, config=settings)),
        lesions=lesions,
        null_places=null_places(pair, rng=pair_rng(pair, config.seed), config=settings),
        tissue=(tissue_roi(prior), tissue_roi(recent)),
        links=match_lesions(pair, config=settings),
        places=place_lesions(recent),
        findings=(*findings, *registration.findings, *doubtful_regions(lesions)),
    )


def aligned_pair(images: PairImages, outlined: OutlinedPair, aligned: AlignedRegions) -> AlignedPair | None:
    """The aligned pair again, with pixels, or None where one exam cannot be used."""
    if aligned.registration is None:
        return None
    prior = images.prior.exam(kept_lesions(outlined.prior, outlined.excluded))
    recent = images.recent.exam(kept_lesions(outlined.recent, outlined.excluded))
    return AlignedPair(prior, recent, aligned.registration)


def kept_lesions(outcome: ImageOutcome, excluded: tuple[str, ...]) -> tuple[LesionMask, ...]:
    """Lesions that no reader rejected."""
    return tuple(lesion for lesion in lesions_of(outcome) if str(lesion.key) not in excluded)


def pair_rng(pair: AlignedPair, seed: int) -> np.random.Generator:
    """A generator of its own for every pair, whatever worker it runs on."""
    key = pair.recent.mammogram.key
    return np.random.default_rng([seed, zlib.crc32(f"{key.patient_id}_{key.view}".encode())])


def _exam(
    image: ExamImages, outcome: ImageOutcome, excluded: tuple[str, ...]
) -> tuple[Exam | None, tuple[Finding, ...]]:
    if outcome.outlined is None:
        return None, ()
    try:
        return image.exam(kept_lesions(outcome, excluded)), ()
    except RegistrationError as error:
        code = AuditCode[error.code] if error.code else AuditCode.IMAGE_EMPTY
        return None, (Finding.of(code, str(error), image_id=str(outcome.key)),)


def _single_exam(exam: Exam | None, outlined: OutlinedPair, findings: tuple[Finding, ...]) -> AlignedRegions:
    message = "one exam of the pair cannot be used; no change can be measured"
    incomplete = Finding.of(AuditCode.PAIR_INCOMPLETE, message, image_id=str(outlined.recent.key))
    if exam is None:
        return AlignedRegions(None, findings=(*findings, incomplete))
    recent = exam.mammogram.key == outlined.recent.key
    return AlignedRegions(
        registration=None,
        tissue=(tissue_roi(exam),),
        single=tuple(recent_roi(lesion) for lesion in exam.lesions) if recent else (),
        places=place_lesions(exam) if recent else (),
        findings=(*findings, incomplete),
    )
