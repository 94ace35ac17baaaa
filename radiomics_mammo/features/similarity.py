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

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.stats import entropy, wasserstein_distance
from skimage.metrics import structural_similarity

from radiomics_mammo.config.features import FeatureConfig
from radiomics_mammo.core.errors import ExtractionError
from radiomics_mammo.core.pairs import AlignedPair, Exam, Roi, RoiPair
from radiomics_mammo.features.engine import cooccurrence
from radiomics_mammo.features.preprocessing import Crop, IntensityScale, StudyGrid, cut_crop, intensity_scale

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


@dataclass(frozen=True, kw_only=True)
class RoiSimilarity:
    """Similarity of one recent region and its prior place; NaN where it cannot be told.

    The last three are of the whole zone, see `features.zones`; NaN for a place that is a point.
    """

    recent_roi_id: str
    prior_roi_id: str
    similarity_ncc: float = float("nan")
    similarity_mi: float = float("nan")
    similarity_ssim: float = float("nan")
    similarity_histogram: float = float("nan")
    similarity_texture: float = float("nan")
    similarity_best: float = float("nan")
    similarity_margin: float = float("nan")
    similarity_rank: float = float("nan")


SIMILARITY_COLUMNS = tuple(each.name for each in fields(RoiSimilarity) if each.name.startswith("similarity_"))


def measure_similarity(
    pair: AlignedPair, roi_pairs: Sequence[RoiPair], *, config: FeatureConfig
) -> tuple[RoiSimilarity, ...]:
    """Similarity of every recent region and its prior place.

    Returns
    -------
    tuple of RoiSimilarity
        In the order of `roi_pairs`; all NaN where a region is empty, a breast has no grey values, or the spacing of
        just one exam is known.
    """
    exams = (pair.recent, pair.prior)
    try:
        scales = [intensity_scale(exam, config=config) for exam in exams]
    except ExtractionError:
        scales = []
    if len({exam.mammogram.grid.spacing_known for exam in exams}) > 1:
        scales = []
    results = []
    for one in roi_pairs:
        rois = (one.recent, one.prior)
        crops = [_crop(*each, config) for each in zip(exams, rois, scales, strict=False)]
        found = _compare(*crops, bins=config.bin_count) if crops else {}
        results.append(RoiSimilarity(recent_roi_id=one.recent.roi_id, prior_roi_id=one.prior.roi_id, **found))
    return tuple(results)


def _crop(exam: Exam, roi: Roi, scale: IntensityScale, config: FeatureConfig) -> Crop:
    study = StudyGrid.over(exam.mammogram.grid, spacing_mm=config.spacing_mm)
    region = study.region(roi.contour_px)
    margin = max(region.inside.shape) + _MARGIN_PX
    return cut_crop(exam.mammogram.pixels, study, region, margin=margin, scale=scale)


def _compare(recent: Crop, prior: Crop, *, bins: int) -> dict[str, float]:
    if recent.region.area_px == 0 or prior.region.area_px == 0:
        return {}
    if not (np.isfinite(recent.image).all() and np.isfinite(prior.image).all()):
        return {}
    found = {
        "similarity_histogram": float(wasserstein_distance(recent.image[recent.inside], prior.image[prior.inside])),
        "similarity_texture": _texture_distance(recent, prior, bins),
    }
    laid, valid = _lay_prior(recent, prior)
    image, shared = recent.image, recent.inside & valid
    if int(shared.sum()) < _MIN_OVERLAP_PX:
        return found
    return found | {
        "similarity_ncc": normalised_correlation(image[shared], laid[shared]),
        "similarity_mi": mutual_information(image[shared], laid[shared]),
        "similarity_ssim": _structural(image, laid, shared),
    }


def _lay_prior(recent: Crop, prior: Crop) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Prior picture translated onto the recent window, and where it has any; same shape as the recent window."""
    shift, limit = prior.centroid_px - recent.centroid_px, prior.image.shape
    rows, cols = (np.arange(size) + by for size, by in zip(recent.image.shape, shift, strict=True))
    valid = ((rows >= 0) & (rows <= limit[0] - 1))[:, None] & ((cols >= 0) & (cols <= limit[1] - 1))[None, :]
    where = np.stack(np.meshgrid(rows, cols, indexing="ij"))
    return ndimage.map_coordinates(prior.image, where, order=3, mode="mirror"), valid


def normalised_correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Normalised (Pearson) correlation of two equally long samples; NaN where one of them is constant.

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
    """Normalised mutual information, over the mean of both entropies, 0..1; NaN where both samples are constant.

    Examples
    --------
    >>> ramp = np.arange(64.0)
    >>> mutual_information(ramp, 5 - 2 * ramp)
    1.0
    """
    joint = np.histogram2d(a, b, bins=_MI_LEVELS)[0] / a.size
    of_a, of_b, of_both = (
        float(entropy(part, base=2)) for part in (joint.sum(axis=1), joint.sum(axis=0), joint.ravel())
    )
    mean = (of_a + of_b) / 2
    return float(round((of_a + of_b - of_both) / mean, 12)) if mean > 0 else float("nan")


def _structural(a: NDArray[np.float64], b: NDArray[np.float64], inside: NDArray[np.bool_]) -> float:
    span = float(max(a.max(), b.max()) - min(a.min(), b.min()))
    if not span > 0:
        return float("nan")
    weights = {"gaussian_weights": True, "sigma": _SSIM_SIGMA_PX, "use_sample_covariance": False}
    _, local = structural_similarity(a, b, data_range=span, full=True, **weights)
    return float(local[inside].mean())


def _texture_distance(recent: Crop, prior: Crop, bins: int) -> float:
    """Hellinger distance between the co-occurrence matrices of both regions on common grey levels."""
    values = [crop.image[crop.inside] for crop in (recent, prior)]
    low, high = min(part.min() for part in values), max(part.max() for part in values)
    if not high > low:
        return float("nan")
    matrices = []
    for crop in (recent, prior):
        levels = 1 + np.minimum(((crop.image - low) / (high - low) * bins).astype(int), bins - 1)
        matrices.append(cooccurrence(np.where(crop.inside, levels, 0), crop.inside, levels_total=bins))
    if any(matrix.sum() == 0 for matrix in matrices):
        return float("nan")
    roots = [np.sqrt(matrix / matrix.sum()) for matrix in matrices]
    return float(np.sqrt(((roots[0] - roots[1]) ** 2).sum() / 2))
