"""Affine alignment by mutual information of grey ranks (SimpleITK): a second opinion that matches no texture."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from radiomics_mammo.core.geometry import PlanarTransform
from radiomics_mammo.registration.preprocessing import WorkingPicture

BINS, ITERATIONS = 24, 60
SHRINKS, SMOOTHINGS = (2, 1), (2, 1)
LEAST_PIXELS = 400
"""Pixels of both masks below which nothing is searched for."""


def informed_affine(fixed: WorkingPicture, moving: WorkingPicture, start: PlanarTransform) -> PlanarTransform | None:
    """Affine map of highest Mattes mutual information of the grey ranks (Mattes 2003), from a start; None if none.

    Every pixel of the usable breast is sampled and one thread is used, so that the same pictures give the same map.
    `start` and the result map mm of `fixed` to mm of `moving`; the pictures are best given on a coarse grid.
    """
    if min(fixed.usable.sum(), moving.usable.sum()) < LEAST_PIXELS:
        return None
    inner = np.linalg.inv(moving.to_mm) @ start.matrix @ fixed.to_mm
    transform = sitk.AffineTransform(2)
    transform.SetCenter([float(v) for v in np.argwhere(fixed.usable).mean(axis=0)[::-1]])
    matrix, shift = _swapped(inner)
    centre = np.array(transform.GetCenter())
    transform.SetMatrix(matrix.ravel().tolist())
    transform.SetTranslation((shift + matrix @ centre - centre).tolist())
    method = _method(moving, fixed, transform)
    try:
        method.Execute(_image(fixed.ranks), _image(moving.ranks))
    except RuntimeError:
        return None  # SimpleITK's only sign that the samples left the other picture
    matrix = np.array(transform.GetMatrix()).reshape(2, 2)
    shift = np.array(transform.GetTranslation()) + centre - matrix @ centre
    work = np.eye(3)
    work[:2, :2], work[:2, 2] = matrix[::-1, ::-1], shift[::-1]
    found = moving.to_mm @ work @ np.linalg.inv(fixed.to_mm)
    found[2] = (0, 0, 1)
    return PlanarTransform(np.asarray(np.round(found, 9), dtype=np.float64))


def _method(moving: WorkingPicture, fixed: WorkingPicture, transform: sitk.Transform) -> sitk.ImageRegistrationMethod:
    method = sitk.ImageRegistrationMethod()
    method.SetNumberOfThreads(1)
    method.SetMetricAsMattesMutualInformation(BINS)
    method.SetMetricFixedMask(_image(fixed.usable.astype(np.uint8)))
    method.SetMetricMovingMask(_image(moving.usable.astype(np.uint8)))
    method.SetInterpolator(sitk.sitkLinear)
    method.SetOptimizerAsRegularStepGradientDescent(2.0, 0.05, ITERATIONS)
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetShrinkFactorsPerLevel(SHRINKS)
    method.SetSmoothingSigmasPerLevel(SMOOTHINGS)
    method.SetInitialTransform(transform, inPlace=True)
    return method


def _image(values: NDArray[np.generic]) -> sitk.Image:
    return sitk.GetImageFromArray(np.ascontiguousarray(values))


def _swapped(matrix: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(row, col) matrix and shift as SimpleITK's (x, y)."""
    return matrix[:2, :2][::-1, ::-1].copy(), matrix[:2, 2][::-1].copy()
