"""How wide the pen line is, and where along a contour it is missing."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.core.geometry import Points, frozen_array

_PROFILES = 400
"""Cross-sections whose median is the profile of the pen."""

_PROFILE_STEP_PX = 0.25

_GAUSS_FWHM = 2.355
"""Full width at half maximum of a Gaussian of unit standard deviation."""

_QUARTER_SPREAD = 2.2
"""Widths at 25 and 75 percent differ by 1.8 (thin line) to 2.7 (edge) standard deviations of the blur; between."""


@dataclass(frozen=True, eq=False)
class Gaps:
    """Missing stretches of a contour.

    Parameters
    ----------
    missing : ndarray of bool, shape (n,)
        Per vertex.
    weights : ndarray of shape (n,)
        Share of the perimeter each vertex stands for; sums to 1.
    """

    missing: NDArray[np.bool_] = field(repr=False)
    weights: NDArray[np.float64] = field(repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "missing", frozen_array(self.missing))
        object.__setattr__(self, "weights", frozen_array(self.weights))

    @property
    def share(self) -> float:
        """Share of the perimeter that is missing.

        Examples
        --------
        >>> Gaps(np.array([True, False, False, True]), np.full(4, 0.25)).share
        0.5
        """
        return float(np.clip(self.weights[self.missing].sum(), 0, 1))

    @property
    def longest(self) -> float:
        """Longest missing stretch as a share of the perimeter, around the start of the contour as well.

        Examples
        --------
        >>> Gaps(np.array([True, False, True, False, True]), np.full(5, 0.2)).longest
        0.4
        """
        if self.missing.all():
            return 1.0
        start = int(np.argmin(self.missing))
        missing, weights = np.roll(self.missing, -start), np.roll(self.weights, -start)
        run = np.cumsum(~missing)
        return float(np.bincount(run[missing], weights=weights[missing]).max()) if missing.any() else 0.0


def vertex_weights(contour_px: Points) -> NDArray[np.float64]:
    """Share of the perimeter that each vertex of a closed contour stands for, shape (n,).

    Examples
    --------
    >>> vertex_weights(np.array([[0.0, 0.0], [0.0, 2.0], [2.0, 2.0], [2.0, 0.0]]))
    array([0.25, 0.25, 0.25, 0.25])
    """
    steps = np.hypot(*(np.roll(contour_px, -1, axis=0) - contour_px).T)
    weights = (steps + np.roll(steps, 1)) / 2
    return np.asarray(weights / max(float(weights.sum()), 1e-9), dtype=np.float64)


def sample(image: NDArray[np.float32], points: Points) -> NDArray[np.float64]:
    """Bilinear values of an image at (row, col) points of shape (..., 2); 0 outside.

    Examples
    --------
    >>> sample(np.array([[0, 1], [2, 3]], np.float32), np.array([[0.5, 0.5]]))
    array([1.5])
    """
    shape = points.shape[:-1]
    flat = points.reshape(-1, 1, 2).astype(np.float32)
    found = [
        cv2.remap(image, flat[k : k + 30_000, :, 1], flat[k : k + 30_000, :, 0], cv2.INTER_LINEAR)
        for k in range(0, len(flat), 30_000)
    ]
    return np.concatenate(found).astype(np.float64).reshape(shape)


def pen_width(strength: NDArray[np.float32], contour: Points, *, band_px: float) -> float:
    """Width of the pen line under a contour, freed of the blur that its own profile shows.

    The median cross-section gives the widths at 25, 50 and 75 percent of the peak; their spread is the blur, which is
    taken out of the half width as of a Gaussian.

    Parameters
    ----------
    strength : ndarray of float32, shape (rows, cols)
    contour : ndarray of shape (n, 2)
        (row, col) on the same grid, through the middle of the line, drawn stretches only.
    band_px : float
        Width of the line at half its strength, roughly.
    """
    pick = np.unique(np.linspace(0, len(contour) - 1, _PROFILES).astype(int))
    tangent = (np.roll(contour, -3, axis=0) - np.roll(contour, 3, axis=0))[pick]
    tangent /= np.maximum(np.hypot(tangent[:, 0], tangent[:, 1]), 1e-9)[:, None]
    normal = tangent[:, ::-1] * (1, -1)
    reach = np.arange(0, 1.5 * band_px + 2, _PROFILE_STEP_PX)
    halves = []
    for sign in (-1, 1):
        places = contour[pick][:, None, :] + sign * reach[None, :, None] * normal[:, None, :]
        halves.append(np.median(sample(strength, places), axis=0))
    peak = max(float(half.max()) for half in halves)
    quarter, middle, high = (sum(_reach(half, share * peak) for half in halves) for share in (0.25, 0.5, 0.75))
    blur = max(quarter - high, 0.0) * _PROFILE_STEP_PX / _QUARTER_SPREAD
    width = middle * _PROFILE_STEP_PX
    return float(np.sqrt(max(width**2 - (_GAUSS_FWHM * blur) ** 2, (width / 3) ** 2)))


def _reach(half: NDArray[np.float64], level: float) -> float:
    """Furthest position, in samples, at which half a profile still reaches a level."""
    above = np.flatnonzero(half >= level)
    if above.size == 0:
        return 0.0
    last = int(above[-1])
    if last + 1 == len(half):
        return float(last)
    return last + float((half[last] - level) / max(half[last] - half[last + 1], 1e-9))
