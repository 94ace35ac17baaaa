"""How alike the recent region and its prior place are; useful above all where nothing was to be seen in the prior.

Both exams are scaled alike and resampled to the study spacing. The prior picture is laid on the recent one by the
shift between the centroids of the two regions, without rotation or warp.

==========================  ==========================================================================================
``similarity_ncc``          normalised correlation of the grey values inside the recent outline, -1..1
``similarity_mi``           mutual information of the same over the mean of the two entropies, 0..1 (Studholme 1999 in
                            its symmetric form), 16 levels each
``similarity_ssim``         structural similarity (Wang et al. 2004), mean inside the recent outline, -1..1
``similarity_histogram``    first Wasserstein distance between the grey values inside the two regions, in scaled units
``similarity_texture``      Hellinger distance of their co-occurrence matrices on common grey levels, 0..1
==========================  ==========================================================================================
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import ndimage
from scipy.stats import wasserstein_distance
from skimage.metrics import structural_similarity

from radiomics_mammo.config.features import FeatureConfig
from radiomics_mammo.core.contours import Region
from radiomics_mammo.core.errors import ExtractionError
from radiomics_mammo.core.pairs import AlignedPair, Exam, Roi, RoiPair
from radiomics_mammo.features.crop import Crop, StudyGrid, cut_crop
from radiomics_mammo.features.engine import cooccurrence
from radiomics_mammo.features.intensity import IntensityScale, intensity_scale

SIMILARITY_COLUMNS = tuple(f"similarity_{name}" for name in ("ncc", "mi", "ssim", "histogram", "texture"))

_MARGIN_PX = 8
"""Study pixels around the regions: more than the half window of the structural similarity."""

_MI_LEVELS = 16
"""Grey levels of the joint histogram: few, since a small mass has a few hundred pixels only."""

_MIN_OVERLAP_PX = 16
"""Pixels both exams must share for a similarity to be given."""

_SSIM_SIGMA_PX = 1.5
"""Width of the window of Wang et al. 2004."""

_CONSTANT = 1e-9
"""Spread over size of grey values below which they are one value: interpolation leaves rounding behind."""


@dataclass(frozen=True)
class RoiSimilarity:
    """Similarity of one recent region and its prior place; NaN where it cannot be told."""

    recent_roi_id: str
    prior_roi_id: str
    values: Mapping[str, float] = field(repr=False)


def measure_similarity(
    pair: AlignedPair, roi_pairs: Sequence[RoiPair], *, config: FeatureConfig
) -> tuple[RoiSimilarity, ...]:
    """Similarity of every recent region and its prior place.

    Parameters
    ----------
    pair : AlignedPair
    roi_pairs : sequence of RoiPair
    config : FeatureConfig

    Returns
    -------
    tuple of RoiSimilarity
        In the order of `roi_pairs`; all columns NaN where a region is empty, a breast has no grey values, or the
        spacing of just one exam is known.
    """
    exams = (pair.recent, pair.prior)
    try:
        scales = [intensity_scale(exam, config=config) for exam in exams]
    except ExtractionError:
        return tuple(_result(one, {}) for one in roi_pairs)
    if len({exam.mammogram.grid.spacing_known for exam in exams}) > 1:
        return tuple(_result(one, {}) for one in roi_pairs)
    results = []
    for one in roi_pairs:
        windows = [
            _window(exam, roi, scale, config)
            for exam, roi, scale in zip(exams, (one.recent, one.prior), scales, strict=True)
        ]
        results.append(_result(one, _compare(*windows, config=config)))
    return tuple(results)


def similarity_table(similarities: Sequence[RoiSimilarity]) -> pd.DataFrame:
    """Table with recent_roi_id, prior_roi_id and the ``similarity_`` columns.

    Examples
    --------
    >>> similarity_table([RoiSimilarity("a", "b", {"similarity_ncc": 0.5})])["similarity_ncc"].tolist()
    [0.5]
    """
    heads = [(one.recent_roi_id, one.prior_roi_id) for one in similarities]
    values = [[one.values.get(name, float("nan")) for name in SIMILARITY_COLUMNS] for one in similarities]
    table = pd.DataFrame(heads, columns=["recent_roi_id", "prior_roi_id"], dtype="str")
    return table.join(pd.DataFrame(values, columns=list(SIMILARITY_COLUMNS), dtype="float64"))


def _result(pair: RoiPair, values: Mapping[str, float]) -> RoiSimilarity:
    complete = {name: float(values.get(name, float("nan"))) for name in SIMILARITY_COLUMNS}
    return RoiSimilarity(pair.recent.roi_id, pair.prior.roi_id, complete)


@dataclass(frozen=True, eq=False)
class _Window:
    crop: Crop
    region: Region

    @property
    def inside(self) -> NDArray[np.bool_]:
        """The region on the crop."""
        return self.crop.mask(self.region)

    @property
    def centroid(self) -> NDArray[np.float64]:
        """(row, col) of the centroid of the region on the crop."""
        return np.array(self.region.centroid_px) - (self.crop.top, self.crop.left)


def _window(exam: Exam, roi: Roi, scale: IntensityScale, config: FeatureConfig) -> _Window:
    study = StudyGrid.over(exam.mammogram.grid, spacing_mm=config.spacing_mm)
    region = study.region(roi.contour_px)
    extent = max(region.inside.shape) + _MARGIN_PX
    return _Window(cut_crop(exam.mammogram.pixels, study, (region,), margin=extent, scale=scale), region)


def _compare(recent: _Window, prior: _Window, *, config: FeatureConfig) -> dict[str, float]:
    if recent.region.area_px == 0 or prior.region.area_px == 0:
        return {}
    if not (np.isfinite(recent.crop.image).all() and np.isfinite(prior.crop.image).all()):
        return {}
    laid, valid = _lay_prior(recent, prior)
    image, shared = recent.crop.image, recent.inside & valid
    recent_values, prior_values = recent.crop.image[recent.inside], prior.crop.image[prior.inside]
    found = {
        "similarity_histogram": float(wasserstein_distance(recent_values, prior_values)),
        "similarity_texture": _texture_distance(recent, prior, config.bin_count),
    }
    if int(shared.sum()) < _MIN_OVERLAP_PX:
        return found
    return found | {
        "similarity_ncc": normalised_correlation(image[shared], laid[shared]),
        "similarity_mi": mutual_information(image[shared], laid[shared]),
        "similarity_ssim": _structural(image, laid, shared),
    }


def _lay_prior(recent: _Window, prior: _Window) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Prior picture on the recent window, and where it has any; same shape as the recent window."""
    shift = prior.centroid - recent.centroid
    shape = recent.crop.image.shape
    rows, cols = np.arange(shape[0]) + shift[0], np.arange(shape[1]) + shift[1]
    limit = prior.crop.image.shape
    valid = ((rows >= 0) & (rows <= limit[0] - 1))[:, None] & ((cols >= 0) & (cols <= limit[1] - 1))[None, :]
    where = np.stack(np.meshgrid(rows, cols, indexing="ij"))
    return ndimage.map_coordinates(prior.crop.image, where, order=3, mode="mirror"), valid


