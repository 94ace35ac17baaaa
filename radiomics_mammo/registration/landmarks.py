"""Landmarks of a breast: chest wall edge, nipple, distances from the skin."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from radiomics_mammo.core.geometry import Points
from radiomics_mammo.core.images import BreastRegion
from radiomics_mammo.core.vocabulary import Laterality
from radiomics_mammo.registration.reduction import full_from_reduced


def nipple_px(region: BreastRegion) -> tuple[float, float]:
    """(row, col) full-resolution pixel of the breast that lies farthest from chest wall and pectoral muscle.

    Examples
    --------
    >>> from radiomics_mammo.core.geometry import PixelGrid
    >>> from radiomics_mammo.core.identity import ImageKey
    >>> breast = np.array([[1, 0, 0], [1, 1, 1], [1, 0, 0]], dtype=bool)
    >>> region = BreastRegion(
    ...     ImageKey.parse("benign-01_CC_recent"), PixelGrid(3, 3), 1, breast, ~breast & breast, Laterality.LEFT
    ... )
    >>> nipple_px(region)
    (1.0, 2.0)
    """
    distances = distance_from_chest_wall(region)
    farthest = np.argwhere(region.breast & (distances >= distances[region.breast].max() - 0.5))
    row, col = full_from_reduced(farthest.mean(axis=0)[None], region.step_px)[0]
    return float(row), float(col)


def distance_from_chest_wall(region: BreastRegion) -> NDArray[np.float64]:
    """Distance of every reduced pixel from the chest wall edge of the breast and its muscle, in reduced pixels."""
    cols = np.flatnonzero(region.breast.any(axis=0))
    wall = region.pectoral.copy()
    wall[:, cols[0] if region.chest_wall is Laterality.LEFT else cols[-1]] = True
    distances: NDArray[np.float64] = ndimage.distance_transform_edt(~wall)
    return distances


def skin_distance_px(region: BreastRegion, points_px: Points) -> NDArray[np.float64]:
    """Distance of full-resolution points, shape (n, 2), from the skin line, in full-resolution pixels.

    The edges at which the picture or the chest wall cuts the breast are no skin.
    """
    skin = skin_line(region)
    if not skin.any():
        return np.full(len(points_px), np.nan)
    line = full_from_reduced(np.argwhere(skin).astype(np.float64), region.step_px)
    gaps = np.linalg.norm(np.asarray(points_px)[:, None] - line[None], axis=2)
    nearest: NDArray[np.float64] = gaps.min(axis=1)
    return nearest


def skin_line(region: BreastRegion) -> NDArray[np.bool_]:
    """Reduced pixels of the breast that touch background, other than along the chest wall."""
    around = np.pad(region.breast, 1, mode="edge")
    rim: NDArray[np.bool_] = (
        region.breast & ~ndimage.binary_erosion(around, np.ones((3, 3), dtype=np.bool_))[1:-1, 1:-1]
    )
    cols = np.flatnonzero(region.breast.any(axis=0))
    width = max(1, round(0.02 * cols.size))
    wall = cols[:width] if region.chest_wall is Laterality.LEFT else cols[-width:]
    rim[:, wall] = False
    return rim
