"""Work with planar transforms: change of units, numerical inverse, folding."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.core.geometry import DisplacementField, PlanarTransform, Points

FIELD_STEP_MM = 4.0
"""Distance between the samples of a displacement: a fifth of the matched squares, far below their smoothness."""

INVERSE_ROUNDS = 30
"""Fixed point steps of the inverse; each at least halves the error of a map that does not fold."""


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
    return PlanarTransform(
        matrix, DisplacementField((origin[0], origin[1]), (step[0], step[1]), field.shift_units / target)
    )


def sample_field(extent: tuple[float, float], step: float) -> tuple[Points, tuple[int, int]]:
    """Sample points, shape (n, 2), of a displacement over 0..extent, and the shape of their grid.

    Examples
    --------
    >>> sample_field((4.0, 8.0), 4.0)[1]
    (2, 3)
    """
    rows, cols = (int(np.ceil(size / step)) + 1 for size in extent)
    grid = np.mgrid[:rows, :cols] * step
    return grid.reshape(2, -1).T, (rows, cols)


def invert(
    transform: PlanarTransform, extent: tuple[float, float] = (0.0, 0.0), step: float = FIELD_STEP_MM
) -> PlanarTransform:
    """Numerical inverse, its displacement sampled over the source frame.

    With the map q = A p + u(A p), the inverse is p = B q + v(B q) with B = A^-1. It is solved at every sample
    point p' = B q by the fixed point y = q - u(y), v(p') = B y - p'.

    Parameters
    ----------
    transform : PlanarTransform
    extent : tuple of float
        (row, col) size of the source frame of `transform`, in its units; only a displacement needs it.
    step : float
        Distance between samples, in the same units.

    Examples
    --------
    >>> shift = PlanarTransform(np.array([[1.0, 0, 3], [0, 1, 0], [0, 0, 1]]))
    >>> invert(shift, (10.0, 10.0), 1.0).apply(np.array([[4.0, 2.0]]))
    array([[1., 2.]])
    """
    if transform.is_identity:
        return transform
    matrix = np.asarray(np.linalg.inv(transform.matrix), dtype=np.float64)
    matrix[2] = (0, 0, 1)
    if transform.displacement is None:
        return PlanarTransform(matrix)
    points, shape = sample_field(extent, step)
    there = points @ transform.matrix[:2, :2].T + transform.matrix[:2, 2]
    solved = there.copy()
    for _ in range(INVERSE_ROUNDS):
        solved = there - transform.displacement.at(solved)
    shifts = (solved - there) @ matrix[:2, :2].T
    return PlanarTransform(matrix, DisplacementField((0.0, 0.0), (step, step), shifts.reshape(*shape, 2)))


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
