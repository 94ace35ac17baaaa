"""Preprocessing of an exam: grey values on a common scale, and the window around a region at the study spacing.

The scale is found inside the breast only. The window is cut first, scaled, and resampled once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from radiomics_mammo.config.features import FeatureConfig
from radiomics_mammo.core.contours import Region, fill_contour
from radiomics_mammo.core.errors import ExtractionError
from radiomics_mammo.core.geometry import PixelGrid, Points, frozen_array
from radiomics_mammo.core.images import BreastRegion, Mammogram
from radiomics_mammo.core.pairs import Exam
from radiomics_mammo.features.filters import LengthUnit

SCALED_MAXIMUM = 1000.0
"""Where the upper percentile of the breast comes to lie (breast-percentile); a round number, no meaning of its own."""

_SAMPLES_PER_CELL = 4
"""Pixels per side of a reduced cell of the breast mask that are looked at: percentiles need no more."""

_SPLINE_MARGIN_PX = 16
"""Source pixels kept around the window: the weight of a cubic B-spline falls by 0.268 a pixel, to 1e-9 here."""

_SPLINE_ORDER: Final = 3
_SAME_SPACING = 1e-6
"""Spacings that differ by less, relatively, are the same: nothing is resampled."""


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
    """Intensity normalisation of one exam from the pixels inside its breast; background and labels play no part.

    ``breast-percentile`` maps `scale_percentiles` to 0 and 1000, ``breast-zscore`` mean and standard deviation to
    0 and 1, ``native`` changes nothing. Values that are no numbers are left out.

    Raises
    ------
    ExtractionError
        If the breast is empty or has one grey value only.
    """
    if config.intensity_scale == "native":
        return IntensityScale()
    known = _SCALES.setdefault(exam.breast, WeakKeyDictionary()).setdefault(exam.mammogram, {})
    asked = config.intensity_scale, config.scale_percentiles
    if asked not in known:
        known[asked] = _found_scale(exam, config)
    return known[asked]


_Known = dict[tuple[str, tuple[float, float]], IntensityScale]
_SCALES: WeakKeyDictionary[BreastRegion, WeakKeyDictionary[Mammogram, _Known]] = WeakKeyDictionary()
"""Scales of the exams at hand by their settings: every measurement of an exam asks for the same."""


def _found_scale(exam: Exam, config: FeatureConfig) -> IntensityScale:
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
    """Finite grey values inside the breast, on a regular sample of its pixels, shape (n,).

    Tissue that a frame hides is taken to be as the strip of the same width beside it, which counts twice: without it
    the percentiles would be those of a breast without its chest wall.
    """
    region = exam.breast
    stride = max(1, region.step_px // _SAMPLES_PER_CELL)
    rows, cols = (np.arange(0, size, stride) for size in exam.mammogram.grid.shape)
    inside = region.breast[np.ix_(rows // region.step_px, cols // region.step_px)]
    sampled = exam.mammogram.pixels[::stride, ::stride]
    values = sampled[inside].astype(np.float64)
    top, bottom, left, right = exam.mammogram.acquisition.frame_px
    if top or bottom or left or right:
        beside = _beside_frame(rows, top, bottom, size=exam.mammogram.grid.rows)[:, None]
        beside = beside | _beside_frame(cols, left, right, size=exam.mammogram.grid.cols)
        values = np.concatenate([values, sampled[inside & beside].astype(np.float64)])
    return values[np.isfinite(values)]


def _beside_frame(places: NDArray[np.int_], first: int, last: int, *, size: int) -> NDArray[np.bool_]:
    """Which places along an axis lie no further from a frame than it is wide; `first` and `last` are its lines."""
    from_last = size - 1 - places
    return ((places >= first) & (places < 2 * first)) | ((from_last >= last) & (from_last < 2 * last))


@dataclass(frozen=True)
class StudyGrid:
    """The grid of the study spacing laid over one image, their outer corners together.

    Parameters
    ----------
    grid : PixelGrid
        Grid of the image.
    step_px : tuple of float
        (row, col) image pixels per study pixel; (1, 1) where nothing is resampled.

    Examples
    --------
    >>> study = StudyGrid.over(PixelGrid(70, 90, 0.05, 0.05), spacing_mm=0.1)
    >>> study.shape, study.to_study(np.array([[0.5, 2.5]])).tolist()
    ((35, 45), [[0.0, 1.0]])
    """

    grid: PixelGrid
    step_px: tuple[float, float]

    @classmethod
    def over(cls, grid: PixelGrid, *, spacing_mm: float) -> StudyGrid:
        """The study grid over an image; the image's own grid where its spacing is unknown or the same already."""
        if not grid.spacing_known:
            return cls(grid, (1.0, 1.0))
        steps = [spacing_mm / own for own in grid.unit_spacing]
        row, col = (1.0 if abs(step - 1) < _SAME_SPACING else step for step in steps)
        return cls(grid, (row, col))

    @property
    def unit(self) -> LengthUnit:
        """``mm``, or ``px`` where the spacing is unknown."""
        return "mm" if self.grid.spacing_known else "px"

    @property
    def spacing(self) -> tuple[float, float]:
        """(row, col) distance between study pixels, in `unit`."""
        row, col = self.grid.unit_spacing
        return row * self.step_px[0], col * self.step_px[1]

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, cols) of the study grid over the whole image."""
        rows = max(1, math.floor(self.grid.rows / self.step_px[0] + _SAME_SPACING))
        cols = max(1, math.floor(self.grid.cols / self.step_px[1] + _SAME_SPACING))
        return rows, cols

    def to_study(self, points_px: Points) -> Points:
        """Image pixels to study pixels, shape (n, 2)."""
        points: Points = (np.asarray(points_px, dtype=np.float64) + 0.5) / self.step_px - 0.5
        return points

    def region(self, contour_px: Points) -> Region:
        """Study pixels whose centre lies inside a contour given in image pixels."""
        return fill_contour(self.to_study(contour_px), self.shape)


@dataclass(frozen=True, eq=False, kw_only=True)
class Crop:
    """Scaled and resampled window of one exam around a region.

    Parameters
    ----------
    image : ndarray of float64, shape (rows, cols)
    top, left : int
        Place of the window on the study grid.
    study : StudyGrid
    region : Region
        On the study grid.
    """

    image: NDArray[np.float64] = field(repr=False)
    top: int
    left: int
    study: StudyGrid
    region: Region

    def __post_init__(self) -> None:
        object.__setattr__(self, "image", frozen_array(self.image))

    @cached_property
    def inside(self) -> NDArray[np.bool_]:
        """The region in this window, same shape as `image`."""
        full = np.zeros(self.image.shape, dtype=np.bool_)
        rows, cols = self.region.inside.shape
        top, left = self.region.top_px - self.top, self.region.left_px - self.left
        full[top : top + rows, left : left + cols] = self.region.inside
        return full

    @property
    def centroid_px(self) -> NDArray[np.float64]:
        """(row, col) of the centroid of the region in this window."""
        return np.array(self.region.centroid_px) - (self.top, self.left)


def cut_crop(
    pixels: NDArray[np.float32], study: StudyGrid, region: Region, *, margin: int, scale: IntensityScale
) -> Crop:
    """Window of an exam around a region of the study grid: cubic B-spline interpolation of the scaled grey values.

    Parameters
    ----------
    pixels : ndarray of shape study.grid.shape
    study : StudyGrid
    region : Region
        On the study grid.
    margin : int
        Study pixels around it, cut at the edge of the image.
    scale : IntensityScale

    Returns
    -------
    Crop
        A plain copy where nothing is to be resampled.
    """
    top, left = max(0, region.top_px - margin), max(0, region.left_px - margin)
    bottom, right = (
        min(study.shape[0] - 1, region.bottom_px + margin),
        min(study.shape[1] - 1, region.right_px + margin),
    )
    if study.step_px == (1.0, 1.0):
        image = scale.apply(pixels[top : bottom + 1, left : right + 1])
        return Crop(image=image, top=top, left=left, study=study, region=region)
    start_px = (np.array([top, left]) + 0.5) * study.step_px - 0.5
    end_px = (np.array([bottom, right]) + 0.5) * study.step_px - 0.5
    low = np.maximum(np.floor(start_px).astype(int) - _SPLINE_MARGIN_PX, 0)
    high = np.minimum(np.ceil(end_px).astype(int) + _SPLINE_MARGIN_PX + 1, pixels.shape)
    image = ndimage.affine_transform(
        scale.apply(pixels[low[0] : high[0], low[1] : high[1]]),
        np.array(study.step_px, dtype=np.float64),
        offset=np.array(start_px - low, dtype=np.float64),
        output_shape=(bottom - top + 1, right - left + 1),
        order=_SPLINE_ORDER,
        mode="mirror",
    )
    return Crop(image=image, top=top, left=left, study=study, region=region)
