"""Distances from every pixel to a set of pixels, the same to the last bit on every run."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def distance_to_unset(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Euclidean distance, in pixels, of every pixel to the nearest unset one; 0 for unset pixels, shape of `mask`.

    Notes
    -----
    The last bit of OpenCV's distances depends on where the array lies in memory. The squares of distances between
    pixels are whole numbers, so rounding them and taking the root again gives the same number on every run.

    Examples
    --------
    >>> mask = np.ones((3, 4), dtype=bool); mask[0, 0] = False
    >>> np.square(distance_to_unset(mask)).round().astype(int)
    array([[ 0,  1,  4,  9],
           [ 1,  2,  5, 10],
           [ 4,  5,  8, 13]])
    """
    measured = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    whole_squares = np.rint(np.square(measured, dtype=np.float64))
    return np.asarray(np.sqrt(whole_squares), dtype=np.float32)
