"""Look for the surroundings of a recent lesion in the prior exam, near the place where the map puts them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from radiomics_mammo.config.registration import RegistrationConfig
from radiomics_mammo.core.geometry import PlanarTransform, Points
from radiomics_mammo.core.pairs import AlignedPair
from radiomics_mammo.registration.blocks import correlation_surface, moved_structure, peak_of
from radiomics_mammo.registration.quality import moved_breast
from radiomics_mammo.registration.working import PairScale, WorkingPicture, pair_scale, working_pictures

Pixel = TypeVar("Pixel", bound=np.generic)

MIN_RING_PIXELS = 30
"""Fewest pixels of surroundings that can be looked for."""


@dataclass(frozen=True, eq=False)
class SearchGround:
    """What the regional search of one pair needs: both working pictures, the prior carried onto the recent grid.

    Parameters
    ----------
    recent : WorkingPicture
    scale : PairScale
    forward : PlanarTransform
        Recent -> prior, nominal mm.
    carried : ndarray of float32
        Structure of the prior on the grid of `recent`.
    carried_breast : ndarray of bool
    """

    recent: WorkingPicture
    scale: PairScale
    forward: PlanarTransform
    carried: NDArray[np.float32]
    carried_breast: NDArray[np.bool_]


@dataclass(frozen=True)
class Found:
    """Where the surroundings were found: shift in recent nominal mm, correlation, whether there is prior breast."""

    shift_mm: tuple[float, float]
    score: float | None
    in_breast: bool


def search_ground(pair: AlignedPair, config: RegistrationConfig) -> SearchGround:
    """Prepare a pair for any number of searches; the recent lesions and their prior places are hidden alike."""
    scale = pair_scale(pair.prior.breast, pair.recent.breast, config.nominal_breast_width_mm)
    carried_px = [pair.prior_px(lesion.contour_px) for lesion in pair.recent.lesions]
    prior, recent = working_pictures(pair.prior, pair.recent, scale, config=config, carried_px=carried_px)
    forward = scale.to_nominal(pair.registration.recent_to_prior)
    carried = moved_structure(recent, prior, forward)
    return SearchGround(recent, scale, forward, carried, moved_breast(recent, prior, forward))


def find_surroundings(
    ground: SearchGround, contour_mm: Points, radius_mm: float, *, config: RegistrationConfig
) -> Found:
    """Best place, within a radius, of the ring of tissue around a contour; the inside of the contour is not looked at.

    The region only moves to a place that correlates at least `min_move_score`, for a gain of at least
    `min_search_gain`: a map that is right stays exact, and tissue that is not found again moves nothing.

    Parameters
    ----------
    ground : SearchGround
    contour_mm : ndarray of shape (n, 2)
        Recent nominal mm.
    radius_mm : float
    config : RegistrationConfig
    """
    work = ground.recent.spacing_mm
    contour = ground.recent.work_from_mm(contour_mm)
    reach = max(1, round(radius_mm / work)) + 1
    margin = round((config.search_margin_mm + config.lesion_guard_mm) / work)
    top, left = np.floor(contour.min(axis=0)).astype(int) - margin
    bottom, right = np.ceil(contour.max(axis=0)).astype(int) + margin + 1
    window = (int(top), int(left), int(bottom), int(right))
    keep = _ring(ground, contour, window, config)
    centre = np.round(contour.mean(axis=0)).astype(int)
    in_breast = bool(cut_window(ground.carried_breast, (*centre, *(centre + 1))).all())
    if keep.sum() < MIN_RING_PIXELS:
        return Found((0.0, 0.0), None, in_breast)
    template = cut_window(ground.recent.structure, window)
    around = cut_window(ground.carried, (top - reach, left - reach, bottom + reach, right + reach))
    surface = correlation_surface(around, template, keep)
    offsets = np.hypot(*np.mgrid[-reach : reach + 1, -reach : reach + 1])
    surface = np.where(offsets <= reach, surface, -1.0)
    stay = float(surface[reach, reach])
    (row, col), height = peak_of(surface)
    if height - stay < config.min_search_gain or height < config.min_move_score:
        return Found((0.0, 0.0), stay, in_breast)
    signs = np.sign(np.diag(ground.recent.to_mm)[:2])
    return Found((float(row * work * signs[0]), float(col * work * signs[1])), height, in_breast)


def _ring(
    ground: SearchGround, contour: Points, window: tuple[int, int, int, int], config: RegistrationConfig
) -> NDArray[np.bool_]:
    """Tissue of the window outside the guarded contour and within the margin of it.

    The pectoral muscle slides under the breast and is left out, except where the lesion lies so far over it that
    less than half of its surroundings would be left.
    """
    top, left, bottom, right = window
    inside = np.zeros((bottom - top, right - left), dtype=np.uint8)
    cv2.fillPoly(inside, [np.round(contour[:, ::-1] - (left, top)).astype(np.int32)], 1)
    distance_mm = ndimage.distance_transform_edt(inside == 0) * ground.recent.spacing_mm
    near = (distance_mm > config.lesion_guard_mm) & (distance_mm <= config.lesion_guard_mm + config.search_margin_mm)
    shown: NDArray[np.bool_] = near & cut_window(ground.recent.shown, window)
    tissue: NDArray[np.bool_] = near & cut_window(ground.recent.usable, window)
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
    cut = np.zeros((bottom - top, right - left), dtype=picture.dtype)
    rows = slice(max(top, 0), min(bottom, picture.shape[0]))
    cols = slice(max(left, 0), min(right, picture.shape[1]))
    if rows.start < rows.stop and cols.start < cols.stop:
        cut[rows.start - top : rows.stop - top, cols.start - left : cols.stop - left] = picture[rows, cols]
    return cut