def normalised_correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Pearson correlation of two equally long samples; NaN where one of them is constant.

    Examples
    --------
    >>> normalised_correlation(np.array([1.0, 2.0, 4.0]), np.array([3.0, 5.0, 9.0]))
    1.0
    """
    da, db = a - a.mean(), b - b.mean()
    spreads = [float(np.sqrt((d * d).sum())) for d in (da, db)]
    if any(spread <= _CONSTANT * float(np.abs(v).sum()) for spread, v in zip(spreads, (a, b), strict=True)):
        return float("nan")
    return float(np.clip((da * db).sum() / (spreads[0] * spreads[1]), -1.0, 1.0))


def mutual_information(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Mutual information over the mean of both entropies, 0..1; NaN where both samples are constant.

    Examples
    --------
    >>> ramp = np.arange(64.0)
    >>> mutual_information(ramp, 5 - 2 * ramp)
    1.0
    """
    joint = np.histogram2d(a, b, bins=_MI_LEVELS)[0] / a.size
    entropy_a, entropy_b, entropy = (_entropy(part) for part in (joint.sum(axis=1), joint.sum(axis=0), joint.ravel()))
    mean = (entropy_a + entropy_b) / 2
    return float(round((entropy_a + entropy_b - entropy) / mean, 12)) if mean > 0 else float("nan")


def _entropy(probabilities: NDArray[np.float64]) -> float:
    used = probabilities[probabilities > 0]
    return float(-(used * np.log2(used)).sum())


def _structural(a: NDArray[np.float64], b: NDArray[np.float64], inside: NDArray[np.bool_]) -> float:
    span = float(max(a.max(), b.max()) - min(a.min(), b.min()))
    if not span > 0:
        return float("nan")
    weights = {"gaussian_weights": True, "sigma": _SSIM_SIGMA_PX, "use_sample_covariance": False}
    _, local = structural_similarity(a, b, data_range=span, full=True, **weights)
    return float(local[inside].mean())


def _texture_distance(recent: _Window, prior: _Window, bins: int) -> float:
    """Hellinger distance between the co-occurrence matrices of both regions on common grey levels."""
    values = [window.crop.image[window.inside] for window in (recent, prior)]
    low, high = min(part.min() for part in values), max(part.max() for part in values)
    if not high > low:
        return float("nan")
    matrices = []
    for window in (recent, prior):
        levels = 1 + np.minimum(((window.crop.image - low) / (high - low) * bins).astype(int), bins - 1)
        matrices.append(cooccurrence(np.where(window.inside, levels, 0), window.inside, levels_total=bins))
    if any(matrix.sum() == 0 for matrix in matrices):
        return float("nan")
    roots = [np.sqrt(matrix / matrix.sum()) for matrix in matrices]
    return float(np.sqrt(((roots[0] - roots[1]) ** 2).sum() / 2))
