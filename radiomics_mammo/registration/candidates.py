"""The candidate maps between two working pictures, each found in both directions independently."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from radiomics_mammo.config.registration import RegistrationConfig
from radiomics_mammo.core.geometry import PlanarTransform
from radiomics_mammo.core.vocabulary import RegistrationMethod
from radiomics_mammo.registration.blocks import BlockGrid, BlockMatches, match_blocks
from radiomics_mammo.registration.fitting import agreement, fit_affine, fit_smooth
from radiomics_mammo.registration.mapping import invert
from radiomics_mammo.registration.working import WorkingPicture

REFINE_REACH_SHARE = 0.4
"""Reach of the second matching as a share of the first: what an affine fit leaves over."""

SMOOTH_REACH_SHARES = (0.4, 0.2)
"""Reach of the matchings of the deformable step, coarse to fine."""

AFFINE_ROUNDS = 2
"""Matchings after the first; the second moves points by less than a tenth of a pixel."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """One map recent -> prior and the independently found map back, in nominal mm."""

    method: RegistrationMethod
    forward: PlanarTransform
    backward: PlanarTransform


@dataclass(frozen=True, eq=False)
class Search:
    """What was found for one pair: the candidates, simplest first, and the squares of the last wide matching."""

    candidates: tuple[Candidate, ...]
    squares: BlockMatches


def find_candidates(
    prior: WorkingPicture, recent: WorkingPicture, *, same_frame: bool, config: RegistrationConfig
) -> Search:
    """Identity (where both exams share a frame), affine and deformable map of a pair.

    Parameters
    ----------
    prior, recent : WorkingPicture
    same_frame : bool
        Whether equal coordinates can mean the same place.
    config : RegistrationConfig
    """
    identity = PlanarTransform.identity()
    start = centroid_start(recent, prior)
    starts = (identity, start) if same_frame else (start,)
    fits = [_wide_fit(recent, prior, begin, config) for begin in starts]
    nearest, _ = max(fits, key=lambda fit: agreement(fit[1], fit[0], config.inlier_mm))
    affine, squares = _wide_fit(recent, prior, nearest, config)
    found = [Candidate(RegistrationMethod.IDENTITY, identity, identity)] if same_frame else []
    forward = _refined_affine(recent, prior, affine, config)
    backward = _refined_affine(prior, recent, invert(affine), config)
    found.append(Candidate(RegistrationMethod.AFFINE, forward, backward))
    if config.deformable:
        smooth = _smooth(recent, prior, forward, config), _smooth(prior, recent, backward, config)
        if smooth[0] is not None and smooth[1] is not None:
            found.append(Candidate(RegistrationMethod.DEFORMABLE, smooth[0], smooth[1]))
    return Search(tuple(found), squares)


def centroid_start(fixed: WorkingPicture, moving: WorkingPicture) -> PlanarTransform:
    """Translation, after turning the chest walls to one side, that puts one breast's centre on the other's."""
    shift = np.argwhere(moving.breast).mean(axis=0) - np.argwhere(fixed.breast).mean(axis=0)
    between = np.eye(3)
    between[:2, 2] = shift
    matrix = moving.to_mm @ between @ np.linalg.inv(fixed.to_mm)
    matrix[2] = (0, 0, 1)
    return PlanarTransform(matrix)


def _wide_fit(
    fixed: WorkingPicture, moving: WorkingPicture, start: PlanarTransform, config: RegistrationConfig
) -> tuple[PlanarTransform, BlockMatches]:
    squares = match_blocks(fixed, moving, start, _grid(config, 1.0))
    fitted = fit_affine(squares, start, inlier_mm=config.inlier_mm, min_score=config.min_block_score)
    return fitted or start, squares


def _refined_affine(
    fixed: WorkingPicture, moving: WorkingPicture, affine: PlanarTransform, config: RegistrationConfig
) -> PlanarTransform:
    for _ in range(AFFINE_ROUNDS):
        squares = match_blocks(fixed, moving, affine, _grid(config, REFINE_REACH_SHARE))
        fitted = fit_affine(squares, affine, inlier_mm=config.inlier_mm, min_score=config.min_block_score)
        affine = fitted or affine
    return affine


def _smooth(
    fixed: WorkingPicture, moving: WorkingPicture, affine: PlanarTransform, config: RegistrationConfig
) -> PlanarTransform | None:
    current: PlanarTransform | None = affine
    corners = np.array([[0.0, 0.0], np.subtract(moving.structure.shape, 1)])
    extent = np.abs(moving.mm_from_work(corners)).max(axis=0)
    for share in SMOOTH_REACH_SHARES:
        if current is None:
            return None
        squares = match_blocks(fixed, moving, current, _grid(config, share))
        current = fit_smooth(
            squares,
            affine,
            (float(extent[0]), float(extent[1])),
            inlier_mm=config.inlier_mm,
            min_score=config.min_block_score,
            stiffness=config.stiffness,
        )
    return current


def _grid(config: RegistrationConfig, reach_share: float) -> BlockGrid:
    return BlockGrid.of_mm(
        config.working_spacing_mm,
        side_mm=config.block_mm,
        stride_mm=config.block_stride_mm,
        reach_mm=config.block_search_mm * reach_share,
    )
