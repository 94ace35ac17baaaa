"""The window of an exam around a region: cut first, scaled, and resampled once to the study spacing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pywt
from numpy.typing import NDArray
from scipy import ndimage

from radiomics_mammo.config.features import FeatureConfig, resolve_preset
from radiomics_mammo.core.contours import Region, fill_contour
from radiomics_mammo.core.geometry import PixelGrid, Points, frozen_array
from radiomics_mammo.features.columns import LengthUnit
from radiomics_mammo.features.intensity import IntensityScale

MARGIN_SIGMAS = 4.0
"""Margin around a region in widths of the largest filter: beyond it a Gaussian holds less than 1e-4 of its weight."""

_SPLINE_MARGIN_PX = 16
"""Source pixels kept around the window: the weight of a cubic B-spline falls by 0.268 a pixel, to 1e-9 here."""

_SPLINE_ORDER: Final = 3
_SAME_SPACING = 1e-6
"""Spacings that differ by less, relatively, are the same: nothing is resampled."""


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


@dataclass(frozen=True, eq=False)
class Crop:
    """Scaled and resampled window of one exam.

    Parameters
    ----------
    image : ndarray of float64, shape (rows, cols)
    top, left : int
        Place of the window on the study grid.
    study : StudyGrid
    """

    image: NDArray[np.float64] = field(repr=False)
    top: int
    left: int
    study: StudyGrid

    def __post_init__(self) -> None:
        object.__setattr__(self, "image", frozen_array(self.image))

    def mask(self, region: Region) -> NDArray[np.bool_]:
        """A region of the study grid that lies in this window, same shape as `image`."""
        full = np.zeros(self.image.shape, dtype=np.bool_)
        full[
            region.top_px - self.top : region.bottom_px - self.top + 1,
            region.left_px - self.left : region.right_px - self.left + 1,
        ] = region.inside
        return full


def margin_px(config: FeatureConfig, *, spacing: float) -> int:
    """Study pixels kept around a region, by rule: four widths of the largest filter, and the wavelet's support.

    Parameters
    ----------
    config : FeatureConfig
    spacing : float
        Study spacing in mm, or 1 where the spacing is unknown and filter widths are pixels.

    Examples
    --------
    >>> margin_px(FeatureConfig(preset="standard"), spacing=0.1)
    80
    >>> margin_px(FeatureConfig(image_types=("original", "wavelet")), spacing=0.1)
    6
    """
    settings = resolve_preset(config)
    kinds = settings.image_types or ()
    needs = [1]
    if "wavelet" in kinds:
        needs.append(int(pywt.Wavelet(settings.wavelet).dec_len))
    if "log" in kinds and settings.log_sigma_mm:
        needs.append(math.ceil(round(MARGIN_SIGMAS * max(settings.log_sigma_mm) / spacing, 6)))
    return max(needs)


def cut_crop(
    pixels: NDArray[np.float32],
    study: StudyGrid,
    regions: Sequence[Region],
    *,
    margin: int,
    scale: IntensityScale,
) -> Crop:
    """Window of an exam around one or more regions of the study grid.

    Parameters
    ----------
    pixels : ndarray of shape study.grid.shape
    study : StudyGrid
    regions : sequence of Region
        On the study grid; the window holds all of them.
    margin : int
        Study pixels around them, cut at the edge of the image.
    scale : IntensityScale

    Returns
    -------
    Crop
        Image interpolated with a cubic B-spline; a plain copy where nothing is to be resampled.
    """
    top = max(0, min(region.top_px for region in regions) - margin)
    left = max(0, min(region.left_px for region in regions) - margin)
    bottom = min(study.shape[0] - 1, max(region.bottom_px for region in regions) + margin)
    right = min(study.shape[1] - 1, max(region.right_px for region in regions) + margin)
    if study.step_px == (1.0, 1.0):
        return Crop(scale.apply(pixels[top : bottom + 1, left : right + 1]), top, left, study)
    first, last = np.array([top, left]), np.array([bottom, right])
    start_px = (first + 0.5) * study.step_px - 0.5
    end_px = (last + 0.5) * study.step_px - 0.5
    low = np.maximum(np.floor(start_px).astype(int) - _SPLINE_MARGIN_PX, 0)
    high = np.minimum(np.ceil(end_px).astype(int) + _SPLINE_MARGIN_PX + 1, pixels.shape)
    source = scale.apply(pixels[low[0] : high[0], low[1] : high[1]])
    image = ndimage.affine_transform(
        source,
        np.array(study.step_px, dtype=np.float64),
        offset=np.array(start_px - low, dtype=np.float64),
        output_shape=(bottom - top + 1, right - left + 1),
        order=_SPLINE_ORDER,
        mode="mirror",
    )
    return Crop(image, top, left, study)
