"""Null places: lesion-free places of a pair, measured like lesions, that say how much normal tissue changes."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from radiomics_mammo.config.registration import RegistrationConfig
from radiomics_mammo.core.contours import contour_centroid_px
from radiomics_mammo.core.geometry import Points
from radiomics_mammo.core.pairs import AlignedPair, Roi, RoiPair
from radiomics_mammo.core.vocabulary import PriorPolicy, RoiSource
from radiomics_mammo.registration.carrying import carry_contour
from radiomics_mammo.registration.reduction import full_from_reduced, reduced_from_full
from radiomics_mammo.registration.search import SearchGround, search_ground
from radiomics_mammo.registration.working import fitted_settings

CIRCLE_POINTS = 64
"""Vertices of the contour used where no lesion is outlined."""


def null_places(
    pair: AlignedPair, *, rng: np.random.Generator, config: RegistrationConfig | None = None
) -> tuple[RoiPair, ...]:
    """Lesion-sized, lesion-free places of the recent exam with their prior regions, carried over like lesions.

    Each place has the contour of one of the recent lesions, or a circle of `null_radius_mm` where there is none. It
    lies in the breast tissue, off every outline of either exam and off the other places.

    Parameters
    ----------
    pair : AlignedPair
    rng : numpy.random.Generator
    config : RegistrationConfig, optional

    Returns
    -------
    tuple of RoiPair
        At most `null_places`, fewer where the breast has no more room; source ``null``, no lesion, no label.
    """
    config = fitted_settings(config or RegistrationConfig(), pair.prior.breast, pair.recent.breast)
    if config.null_places == 0:
        return ()
    ground = search_ground(pair, config)
    spacing = np.asarray(ground.scale.recent_mm)
    shapes_px = _shapes_px(pair, spacing, config)
    free = _free_tissue(pair)
    step_mm = float(pair.recent.breast.step_px * spacing.max())
    found: list[RoiPair] = []
    for _ in range(config.null_places):
        shape_px = shapes_px[int(rng.integers(len(shapes_px)))]
        radius_mm = float(np.linalg.norm(shape_px * spacing, axis=1).max()) + config.lesion_guard_mm
        room = ndimage.distance_transform_edt(np.pad(free, 1))[1:-1, 1:-1] * step_mm > radius_mm
        places = np.argwhere(room)
        if not len(places):
            continue
        place = places[int(rng.integers(len(places)))].astype(np.float64)
        contour_px = shape_px + full_from_reduced(place[None], pair.recent.breast.step_px)
        found.append(_null_pair(pair, ground, contour_px, number=len(found) + 1, config=config))
        gaps = np.hypot(*(np.indices(free.shape) - place[:, None, None])) * step_mm
        free = free & (gaps > radius_mm)
    return tuple(found)


def _shapes_px(pair: AlignedPair, spacing: NDArray[np.float64], config: RegistrationConfig) -> list[Points]:
    """Contours around (0, 0) in recent pixels."""
    if pair.recent.lesions:
        return [lesion.contour_px - contour_centroid_px(lesion.contour_px) for lesion in pair.recent.lesions]
    angles = np.linspace(0, 2 * np.pi, CIRCLE_POINTS, endpoint=False)
    return [config.null_radius_mm * np.stack([np.sin(angles), np.cos(angles)], axis=1) / spacing]


def _free_tissue(pair: AlignedPair) -> NDArray[np.bool_]:
    """Tissue of the recent exam, reduced, without the outlines of either exam."""
    region = pair.recent.breast
    taken = np.zeros(region.breast.shape, dtype=np.uint8)
    contours = [lesion.contour_px for lesion in pair.recent.lesions]
    contours += [pair.recent_px(lesion.contour_px) for lesion in pair.prior.lesions]
    for contour in contours:
        corners = np.round(reduced_from_full(contour, region.step_px)[:, ::-1]).astype(np.int32)
        cv2.fillPoly(taken, [corners], 1)
    free: NDArray[np.bool_] = region.tissue & (taken == 0)
    return free


def _null_pair(
    pair: AlignedPair, ground: SearchGround, contour_px: Points, *, number: int, config: RegistrationConfig
) -> RoiPair:
    carried = carry_contour(pair, ground, contour_px, config=config)
    recent, prior = pair.recent.mammogram, pair.prior.mammogram
    name = f"{recent.key}-null-{number}"
    there = Roi(
        f"{name}-prior",
        prior.key,
        prior.grid,
        RoiSource.NULL,
        carried.contour_px,
        prior_policy=PriorPolicy.REGISTERED,
        trusted=carried.trusted,
        search_score=carried.search_score,
        search_shift_mm=carried.search_shift_mm,
    )
    return RoiPair(Roi(f"{name}-recent", recent.key, recent.grid, RoiSource.NULL, contour_px), there)
