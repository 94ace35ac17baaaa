"""Carry a contour of the recent exam to the prior one: map, regional search, and whether to trust the place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from radiomics_mammo.config.registration import RegistrationConfig
from radiomics_mammo.core.contours import contour_centroid_px
from radiomics_mammo.core.geometry import Points
from radiomics_mammo.core.pairs import AlignedPair
from radiomics_mammo.registration.search import Found, SearchGround, find_surroundings


@dataclass(frozen=True, eq=False)
class CarriedContour:
    """A contour in the prior exam and what the search said of it.

    Parameters
    ----------
    contour_px : ndarray of shape (n, 2)
        (row, col) pixels of the prior image.
    trusted : bool
    search_score : float or None
        Correlation of the surroundings, -1..1; None where there was too little of them.
    search_shift_mm : float or None
        How far the search moved the mapped centroid; None where the spacing is unknown.
    """

    contour_px: Points
    trusted: bool
    search_score: float | None
    search_shift_mm: float | None


def carry_contour(
    pair: AlignedPair, ground: SearchGround, contour_px: Points, *, config: RegistrationConfig
) -> CarriedContour:
    """The region of the prior exam that a contour of the recent one stands for.

    Parameters
    ----------
    pair : AlignedPair
    ground : SearchGround
        Of the same pair.
    contour_px : ndarray of shape (n, 2)
        (row, col) pixels of the recent image.
    config : RegistrationConfig
    """
    spacing = np.asarray(ground.scale.recent_mm)
    contour_mm = np.asarray(contour_px) * spacing
    centre_mm = np.array([contour_centroid_px(contour_px)]) * spacing
    gap_mm = _return_gap_mm(pair, ground, centre_mm)
    radius = np.clip(config.search_factor * gap_mm, config.min_search_mm, config.max_search_mm)
    found = find_surroundings(ground, contour_mm, float(radius), config=config)
    moved_px = (contour_mm + found.shift_mm) / spacing if any(found.shift_mm) else contour_px
    before, after = (ground.forward.apply(centre_mm + shift) for shift in ((0.0, 0.0), found.shift_mm))
    shift_mm = float(np.linalg.norm(after - before)) if ground.scale.in_mm else None
    sound = gap_mm <= config.max_lesion_inverse_mm and _convincing(found, config)
    trusted = pair.registration.trusted and sound
    return CarriedContour(pair.prior_px(moved_px), trusted, found.score, shift_mm)


def _convincing(found: Found, config: RegistrationConfig) -> bool:
    return found.in_breast and found.score is not None and found.score >= config.min_search_score


def _return_gap_mm(pair: AlignedPair, ground: SearchGround, centre_mm: Points) -> float:
    """Distance (nominal mm) from where a place started after going forth and back; infinite where not measured."""
    gap = pair.registration.return_gap
    if gap is None:
        return float("inf")
    spacing = np.asarray(ground.scale.recent_mm)
    at = gap.at(centre_mm if ground.scale.in_mm else centre_mm / spacing)
    return float(np.linalg.norm(at if ground.scale.in_mm else at * spacing))
