"""Fit maps to matched squares: a robust affine map and a thin-plate spline with bending energy on top of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import interpolate, spatial

from radiomics_mammo.core.geometry import DisplacementField, PlanarTransform, Points
from radiomics_mammo.registration.blocks import BlockMatches
from radiomics_mammo.registration.mapping import FIELD_STEP_MM, sample_field

ROUNDS = 6
"""Reweighting rounds; the weights no longer change after four or five."""

CONSENSUS_MM = 6.0
"""Squares whose displacements differ by less than this may belong to one affine map of up to ten percent."""

NEIGHBOURS = 9
"""Squares whose median displacement tells whether the one in their midst is believable."""

MIN_SQUARES = 8
"""Squares needed to fit six affine parameters with something to spare."""

STRETCH = (0.7, 1.4)
"""Believable stretch of one breast between two exams, along any direction."""

UNIT_MM = 10.0
"""Length in which the bending energy is weighed, so that `stiffness` does not depend on the unit."""

DECIMALS_MM, DECIMALS_STRETCH = 6, 9
"""Decimals that are kept of a fitted map: a nanometre over the breast. What is finer is noise of the linear algebra,
and would let the same study differ between versions of it."""


def fit_affine(
    matches: BlockMatches, start: PlanarTransform, *, inlier_mm: float, min_score: float
) -> PlanarTransform | None:
    """Affine map through the largest group of squares that moved alike; None where there is no believable one.

    Starts from the displacement (on top of `start`) that most squares share and reweights (Tukey's biweight at three
    times `inlier_mm`, scores squared as prior weights).

    Parameters
    ----------
    matches : BlockMatches
    start : PlanarTransform
        The map around which the squares were looked for.
    inlier_mm : float
        Distance within which a square agrees with the map.
    min_score : float
        Squares below are not used.
    """
    use = matches.scores >= min_score
    here, there, scores = matches.here_mm[use], matches.there_mm[use], matches.scores[use]
    if use.sum() < MIN_SQUARES:
        return None
    moves = there - start.apply(here)
    tree = spatial.cKDTree(moves)
    popular = int(np.argmax(tree.query_ball_point(moves, CONSENSUS_MM, return_length=True)))
    residuals = np.linalg.norm(moves - moves[popular], axis=1)
    width = max(3 * inlier_mm, 1.5 * CONSENSUS_MM)
    matrix = np.eye(3)
    for _ in range(ROUNDS):
        weights = _biweight(residuals, width) * scores**2
        if (weights > 0).sum() < MIN_SQUARES:
            return None
        matrix = _weighted_affine(here, there, weights)
        residuals = np.linalg.norm(here @ matrix[:2, :2].T + matrix[:2, 2] - there, axis=1)
        width = 3 * inlier_mm
    stretches = np.linalg.svd(matrix[:2, :2], compute_uv=False)
    return PlanarTransform(matrix) if STRETCH[0] <= stretches[1] <= stretches[0] <= STRETCH[1] else None


def fit_smooth(
    matches: BlockMatches,
    affine: PlanarTransform,
    extent_mm: tuple[float, float],
    *,
    inlier_mm: float,
    min_score: float,
    stiffness: float,
) -> PlanarTransform | None:
    """Affine map plus the displacement of least bending energy that follows the squares; None with too few of them.

    Minimises the weighted squared distance to the squares plus `stiffness` times the bending energy (thin-plate
    smoothing spline, Wahba 1990). Squares that leave the median of their neighbours, then the fit itself, lose weight.

    Parameters
    ----------
    matches : BlockMatches
    affine : PlanarTransform
        Without displacement.
    extent_mm : tuple of float
        (row, col) size of the target frame.
    inlier_mm, min_score, stiffness : float
    """
    use = matches.scores >= min_score
    if use.sum() < MIN_SQUARES:
        return None
    start = affine.apply(matches.here_mm[use])
    shifts, scores = matches.there_mm[use] - start, matches.scores[use]
    near = spatial.cKDTree(start).query(start, k=min(NEIGHBOURS, len(start)))[1]
    odd = np.linalg.norm(shifts - np.median(shifts[near], axis=1), axis=1)
    weights = scores**2 * _biweight(odd, 2 * inlier_mm)
    points, shape = sample_field(extent_mm, FIELD_STEP_MM)
    spline = None
    for _ in range(ROUNDS // 2):
        kept = weights > 1e-3
        if kept.sum() < MIN_SQUARES:
            return None
        spline = interpolate.RBFInterpolator(
            start[kept] / UNIT_MM, shifts[kept], smoothing=stiffness / weights[kept], kernel="thin_plate_spline"
        )
        weights = scores**2 * _biweight(np.linalg.norm(spline(start / UNIT_MM) - shifts, axis=1), 2 * inlier_mm)
    assert spline is not None
    field = np.round(spline(points / UNIT_MM), DECIMALS_MM).reshape(*shape, 2)
    return PlanarTransform(affine.matrix, DisplacementField((0.0, 0.0), (FIELD_STEP_MM, FIELD_STEP_MM), field))


def agreement(matches: BlockMatches, transform: PlanarTransform, inlier_mm: float) -> float:
    """Share of all squares found within `inlier_mm` of where the map puts them; 0 where there are none.

    Found without looking at the map, squares of an unrelated picture agree by chance only.
    """
    if not len(matches.scores):
        return 0.0
    return float(np.mean(distances_mm(matches, transform) <= inlier_mm))


def distances_mm(matches: BlockMatches, transform: PlanarTransform) -> NDArray[np.float64]:
    """Distance between where each square was found and where the map puts it; infinite where it was not found."""
    gaps: NDArray[np.float64] = np.linalg.norm(transform.apply(matches.here_mm) - matches.there_mm, axis=1)
    return np.where(matches.scores > -1, gaps, np.inf)


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
