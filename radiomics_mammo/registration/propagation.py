"""Propagation of a recent contour to the prior exam: the map, then a regional search, and whether to trust it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from radiomics_mammo.config.registration import RegistrationConfig
from radiomics_mammo.core.contours import contour_centroid_px
from radiomics_mammo.core.geometry import PlanarTransform, Points
from radiomics_mammo.core.pairs import AlignedPair, PlaceError
from radiomics_mammo.registration.block_matching import correlation_surface, peak_of
from radiomics_mammo.registration.preprocessing import (
    PairScale,
    WorkingPicture,
    fitted_settings,
    resample,
    working_pair,
)
from radiomics_mammo.registration.quality import place_error

Pixel = TypeVar("Pixel", bound=np.generic)

MIN_RING_PIXELS = 30
"""Fewest pixels of surroundings that can be looked for."""


@dataclass(frozen=True, eq=False, kw_only=True)
class SearchGround:
    """A pair made ready for any number of regional searches, with settings fitted to the size of its breasts.

    `forward` maps recent to prior nominal mm; `prior_structure` and `prior_breast` are those of the prior, resampled
    by it onto the grid of `recent`.
    """

    config: RegistrationConfig
    recent: WorkingPicture
    scale: PairScale
    forward: PlanarTransform
    prior_structure: NDArray[np.float32]
    prior_breast: NDArray[np.bool_]


@dataclass(frozen=True)
class Found:
    """Where the surroundings were found: shift in recent nominal mm, correlation, whether there is prior breast."""

    shift_mm: tuple[float, float]
    score: float | None
    in_breast: bool


@dataclass(frozen=True, eq=False, kw_only=True)
class PropagatedContour:
    """A contour (n, 2) in (row, col) pixels of the prior image, and what the search said of it.

    Trusted where the pair was told from one of two women, the radius that holds the true place nine times in ten is at
    most `max_radius90_mm`, and the place lies in the prior breast; `error` is that of its centroid.

    `search_score` is the correlation of the surroundings, -1..1, None where there was too little of them;
    `search_shift_mm` how far the search moved the mapped centroid, None where the spacing is unknown.
    """

    contour_px: Points
    trusted: bool
    search_score: float | None
    search_shift_mm: float | None
    error: PlaceError


def search_ground(pair: AlignedPair, config: RegistrationConfig | None = None) -> SearchGround:
    """Prepare a pair for regional searches; the recent lesions and their prior places are hidden alike."""
    config = fitted_settings(config or RegistrationConfig(), pair.prior.breast, pair.recent.breast)
    propagated_px = [pair.prior_px(lesion.contour_px) for lesion in pair.recent.lesions]
    pictures = working_pair(pair.prior, pair.recent, config=config, propagated_px=propagated_px)
    prior, recent = pictures.prior, pictures.recent
    forward = pictures.scale.to_nominal(pair.registration.recent_to_prior)
    return SearchGround(
        config=config,
        recent=recent,
        scale=pictures.scale,
        forward=forward,
        prior_structure=resample(prior.structure, prior, recent, forward),
        prior_breast=resample(prior.breast, prior, recent, forward) > 0.5,
    )


def propagate_contour(pair: AlignedPair, ground: SearchGround, contour_px: Points) -> PropagatedContour:
    """The region of the prior exam that a contour (n, 2) of the recent one, in pixels, stands for.

    Mapped, then moved by the regional search within the radius that holds the true place nine times in ten.
    """
    config, in_mm, spacing = ground.config, ground.scale.in_mm, np.asarray(ground.scale.recent_mm)
    contour_mm = np.asarray(contour_px) * spacing
    centre_mm = np.array([contour_centroid_px(contour_px)]) * spacing
    error = place_error(pair, np.array([contour_centroid_px(contour_px)]))
    radius_mm = np.clip(error.radius90_mm[0], config.min_search_mm, config.max_search_mm)
    found = find_surroundings(ground, contour_mm, float(radius_mm))
    moved_px = (contour_mm + found.shift_mm) / spacing if any(found.shift_mm) else contour_px
    before, after = (ground.forward.apply(centre_mm + shift) for shift in ((0.0, 0.0), found.shift_mm))
    shift_mm = float(np.linalg.norm(after - before)) if in_mm else None
    sure = float(error.radius90_mm[0]) <= config.max_radius90_mm and found.in_breast
    return PropagatedContour(
        contour_px=pair.prior_px(moved_px),
        trusted=pair.registration.told_apart and sure,
        search_score=found.score,
        search_shift_mm=shift_mm,
        error=error,
    )


def find_surroundings(ground: SearchGround, contour_mm: Points, radius_mm: float) -> Found:
    """Regional search by masked template matching: the best place, within a radius, of the ring around a contour.

    The inside of the contour is not looked at. The region only moves to a place that correlates at least
    `min_move_score`, for a gain of at least `min_search_gain`: a map that is right stays exact, and tissue that is
    not found again moves nothing. `contour_mm` has shape (n, 2), recent nominal mm.
    """
    config, work = ground.config, ground.recent.spacing_mm
    contour = ground.recent.work_from_mm(contour_mm)
    reach = max(1, round(radius_mm / work)) + 1
    margin = round((config.search_margin_mm + config.lesion_guard_mm) / work)
    top, left = (int(low) for low in np.floor(contour.min(axis=0)).astype(int) - margin)
    bottom, right = (int(high) for high in np.ceil(contour.max(axis=0)).astype(int) + margin + 1)
    keep = _ring(ground, contour, (top, left, bottom, right))
    row, col = (int(part) for part in np.round(contour.mean(axis=0)))
    in_breast = bool(cut_window(ground.prior_breast, (row, col, row + 1, col + 1)).all())
    if keep.sum() < MIN_RING_PIXELS:
        return Found((0.0, 0.0), None, in_breast)
    template = cut_window(ground.recent.structure, (top, left, bottom, right))
    around = cut_window(ground.prior_structure, (top - reach, left - reach, bottom + reach, right + reach))
    offsets = np.hypot(*np.mgrid[-reach : reach + 1, -reach : reach + 1])
    surface = np.where(offsets <= reach, correlation_surface(around, template, keep), -1.0)
    stay = float(surface[reach, reach])
    shift, height = peak_of(surface)
    if height - stay < config.min_search_gain or height < config.min_move_score:
        return Found((0.0, 0.0), stay, in_breast)
    signs = np.sign(np.diag(ground.recent.to_mm)[:2])
    return Found((float(shift[0] * work * signs[0]), float(shift[1] * work * signs[1])), height, in_breast)


def _ring(ground: SearchGround, contour: Points, window: tuple[int, int, int, int]) -> NDArray[np.bool_]:
    """Tissue of the window outside the guarded contour and within the margin of it.

    The pectoral muscle slides under the breast and is left out, except where the lesion lies so far over it that
    less than half of its surroundings would be left.
    """
    top, left, bottom, right = window
    inside = np.zeros((bottom - top, right - left), dtype=np.uint8)
    cv2.fillPoly(inside, [np.round(contour[:, ::-1] - (left, top)).astype(np.int32)], 1)
    distance_mm = ndimage.distance_transform_edt(inside == 0) * ground.recent.spacing_mm
    guard, margin = ground.config.lesion_guard_mm, ground.config.search_margin_mm
    near: NDArray[np.bool_] = (distance_mm > guard) & (distance_mm <= guard + margin)
    shown, tissue = near & cut_window(ground.recent.shown, window), near & cut_window(ground.recent.usable, window)
    return tissue if 2 * tissue.sum() >= shown.sum() else shown


def cut_window(picture: NDArray[Pixel], window: tuple[int, int, int, int]) -> NDArray[Pixel]:
    """The (top, left, bottom, right) window of a picture, ends exclusive; zero where it reaches beyond it.

    Examples
    --------
    >>> cut_window(np.ones((2, 3)), (-1, 1, 1, 3))
    array([[0., 0.],
           [1., 1.]])
    """
    top, left, bottom, right = window
    beyond = max(0, -top, -left, bottom - picture.shape[0], right - picture.shape[1])
    padded = np.pad(picture, beyond)
    return padded[top + beyond : bottom + beyond, left + beyond : right + beyond]
