"""Quality of a map: similarity, breast overlap, folding, inverse consistency; which candidate is kept, and doubts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.config.registration import RegistrationConfig
from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.core.geometry import PlanarTransform, Points
from radiomics_mammo.core.pairs import AlignedPair, PlaceError, Registration
from radiomics_mammo.core.vocabulary import RegistrationMethod
from radiomics_mammo.registration.candidates import Candidate, CoarseMap
from radiomics_mammo.registration.error_model import PLACE_MODEL, TOLD_MODEL
from radiomics_mammo.registration.preprocessing import WorkingPair
from radiomics_mammo.registration.similarity import breast_dice, structure_similarity
from radiomics_mammo.registration.transforms import jacobian_determinants

MAX_UNEVENNESS = 1.25
"""Stretch along one direction over that along the other beyond which two exams do not show one breast. Smooth breasts
of two women look alike once they are stretched so; 8 % more one way and 8 % less the other is 1.17."""

PUBLISHED_RADIUS_MM = 15.9
"""Ninth decile of a log-normal distance of mean 8.5 and standard deviation 6.2 mm: the place found and the true one on
390 real temporal pairs by regional registration (Hadjiiski et al. 2003, final report DTIC ADA420484)."""

MOST_RADIUS_MM = 60.0
"""Nothing lies farther than a breast is wide."""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A candidate with its quality figures; lengths in nominal mm."""

    candidate: Candidate
    similarity: float
    dice: float
    folded: float
    inverse_mm: float


def judge(candidate: Candidate, pair: WorkingPair) -> Judged:
    """Quality figures of one candidate, over the usable breast of the recent exam."""
    prior, recent = pair.prior, pair.recent
    places_mm = recent.mm_from_work(np.argwhere(recent.usable).astype(np.float64))
    gaps = return_gaps_mm(candidate.forward, candidate.backward, places_mm)
    return Judged(
        candidate=candidate,
        similarity=structure_similarity(recent, prior, candidate.forward),
        dice=breast_dice(recent, prior, candidate.forward),
        folded=negative_jacobian_fraction(candidate.forward, places_mm, recent.spacing_mm),
        inverse_mm=float(np.median(np.linalg.norm(gaps, axis=1))) if len(gaps) else float("inf"),
    )


def negative_jacobian_fraction(transform: PlanarTransform, places_mm: Points, step_mm: float) -> float:
    """Share of places, shape (n, 2), at which the map folds, by differences over `step_mm`."""
    if transform.displacement is None or not len(places_mm):
        return 0.0
    return float(np.mean(jacobian_determinants(transform, places_mm, step_mm) <= 0))


def return_gaps_mm(forward: PlanarTransform, backward: PlanarTransform, points_mm: Points) -> Points:
    """Inverse consistency: (row, col) distance of each point from where both maps in turn bring it, shape (n, 2).

    Examples
    --------
    >>> shift = PlanarTransform(np.array([[1.0, 0, 3], [0, 1, 0], [0, 0, 1]]))
    >>> return_gaps_mm(shift, PlanarTransform.identity(), np.array([[1.0, 2.0]]))
    array([[3., 0.]])
    """
    gaps: Points = backward.apply(forward.apply(points_mm)) - points_mm
    return gaps


