"""Alignment of the recent exam of one view with the prior one: candidates, choice, and what may be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from radiomics_mammo.config.registration import RegistrationConfig
from radiomics_mammo.core.errors import RegistrationError
from radiomics_mammo.core.findings import AuditCode, Finding
from radiomics_mammo.core.geometry import DisplacementField, PlanarTransform, Points
from radiomics_mammo.core.pairs import Exam, Registration
from radiomics_mammo.core.vocabulary import RegistrationMethod
from radiomics_mammo.registration.block_matching import BlockMatches
from radiomics_mammo.registration.candidates import anatomical_candidate, centroid_start, find_candidates
from radiomics_mammo.registration.preprocessing import PairScale, WorkingPair, fitted_settings, working_pair
from radiomics_mammo.registration.quality import Judged, choose, doubts, judge, return_gaps_mm, structure_similarity
from radiomics_mammo.registration.transforms import invert, rescale, sample_displacement


@dataclass(frozen=True)
class _Alignment:
    """Working pictures of a pair, the candidates between them, simplest first, and the one kept."""

    pictures: WorkingPair
    judged: tuple[Judged, ...]
    kept: Judged
    blocks: BlockMatches


def register_exams(prior: Exam, recent: Exam, *, config: RegistrationConfig | None = None) -> Registration:
    """Align two exams of one view.

    Identity, affine and deformable map are candidates; a more complex one replaces a simpler one only when the gate
    of the configuration lets it pass. Where no candidate is trusted the map keeps anatomical coordinates and
    `trusted` is False. Outlines of the prior are never looked at; the recent lesions and the places they are
    propagated to are masked out.

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
    config = fitted_settings(config, prior.breast, recent.breast)
    found = _align(prior, recent, config)
    doubted = doubts(found.kept, found.blocks, config)
    findings = _side_findings(prior, recent)
    if doubted:
        found = replace(found, kept=judge(anatomical_candidate(found.pictures), found.pictures))
        words = f"{'; '.join(doubted)}; anatomical coordinates were used and are not trusted"
        findings += (Finding.of(AuditCode.REGISTRATION_FALLBACK, words, image_id=str(other.key)),)
    return replace(_registration(recent, found), trusted=not doubted, findings=findings)


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
    return _align_once(prior, recent, [forward.apply(one) / scale.prior_mm for one in contours_mm], config)


def _align_once(prior: Exam, recent: Exam, propagated_px: Sequence[Points], config: RegistrationConfig) -> _Alignment:
    pictures = working_pair(prior, recent, config=config, propagated_px=propagated_px)
    same_frame = pictures.scale.in_mm or prior.breast.grid.shape == recent.breast.grid.shape
    candidates, blocks = find_candidates(pictures, same_frame=same_frame, config=config)
    judged = tuple(judge(candidate, pictures) for candidate in candidates)
    return _Alignment(pictures, judged, choose(judged, config), blocks)


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
        return_gap=(gap_map if scale.in_mm else rescale(gap_map, scale.recent_mm, scale.recent_mm)).displacement,
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
        similarity_before=1.0,
        similarity_affine=1.0,
        similarity_after=1.0,
        negative_jacobian_fraction=0.0,
        inverse_consistency_mm=0.0 if recent.mammogram.grid.spacing_known else None,
        breast_dice=1.0,
        findings=(finding,),
        return_gap=DisplacementField((0.0, 0.0), (1.0, 1.0), np.zeros((1, 1, 2))),
    )


def _side_findings(prior: Exam, recent: Exam) -> tuple[Finding, ...]:
    """Exams that show the chest wall on different sides, or whose headers name different breasts."""
    sides = prior.mammogram.acquisition.laterality, recent.mammogram.acquisition.laterality
    named = None not in sides and sides[0] is not sides[1]
    if prior.breast.chest_wall is recent.breast.chest_wall and not named:
        return ()
    shown = f"chest wall {prior.breast.chest_wall} in the prior, {recent.breast.chest_wall} in the recent exam"
    words = f"{shown}; headers {sides[0] or 'silent'} and {sides[1] or 'silent'}; aligned as mirror images if at all"
    return (Finding.of(AuditCode.LATERALITY_CONFLICT, words, image_id=str(prior.mammogram.key)),)
