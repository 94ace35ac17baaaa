"""What of a reduced mammogram is background: frames, paddings, detector offset, inverted photometry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.core.geometry import frozen_array

LEVELS = 256
"""Bins of the grey histogram in which background is looked for."""

NOISE_DEVIATIONS = 4.0
"""Background noise is told from tissue at this many robust standard deviations (one pixel in 30 000)."""

MAD_TO_DEVIATION = 1.4826
"""Robust standard deviation of a normal distribution in median absolute deviations."""


@dataclass(frozen=True, eq=False)
class TissuePicture:
    """A reduced mammogram with its background at zero and tissue above it.

    Parameters
    ----------
    grey : ndarray of float32
        Grey values above the background, dense tissue bright whatever the photometry was.
    valid : ndarray of bool
        Pixels that are not frame or padding.
    threshold : float
        Grey value above which a pixel is tissue.
    inverted : bool
        Whether the picture was bright where it should be dark.
    noisy : bool
        Whether noise, not the wanted share of the grey range, set the threshold.
    """

    grey: NDArray[np.float32]
    valid: NDArray[np.bool_]
    threshold: float
    inverted: bool
    noisy: bool

    def __post_init__(self) -> None:
        object.__setattr__(self, "grey", frozen_array(self.grey))
        object.__setattr__(self, "valid", frozen_array(self.valid))


def inside_frame(pixels: NDArray[np.float32]) -> tuple[slice, slice]:
    """Rows and columns left after constant border lines (frames, paddings) are taken away; empty if all are.

    Examples
    --------
    >>> picture = np.zeros((5, 6), dtype=np.float32); picture[2:4, 1:5] = np.arange(8).reshape(2, 4)
    >>> inside_frame(picture)
    (slice(2, 4, None), slice(1, 5, None))
    """
    top, bottom, left, right = 0, pixels.shape[0], 0, pixels.shape[1]
    changed = True
    while changed and top < bottom and left < right:
        before = (top, bottom, left, right)
        while top < bottom and np.ptp(pixels[top, left:right]) == 0:
            top += 1
        while top < bottom and np.ptp(pixels[bottom - 1, left:right]) == 0:
            bottom -= 1
        while top < bottom and left < right and np.ptp(pixels[top:bottom, left]) == 0:
            left += 1
        while top < bottom and left < right and np.ptp(pixels[top:bottom, right - 1]) == 0:
            right -= 1
        changed = before != (top, bottom, left, right)
    return slice(top, bottom), slice(left, right)


def background_level(values: NDArray[np.float32]) -> float:
    """Grey value that occurs most often: the background, which is flat while tissue is spread.

    Examples
    --------
    >>> background_level(np.array([7, 7, 7, 1, 4, 12, 90], dtype=np.float32))
    7.0
    """
    low, high = float(values.min()), float(values.max())
    if low == high:
        return low
    counts, edges = np.histogram(values, bins=LEVELS, range=(low, high))
    peak = int(counts.argmax())
    inside = values[(values >= edges[peak]) & (values <= edges[peak + 1])]
    return float(np.median(inside))


def background_noise(values: NDArray[np.float32], level: float) -> float:
    """Robust standard deviation of the background around its level, from the values on its emptier side.

    Examples
    --------
    >>> background_noise(np.array([6, 7, 7, 7, 8, 50, 90], dtype=np.float32), 7.0)
    0.0
    """
    below, above = level - values[values < level], values[values > level] - level
    side = below if below.size < above.size else above
    at_level = int((values == level).sum())
    if side.size == 0 or side.size < at_level:
        return 0.0
    return float(MAD_TO_DEVIATION * np.median(side))


def grey_above_background(
    reduced: NDArray[np.float32], valid: NDArray[np.bool_], background_fraction: float
) -> TissuePicture:
    """Put the background at zero and tissue above it.

    Background is the most frequent level; tissue lies on the side of it that reaches further, so an inverted
    picture is recognised whatever its header says.

    Parameters
    ----------
    reduced : ndarray of float32
    valid : ndarray of bool
        At least one pixel must be valid.
    background_fraction : float
        Share of the grey range (background to 99th percentile) that is still background.
    """
    values = reduced[valid]
    level = background_level(values)
    low, high = np.percentile(values, (1, 99))
    inverted = bool(level - low > high - level)
    grey = level - reduced if inverted else reduced - level
    span = float(max(level - low, high - level))
    noise = background_noise(values, level)
    wanted, needed = background_fraction * span, NOISE_DEVIATIONS * noise
    return TissuePicture(grey.astype(np.float32), valid, max(wanted, needed), inverted, noisy=needed > wanted)
