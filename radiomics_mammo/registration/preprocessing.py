"""Preprocessing for alignment: area averages, one scale and orientation for a pair, local contrast normalisation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, stats

from radiomics_mammo.config.registration import RegistrationConfig
from radiomics_mammo.core.geometry import PixelGrid, PlanarTransform, Points, frozen_array
from radiomics_mammo.core.images import BreastRegion, Mammogram
from radiomics_mammo.core.pairs import Exam
from radiomics_mammo.core.vocabulary import Laterality
from radiomics_mammo.registration.transforms import rescale

UNKNOWN_SPACING_LONG_SIDE = 400
"""Reduced pixels along the longer side of a picture whose spacing is unknown: about 0.8 mm on a 24 x 30 cm field."""

LEAST_LONG_SIDE = 200
"""Reduced pixels that the longer side of a picture keeps, however small its pixels are said to be."""

FINE_MM, COARSE_MM = 0.8, 5.0
"""Structure looked at (Gaussian sigmas): from above quantum noise and below ducts to below compression and scatter."""

CONTRAST_MM = 8.0
"""Neighbourhood over which local contrast is made even (Gaussian sigma)."""

CONTRAST_FLOOR = 0.3
"""Local contrast is never raised above this share of the breast's own, so that noise in fat stays small."""

SMALL_BREAST_MM = 60.0
"""Breasts narrower than this are aligned as if they were so wide: a few blocks nearly as large as the breast would
agree by chance."""

SKIN_RIM_MM = 6.0
"""Rim along the skin that is kept out of the comparison: skin, and fat in lines parallel to it, look alike in any two
breasts and in any two places along the skin."""

LEAST_SHARE = 0.25
"""Smallest factor by which lengths are shrunk: to blocks of 5 mm in pixels of 0.2 mm."""


