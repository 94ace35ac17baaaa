"""Match lesions outlined in both exams, and measure the error of the registration on those that are certain."""

from __future__ import annotations

import cv2
import numpy as np
from scipy import optimize

from radiomics_mammo.config.registration import RegistrationConfig
from radiomics_mammo.core.contours import contour_centroid_px
from radiomics_mammo.core.geometry import Points
from radiomics_mammo.core.lesions import LesionMask
from radiomics_mammo.core.pairs import AlignedPair, LesionLink
from radiomics_mammo.core.vocabulary import OutlineColor
from radiomics_mammo.registration.carrying import carry_contour
from radiomics_mammo.registration.search import search_ground
from radiomics_mammo.registration.working import fitted_settings, pair_scale

SAME_MASS_PRIOR = "same-mass-prior"
"""Relation of ``links.csv`` between a recent lesion (a) and its prior outline (b)."""

OVERLAP_STEP_MM = 0.4
"""Pixel of the small picture on which the overlap of two contours is measured."""

UNTRUSTED_SHARE = 0.5
"""What is left of a link's confidence where the alignment is not trusted."""


def match_lesions(pair: AlignedPair, *, config: RegistrationConfig | None = None) -> tuple[LesionLink, ...]:
    """Recent lesions with the prior outlines of the same mass, one to one.

    Every recent contour is mapped to the prior exam (without regional search). The assignment with the largest
    total confidence is taken; confidence is the mean of overlap (Dice) and of 1 - distance / `max_match_mm`,
    halved on an untrusted alignment. Outlines further apart than `max_match_mm` are never matched, outlines of
    different colour only where they overlap.

    Returns
    -------
    tuple of LesionLink
        `lesion_id_a` is the recent lesion; `distance_mm` None where the spacing is unknown.
    """
    config = config or RegistrationConfig()
    recents, priors = pair.recent.lesions, pair.prior.lesions
    if not recents or not priors:
        return ()
    scale = pair_scale(pair.prior.breast, pair.recent.breast, config.nominal_breast_width_mm)
    spacing = np.asarray(scale.prior_mm)
    mapped = [pair.prior_px(lesion.contour_px) * spacing for lesion in recents]
    outlined = [lesion.contour_px * spacing for lesion in priors]
    distances = np.array([[_distance_mm(one, other) for other in outlined] for one in mapped])
    overlaps = np.array([[overlap(one, other) for other in outlined] for one in mapped])
    confidence = (overlaps + np.clip(1 - distances / config.max_match_mm, 0, None)) / 2
    same = np.array([[one.color is other.color for other in priors] for one in recents])
    possible = (distances <= config.max_match_mm) & (same | (overlaps > 0))
    rows, cols = optimize.linear_sum_assignment(np.where(possible, confidence, 0.0), maximize=True)
    share = 1.0 if pair.registration.trusted else UNTRUSTED_SHARE
    return tuple(
        LesionLink(
            str(recents[row].key),
            str(priors[col].key),
            SAME_MASS_PRIOR,
            float(distances[row, col]) if scale.in_mm else None,
            round(float(confidence[row, col]) * share, 4),
        )
        for row, col in zip(rows, cols, strict=True)
        if possible[row, col]
    )


def measure_error_mm(pair: AlignedPair, *, config: RegistrationConfig | None = None) -> float | None:
    """Distance between registered regions and prior outlines of the masses that are certainly the same.

    A mass is certain when it is the only outline of its colour in both exams: it is paired before any distance is
    looked at, so that large errors count. The mean where there is one of each colour; None where there is none, or
    where the spacing is unknown.
    """
    config = fitted_settings(config or RegistrationConfig(), pair.prior.breast, pair.recent.breast)
    certain = certain_pairs(pair)
    if not certain or not pair.in_mm:
        return None
    ground = search_ground(pair, config)
    spacing = np.asarray(ground.scale.prior_mm)
    errors = []
    for recent, prior in certain:
        carried = carry_contour(pair, ground, recent.contour_px, config=config)
        errors.append(_distance_mm(carried.contour_px * spacing, prior.contour_px * spacing))
    return float(np.mean(errors))


def certain_pairs(pair: AlignedPair) -> tuple[tuple[LesionMask, LesionMask], ...]:
    """Recent and prior outline of every colour that occurs exactly once in both exams."""
    certain = []
    for color in OutlineColor:
        recents = [lesion for lesion in pair.recent.lesions if lesion.color is color]
        priors = [lesion for lesion in pair.prior.lesions if lesion.color is color]
        if len(recents) == 1 and len(priors) == 1:
            certain.append((recents[0], priors[0]))
    return tuple(certain)


def overlap(one_mm: Points, other_mm: Points) -> float:
    """Dice coefficient (0..1) of the areas inside two contours of shape (n, 2).

    Examples
    --------
    >>> square = np.array([[0.0, 0.0], [0.0, 8.0], [8.0, 8.0], [8.0, 0.0]])
    >>> overlap(square, square), overlap(square, square + 20)
    (1.0, 0.0)
    """
    both = np.concatenate([one_mm, other_mm])
    low = both.min(axis=0)
    rows, cols = np.ceil((both.max(axis=0) - low) / OVERLAP_STEP_MM).astype(int) + 1
    areas = []
    for contour in (one_mm, other_mm):
        filled = np.zeros((rows, cols), dtype=np.uint8)
        corners = np.round((contour - low)[:, ::-1] / OVERLAP_STEP_MM).astype(np.int32)
        areas.append(cv2.fillPoly(filled, [corners], 1).astype(bool))
    return float(2 * (areas[0] & areas[1]).sum() / (areas[0].sum() + areas[1].sum()))


def _distance_mm(one_mm: Points, other_mm: Points) -> float:
    return float(np.linalg.norm(np.subtract(contour_centroid_px(one_mm), contour_centroid_px(other_mm))))
