"""Quality of a map: similarity, breast overlap, folding, inverse consistency; which candidate is kept, and doubts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from radiomics_mammo.config.registration import RegistrationConfig
from radiomics_mammo.core.geometry import PlanarTransform, Points
from radiomics_mammo.registration.block_matching import BlockMatches
from radiomics_mammo.registration.candidates import Candidate
from radiomics_mammo.registration.preprocessing import WorkingPair, WorkingPicture, resample
from radiomics_mammo.registration.transforms import jacobian_determinants

MAX_UNEVENNESS = 1.25
"""Stretch along one direction over that along the other beyond which two exams do not show one breast. Smooth breasts
of two women look alike once they are stretched so; 8 % more one way and 8 % less the other is 1.17."""


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


def structure_similarity(fixed: WorkingPicture, moving: WorkingPicture, transform: PlanarTransform) -> float:
    """Pearson correlation (-1..1) of the structure of two exams where both breasts overlap, guarded lesions left out.

    The same measure judges every candidate; 0 where nothing overlaps or either is constant.
    """
    both = fixed.usable & (resample(moving.breast, moving, fixed, transform) > 0.5)
    one, other = fixed.structure[both], resample(moving.structure, moving, fixed, transform)[both]
    if one.size < 2 or one.std() == 0 or other.std() == 0:
        return 0.0
    return float(np.clip(np.corrcoef(one.astype(np.float64), other.astype(np.float64))[0, 1], -1, 1))


def breast_dice(fixed: WorkingPicture, moving: WorkingPicture, transform: PlanarTransform) -> float:
    """Overlap (Dice coefficient, 0..1) of the two breasts, over places that both pictures show.

    What lies behind the chest wall edge of `moving` was not in its field: positioning differs by centimetres there,
    and a correct map must not be blamed for it.
    """
    field = np.zeros(moving.breast.shape, dtype=np.bool_)
    field[:, int(moving.breast.any(axis=0).argmax()) :] = True
    there, shown = (resample(mask, moving, fixed, transform) > 0.5 for mask in (moving.breast, field))
    here = fixed.breast & shown
    return float(2 * (there & here).sum() / max(1, there.sum() + here.sum()))


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


def choose(judged: Sequence[Judged], config: RegistrationConfig) -> Judged:
    """The candidate to keep of those given, simplest first: a more complex one only when it earns its place."""
    kept = judged[0]
    for more in judged[1:]:
        gains = more.similarity - kept.similarity > config.min_gain
        overlaps = more.dice >= kept.dice - config.max_dice_loss
        sound = more.folded <= config.max_negative_jacobian and more.inverse_mm <= config.max_inverse_mm
        if gains and overlaps and sound:
            kept = more
    return kept


def doubts(kept: Judged, blocks: BlockMatches, config: RegistrationConfig) -> tuple[str, ...]:
    """Why a map is not trusted, in words; empty where it is."""
    forward = kept.candidate.forward
    share = blocks.agreement(forward, config.inlier_mm)
    longest, shortest = np.linalg.svd(forward.matrix[:2, :2], compute_uv=False)
    uneven = float(longest / shortest)
    checks = (
        (uneven <= MAX_UNEVENNESS, f"stretched {uneven:.2f} times as much one way as the other"),
        (kept.similarity >= config.min_similarity, f"similarity {kept.similarity:.2f} < {config.min_similarity}"),
        (share >= config.min_agreement, f"{share:.0%} of matched blocks agree, fewer than {config.min_agreement:.0%}"),
        (kept.dice >= config.min_dice, f"breast overlap {kept.dice:.2f} < {config.min_dice}"),
        (kept.inverse_mm <= config.max_inverse_mm, f"inverse consistency {kept.inverse_mm:.1f} mm is too large"),
    )
    return tuple(words for passed, words in checks if not passed)
