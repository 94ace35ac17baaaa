"""The last resort: the same anatomical coordinates in both exams, from the breast outlines alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from radiomics_mammo.core.geometry import DisplacementField, PlanarTransform, Points
from radiomics_mammo.core.vocabulary import RegistrationMethod
from radiomics_mammo.registration.candidates import Candidate, centroid_start
from radiomics_mammo.registration.mapping import FIELD_STEP_MM, sample_field
from radiomics_mammo.registration.working import WorkingPicture

PROFILE_SMOOTHING = 2.0
"""Gaussian sigma, working pixels, that takes the jaggedness off the skin line."""


def anatomical_candidate(prior: WorkingPicture, recent: WorkingPicture) -> Candidate:
    """Map by anatomical coordinates, in both directions."""
    forward, backward = anatomical_map(recent, prior), anatomical_map(prior, recent)
    return Candidate(RegistrationMethod.ANATOMICAL, forward, backward)


def anatomical_map(fixed: WorkingPicture, moving: WorkingPicture) -> PlanarTransform:
    """Map that keeps a point's anatomical coordinates.

    Along the chest wall: the share of the way from the upper end of the breast to the level of its tip, and from
    there to the lower end. Away from it: the share of the way from chest wall to skin.
    """
    start = centroid_start(fixed, moving)
    corners = np.array([[0.0, 0.0], np.subtract(moving.breast.shape, 1)])
    extent = np.abs(moving.mm_from_work(corners)).max(axis=0)
    samples, shape = sample_field((float(extent[0]), float(extent[1])), FIELD_STEP_MM)
    inverse = np.linalg.inv(start.matrix)
    here = fixed.work_from_mm(samples @ inverse[:2, :2].T + inverse[:2, 2])
    shares = _coordinates(fixed.breast, here)
    there = moving.mm_from_work(_points(moving.breast, shares))
    field = (there - samples).reshape(*shape, 2)
    return PlanarTransform(start.matrix, DisplacementField((0.0, 0.0), (FIELD_STEP_MM, FIELD_STEP_MM), field))


def _levels(breast: NDArray[np.bool_]) -> tuple[NDArray[np.float64], float, NDArray[np.float64]]:
    """Rows of upper end, tip and lower end; column of the chest wall; smoothed reach of the breast in every row."""
    rows, cols = np.flatnonzero(breast.any(axis=1)), np.flatnonzero(breast.any(axis=0))
    last = np.where(breast.any(axis=1), breast.shape[1] - 1 - breast[:, ::-1].argmax(axis=1), cols[0])
    reach = ndimage.gaussian_filter1d((last - cols[0] + 1).astype(np.float64), PROFILE_SMOOTHING)
    tip = float(np.clip(reach.argmax(), rows[0] + 1, max(rows[-1] - 1, rows[0] + 1)))
    return np.array([rows[0], tip, max(float(rows[-1]), tip + 1)]), float(cols[0]), np.maximum(reach, 1.0)


def _coordinates(breast: NDArray[np.bool_], points: Points) -> Points:
    levels, wall, reach = _levels(breast)
    along = np.interp(points[:, 0], levels, (-1.0, 0.0, 1.0))
    depth = np.interp(points[:, 0], np.arange(len(reach)), reach)
    return np.stack([along, np.clip((points[:, 1] - wall) / depth, -0.2, 1.2)], axis=1)


def _points(breast: NDArray[np.bool_], shares: Points) -> Points:
    levels, wall, reach = _levels(breast)
    rows = np.interp(shares[:, 0], (-1.0, 0.0, 1.0), levels)
    depth = np.interp(rows, np.arange(len(reach)), reach)
    return np.stack([rows, wall + shares[:, 1] * depth], axis=1)
