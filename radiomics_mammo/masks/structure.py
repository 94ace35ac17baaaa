"""What two displays of one mammogram share whatever their window, gamma or polarity: its fine structure."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.core.geometry import frozen_array

_FINE_PX = 1.0
"""Standard deviation below which structure is smoothed away."""

_COARSE_BOX_PX, _CONTRAST_BOX_PX = 9, 19
"""Sides of boxes, applied twice: coarser structure is taken out in the first, contrast made equal in the second."""

_LEAST_CONTRAST = 0.15
"""Contrast below this share of the picture's is not raised further: it is noise."""

_AIR_LEVEL = 0.05
"""Air is darker than this share of the way from the darkest to the brightest percentile."""

REACH_PX = _COARSE_BOX_PX
"""What lies so near to a place has a say in its structure, mostly."""

_RIM_PX = 6
"""Width of the breast's rim that is left out: skin lines of different women resemble each other."""


@dataclass(frozen=True, eq=False)
class Structure:
    """Fine structure of one picture, of equal contrast everywhere, on a reduced grid.

    Parameters
    ----------
    values : ndarray of float32, shape (rows, cols)
        Band-passed grey values divided by their local spread.
    inside : ndarray of float32, shape (rows, cols)
        1 well inside the breast, 0 elsewhere; between them where pixels were painted over.
    clean : ndarray of float32, shape (rows, cols)
        1 where nothing was painted over.
    tissue : ndarray of bool, shape (rows, cols)
        Breast with its rim.
    contrast : float
        Spread of the band-passed grey values inside, as a share of the picture's grey range.
    """

    values: NDArray[np.float32] = field(repr=False)
    inside: NDArray[np.float32] = field(repr=False)
    clean: NDArray[np.float32] = field(repr=False)
    tissue: NDArray[np.bool_] = field(repr=False)
    contrast: float

    def __post_init__(self) -> None:
        for name in ("values", "inside", "clean", "tissue"):
            object.__setattr__(self, name, frozen_array(getattr(self, name)))


def reduce(image: NDArray[np.generic], side_px: int) -> NDArray[np.float32]:
    """Copy whose longer side is at most `side_px`, by averaging areas; both grids cover the same field.

    Examples
    --------
    >>> reduce(np.ones((40, 60), np.uint8), 30).shape
    (20, 30)
    """
    rows, cols = image.shape
    factor = max(1.0, max(rows, cols) / side_px)
    size = (max(1, round(cols / factor)), max(1, round(rows / factor)))
    return np.asarray(cv2.resize(image.astype(np.float32), size, interpolation=cv2.INTER_AREA), dtype=np.float32)


def find_structure(grey: NDArray[np.float32], *, painted: NDArray[np.float32] | None = None) -> Structure:
    """Fine structure of a grey picture; painted pixels are filled from around and count for nothing.

    Parameters
    ----------
    grey : ndarray of float32, shape (rows, cols)
    painted : ndarray of float32, shape (rows, cols), optional
        Share of every pixel that a pen covers, 0..1.
    """
    clean = np.ones(grey.shape, np.float32) if painted is None else np.asarray(painted <= 0.02, dtype=np.float32)
    if painted is not None:
        around = _box(grey * clean, _COARSE_BOX_PX) / np.maximum(_box(clean, _COARSE_BOX_PX), 1e-3)
        grey = np.where(clean > 0, grey, around).astype(np.float32)
    low, high = (float(v) for v in np.percentile(grey[::2, ::2], (1, 99.5)))
    span = max(high - low, 1e-6)
    tissue = grey > low + _AIR_LEVEL * span
    if tissue.mean() > 0.98:
        tissue = np.ones_like(tissue)
    kernel = np.ones((2 * _RIM_PX + 1, 2 * _RIM_PX + 1), np.uint8)
    inside = cv2.erode(_filled(tissue), kernel, borderValue=1).astype(np.float32) * clean
    band = (cv2.GaussianBlur(grey, (5, 5), _FINE_PX) - _box(grey, _COARSE_BOX_PX)) / span
    spread = np.sqrt(np.maximum(_box(band**2, _CONTRAST_BOX_PX), 0))
    typical = float(np.sqrt((band**2 * inside).sum(dtype=np.float64) / max(float(inside.sum(dtype=np.float64)), 1.0)))
    values = band / (spread + _LEAST_CONTRAST * typical + 1e-9)
    return Structure(values.astype(np.float32), inside, clean, tissue, typical)


def agreement(first: NDArray[np.float32], second: NDArray[np.float32], weight: NDArray[np.float32]) -> float:
    """Weighted correlation of two arrays of one shape, -1..1; 0 where either is constant.

    Examples
    --------
    >>> ramp = np.arange(6, dtype=np.float32).reshape(2, 3)
    >>> round(agreement(ramp, 5 - ramp, np.ones((2, 3), np.float32)), 6)
    -1.0
    """
    share = weight.astype(np.float64)
    total = max(float(share.sum()), 1e-9)
    one = first - float((first * share).sum()) / total
    two = second - float((second * share).sum()) / total
    norm = float(np.sqrt((one**2 * share).sum() * (two**2 * share).sum()))
    return float((one * two * share).sum()) / norm if norm > 1e-9 else 0.0


def _box(image: NDArray[np.float32], side_px: int) -> NDArray[np.float32]:
    """Mean over a box, twice: nearly Gaussian, at a cost that does not grow with the box."""
    return np.asarray(cv2.blur(cv2.blur(image, (side_px, side_px)), (side_px, side_px)), dtype=np.float32)


def _filled(tissue: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Tissue freed of specks and holes."""
    kernel = np.ones((5, 5), np.uint8)
    opened = cv2.morphologyEx(tissue.astype(np.uint8), cv2.MORPH_OPEN, kernel)
    return np.asarray(cv2.morphologyEx(opened, cv2.MORPH_CLOSE, kernel), dtype=np.uint8)
