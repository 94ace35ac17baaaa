"""Two of PyRadiomics' matrices in the plane, counted by library routines made for two dimensions.

PyRadiomics counts in any number of dimensions, pixel by pixel. In a plane, labelling (scikit-image) finds the zones of
equal grey level and a box sum (OpenCV) the neighbourhoods in a fraction of the time; the counts are the same.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.measure import label

_BOX = (3, 3)


def size_zone_matrix(levels: NDArray[np.int_], *, levels_total: int) -> NDArray[np.float64]:
    """Number of 8-connected zones by grey level and size (GLSZM; Thibault et al. 2009).

    Parameters
    ----------
    levels : ndarray of int, shape (rows, cols)
        Grey levels 1..levels_total inside the region, 0 outside.
    levels_total : int

    Returns
    -------
    ndarray of shape (levels_total, pixels of the largest zone)

    Examples
    --------
    >>> size_zone_matrix(np.array([[1, 1, 2], [2, 0, 2]]), levels_total=2)
    array([[0., 1.],
           [1., 1.]])
    """
    zones = label(levels, background=0, connectivity=2).ravel()
    sizes = np.bincount(zones)[1:]
    level_of = np.zeros(len(sizes) + 1, dtype=np.int_)
    level_of[zones] = levels.ravel()
    largest = int(sizes.max())
    cells = (level_of[1:] - 1) * largest + sizes - 1
    return np.bincount(cells, minlength=levels_total * largest).reshape(levels_total, largest).astype(np.float64)


def neighbourhood_difference_matrix(
    levels: NDArray[np.int_], inside: NDArray[np.bool_], *, levels_total: int
) -> NDArray[np.float64]:
    """Count, summed difference from the mean of the neighbours, and grey level (NGTDM; Amadasun and King 1989).

    Parameters
    ----------
    levels : ndarray of int, shape (rows, cols)
        Grey levels 1..levels_total inside the region, 0 outside.
    inside : ndarray of bool, same shape
    levels_total : int

    Returns
    -------
    ndarray of shape (levels_total, 3)
        Pixels without a neighbour inside are counted, with no difference, as PyRadiomics does.

    Examples
    --------
    >>> neighbourhood_difference_matrix(np.array([[1, 3]]), np.ones((1, 2), dtype=bool), levels_total=3)
    array([[1., 2., 1.],
           [0., 0., 2.],
           [1., 2., 3.]])
    """
    neighbours = _sum_around(inside)[inside]
    own = levels[inside]
    apart = np.abs(own - _sum_around(levels)[inside] / np.maximum(neighbours, 1))
    counts = np.bincount(own, minlength=levels_total + 1)[1:]
    differences = np.bincount(own, np.where(neighbours > 0, apart, 0.0), minlength=levels_total + 1)[1:]
    return np.stack([counts, differences, np.arange(1.0, levels_total + 1)], axis=1)


def _sum_around(values: NDArray[np.generic]) -> NDArray[np.float64]:
    plane = values.astype(np.float64)
    return np.asarray(cv2.boxFilter(plane, -1, _BOX, normalize=False, borderType=cv2.BORDER_CONSTANT) - plane)
