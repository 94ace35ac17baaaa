"""Reduced grids: area averages of a mammogram, and where their pixels lie on the full one."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.core.geometry import PixelGrid, Points

UNKNOWN_SPACING_LONG_SIDE = 400
"""Reduced pixels along the longer side of a picture whose spacing is unknown: about 0.8 mm on a 24 x 30 cm field."""


LEAST_LONG_SIDE = 200
"""Reduced pixels that the longer side of a picture keeps, however small its pixels are said to be."""


def reduction_step_px(grid: PixelGrid, working_spacing_mm: float) -> int:
    """Full-resolution pixels per reduced pixel: at most `working_spacing_mm`, and at least 200 along the longer side.

    Examples
    --------
    >>> reduction_step_px(PixelGrid(4096, 3328, 0.07, 0.07), 0.8)
    11
    """
    if grid.row_spacing_mm is None or grid.col_spacing_mm is None:
        return max(1, round(max(grid.shape) / UNKNOWN_SPACING_LONG_SIDE))
    by_spacing = math.floor(working_spacing_mm / max(grid.row_spacing_mm, grid.col_spacing_mm))
    return max(1, min(by_spacing, max(grid.shape) // LEAST_LONG_SIDE))


def reduce_pixels(pixels: NDArray[np.float32], step_px: int) -> NDArray[np.float32]:
    """Area average over squares of `step_px`, shape (ceil(rows / step), ceil(cols / step)).

    The last row and column are repeated where the picture does not fill its last squares.

    Examples
    --------
    >>> reduce_pixels(np.arange(6, dtype=np.float32).reshape(2, 3), 2)
    array([[2. , 3.5]], dtype=float32)
    """
    rows, cols = pixels.shape
    if step_px == 1:
        return np.array(pixels, dtype=np.float32)
    missing = -rows % step_px, -cols % step_px
    whole = cv2.copyMakeBorder(pixels, 0, missing[0], 0, missing[1], cv2.BORDER_REPLICATE) if any(missing) else pixels
    size = whole.shape[1] // step_px, whole.shape[0] // step_px
    reduced: NDArray[np.float32] = cv2.resize(np.asarray(whole), size, interpolation=cv2.INTER_AREA)
    return reduced


def full_from_reduced(points_reduced: Points, step_px: int) -> Points:
    """Full-resolution (row, col) pixels of reduced ones; centres stay centres.

    Examples
    --------
    >>> full_from_reduced(np.array([[0.0, 1.0]]), 4)
    array([[1.5, 5.5]])
    """
    points: Points = (np.asarray(points_reduced, dtype=np.float64) + 0.5) * step_px - 0.5
    return points


def reduced_from_full(points_px: Points, step_px: int) -> Points:
    """Inverse of `full_from_reduced`.

    Examples
    --------
    >>> reduced_from_full(np.array([[1.5, 5.5]]), 4)
    array([[0., 1.]])
    """
    points: Points = (np.asarray(points_px, dtype=np.float64) + 0.5) / step_px - 0.5
    return points