def place_error(pair: AlignedPair, recent_px: Points) -> PlaceError:
    """How far from the truth the places may be that a pair carries recent points to.

    Parameters
    ----------
    pair : AlignedPair
    recent_px : ndarray of shape (n, 2)
        (row, col) pixels of the recent image.

    Returns
    -------
    PlaceError
        Nominal mm where the spacing is unknown.

    Notes
    -----
    ``radius90 = exp(b + sum w_i f_i)`` with evidence f and weights ``w_i >= 0`` of `PLACE_MODEL`, fitted to the ninth
    decile of the distance on the hard synthetic world (Koenker and Bassett 1978), so that no worse evidence ever gives
    a smaller radius. The published radius of real pairs is the least: smaller ones, fitted to drawn pairs, held 4 of
    13 places of the one real pair with landmarks. The evidence: how far independent candidates lie from the place
    (logarithm), and what is missing to full similarity, agreement, block correlation and breast overlap;
    inverse consistency is none, it was 0.008 mm where a real place was 7.8 mm off. The expected error is a fixed share
    of the radius. A map that was not searched for has the published error of real pairs, a picture aligned with itself
    none.
    """
    registration, count = pair.registration, len(recent_px)
    points = recent_px if not pair.in_mm else pair.recent.mammogram.grid.to_units(recent_px)
    if registration.evidence is None:
        exact = registration.method is RegistrationMethod.IDENTITY and registration.similarity_after == 1.0
        radius = np.full(count, 0.0 if exact else PUBLISHED_RADIUS_MM)
    else:
        radius = np.exp(PLACE_MODEL.intercept + place_figures(registration, points) @ PLACE_MODEL.weights)
        radius = np.clip(radius, PUBLISHED_RADIUS_MM, MOST_RADIUS_MM)
    return PlaceError(expected_error_mm=PLACE_MODEL.expected_share * radius, radius90_mm=radius)


def place_figures(registration: Registration, points_units: Points) -> NDArray[np.float64]:
    """Evidence against the places of points of the recent frame, shape (n, 5), in the order of `PLACE_MODEL.weights`.

    Raises
    ------
    InvariantError
        If the registration keeps no evidence.
    """
    found = registration.evidence
    if found is None:
        raise InvariantError(registration.patient_id, "a map that was searched for", "no evidence", "align the pair")
    unit = np.asarray(found.unit_mm)
    there = registration.recent_to_prior.apply(points_units)
    squares = [
        weight * (((one.apply(points_units) - there) * unit) ** 2).sum(axis=1)
        for one, weight in zip(found.candidates, found.weights, strict=True)
    ]
    spread = np.sqrt(np.sum(squares, axis=0)) if squares else np.zeros(len(points_units))
    lacks = [1 - found.similarity, 1 - found.agreement, 1 - found.block_score, 1 - found.dice]
    whole = [np.full(len(points_units), lack) for lack in lacks]
    return np.stack([np.log1p(spread), *whole], axis=1)


def choose(judged: Sequence[Judged], config: RegistrationConfig) -> Judged:
    """The candidate to keep of those given, simplest first: a more complex one only when it earns its place.

    An affine map must make the pictures more alike than nothing does. A deformable one must also be sound.
    """
    kept = judged[0]
    for more in judged[1:]:
        gains = more.similarity - kept.similarity > config.min_gain
        overlaps = more.dice >= kept.dice - config.max_dice_loss
        sound = more.folded <= config.max_negative_jacobian and more.inverse_mm <= config.max_inverse_mm
        rigid = more.candidate.method is RegistrationMethod.AFFINE
        if gains and (rigid or (overlaps and sound)):
            kept = more
    return kept


def told_score(best: CoarseMap) -> float:
    """Log odds that two exams show one woman's breast rather than two women's, from the best affine candidate."""
    return float(TOLD_MODEL.intercept + np.dot(TOLD_MODEL.weights, best.figures))


def strangeness(kept: Judged, best: CoarseMap, config: RegistrationConfig, *, small: bool) -> tuple[str, ...]:
    """Why a pair is not told from one of two women, in words; empty where it is. `small` breasts must tell more."""
    longest, shortest = np.linalg.svd(kept.candidate.forward.matrix[:2, :2], compute_uv=False)
    uneven, score = float(longest / shortest), told_score(best)
    found = f"similarity {best.similarity:.2f}, {best.agreement:.0%} of large blocks agree"
    checks = (
        (uneven <= MAX_UNEVENNESS, f"stretched {uneven:.2f} times as much one way as the other"),
        (score >= (TOLD_MODEL.least_small if small else TOLD_MODEL.least), f"not told from another woman's: {found}"),
        (kept.dice >= config.min_dice, f"breast overlap {kept.dice:.2f} < {config.min_dice}"),
    )
    return tuple(words for passed, words in checks if not passed)
