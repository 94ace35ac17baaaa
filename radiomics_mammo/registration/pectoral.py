"""The pectoral muscle of an MLO view: the bright corner above the strongest straight oblique edge."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from radiomics_mammo.core.vocabulary import Laterality

SAMPLES = 64
"""Points at which the grey step is read along each candidate line."""

CANDIDATES = 48
"""Candidate intercepts along each of the two edges."""

REACH = (0.08, 0.95)
"""Where a muscle may leave the chest wall, as a share of the breast's height (lowest and highest)."""

MIN_POSITIVE_SHARE = 0.7
"""Share of a muscle's edge along which the muscle must be the brighter side."""


@dataclass(frozen=True)
class _Corner:
    """The upper chest wall corner of the breast on the canonical picture, and how far it reaches."""

    top: int
    left: int
    height: int
    width: int


def find_pectoral(
    grey: NDArray[np.float32], breast: NDArray[np.bool_], chest_wall: Laterality, *, min_step: float
) -> NDArray[np.bool_]:
    """Pixels of the breast that are pectoral muscle; none where no edge is strong enough.

    Every straight line that cuts the upper chest wall corner is a candidate. Its strength is the mean grey step
    across it over the part that lies in the breast, in standard deviations of the breast.

    Parameters
    ----------
    grey : ndarray of float32, shape (rows, cols)
        Dense tissue bright.
    breast : ndarray of bool, same shape
    chest_wall : Laterality
        Side of the picture on which the chest wall lies.
    min_step : float
        Strength below which there is no muscle in the picture.

    Examples
    --------
    >>> rows, cols = np.mgrid[:60, :50]
    >>> grey = np.where(rows + 1.2 * cols < 30, 2.0, 1.0).astype(np.float32)
    >>> muscle = find_pectoral(grey, rows + cols < 80, Laterality.LEFT, min_step=0.7)
    >>> bool(muscle[5, 5]), bool(muscle[40, 5])
    (True, False)
    """
    if chest_wall is Laterality.RIGHT:
        return find_pectoral(grey[:, ::-1], breast[:, ::-1], Laterality.LEFT, min_step=min_step)[:, ::-1]
    corner = _corner(breast)
    step_on, step_down = _candidate_lines(corner)
    strength = _line_strengths(grey, breast, corner, (step_on, step_down))
    best = int(strength.argmax())
    if strength[best] < min_step:
        return np.zeros_like(breast)
    rows, cols = np.mgrid[: breast.shape[0], : breast.shape[1]]
    above = (cols - corner.left) / step_on[best] + (rows - corner.top) / step_down[best] < 1
    muscle: NDArray[np.bool_] = breast & above
    return muscle


def _corner(breast: NDArray[np.bool_]) -> _Corner:
    rows, cols = np.flatnonzero(breast.any(axis=1)), np.flatnonzero(breast.any(axis=0))
    return _Corner(int(rows[0]), int(cols[0]), int(np.ptp(rows)) + 1, int(np.ptp(cols)) + 1)


def _candidate_lines(corner: _Corner) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Intercepts (columns along the top, rows down the chest wall) of lines 30 to 80 degrees steep."""
    down = np.linspace(REACH[0], REACH[1], CANDIDATES) * corner.height
    on = np.linspace(0.08, 0.9, CANDIDATES) * corner.width
    pairs_on, pairs_down = (part.ravel() for part in np.meshgrid(on, down))
    steepness = np.degrees(np.arctan2(pairs_down, pairs_on))
    allowed = (steepness > 30) & (steepness < 80)
    return pairs_on[allowed], pairs_down[allowed]


def _line_strengths(
    grey: NDArray[np.float32],
    breast: NDArray[np.bool_],
    corner: _Corner,
    lines: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> NDArray[np.float64]:
    on, down = lines
    gap = 0.03 * corner.width + 1.0
    spread = max(float(grey[breast].std()), 1e-12)
    along = (np.arange(SAMPLES) + 0.5) / SAMPLES
    rows = corner.top + down[:, None] * along
    cols = corner.left + on[:, None] * (1 - along)
    length = np.hypot(on, down)[:, None]
    normal_row, normal_col = on[:, None] / length, down[:, None] / length
    smooth = ndimage.gaussian_filter(np.where(breast, grey, 0).astype(np.float64), 1.0)

    below = np.stack([rows + gap * normal_row, cols + gap * normal_col])
    above = np.stack([rows - gap * normal_row, cols - gap * normal_col])
    inside = (_read(breast.astype(np.float64), below) > 0.99) & (_read(breast.astype(np.float64), above) > 0.99)
    steps = np.where(inside, _read(smooth, above) - _read(smooth, below), 0.0) / spread
    count = inside.sum(axis=1)
    usable = count >= SAMPLES // 2
    mean = steps.sum(axis=1) / np.maximum(count, 1)
    positive = (steps > 0).sum(axis=1) / np.maximum(count, 1)
    return np.where(usable & (positive >= MIN_POSITIVE_SHARE), mean, -np.inf)


def _read(picture: NDArray[np.float64], where: NDArray[np.float64]) -> NDArray[np.float64]:
    values: NDArray[np.float64] = ndimage.map_coordinates(picture, where, order=1, mode="constant")
    return values
