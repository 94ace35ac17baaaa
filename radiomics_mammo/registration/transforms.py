"""Planar transforms: change of units, sampled displacements, numerical inverse, Jacobian, warping of the prior exam."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.core.geometry import DisplacementField, PlanarTransform, Points
from radiomics_mammo.core.pairs import AlignedPair

FIELD_STEP_MM = 4.0
"""Distance between the samples of a displacement: a fifth of the matched blocks, far below their smoothness."""

INVERSE_ROUNDS = 30
"""Fixed point steps of the inverse; each at least halves the error of a map that does not fold."""

STRIP_ROWS = 256
"""Rows warped at a time: bounds the memory of the coordinates to a few megabytes."""


def rescale(
    transform: PlanarTransform, source_spacing: tuple[float, float], target_spacing: tuple[float, float]
) -> PlanarTransform:
    """A map between lengths as the map between pixels of the given spacings.

    Examples
    --------
    >>> shift = PlanarTransform(np.array([[1.0, 0, 3], [0, 1, 0], [0, 0, 1]]))
    >>> rescale(shift, (0.5, 0.5), (0.5, 0.5)).apply(np.array([[0.0, 0.0]]))
    array([[6., 0.]])
    """
    to_pixels = np.diag([1 / target_spacing[0], 1 / target_spacing[1], 1.0])
    matrix = to_pixels @ transform.matrix @ np.diag([*source_spacing, 1.0])
    field = transform.displacement
    if field is None:
        return PlanarTransform(matrix)
    target = np.asarray(target_spacing)
    origin, step = np.asarray(field.origin_units) / target, np.asarray(field.step_units) / target
    scaled = DisplacementField((origin[0], origin[1]), (step[0], step[1]), field.shift_units / target)
    return PlanarTransform(matrix, scaled)


def sample_displacement(extent_mm: tuple[float, float], shift_at: Callable[[Points], Points]) -> DisplacementField:
    """Displacement of a frame of a (row, col) size, sampled every `FIELD_STEP_MM` from a function of points (n, 2).

    Examples
    --------
    >>> sample_displacement((4.0, 8.0), np.zeros_like).shift_units.shape
    (2, 3, 2)
    """
    rows, cols = (int(np.ceil(size / FIELD_STEP_MM)) + 1 for size in extent_mm)
    points = (np.mgrid[:rows, :cols] * FIELD_STEP_MM).reshape(2, -1).T
    return DisplacementField((0.0, 0.0), (FIELD_STEP_MM, FIELD_STEP_MM), shift_at(points).reshape(rows, cols, 2))


def invert(transform: PlanarTransform, extent_mm: tuple[float, float] = (0.0, 0.0)) -> PlanarTransform:
    """Numerical inverse by fixed-point iteration, its displacement sampled over the source frame.

    With the map q = A p + u(A p), the inverse is p = B q + v(B q) with B = A^-1. It is solved at every sample
    point p' = B q by the fixed point y = q - u(y), v(p') = B y - p'.

    `extent_mm` is the (row, col) size of the source frame of `transform`; only a displacement needs it.

    Examples
    --------
    >>> shift = PlanarTransform(np.array([[1.0, 0, 3], [0, 1, 0], [0, 0, 1]]))
    >>> invert(shift).apply(np.array([[4.0, 2.0]]))
    array([[1., 2.]])
    """
    if transform.is_identity:
        return transform
    matrix = np.asarray(np.linalg.inv(transform.matrix), dtype=np.float64)
    matrix[2] = (0, 0, 1)
    displacement = transform.displacement
    if displacement is None:
        return PlanarTransform(matrix)

    def shift_at(points: Points) -> Points:
        """Fixed point at points of the source frame."""
        there = points @ transform.matrix[:2, :2].T + transform.matrix[:2, 2]
        solved = there.copy()
        for _ in range(INVERSE_ROUNDS):
            solved = there - displacement.at(solved)
        shifts: Points = (solved - there) @ matrix[:2, :2].T
        return shifts

    return PlanarTransform(matrix, sample_displacement(extent_mm, shift_at))


def jacobian_determinants(transform: PlanarTransform, points: Points, step: float) -> NDArray[np.float64]:
    """Local change of area at points of shape (n, 2), by central differences over `step`, relative to the affine part.

    Negative where the map folds; a mirrored pair is not a fold, since the affine determinant is divided out.

    Examples
    --------
    >>> jacobian_determinants(PlanarTransform.identity(), np.array([[1.0, 2.0]]), 0.5)
    array([1.])
    """
    rows, cols = (transform.apply(points + move) - transform.apply(points - move) for move in step * np.eye(2) / 2)
    determinants: NDArray[np.float64] = (rows[:, 0] * cols[:, 1] - rows[:, 1] * cols[:, 0]) / step**2
    return determinants / float(np.linalg.det(transform.matrix))


def warp_prior(pair: AlignedPair, *, step_px: int = 1, outside: float = 0.0) -> NDArray[np.float32]:
    """Prior exam warped onto the grid of the recent one (cubic), for pictures and for ``measure_on: warped``.

    Parameters
    ----------
    pair : AlignedPair
    step_px : int
        Every how many recent pixels; more than 1 for pictures (no averaging).
    outside : float
        Value where the prior image has no pixel.

    Returns
    -------
    ndarray of float32, shape (ceil(rows / step), ceil(cols / step))
    """
    rows, cols = pair.recent.mammogram.grid.shape
    kept_rows, kept_cols = np.arange(0, rows, step_px), np.arange(0, cols, step_px)
    source = np.asarray(pair.prior.mammogram.pixels)
    warped = np.empty((len(kept_rows), len(kept_cols)), dtype=np.float32)
    for first in range(0, len(kept_rows), STRIP_ROWS):
        strip = kept_rows[first : first + STRIP_ROWS]
        points = np.stack(np.meshgrid(strip, kept_cols, indexing="ij"), axis=-1).reshape(-1, 2)
        there = pair.prior_px(points.astype(np.float64)).astype(np.float32).reshape(len(strip), len(kept_cols), 2)
        y, x = (np.ascontiguousarray(there[..., axis]) for axis in (0, 1))
        warped[first : first + STRIP_ROWS] = cv2.remap(
            source, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=outside
        )
    return warped
