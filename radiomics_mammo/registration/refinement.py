"""Refinement from coarse to fine: a robust affine map and a smoothing spline, fitted to blocks matched again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import interpolate, spatial

from radiomics_mammo.config.registration import RegistrationConfig
from radiomics_mammo.core.geometry import PlanarTransform, Points
from radiomics_mammo.registration.block_matching import BlockGrid, BlockMatches, match_blocks
from radiomics_mammo.registration.preprocessing import WorkingPicture
from radiomics_mammo.registration.transforms import sample_displacement

REFINE_REACH_SHARE = 0.4
"""Reach of the second matching as a share of the first: what an affine fit leaves over."""

SMOOTH_REACH_SHARES = (0.4, 0.2)
"""Reach of the matchings of the deformable step, coarse to fine."""

AFFINE_ROUNDS = 2
"""Matchings after the first; the second moves points by less than a tenth of a pixel."""

ROUNDS = 6
"""Reweighting rounds; the weights no longer change after four or five."""

CONSENSUS_MM = 6.0
"""Blocks whose displacements differ by less than this may belong to one affine map of up to ten percent."""

NEIGHBOURS = 9
"""Blocks whose median displacement tells whether the one in their midst is believable."""

HELD_OUT_GAIN = 0.1
"""Share by which a local step must come nearer to blocks it has not seen."""

MIN_BLOCKS = 8
"""Blocks needed to fit six affine parameters with something to spare."""

STRETCH = (0.7, 1.4)
"""Believable stretch of one breast between two exams, along any direction."""

UNIT_MM = 10.0
"""Length in which the bending energy is weighed, so that `stiffness` does not depend on the unit."""

DECIMALS_MM, DECIMALS_STRETCH = 6, 9
"""Decimals that are kept of a fitted map: a nanometre over the breast. What is finer is noise of the linear algebra,
and would let the same study differ between versions of it."""


def fit_affine(matches: BlockMatches, start: PlanarTransform, config: RegistrationConfig) -> PlanarTransform | None:
    """Robust affine fit to matched blocks; None where there is no believable one.

    Consensus, then iteratively reweighted least squares: starts from the displacement, on top of the map `start`
    around which the blocks were looked for, that most blocks share, and reweights (Tukey's biweight at three times
    `inlier_mm`, scores squared as prior weights). Blocks that score below `min_block_score` are not used.
    """
    use = matches.scores >= config.min_block_score
    here, there, scores = matches.here_mm[use], matches.there_mm[use], matches.scores[use]
    if len(scores) < MIN_BLOCKS:
        return None
    moves = there - start.apply(here)
    popular = np.argmax(spatial.cKDTree(moves).query_ball_point(moves, CONSENSUS_MM, return_length=True))
    residuals = np.linalg.norm(moves - moves[popular], axis=1)
    width = max(3 * config.inlier_mm, 1.5 * CONSENSUS_MM)
    matrix = np.eye(3)
    for _ in range(ROUNDS):
        weights = _biweight(residuals, width) * scores**2
        if (weights > 0).sum() < MIN_BLOCKS:
            return None
        matrix = _weighted_affine(here, there, weights)
        residuals = np.linalg.norm(here @ matrix[:2, :2].T + matrix[:2, 2] - there, axis=1)
        width = 3 * config.inlier_mm
    stretches = np.linalg.svd(matrix[:2, :2], compute_uv=False)
    return PlanarTransform(matrix) if STRETCH[0] <= stretches[1] <= stretches[0] <= STRETCH[1] else None


def fit_smooth(
    matches: BlockMatches, affine: PlanarTransform, extent_mm: tuple[float, float], config: RegistrationConfig
) -> PlanarTransform | None:
    """Affine map plus the thin-plate smoothing spline that follows the blocks; None with too few of them.

    Minimises the weighted squared distance to the blocks plus `stiffness` times the bending energy (Wahba 1990),
    sampled over the (row, col) size `extent_mm` of the target frame. Blocks that leave the median of their
    neighbours, then the fit itself, lose weight.
    """
    use = matches.scores >= config.min_block_score
    if use.sum() < MIN_BLOCKS:
        return None
    start = affine.apply(matches.here_mm[use])
    shifts, scores = matches.there_mm[use] - start, matches.scores[use]
    near = spatial.cKDTree(start).query(start, k=min(NEIGHBOURS, len(start)))[1]
    residuals = np.linalg.norm(shifts - np.median(shifts[near], axis=1), axis=1)
    for _ in range(ROUNDS // 2):
        weights = scores**2 * _biweight(residuals, 2 * config.inlier_mm)
        kept = weights > 1e-3
        if kept.sum() < MIN_BLOCKS:
            return None
        spline = interpolate.RBFInterpolator(
            start[kept] / UNIT_MM, shifts[kept], smoothing=config.stiffness / weights[kept], kernel="thin_plate_spline"
        )
        residuals = np.linalg.norm(spline(start / UNIT_MM) - shifts, axis=1)
    field = sample_displacement(extent_mm, lambda points: np.round(spline(points / UNIT_MM), DECIMALS_MM))
    return PlanarTransform(affine.matrix, field)


def refine_affine(
    fixed: WorkingPicture, moving: WorkingPicture, affine: PlanarTransform, config: RegistrationConfig
) -> PlanarTransform:
    """Affine map fitted again to blocks looked for around it, twice."""
    for _ in range(AFFINE_ROUNDS):
        blocks = match_blocks(fixed, moving, affine, BlockGrid.of(config, REFINE_REACH_SHARE))
        affine = fit_affine(blocks, affine, config) or affine
    return affine


def proves_itself(
    fixed: WorkingPicture, moving: WorkingPicture, affine: PlanarTransform, config: RegistrationConfig
) -> bool:
    """Whether a local step helps at blocks it has not seen.

    The breast is cut into squares as wide as the blocks; the spline fitted to the blocks of every other square must
    come nearer to those of the squares in between than the affine map does, by `HELD_OUT_GAIN`, both ways round.
    """
    blocks = match_blocks(fixed, moving, affine, BlockGrid.of(config, REFINE_REACH_SHARE))
    squares = np.floor(blocks.here_mm / config.block_mm).astype(int).sum(axis=1) % 2 == 0
    for seen in (squares, ~squares):
        smooth = fit_smooth(_some(blocks, seen), affine, moving.extent_mm, config)
        held = _some(blocks, ~seen & (blocks.scores >= config.min_block_score))
        if smooth is None or len(held.scores) < MIN_BLOCKS:
            return False
        before, after = (np.median(held.distances_mm(one)) for one in (affine, smooth))
        if after > (1 - HELD_OUT_GAIN) * before:
            return False
    return True


def _some(blocks: BlockMatches, which: NDArray[np.bool_]) -> BlockMatches:
    return BlockMatches(blocks.here_mm[which], blocks.there_mm[which], blocks.scores[which])


def refine_locally(
    fixed: WorkingPicture, moving: WorkingPicture, affine: PlanarTransform, config: RegistrationConfig
) -> PlanarTransform | None:
    """Deformable map on top of an affine one, coarse to fine; None where there are too few blocks."""
    current: PlanarTransform | None = affine
    for share in SMOOTH_REACH_SHARES:
        if current is not None:
            blocks = match_blocks(fixed, moving, current, BlockGrid.of(config, share))
            current = fit_smooth(blocks, affine, moving.extent_mm, config)
    return current


def _biweight(residuals: NDArray[np.float64], width: float) -> NDArray[np.float64]:
    return np.clip(1 - (residuals / width) ** 2, 0, None) ** 2


def _weighted_affine(here: Points, there: Points, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    centre = np.average(here, axis=0, weights=weights)
    root = np.sqrt(weights)[:, None]
    design = np.column_stack([here - centre, np.ones(len(here))])
    solution = np.linalg.lstsq(root * design, root * there, rcond=None)[0].T
    matrix = np.eye(3)
    matrix[:2, :2] = np.round(solution[:, :2], DECIMALS_STRETCH)
    matrix[:2, 2] = np.round(solution[:, 2] - solution[:, :2] @ centre, DECIMALS_MM)
    return matrix
