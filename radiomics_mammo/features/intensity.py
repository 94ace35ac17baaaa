"""Grey values of an exam on a common scale, found inside the breast only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.config.features import FeatureConfig
from radiomics_mammo.core.errors import ExtractionError
from radiomics_mammo.core.pairs import Exam

SCALED_MAXIMUM = 1000.0
"""Where the upper percentile of the breast comes to lie (breast-percentile); a round number, no meaning of its own."""

_SAMPLES_PER_CELL = 4
"""Pixels per side of a reduced cell of the breast mask that are looked at: percentiles need no more."""


@dataclass(frozen=True)
class IntensityScale:
    """Linear map of grey values: (value - offset) * gain; nothing is clipped.

    Examples
    --------
    >>> IntensityScale(10.0, 2.0).apply(np.array([10, 11], dtype=np.uint8))
    array([0., 2.])
    """

    offset: float = 0.0
    gain: float = 1.0

    def apply(self, pixels: NDArray[Any]) -> NDArray[np.float64]:
        """Scaled copy, always float64."""
        return (np.asarray(pixels, dtype=np.float64) - self.offset) * self.gain


def intensity_scale(exam: Exam, *, config: FeatureConfig) -> IntensityScale:
    """Scale of one exam from the pixels inside its breast; background and labels play no part.

    ``breast-percentile`` maps `scale_percentiles` to 0 and 1000, ``breast-zscore`` mean and standard deviation to
    0 and 1, ``native`` changes nothing. Values that are no numbers are left out.

    Raises
    ------
    ExtractionError
        If the breast is empty or has one grey value only.
    """
    if config.intensity_scale == "native":
        return IntensityScale()
    values = breast_values(exam)
    subject = f"{exam.mammogram.key} breast"
    if values.size == 0:
        raise ExtractionError(subject, "at least one pixel", "none", "check the breast region")
    if config.intensity_scale == "breast-percentile":
        low, high = (float(value) for value in np.percentile(values, config.scale_percentiles))
        width, target = high - low, SCALED_MAXIMUM
    else:
        low, width, target = float(values.mean()), float(values.std()), 1.0
    if not width > 0:
        raise ExtractionError(subject, "more than one grey value", f"only {low:g}", "check the image")
    return IntensityScale(low, target / width)


def breast_values(exam: Exam) -> NDArray[np.float64]:
    """Finite grey values inside the breast, on a regular sample of its pixels, shape (n,)."""
    region = exam.breast
    stride = max(1, region.step_px // _SAMPLES_PER_CELL)
    rows, cols = (np.arange(0, size, stride) for size in exam.mammogram.grid.shape)
    inside = region.breast[np.ix_(rows // region.step_px, cols // region.step_px)]
    values = exam.mammogram.pixels[::stride, ::stride][inside].astype(np.float64)
    return values[np.isfinite(values)]
