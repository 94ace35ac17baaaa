"""Align the recent exam of one view with the prior one: candidates, gate, and what may be trusted."""

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
from radiomics_mammo.registration.anatomical import anatomical_candidate
from radiomics_mammo.registration.blocks import BlockMatches
from radiomics_mammo.registration.candidates import Candidate, centroid_start, find_candidates
from radiomics_mammo.registration.fitting import agreement
from radiomics_mammo.registration.mapping import FIELD_STEP_MM, invert, rescale, sample_field
from radiomics_mammo.registration.quality import (
    breast_dice,
    breast_points_mm,
    negative_jacobian_fraction,
    return_gaps_mm,
    structure_similarity,
)
from radiomics_mammo.registration.working import (
    PairScale,
    WorkingPicture,
    fitted_settings,
    pair_scale,
    working_pictures,
)

MAX_UNEVENNESS = 1.25
"""Stretch along one direction over that along the other beyond which two exams do not show one breast. Smooth breasts
of two women look alike once they are stretched so; 8 % more one way and 8 % less the other is 1.17."""


@dataclass(frozen=True)
class Judged:
    """A candidate with its quality figures; lengths in nominal mm."""

    candidate: Candidate
    similarity: float
    dice: float
    folded: float
    inverse_mm: float


@dataclass(frozen=True)
class _Pictures:
    prior: WorkingPicture
    recent: WorkingPicture
    scale: PairScale


@dataclass(frozen=True)
class _Aligned:
    pictures: _Pictures
    judged: tuple[Judged, ...]
    kept: Judged
    squares: BlockMatches


def register_exams(prior: Exam, recent: Exam, *, config: RegistrationConfig | None = None) -> Registration:
    """Align two exams of one view.

    Identity, affine and deformable map are candidates; a more complex one replaces a simpler one only when the gate
    of the configuration lets it pass. Where no candidate is trusted the map keeps anatomical coordinates and
    `trusted` is False. Outlines of the prior are never looked at; the recent lesions and the places they are carried
    to are masked out.

    Parameters
    ----------
    prior, recent : Exam
        Of one patient and view.
    config : RegistrationConfig, optional

    Returns
    -------
    Registration
        Maps in mm, or in pixels where either spacing is unknown. `inverse_consistency_mm` is the median distance
        after going forth and back by two maps found independently; `prior_to_recent` is the numerical inverse of
        `recent_to_prior`, so that going forth and back by these two ends where it started.

    Raises
    ------
    RegistrationError
        If the exams are not prior and recent of one patient and view.
    """
    config = config or RegistrationConfig()
    _refuse_strangers(prior, recent)
    if _identical(prior, recent):
        return _identity(prior, recent)
    config = fitted_settings(config, prior.breast, recent.breast)
    aligned = _align(prior, recent, config)
    there, here = aligned.pictures.prior, aligned.pictures.recent
    doubts = _doubts(aligned.kept, aligned.squares, config)
    kept = judge(anatomical_candidate(there, here), there, here) if doubts else aligned.kept
    findings = (*_side_findings(prior, recent), *_doubt_findings(recent, doubts))
    first = aligned.judged[0]
    start = centroid_start(here, there)
    unmoved = first.candidate.method is RegistrationMethod.IDENTITY
    before = first.similarity if unmoved else structure_similarity(here, there, start)
    affine = next(one.similarity for one in aligned.judged if one.candidate.method is RegistrationMethod.AFFINE)
    found = _registration(recent, kept, aligned.pictures)
    return replace(found, trusted=not doubts, similarity_before=before, similarity_affine=affine, findings=findings)


def _align(prior: Exam, recent: Exam, config: RegistrationConfig) -> _Aligned:
    """The candidates of a pair and the one kept.

    A pair with lesions is aligned twice: the first map tells where in the prior each recent lesion would lie, and
    the second is found with these places hidden as well. A mass that was there already and one that is new then
    leave the same trace in the alignment, namely none.
    """
    aligned = _aligned(prior, recent, (), config)
    if not recent.lesions:
        return aligned
    scale, forward = aligned.pictures.scale, aligned.kept.candidate.forward
    contours = [lesion.contour_px * scale.recent_mm for lesion in recent.lesions]
    return _aligned(prior, recent, [forward.apply(contour) / scale.prior_mm for contour in contours], config)


def _aligned(prior: Exam, recent: Exam, carried_px: Sequence[Points], config: RegistrationConfig) -> _Aligned:
    scale = pair_scale(prior.breast, recent.breast, config.nominal_breast_width_mm)
    there, here = working_pictures(prior, recent, scale, config=config, carried_px=carried_px)
    same_frame = scale.in_mm or prior.breast.grid.shape == recent.breast.grid.shape
    search = find_candidates(there, here, same_frame=same_frame, config=config)
    judged = [judge(candidate, there, here) for candidate in search.candidates]
    return _Aligned(_Pictures(there, here, scale), tuple(judged), choose(judged, config), search.squares)


def judge(candidate: Candidate, prior: WorkingPicture, recent: WorkingPicture) -> Judged:
    """Quality figures of one candidate."""
    gaps = return_gaps_mm(candidate.forward, candidate.backward, breast_points_mm(recent))
    return Judged(
        candidate,
        structure_similarity(recent, prior, candidate.forward),
        breast_dice(recent, prior, candidate.forward),
        negative_jacobian_fraction(recent, candidate.forward),
        float(np.median(np.linalg.norm(gaps, axis=1))) if len(gaps) else float("inf"),
    )


