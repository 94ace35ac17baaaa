"""Matching of lesions, one to one: between prior and recent exam, with the registration error, and between views."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from radiomics_mammo.config.registration import RegistrationConfig
from radiomics_mammo.core.contours import contour_area_px, contour_centroid_px
from radiomics_mammo.core.geometry import Points
from radiomics_mammo.core.lesions import LesionMask
from radiomics_mammo.core.pairs import AlignedPair, Exam, LesionLink, LesionPlace
from radiomics_mammo.core.vocabulary import LinkRelation, OutlineColor, View
from radiomics_mammo.registration.landmarks import nipple_px, skin_distance_px
from radiomics_mammo.registration.preprocessing import breast_width_px, pair_scale
from radiomics_mammo.registration.propagation import propagate_contour, search_ground

OVERLAP_STEP_MM = 0.4
"""Pixel of the small picture on which the overlap of two contours is measured."""

UNTRUSTED_SHARE = 0.5
"""What is left of a link's confidence where the alignment is not trusted."""

AREA_FACTOR = 4.0
"""One mass seen from two sides has areas within this factor of each other (twice the diameter)."""

SKIN_SHARE = 0.25
"""Weight of the depth under the skin beside the distance to the nipple: compression changes it most."""


def match_lesions(pair: AlignedPair, *, config: RegistrationConfig | None = None) -> tuple[LesionLink, ...]:
    """Recent lesions with the prior outlines of the same mass, one to one (linear sum assignment).

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
    share = 1.0 if pair.registration.trusted else UNTRUSTED_SHARE
    return tuple(
        LesionLink(
            lesion_id_a=str(recents[row].key),
            lesion_id_b=str(priors[col].key),
            relation=LinkRelation.PRIOR,
            distance_mm=float(distances[row, col]) if scale.in_mm else None,
            confidence=round(float(confidence[row, col]) * share, 4),
        )
        for row, col in _assign(confidence, possible)
    )


def measure_error_mm(pair: AlignedPair, *, config: RegistrationConfig | None = None) -> float | None:
    """Distance between registered regions and prior outlines of the masses that are certainly the same.

    A mass is certain when it is the only outline of its colour in both exams: it is paired before any distance is
    looked at, so that large errors count. The mean where there is one of each colour; None where there is none, or
    where the spacing is unknown.
    """
    certain = certain_pairs(pair)
    if not certain or not pair.in_mm:
        return None
    ground = search_ground(pair, config)
    spacing = np.asarray(ground.scale.prior_mm)
    places_px = [propagate_contour(pair, ground, recent.contour_px).contour_px for recent, _ in certain]
    outlines_px = [prior.contour_px for _, prior in certain]
    both = zip(places_px, outlines_px, strict=True)
    return float(np.mean([_distance_mm(place * spacing, outline * spacing) for place, outline in both]))


def certain_pairs(pair: AlignedPair) -> tuple[tuple[LesionMask, LesionMask], ...]:
    """Recent and prior outline of every colour that occurs exactly once in both exams."""
    certain = []
    for color in OutlineColor:
        recents, priors = (
            [lesion for lesion in exam.lesions if lesion.color is color] for exam in (pair.recent, pair.prior)
        )
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


def place_lesions(exam: Exam) -> tuple[LesionPlace, ...]:
    """Where each lesion of an exam lies in anatomical terms: distance from nipple and skin, and its size.

    Lengths are in mm, or in breast widths (areas in squared ones) where the spacing is unknown.
    """
    if not exam.lesions:
        return ()
    grid, nipple = exam.mammogram.grid, np.asarray(nipple_px(exam.breast))
    unit = np.asarray(grid.unit_spacing) if grid.spacing_known else np.full(2, 1 / breast_width_px(exam.breast))
    centres = np.array([contour_centroid_px(lesion.contour_px) for lesion in exam.lesions])
    depths = skin_distance_px(exam.breast, centres) * unit.mean()
    return tuple(
        LesionPlace(
            lesion_id=str(lesion.key),
            view=lesion.key.image.view,
            color=lesion.color,
            area=contour_area_px(lesion.contour_px) * float(unit.prod()),
            nipple_distance=float(np.linalg.norm((centre - nipple) * unit)),
            skin_distance=float(depth),
            in_mm=grid.spacing_known,
        )
        for lesion, centre, depth in zip(exam.lesions, centres, depths, strict=True)
    )


def link_views(places: Sequence[LesionPlace], *, config: RegistrationConfig | None = None) -> tuple[LesionLink, ...]:
    """Outlines of one mass in CC and MLO, one to one (arc method, linear sum assignment).

    A mass keeps its distance from the nipple in both views to about a centimetre. Candidates have one colour,
    nipple distances that differ by at most `max_view_gap_mm`, and areas within a factor of four; the assignment of
    largest total confidence is taken.

    Parameters
    ----------
    places : sequence of LesionPlace
        Of one patient and visit, both views.
    config : RegistrationConfig, optional

    Returns
    -------
    tuple of LesionLink
        `lesion_id_a` is the CC outline; `distance_mm` the difference of nipple distances, None in breast widths.

    Examples
    --------
    >>> seen = {"color": OutlineColor.RED, "area": 90.0, "skin_distance": 20.0, "in_mm": True}
    >>> above = LesionPlace(lesion_id="p_CC_recent_1", view=View.CC, nipple_distance=42.0, **seen)
    >>> aside = LesionPlace(lesion_id="p_MLO_recent_1", view=View.MLO, nipple_distance=47.0, **seen)
    >>> link_views([above, aside])[0].distance_mm
    5.0
    """
    config = config or RegistrationConfig()
    above, aside = ([place for place in places if place.view.projection is view] for view in (View.CC, View.MLO))
    if not above or not aside:
        return ()
    confidence = np.array([[_confidence(one, other, config) for other in aside] for one in above])
    return tuple(
        LesionLink(
            lesion_id_a=above[row].lesion_id,
            lesion_id_b=aside[col].lesion_id,
            relation=LinkRelation.OTHER_VIEW,
            distance_mm=_gap(above[row], aside[col]) if above[row].in_mm and aside[col].in_mm else None,
            confidence=round(float(confidence[row, col]), 4),
        )
        for row, col in _assign(confidence, confidence > 0)
    )


def _assign(confidence: NDArray[np.float64], possible: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """The possible (row, col) of the one-to-one assignment with the largest total confidence."""
    rows, cols = optimize.linear_sum_assignment(np.where(possible, confidence, 0.0), maximize=True)
    return [(row, col) for row, col in zip(rows, cols, strict=True) if possible[row, col]]


def _distance_mm(one_mm: Points, other_mm: Points) -> float:
    return float(np.linalg.norm(np.subtract(contour_centroid_px(one_mm), contour_centroid_px(other_mm))))


def _gap(one: LesionPlace, other: LesionPlace) -> float:
    return abs(one.nipple_distance - other.nipple_distance)


def _confidence(one: LesionPlace, other: LesionPlace, config: RegistrationConfig) -> float:
    """0..1: one minus the mismatch of nipple distance and (less) depth, times the ratio of diameters."""
    alike = one.color is other.color and one.in_mm is other.in_mm
    if not alike or one.view.side is not other.view.side:
        return 0.0
    bound = config.max_view_gap_mm / (1.0 if one.in_mm else config.nominal_breast_width_mm)
    depth = float(np.nan_to_num(abs(one.skin_distance - other.skin_distance)))
    mismatch = (_gap(one, other) + SKIN_SHARE * depth) / ((1 + SKIN_SHARE) * bound)
    ratio = min(one.area, other.area) / max(one.area, other.area)
    if _gap(one, other) > bound or ratio < 1 / AREA_FACTOR:
        return 0.0
    return max(0.0, 1 - mismatch) * float(np.sqrt(ratio))
