"""Candidate maps between two working pictures, from coarse to fine, each found in both directions independently."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from radiomics_mammo.config.registration import RegistrationConfig
from radiomics_mammo.core.geometry import PlanarTransform, Points
from radiomics_mammo.core.vocabulary import RegistrationMethod
from radiomics_mammo.registration.block_matching import BlockGrid, BlockMatches, match_blocks
from radiomics_mammo.registration.preprocessing import WorkingPair, WorkingPicture
from radiomics_mammo.registration.refinement import fit_affine, refine_affine, refine_locally
from radiomics_mammo.registration.transforms import invert, sample_displacement

PROFILE_SMOOTHING = 2.0
"""Gaussian sigma, working pixels, that takes the jaggedness off the skin line."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """One map recent -> prior and the independently found map back, in nominal mm."""

    method: RegistrationMethod
    forward: PlanarTransform
    backward: PlanarTransform


def find_candidates(
    pair: WorkingPair, *, same_frame: bool, config: RegistrationConfig
) -> tuple[tuple[Candidate, ...], BlockMatches]:
    """Identity (where `same_frame`), affine and deformable map of a pair, and the blocks of the last wide matching.

    `same_frame` says whether equal coordinates can mean the same place; the identity then is a start as well.
    """
    prior, recent, identity = pair.prior, pair.recent, PlanarTransform.identity()
    start = centroid_start(recent, prior)
    fits = [_wide_fit(recent, prior, begin, config) for begin in ((identity, start) if same_frame else (start,))]
    nearest, _ = max(fits, key=lambda fit: fit[1].agreement(fit[0], config.inlier_mm))
    affine, blocks = _wide_fit(recent, prior, nearest, config)
    found = [Candidate(RegistrationMethod.IDENTITY, identity, identity)] if same_frame else []
    forward = refine_affine(recent, prior, affine, config)
    backward = refine_affine(prior, recent, invert(affine), config)
    found.append(Candidate(RegistrationMethod.AFFINE, forward, backward))
    if config.deformable:
        smooth = refine_locally(recent, prior, forward, config), refine_locally(prior, recent, backward, config)
        if smooth[0] is not None and smooth[1] is not None:
            found.append(Candidate(RegistrationMethod.DEFORMABLE, smooth[0], smooth[1]))
    return tuple(found), blocks


def centroid_start(fixed: WorkingPicture, moving: WorkingPicture) -> PlanarTransform:
    """Translation, after turning the chest walls to one side, that puts one breast's centroid on the other's."""
    between = np.eye(3)
    between[:2, 2] = np.argwhere(moving.breast).mean(axis=0) - np.argwhere(fixed.breast).mean(axis=0)
    matrix = moving.to_mm @ between @ np.linalg.inv(fixed.to_mm)
    matrix[2] = (0, 0, 1)
    return PlanarTransform(matrix)


def _wide_fit(
    fixed: WorkingPicture, moving: WorkingPicture, start: PlanarTransform, config: RegistrationConfig
) -> tuple[PlanarTransform, BlockMatches]:
    blocks = match_blocks(fixed, moving, start, BlockGrid.of(config))
    return fit_affine(blocks, start, config) or start, blocks


def anatomical_candidate(pair: WorkingPair) -> Candidate:
    """The last resort, from the breast outlines alone: the same anatomical coordinates, in both directions."""
    forward, backward = anatomical_map(pair.recent, pair.prior), anatomical_map(pair.prior, pair.recent)
    return Candidate(RegistrationMethod.ANATOMICAL, forward, backward)


def anatomical_map(fixed: WorkingPicture, moving: WorkingPicture) -> PlanarTransform:
    """Map that keeps a point's anatomical coordinates.

    Along the chest wall: the share of the way from the upper end of the breast to the level of its tip, and from
    there to the lower end. Away from it: the share of the way from chest wall to skin.
    """
    start = centroid_start(fixed, moving)
    inverse = np.linalg.inv(start.matrix)

    def shift_at(samples: Points) -> Points:
        """From where the translation puts a point to where its shares of the way do."""
        here = fixed.work_from_mm(samples @ inverse[:2, :2].T + inverse[:2, 2])
        levels, wall, reach = _levels(fixed.breast)
        along = np.interp(here[:, 0], levels, (-1.0, 0.0, 1.0))
        depth = np.interp(here[:, 0], np.arange(len(reach)), reach)
        away = np.clip((here[:, 1] - wall) / depth, -0.2, 1.2)
        levels, wall, reach = _levels(moving.breast)
        rows = np.interp(along, (-1.0, 0.0, 1.0), levels)
        depth = np.interp(rows, np.arange(len(reach)), reach)
        return moving.mm_from_work(np.stack([rows, wall + away * depth], axis=1)) - samples

    return PlanarTransform(start.matrix, sample_displacement(moving.extent_mm, shift_at))


def _levels(breast: NDArray[np.bool_]) -> tuple[NDArray[np.float64], float, NDArray[np.float64]]:
    """Rows of upper end, tip and lower end; column of the chest wall; smoothed reach of the breast in every row."""
    rows, cols = np.flatnonzero(breast.any(axis=1)), np.flatnonzero(breast.any(axis=0))
    last = np.where(breast.any(axis=1), breast.shape[1] - 1 - breast[:, ::-1].argmax(axis=1), cols[0])
    reach = ndimage.gaussian_filter1d((last - cols[0] + 1).astype(np.float64), PROFILE_SMOOTHING)
    tip = float(np.clip(reach.argmax(), rows[0] + 1, max(rows[-1] - 1, rows[0] + 1)))
    return np.array([rows[0], tip, max(float(rows[-1]), tip + 1)]), float(cols[0]), np.maximum(reach, 1.0)
