"""Alignment of the recent exam of one view with the prior one: candidates, choice, and what may be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from radiomics_mammo.config.registration import RegistrationConfig
from radiomics_mammo.core.errors import RegistrationError
from radiomics_mammo.core.findings import AuditCode, Finding
from radiomics_mammo.core.geometry import DisplacementField, PlanarTransform, Points
from radiomics_mammo.core.pairs import AlignedPair, Exam, PlaceEvidence, Registration
from radiomics_mammo.core.vocabulary import RegistrationMethod
from radiomics_mammo.registration.candidates import CoarseMap, centroid_start, find_candidates
from radiomics_mammo.registration.preprocessing import (
    PairScale,
    WorkingPair,
    fitted_settings,
    full_from_reduced,
    working_pair,
)
from radiomics_mammo.registration.quality import Judged, choose, judge, place_error, return_gaps_mm, strangeness
from radiomics_mammo.registration.similarity import structure_similarity
from radiomics_mammo.registration.transforms import invert, rescale, sample_displacement


@dataclass(frozen=True)
class _Alignment:
    """Working pictures of a pair, the candidates between them, simplest first, and the one kept."""

    pictures: WorkingPair
    judged: tuple[Judged, ...]
    kept: Judged
    coarse: tuple[CoarseMap, ...]


def register_exams(prior: Exam, recent: Exam, *, config: RegistrationConfig | None = None) -> Registration:
    """Align two exams of one view.

    Several affine maps are found from several starts and weighed; their mean, or the identity where it is as good,
    stands, and a deformable map replaces it only when it proves itself. The map comes with its uncertainty:
    `trusted` says that the disc which holds the true place nine times in ten is small enough, that the pair is told
    from one of two women, and that both exams show one side. Outlines of the prior are never looked at; the recent
    lesions and the places they are propagated to are masked out.

    Parameters
    ----------
    prior, recent : Exam
        Of one patient and view.
    config : RegistrationConfig, optional

    Returns
    -------
    Registration
        Maps in mm, or in pixels where either spacing is unknown. `inverse_consistency_mm` is the median distance
        between a place and where two maps found independently bring it in turn; `prior_to_recent` is the numerical
        inverse of `recent_to_prior`, so that these two undo each other.

    Raises
    ------
    RegistrationError
        If the exams are not prior and recent of one patient and view.
    """
    config = config or RegistrationConfig()
    one, other = prior.mammogram, recent.mammogram
    if (one.key.patient_id, one.key.view) != (other.key.patient_id, other.key.view):
        pair = f"{one.key}, {other.key}"
        raise RegistrationError(pair, "one patient and view", "two", "pair the exams by patient and view")
    if one.grid == other.grid and np.array_equal(one.pixels, other.pixels):
        return _identity(prior, recent)
    fitted = fitted_settings(config, prior.breast, recent.breast)
    found = _align(prior, recent, fitted)
    small = fitted.block_mm < config.block_mm
    strange = strangeness(found.kept, found.coarse[0], config, small=small)
    sides = _side_findings(prior, recent)
    registration = replace(_registration(recent, found), told_apart=not strange and not sides)
    aligned = AlignedPair(prior, recent, registration)
    error = place_error(aligned, _breast_points(recent))
    expected, radius = float(np.median(error.expected_error_mm)), float(np.median(error.radius90_mm))
    doubted = list(strange)
    if radius > config.max_radius90_mm:
        doubted.append(f"true places lie within {radius:.0f} mm nine times in ten, not {config.max_radius90_mm:g}")
    findings = sides
    if doubted:
        findings += (Finding.of(AuditCode.ALIGNMENT_DOUBTFUL, "; ".join(doubted), image_id=str(other.key)),)
    return replace(
        registration,
        trusted=not doubted and not sides,
        findings=findings,
        expected_error_mm=expected if aligned.in_mm else None,
        radius90_mm=radius if aligned.in_mm else None,
    )


def _breast_points(exam: Exam) -> Points:
    """Some hundred points of the breast, (row, col) pixels."""
    inside = np.argwhere(exam.breast.tissue if exam.breast.tissue.any() else exam.breast.breast)
    return full_from_reduced(inside[:: max(1, len(inside) // 400)].astype(np.float64), exam.breast.step_px)


def _align(prior: Exam, recent: Exam, config: RegistrationConfig) -> _Alignment:
    """The candidates of a pair and the one kept.

    A pair with lesions is aligned twice: the first map tells where in the prior each recent lesion would lie, and
    the second is found with these places hidden as well. A mass that was there already and one that is new then
    leave the same trace in the alignment, namely none.
    """
    first = _align_once(prior, recent, (), config)
    if not recent.lesions:
        return first
    scale, forward = first.pictures.scale, first.kept.candidate.forward
    contours_mm = [lesion.contour_px * scale.recent_mm for lesion in recent.lesions]
    hidden_px = [forward.apply(one) / scale.prior_mm for one in contours_mm]
    return _align_once(prior, recent, hidden_px, config, known=first.coarse)


def _align_once(
    prior: Exam,
    recent: Exam,
    propagated_px: Sequence[Points],
    config: RegistrationConfig,
    *,
    known: Sequence[CoarseMap] = (),
) -> _Alignment:
    pictures = working_pair(prior, recent, config=config, propagated_px=propagated_px)
    same_frame = pictures.scale.in_mm or prior.breast.grid.shape == recent.breast.grid.shape
    search = find_candidates(pictures, same_frame=same_frame, config=config, known=known)
    judged = tuple(judge(candidate, pictures) for candidate in search.candidates)
    return _Alignment(pictures, judged, choose(judged, config), search.coarse)


def _registration(recent: Exam, found: _Alignment) -> Registration:
    """The map kept, in the frames of the two images, with its quality figures."""
    scale, kept, key = found.pictures.scale, found.kept, recent.mammogram.key
    forward, backward = kept.candidate.forward, kept.candidate.backward
    rows, cols = np.array(recent.mammogram.grid.shape) * scale.recent_mm
    extent = float(rows), float(cols)
    back = PairScale(scale.recent_mm, scale.prior_mm, scale.in_mm)
    gap = sample_displacement(extent, lambda points: return_gaps_mm(forward, backward, points))
    gap_map = PlanarTransform(np.eye(3), gap)
    simplest = found.judged[0]
    if simplest.candidate.method is RegistrationMethod.IDENTITY:
        before = simplest.similarity
    else:
        prior, here = found.pictures.prior, found.pictures.recent
        before = structure_similarity(here, prior, centroid_start(here, prior))
    return Registration(
        patient_id=key.patient_id,
        view=key.view,
        recent_to_prior=scale.from_nominal(forward),
        prior_to_recent=back.from_nominal(invert(forward, extent)),
        method=kept.candidate.method,
        trusted=False,
        similarity_before=before,
        similarity_affine=next(
            one.similarity for one in found.judged if one.candidate.method is RegistrationMethod.AFFINE
        ),
        similarity_after=kept.similarity,
        negative_jacobian_fraction=kept.folded,
        inverse_consistency_mm=kept.inverse_mm if scale.in_mm else None,
        breast_dice=kept.dice,
        evidence=_evidence(found.coarse, scale),
        return_gap=(gap_map if scale.in_mm else rescale(gap_map, scale.recent_mm, scale.recent_mm)).displacement,
    )


def _evidence(coarse: tuple[CoarseMap, ...], scale: PairScale) -> PlaceEvidence:
    """What the search left behind, in the frames of the registration."""
    best = coarse[0]
    return PlaceEvidence(
        similarity=best.similarity,
        rank_similarity=best.rank_similarity,
        block_score=best.block_score,
        agreement=best.agreement,
        dice=best.dice,
        candidates=tuple(scale.from_nominal(one.transform) for one in coarse),
        weights=tuple(one.weight for one in coarse),
        unit_mm=(1.0, 1.0) if scale.in_mm else scale.prior_mm,
    )


def _identity(prior: Exam, recent: Exam) -> Registration:
    """The registration of a picture with itself."""
    key, unmoved = recent.mammogram.key, PlanarTransform.identity()
    finding = Finding.of(AuditCode.EXAMS_IDENTICAL, patient_id=key.patient_id, image_id=str(prior.mammogram.key))
    return Registration(
        patient_id=key.patient_id,
        view=key.view,
        recent_to_prior=unmoved,
        prior_to_recent=unmoved,
        method=RegistrationMethod.IDENTITY,
        trusted=True,
        told_apart=True,
        similarity_before=1.0,
        similarity_affine=1.0,
        similarity_after=1.0,
        negative_jacobian_fraction=0.0,
        inverse_consistency_mm=0.0 if recent.mammogram.grid.spacing_known else None,
        breast_dice=1.0,
        findings=(finding,),
        expected_error_mm=0.0 if recent.mammogram.grid.spacing_known else None,
        radius90_mm=0.0 if recent.mammogram.grid.spacing_known else None,
        return_gap=DisplacementField((0.0, 0.0), (1.0, 1.0), np.zeros((1, 1, 2))),
    )


def _side_findings(prior: Exam, recent: Exam) -> tuple[Finding, ...]:
    """Exams that show the chest wall on different sides, or whose headers name different breasts."""
    sides = prior.mammogram.acquisition.laterality, recent.mammogram.acquisition.laterality
    named = None not in sides and sides[0] is not sides[1]
    if prior.breast.chest_wall is recent.breast.chest_wall and not named:
        return ()
    shown = f"chest wall {prior.breast.chest_wall} in the prior, {recent.breast.chest_wall} in the recent exam"
    words = (
        f"{shown}; headers {sides[0] or 'silent'} and {sides[1] or 'silent'}; aligned as mirror images and not trusted"
    )
    return (Finding.of(AuditCode.LATERALITY_CONFLICT, words, image_id=str(prior.mammogram.key)),)
