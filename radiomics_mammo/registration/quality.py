"""How well a map aligns two exams: similarity of structure, breast overlap, folding, going forth and back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.core.geometry import PlanarTransform, Points
from radiomics_mammo.registration.blocks import moved_structure, pixel_points, warp_picture
from radiomics_mammo.registration.mapping import jacobian_determinants
from radiomics_mammo.registration.working import WorkingPicture


def structure_similarity(fixed: WorkingPicture, moving: WorkingPicture, transform: PlanarTransform) -> float:
    """Correlation (-1..1) of the structure of two exams where both breasts overlap, guarded lesions left out.

    The same measure judges every candidate; 0 where nothing overlaps.
    """
    carried = moved_structure(fixed, moving, transform)
    both = fixed.usable & moved_breast(fixed, moving, transform)
    return correlation(fixed.structure[both], carried[both])


def correlation(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Pearson correlation of two lists of values; 0 where either is constant or empty.

    Examples
    --------
    >>> round(correlation(np.array([1, 2, 4], dtype=np.float32), np.array([2, 4, 8], dtype=np.float32)), 6)
    1.0
    """
    if one.size < 2 or one.std() == 0 or other.std() == 0:
        return 0.0
    return float(np.clip(np.corrcoef(one.astype(np.float64), other.astype(np.float64))[0, 1], -1, 1))


def moved_breast(fixed: WorkingPicture, moving: WorkingPicture, transform: PlanarTransform) -> NDArray[np.bool_]:
    """Breast of `moving` carried onto the grid of `fixed`."""
    return _moved_mask(moving.breast, fixed, moving, transform)


def _moved_mask(
    mask: NDArray[np.bool_], fixed: WorkingPicture, moving: WorkingPicture, transform: PlanarTransform
) -> NDArray[np.bool_]:
    shape = fixed.breast.shape
    points = moving.work_from_mm(transform.apply(fixed.mm_from_work(pixel_points(shape))))
    carried: NDArray[np.bool_] = warp_picture(mask.astype(np.float32), points, shape) > 0.5
    return carried


def breast_dice(fixed: WorkingPicture, moving: WorkingPicture, transform: PlanarTransform) -> float:
    """Overlap (Dice coefficient, 0..1) of the two breasts, over places that both pictures show.

    What lies behind the chest wall edge of `moving` was not in its field: positioning differs by centimetres there,
    and a correct map must not be blamed for it.
    """
    field = np.zeros(moving.breast.shape, dtype=np.bool_)
    field[:, int(moving.breast.any(axis=0).argmax()) :] = True
    shown = _moved_mask(field, fixed, moving, transform)
    carried, here = moved_breast(fixed, moving, transform), fixed.breast & shown
    return float(2 * (carried & here).sum() / max(1, carried.sum() + here.sum()))


def breast_points_mm(picture: WorkingPicture) -> Points:
    """Every usable pixel in mm, shape (n, 2)."""
    return picture.mm_from_work(np.argwhere(picture.usable).astype(np.float64))


def negative_jacobian_fraction(fixed: WorkingPicture, transform: PlanarTransform) -> float:
    """Share of usable places at which the map folds."""
    if transform.displacement is None:
        return 0.0
    determinants = jacobian_determinants(transform, breast_points_mm(fixed), fixed.spacing_mm)
    return float(np.mean(determinants <= 0)) if determinants.size else 0.0


def return_gaps_mm(forward: PlanarTransform, backward: PlanarTransform, points_mm: Points) -> Points:
    """(row, col) distance from where each point started after going forth and back, shape (n, 2).

    Examples
    --------
    >>> shift = PlanarTransform(np.array([[1.0, 0, 3], [0, 1, 0], [0, 0, 1]]))
    >>> return_gaps_mm(shift, PlanarTransform.identity(), np.array([[1.0, 2.0]]))
    array([[3., 0.]])
    """
    gaps: Points = backward.apply(forward.apply(points_mm)) - points_mm
    return gaps
