"""A few features of the whole breast, at a coarse spacing, for the statistics by density and age."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.filters import threshold_otsu

from radiomics_mammo.config.features import FeatureConfig
from radiomics_mammo.core.pairs import Exam, Roi
from radiomics_mammo.features.engine import discretise, measure_region
from radiomics_mammo.features.names import TISSUE_FEATURES
from radiomics_mammo.features.preprocessing import IntensityScale

UNKNOWN_STEP_PX = 8
"""Image pixels per tissue pixel where the spacing is unknown."""

_PREFIX = "tissue_original_"


def measure_tissue(exam: Exam, roi: Roi, *, scale: IntensityScale, config: FeatureConfig) -> dict[str, float]:
    """Features of the breast tissue inside a region, the pectoral muscle left out.

    The picture is averaged over whole blocks of pixels near `tissue_spacing_mm`.

    Returns
    -------
    dict
        ``tissue_`` columns; empty where less than two grey levels of tissue are left. ``tissue_dense_fraction`` is
        the share of tissue above Otsu's threshold, an uncalibrated relative of percent density;
        ``tissue_dense_mean_fraction`` is the share of the scaled intensity above the 1st percentile that lies there.
    """
    step = _step_px(exam, config)
    image = scale.apply(_block_mean(exam.mammogram.pixels, step))
    inside = _tissue_mask(exam, roi, step, image.shape) & np.isfinite(image)
    if not inside.any():
        return {}
    values = image[inside]
    region = discretise(image, inside, bin_count=config.bin_count, bin_width=config.bin_width)
    if region.grey_levels.size < 2:
        return {}
    wanted = [name.removeprefix(_PREFIX) for name in TISSUE_FEATURES if name.startswith(_PREFIX)]
    measured = {f"{_PREFIX}{name}": value for name, value in measure_region(region, wanted).items()}
    dense = values > threshold_otsu(values)
    weight = np.maximum(values - np.percentile(values, 1), 0)
    area = exam.mammogram.grid.pixel_area_mm2
    return measured | {
        "tissue_area_mm2": float("nan") if area is None else float(inside.sum()) * step[0] * step[1] * area,
        "tissue_dense_fraction": float(dense.mean()),
        "tissue_dense_mean_fraction": float(weight[dense].sum() / weight.sum()),
    }


def _step_px(exam: Exam, config: FeatureConfig) -> tuple[int, int]:
    grid = exam.mammogram.grid
    if not grid.spacing_known:
        return UNKNOWN_STEP_PX, UNKNOWN_STEP_PX
    row, col = (max(1, round(config.tissue_spacing_mm / own)) for own in grid.unit_spacing)
    return row, col


def _block_mean(pixels: NDArray[np.float32], step: tuple[int, int]) -> NDArray[np.float64]:
    """Mean over blocks of step[0] x step[1] pixels; an incomplete last row or column of blocks is left out."""
    rows, cols = (max(1, size // by) for size, by in zip(pixels.shape, step, strict=True))
    whole = pixels[: rows * step[0], : cols * step[1]]
    height, width = (min(by, size) for by, size in zip(step, pixels.shape, strict=True))
    blocks = whole.reshape(rows, height, cols, width)
    return np.asarray(blocks.mean(axis=(1, 3), dtype=np.float64))


def _tissue_mask(exam: Exam, roi: Roi, step: tuple[int, int], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    tissue = exam.breast.tissue
    outlined = roi.region
    centres = [(np.arange(n) * by + (by - 1) / 2).astype(int) for n, by in zip(shape, step, strict=True)]
    cells = [np.minimum(c // exam.breast.step_px, n - 1) for c, n in zip(centres, tissue.shape, strict=True)]
    rows, cols = centres[0] - outlined.top_px, centres[1] - outlined.left_px
    within = np.zeros((rows.size, cols.size), dtype=np.bool_)
    row_ok = (rows >= 0) & (rows < outlined.inside.shape[0])
    col_ok = (cols >= 0) & (cols < outlined.inside.shape[1])
    within[np.ix_(row_ok, col_ok)] = outlined.inside[np.ix_(rows[row_ok], cols[col_ok])]
    filled: NDArray[np.bool_] = ndimage.binary_fill_holes(within)
    return filled & tissue[np.ix_(*cells)]
