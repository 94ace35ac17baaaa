"""``measure_on: warped``: the prior exam resampled onto the grid of the recent one, and its regions with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.core.images import BreastRegion, Mammogram
from radiomics_mammo.core.pairs import AlignedPair, Exam, Roi
from radiomics_mammo.registration import warp_prior


def warped_exam(pair: AlignedPair) -> Exam:
    """The prior exam as it looks on the recent grid: pixels, breast and muscle; no outlines."""
    recent, prior = pair.recent.breast, pair.prior.breast
    pixels = warp_prior(pair)
    mammogram = Mammogram(prior.key, recent.grid, pixels, pair.prior.mammogram.acquisition)
    where = _reduced_prior_places(pair)
    breast, pectoral = (_sampled(part, where, recent.breast.shape) for part in (prior.breast, prior.pectoral))
    region = BreastRegion(prior.key, recent.grid, recent.step_px, breast, pectoral, recent.chest_wall)
    return Exam(mammogram, region)


def warped_rois(pair: AlignedPair, rois: Iterable[Roi]) -> tuple[Roi, ...]:
    """Prior regions on the recent grid; a carried-over contour comes back to where it was taken from."""
    grid = pair.recent.mammogram.grid
    return tuple(replace(roi, grid=grid, contour_px=pair.recent_px(roi.contour_px)) for roi in rois)


def _reduced_prior_places(pair: AlignedPair) -> NDArray[np.int64]:
    step, shape = pair.recent.breast.step_px, pair.recent.breast.breast.shape
    centres = np.indices(shape).reshape(2, -1).T.astype(np.float64) * step + (step - 1) / 2
    return np.floor(pair.prior_px(centres) / pair.prior.breast.step_px).astype(np.int64)


def _sampled(part: NDArray[np.bool_], where: NDArray[np.int64], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    inside = ((where >= 0) & (where < part.shape)).all(axis=1)
    found = np.zeros(len(where), dtype=np.bool_)
    found[inside] = part[where[inside, 0], where[inside, 1]]
    return found.reshape(shape)