def choose(judged: list[Judged], config: RegistrationConfig) -> Judged:
    """The candidate to keep: a more complex one only when it earns its place.

    Parameters
    ----------
    judged : list of Judged
        Simplest first.
    config : RegistrationConfig
    """
    kept = judged[0]
    for more in judged[1:]:
        gains = more.similarity - kept.similarity > config.min_gain
        overlaps = more.dice >= kept.dice - config.max_dice_loss
        sound = more.folded <= config.max_negative_jacobian and more.inverse_mm <= config.max_inverse_mm
        if gains and overlaps and sound:
            kept = more
    return kept


def _doubts(kept: Judged, squares: BlockMatches, config: RegistrationConfig) -> tuple[str, ...]:
    """Why a map is not trusted, in words; empty where it is."""
    share = agreement(squares, kept.candidate.forward, config.inlier_mm)
    uneven = _unevenness(kept.candidate.forward)
    checks = (
        (uneven <= MAX_UNEVENNESS, f"stretched {uneven:.2f} times as much one way as the other"),
        (kept.similarity >= config.min_similarity, f"similarity {kept.similarity:.2f} < {config.min_similarity}"),
        (share >= config.min_agreement, f"{share:.0%} of matched squares agree, fewer than {config.min_agreement:.0%}"),
        (kept.dice >= config.min_dice, f"breast overlap {kept.dice:.2f} < {config.min_dice}"),
        (kept.inverse_mm <= config.max_inverse_mm, f"inverse consistency {kept.inverse_mm:.1f} mm is too large"),
    )
    return tuple(words for passed, words in checks if not passed)


def _unevenness(transform: PlanarTransform) -> float:
    """Largest over smallest stretch of the affine part of a map."""
    stretches = np.linalg.svd(transform.matrix[:2, :2], compute_uv=False)
    return float(stretches[0] / stretches[1])


def _registration(recent: Exam, kept: Judged, pictures: _Pictures) -> Registration:
    scale = pictures.scale
    key = recent.mammogram.key
    extent = np.array(recent.mammogram.grid.shape) * scale.recent_mm
    forward = kept.candidate.forward
    inverse = invert(forward, (float(extent[0]), float(extent[1])), FIELD_STEP_MM)
    back = PairScale(scale.recent_mm, scale.prior_mm, scale.in_mm)
    samples, shape = sample_field((float(extent[0]), float(extent[1])), FIELD_STEP_MM)
    gaps = return_gaps_mm(forward, kept.candidate.backward, samples).reshape(*shape, 2)
    gap_field = PlanarTransform(np.eye(3), DisplacementField((0.0, 0.0), (FIELD_STEP_MM, FIELD_STEP_MM), gaps))
    if not scale.in_mm:
        gap_field = rescale(gap_field, scale.recent_mm, scale.recent_mm)
    return Registration(
        key.patient_id,
        key.view,
        scale.from_nominal(forward),
        back.from_nominal(inverse),
        kept.candidate.method,
        trusted=False,
        similarity_before=kept.similarity,
        similarity_affine=kept.similarity,
        similarity_after=kept.similarity,
        negative_jacobian_fraction=kept.folded,
        inverse_consistency_mm=kept.inverse_mm if scale.in_mm else None,
        breast_dice=kept.dice,
        return_gap=gap_field.displacement,
    )


def _identical(prior: Exam, recent: Exam) -> bool:
    one, other = prior.mammogram, recent.mammogram
    return one.grid == other.grid and bool(np.array_equal(one.pixels, other.pixels))


def _identity(prior: Exam, recent: Exam) -> Registration:
    """The registration of a picture with itself."""
    key, unmoved = recent.mammogram.key, PlanarTransform.identity()
    known = recent.mammogram.grid.spacing_known
    finding = Finding.of(AuditCode.EXAMS_IDENTICAL, patient_id=key.patient_id, image_id=str(prior.mammogram.key))
    return Registration(
        key.patient_id,
        key.view,
        unmoved,
        unmoved,
        RegistrationMethod.IDENTITY,
        trusted=True,
        similarity_before=1.0,
        similarity_affine=1.0,
        similarity_after=1.0,
        negative_jacobian_fraction=0.0,
        inverse_consistency_mm=0.0 if known else None,
        breast_dice=1.0,
        findings=(finding,),
        return_gap=DisplacementField((0.0, 0.0), (1.0, 1.0), np.zeros((1, 1, 2))),
    )


def _refuse_strangers(prior: Exam, recent: Exam) -> None:
    one, other = prior.mammogram.key, recent.mammogram.key
    if (one.patient_id, one.view) != (other.patient_id, other.view):
        raise RegistrationError(f"{one}, {other}", "one patient and view", "two", "pair the exams by patient and view")


def _side_findings(prior: Exam, recent: Exam) -> tuple[Finding, ...]:
    """Exams that show the chest wall on different sides, or whose headers name different breasts."""
    sides = prior.mammogram.acquisition.laterality, recent.mammogram.acquisition.laterality
    named = None not in sides and sides[0] is not sides[1]
    if prior.breast.chest_wall is recent.breast.chest_wall and not named:
        return ()
    shown = f"chest wall {prior.breast.chest_wall} in the prior, {recent.breast.chest_wall} in the recent exam"
    words = f"{shown}; headers {sides[0] or 'silent'} and {sides[1] or 'silent'}; aligned as mirror images if at all"
    return (Finding.of(AuditCode.LATERALITY_CONFLICT, words, image_id=str(prior.mammogram.key)),)


def _doubt_findings(recent: Exam, doubts: tuple[str, ...]) -> tuple[Finding, ...]:
    if not doubts:
        return ()
    words = f"{'; '.join(doubts)}; anatomical coordinates were used and are not trusted"
    return (Finding.of(AuditCode.REGISTRATION_FALLBACK, words, image_id=str(recent.mammogram.key)),)
