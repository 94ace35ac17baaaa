"""The prior exam resampled onto the grid of the recent one, for pictures and for ``measure_on: warped``."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.core.pairs import AlignedPair

STRIP_ROWS = 256
"""Rows resampled at a time: bounds the memory of the coordinates to a few megabytes."""


def warp_prior(pair: AlignedPair, *, step_px: int = 1, outside: float = 0.0) -> NDArray[np.float32]:
    """Prior pixels at the places of the recent exam, cubic.

    Parameters
    ----------
    pair : AlignedPair
    step_px : int
        Every how many recent pixels; more than 1 for pictures (no averaging).
    outside : float
        Value where the prior image has no pixel.

    Returns
    -------
    ndarray of float32, shape (ceil(rows / step), ceil(cols / step))
    """
    rows, cols = pair.recent.mammogram.grid.shape
    kept_rows, kept_cols = np.arange(0, rows, step_px), np.arange(0, cols, step_px)
    warped = np.empty((len(kept_rows), len(kept_cols)), dtype=np.float32)
    source = np.asarray(pair.prior.mammogram.pixels)
    for first in range(0, len(kept_rows), STRIP_ROWS):
        strip = kept_rows[first : first + STRIP_ROWS]
        points = np.stack(np.meshgrid(strip, kept_cols, indexing="ij"), axis=-1).reshape(-1, 2)
        there = pair.prior_px(points.astype(np.float64)).astype(np.float32).reshape(len(strip), len(kept_cols), 2)
        warped[first : first + STRIP_ROWS] = cv2.remap(
            source,
            np.ascontiguousarray(there[..., 1]),
            np.ascontiguousarray(there[..., 0]),
            cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=outside,
        )
    return warped