def reduction_step_px(grid: PixelGrid, working_spacing_mm: float) -> int:
    """Full-resolution pixels per reduced pixel: at most `working_spacing_mm`, and at least 200 along the longer side.

    Examples
    --------
    >>> reduction_step_px(PixelGrid(4096, 3328, 0.07, 0.07), 0.8)
    11
    """
    if not grid.spacing_known:
        return max(1, round(max(grid.shape) / UNKNOWN_SPACING_LONG_SIDE))
    by_spacing = math.floor(working_spacing_mm / max(grid.unit_spacing))
    return max(1, min(by_spacing, max(grid.shape) // LEAST_LONG_SIDE))


def reduce_pixels(pixels: NDArray[np.float32], step_px: int) -> NDArray[np.float32]:
    """Area average over blocks of `step_px`, shape (ceil(rows / step), ceil(cols / step)).

    The last row and column are repeated where the picture does not fill its last blocks.

    Examples
    --------
    >>> reduce_pixels(np.arange(6, dtype=np.float32).reshape(2, 3), 2)
    array([[2. , 3.5]], dtype=float32)
    """
    if step_px == 1:
        return np.array(pixels, dtype=np.float32)
    rows, cols = (-size % step_px for size in pixels.shape)
    whole = cv2.copyMakeBorder(pixels, 0, rows, 0, cols, cv2.BORDER_REPLICATE) if rows or cols else pixels
    size = whole.shape[1] // step_px, whole.shape[0] // step_px
    reduced: NDArray[np.float32] = cv2.resize(np.asarray(whole), size, interpolation=cv2.INTER_AREA)
    return reduced


_REDUCED: WeakKeyDictionary[Mammogram, dict[int, NDArray[np.float32]]] = WeakKeyDictionary()


def reduced_picture(mammogram: Mammogram, step_px: int) -> NDArray[np.float32]:
    """`reduce_pixels` of a mammogram, read-only, made once: breast and both alignments of a pair ask for the same."""
    known = _REDUCED.setdefault(mammogram, {})
    if step_px not in known:
        known[step_px] = frozen_array(reduce_pixels(mammogram.pixels, step_px))
    return known[step_px]


def full_from_reduced(points_reduced: Points, step_px: int) -> Points:
    """Full-resolution (row, col) pixels of reduced ones, shape (n, 2); centres stay centres.

    Examples
    --------
    >>> full_from_reduced(np.array([[0.0, 1.0]]), 4)
    array([[1.5, 5.5]])
    """
    points: Points = (np.asarray(points_reduced, dtype=np.float64) + 0.5) * step_px - 0.5
    return points


def reduced_from_full(points_px: Points, step_px: int) -> Points:
    """Inverse of `full_from_reduced`."""
    points: Points = (np.asarray(points_px, dtype=np.float64) + 0.5) / step_px - 0.5
    return points


@dataclass(frozen=True)
class PairScale:
    """Nominal (row, col) pixel spacings of a pair: true mm where `in_mm`, else from the breast width."""

    prior_mm: tuple[float, float]
    recent_mm: tuple[float, float]
    in_mm: bool

    def from_nominal(self, transform: PlanarTransform) -> PlanarTransform:
        """A map between nominal mm as the map between the frames of `Registration`: mm, or pixels where unknown."""
        return transform if self.in_mm else rescale(transform, self.recent_mm, self.prior_mm)

    def to_nominal(self, transform: PlanarTransform) -> PlanarTransform:
        """Inverse of `from_nominal`."""
        inverse = [(1 / row, 1 / col) for row, col in (self.recent_mm, self.prior_mm)]
        return transform if self.in_mm else rescale(transform, inverse[0], inverse[1])


def breast_width_px(breast: BreastRegion) -> float:
    """Widest reach of the breast from the chest wall, in full-resolution pixels."""
    return float(breast.breast.sum(axis=1).max()) * breast.step_px


def pair_scale(prior: BreastRegion, recent: BreastRegion, nominal_breast_width_mm: float) -> PairScale:
    """Spacings to align a pair with.

    Where either spacing is unknown each breast is given the nominal width; exams of one matrix size come from one
    kind of detector and share the mean.
    """
    if prior.grid.spacing_known and recent.grid.spacing_known:
        return PairScale(prior.grid.unit_spacing, recent.grid.unit_spacing, in_mm=True)
    widths = breast_width_px(prior), breast_width_px(recent)
    if prior.grid.shape == recent.grid.shape:
        widths = (sum(widths) / 2,) * 2
    there, here = (nominal_breast_width_mm / width for width in widths)
    return PairScale((there, there), (here, here), in_mm=False)


def small_breast_share(prior: BreastRegion, recent: BreastRegion, scale: PairScale) -> float:
    """Width of the narrower breast over `SMALL_BREAST_MM`, at most 1 and no less than settings can shrink."""
    widths = breast_width_px(prior) * scale.prior_mm[1], breast_width_px(recent) * scale.recent_mm[1]
    return min(1.0, max(LEAST_SHARE, min(widths) / SMALL_BREAST_MM))


def fitted_settings(config: RegistrationConfig, prior: BreastRegion, recent: BreastRegion) -> RegistrationConfig:
    """Settings with the lengths of the alignment shrunk to a small breast; unchanged from `SMALL_BREAST_MM` on.

    The bending energy of the same displacement grows as lengths shrink, hence the square for `stiffness`.
    """
    scale = pair_scale(prior, recent, config.nominal_breast_width_mm)
    share = small_breast_share(prior, recent, scale)
    return replace(
        config,
        working_spacing_mm=share * config.working_spacing_mm,
        block_mm=share * config.block_mm,
        block_stride_mm=share * config.block_stride_mm,
        block_search_mm=share * config.block_search_mm,
        inlier_mm=share * config.inlier_mm,
        stiffness=share**2 * config.stiffness,
        max_inverse_mm=share * config.max_inverse_mm,
        search_margin_mm=share * config.search_margin_mm,
        min_search_mm=share * config.min_search_mm,
        max_search_mm=share * config.max_search_mm,
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class WorkingPicture:
    """One exam on the working grid of `spacing_mm`, chest wall on the left; arrays of shape (rows, cols).

    `structure` is locally normalised, `ranks` are grey ranks (-0.5..0.5), both zero outside the breast; `shown` is
    the breast without guarded lesions, `usable` also without pectoral muscle and the rim along the skin; `to_mm`,
    shape (3, 3), maps working (row, col, 1) to nominal mm of the stored picture.
    """

    structure: NDArray[np.float32]
    ranks: NDArray[np.float32]
    breast: NDArray[np.bool_]
    shown: NDArray[np.bool_]
    usable: NDArray[np.bool_]
    spacing_mm: float
    to_mm: NDArray[np.float64]

    def __post_init__(self) -> None:
        for name in ("structure", "ranks", "breast", "shown", "usable", "to_mm"):
            object.__setattr__(self, name, frozen_array(getattr(self, name)))

    @property
    def extent_mm(self) -> tuple[float, float]:
        """(row, col) of the corner farthest from the origin, nominal mm."""
        corners = np.array([[0.0, 0.0], np.subtract(self.breast.shape, 1)])
        rows, cols = np.abs(self.mm_from_work(corners)).max(axis=0)
        return float(rows), float(cols)

    def mm_from_work(self, points: Points) -> Points:
        """Nominal mm of working (row, col) points, shape (n, 2)."""
        return _apply(self.to_mm, points)

    def work_from_mm(self, points_mm: Points) -> Points:
        """Inverse of `mm_from_work`."""
        mapped: Points = (points_mm - self.to_mm[:2, 2]) / np.diag(self.to_mm)[:2]
        return mapped


def resample(
    values: NDArray[np.generic], moving: WorkingPicture, fixed: WorkingPicture, transform: PlanarTransform
) -> NDArray[np.float32]:
    """Values on the grid of `moving` resampled onto that of `fixed` (linear, 0 outside).

    `transform` maps mm of `fixed` to mm of `moving`.
    """
    shape = fixed.breast.shape
    pixels = np.indices(shape).reshape(2, -1).T.astype(np.float64)
    points = moving.work_from_mm(transform.apply(fixed.mm_from_work(pixels)))
    y, x = (np.ascontiguousarray(part.reshape(shape), dtype=np.float32) for part in points.T)
    source = np.asarray(values, dtype=np.float32)
    resampled: NDArray[np.float32] = cv2.remap(source, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    return resampled


@dataclass(frozen=True, eq=False)
class WorkingPair:
    """Both exams of a pair on the working grid, and the scale they are on."""

    prior: WorkingPicture
    recent: WorkingPicture
    scale: PairScale


def working_pair(
    prior: Exam, recent: Exam, *, config: RegistrationConfig, propagated_px: Sequence[Points] = ()
) -> WorkingPair:
    """Prior and recent exam on the working grid, reduced to structure.

    The recent lesions are kept out of the alignment with a rim of `lesion_guard_mm`, in every class alike, and so
    are the places of the prior they were propagated to. Outlines of the prior are not looked at: neither who was
    outlined there nor whether the mass was there already may show in the alignment.

    `config` is as `fitted_settings` gives it; `propagated_px` are contours (n, 2) of the recent lesions propagated
    by an earlier map, (row, col) pixels of the prior.
    """
    scale = pair_scale(prior.breast, recent.breast, config.nominal_breast_width_mm)
    share = small_breast_share(prior.breast, recent.breast, scale)
    outlined_px = [lesion.contour_px for lesion in recent.lesions]
    there = _working_picture(prior, scale.prior_mm, propagated_px, config=config, share=share)
    here = _working_picture(recent, scale.recent_mm, outlined_px, config=config, share=share)
    return WorkingPair(there, here, scale)


def _working_picture(
    exam: Exam,
    spacing_mm: tuple[float, float],
    hidden_px: Sequence[Points],
    *,
    config: RegistrationConfig,
    share: float,
) -> WorkingPicture:
    region, work = exam.breast, config.working_spacing_mm
    extent_mm = np.array(region.grid.shape) * spacing_mm
    rows, cols = (int(size) for size in np.ceil(extent_mm / work))
    flip = region.chest_wall is Laterality.RIGHT
    to_mm = np.diag([work, -work if flip else work, 1.0])
    to_mm[:2, 2] = (work - np.array(spacing_mm)) / 2
    if flip:
        to_mm[1, 2] = extent_mm[1] - spacing_mm[1] - to_mm[1, 2]
    reduced_to_mm = np.diag([region.step_px * spacing_mm[0], region.step_px * spacing_mm[1], 1.0])
    reduced_to_mm[:2, 2] = full_from_reduced(np.zeros((1, 2)), region.step_px)[0] * spacing_mm
    to_reduced = np.asarray(np.linalg.inv(reduced_to_mm) @ to_mm, dtype=np.float64)
    grey, *masks = (
        _resample_affine(picture, to_reduced, (rows, cols))
        for picture in (reduced_picture(exam.mammogram, region.step_px), region.breast, region.pectoral)
    )
    breast, pectoral = (mask > 0.5 for mask in masks)
    contours = [_apply(np.linalg.inv(to_mm), contour * spacing_mm) for contour in hidden_px]
    guarded = _guarded(contours, (rows, cols), config.lesion_guard_mm / work)
    structure = structure_of(grey, breast, work / share, hidden=guarded)
    ranks = grey_ranks(grey, breast, breast & ~guarded)
    shown = breast & ~guarded
    return WorkingPicture(
        structure=structure,
        ranks=ranks,
        breast=breast,
        shown=shown,
        usable=shown & ~pectoral & ~_skin_rim(breast, SKIN_RIM_MM * share / work),
        spacing_mm=work,
        to_mm=to_mm,
    )


def structure_of(
    grey: NDArray[np.float32], breast: NDArray[np.bool_], spacing_mm: float, *, hidden: NDArray[np.bool_] | None = None
) -> NDArray[np.float32]:
    """Local contrast normalisation: grey ranks, band-passed inside the breast, divided by local deviation, 0 outside.

    Ranks make it independent of gain, gamma, offset and (up to sign) photometry; filtering inside the breast only
    (normalised convolution) keeps the skin line out of it. What is hidden is 0 and leaves no trace in the filtered
    tissue around it: the bright disc of a mass would otherwise darken a ring as wide as the filters.
    """
    kept = breast if hidden is None else breast & ~hidden
    weight = kept.astype(np.float32)
    ranks = grey_ranks(grey, breast, kept)

    def smooth(picture: NDArray[np.float32], sigma_mm: float) -> NDArray[np.float32]:
        """Blur inside the visible breast only; air does not darken the rim."""
        sigma = max(sigma_mm / spacing_mm, 0.3)
        share = cv2.GaussianBlur(weight, (0, 0), sigma)
        blurred = cv2.GaussianBlur(np.where(kept, picture, 0), (0, 0), sigma)
        smoothed: NDArray[np.float32] = np.where(kept, blurred / np.maximum(share, 1e-3), 0)
        return smoothed

    band = smooth(ranks, FINE_MM) - smooth(ranks, COARSE_MM)
    contrast = np.sqrt(np.maximum(smooth(band**2, CONTRAST_MM), 0))
    floor = CONTRAST_FLOOR * float(contrast[kept].mean(dtype=np.float64)) if kept.any() else 0.0
    return np.where(kept, band / np.maximum(contrast, max(floor, 1e-6)), 0).astype(np.float32)


def grey_ranks(grey: NDArray[np.float32], breast: NDArray[np.bool_], kept: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Ranks of the grey values kept, -0.5..0.5, dense tissue high; 0 elsewhere."""
    background = grey[~breast]
    sign = -1.0 if background.size and np.median(background) > np.median(grey[breast]) else 1.0
    ranks = np.zeros(grey.shape, dtype=np.float32)
    if kept.any():
        ranks[kept] = sign * (stats.rankdata(grey[kept]) / kept.sum() - 0.5)
    return ranks


def _resample_affine(
    picture: NDArray[np.generic], to_source: NDArray[np.float64], shape: tuple[int, int]
) -> NDArray[np.float32]:
    """Picture on the working grid, linear, border repeated; cv2 wants (x, y)."""
    swap = np.array([[0, 1, 0], [1, 0, 0], [0, 0, 1]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    source, xy = np.asarray(picture, dtype=np.float32), (swap @ to_source @ swap)[:2]
    resampled: NDArray[np.float32] = cv2.warpAffine(
        source, xy, shape[::-1], flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    return resampled


def _apply(matrix: NDArray[np.float64], points: Points) -> Points:
    mapped: Points = np.asarray(points) @ matrix[:2, :2].T + matrix[:2, 2]
    return mapped


def _skin_rim(breast: NDArray[np.bool_], radius: float) -> NDArray[np.bool_]:
    """The breast within a radius of air; the edges of the picture, the chest wall among them, are no skin."""
    near: NDArray[np.bool_] = breast & (ndimage.distance_transform_edt(breast) <= radius)
    return near


def _guarded(contours: Sequence[Points], shape: tuple[int, int], radius: float) -> NDArray[np.bool_]:
    """Working pixels on or near an outlined lesion."""
    if not contours:
        return np.zeros(shape, dtype=np.bool_)
    covered = np.zeros(shape, dtype=np.uint8)
    cv2.fillPoly(covered, [np.round(points[:, ::-1]).astype(np.int32) for points in contours], 1)
    near: NDArray[np.bool_] = ndimage.distance_transform_edt(covered == 0) <= radius
    return near
