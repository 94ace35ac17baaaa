"""Working pictures: both exams of a pair on one spacing and in one orientation, reduced to their structure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, stats

from radiomics_mammo.config.registration import RegistrationConfig
from radiomics_mammo.core.geometry import PixelGrid, PlanarTransform, Points, frozen_array
from radiomics_mammo.core.images import BreastRegion
from radiomics_mammo.core.pairs import Exam
from radiomics_mammo.core.vocabulary import Laterality
from radiomics_mammo.registration.mapping import rescale
from radiomics_mammo.registration.reduction import full_from_reduced, reduce_pixels

FINE_MM = 0.8
"""Smallest structure looked at (Gaussian sigma): above quantum noise, below ducts and vessels."""

COARSE_MM = 5.0
"""Largest structure looked at (Gaussian sigma): slower changes are compression and scatter."""

CONTRAST_MM = 8.0
"""Neighbourhood over which local contrast is made even (Gaussian sigma)."""

CONTRAST_FLOOR = 0.3
"""Local contrast is never raised above this share of the breast's own, so that noise in fat stays small."""

SMALL_BREAST_MM = 60.0
"""Breasts narrower than this are aligned as if they were so wide: a few squares nearly as large as the breast would
agree by chance."""

LEAST_SHARE = 0.25
"""Smallest factor by which lengths are shrunk: to squares of 5 mm in pixels of 0.2 mm."""


@dataclass(frozen=True)
class PairScale:
    """Nominal pixel spacings of a pair; true mm where both are known, else from the breast width.

    Parameters
    ----------
    prior_mm, recent_mm : tuple of float
        (row, col) spacing.
    in_mm : bool
        Whether they are true.
    """

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


@dataclass(frozen=True, eq=False)
class WorkingPicture:
    """One exam on the working grid, chest wall on the left.

    Parameters
    ----------
    structure : ndarray of float32, shape (rows, cols)
        Locally normalised structure, zero outside the breast.
    breast, shown, usable : ndarray of bool, same shape
        The breast; the breast without guarded lesions; the breast without guarded lesions and pectoral muscle.
    spacing_mm : float
        Working spacing (nominal mm).
    to_mm : ndarray of shape (3, 3)
        Working (row, col, 1) to nominal mm of the stored picture.
    """

    structure: NDArray[np.float32]
    breast: NDArray[np.bool_]
    shown: NDArray[np.bool_]
    usable: NDArray[np.bool_]
    spacing_mm: float
    to_mm: NDArray[np.float64]

    def __post_init__(self) -> None:
        for name in ("structure", "breast", "shown", "usable", "to_mm"):
            object.__setattr__(self, name, frozen_array(getattr(self, name)))

    def mm_from_work(self, points: Points) -> Points:
        """Nominal mm of working (row, col) points, shape (n, 2)."""
        return _apply(self.to_mm, points)

    def work_from_mm(self, points_mm: Points) -> Points:
        """Inverse of `mm_from_work`."""
        mapped: Points = (points_mm - self.to_mm[:2, 2]) / np.diag(self.to_mm)[:2]
        return mapped


def breast_width_px(breast: BreastRegion) -> float:
    """Widest reach of the breast from the chest wall, in full-resolution pixels."""
    return float(breast.breast.sum(axis=1).max()) * breast.step_px


def pair_scale(prior: BreastRegion, recent: BreastRegion, nominal_breast_width_mm: float) -> PairScale:
    """Spacings to align a pair with.

    Where either spacing is unknown each breast is given the nominal width; exams of one matrix size come from one
    kind of detector and share the mean.
    """
    known = _spacing(prior.grid), _spacing(recent.grid)
    if known[0] is not None and known[1] is not None:
        return PairScale(known[0], known[1], in_mm=True)
    widths = breast_width_px(prior), breast_width_px(recent)
    if prior.grid.shape == recent.grid.shape:
        widths = (sum(widths) / 2,) * 2
    there, here = (nominal_breast_width_mm / width for width in widths)
    return PairScale((there, there), (here, here), in_mm=False)


def _spacing(grid: PixelGrid) -> tuple[float, float] | None:
    if grid.row_spacing_mm is None or grid.col_spacing_mm is None:
        return None
    return grid.row_spacing_mm, grid.col_spacing_mm


def small_breast_share(prior: BreastRegion, recent: BreastRegion, scale: PairScale) -> float:
    """Width of the narrower breast over `SMALL_BREAST_MM`, at most 1 and no less than settings can shrink."""
    spacings = scale.prior_mm[1], scale.recent_mm[1]
    widths = [breast_width_px(one) * spacing for one, spacing in zip((prior, recent), spacings, strict=True)]
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
        max_lesion_inverse_mm=share * config.max_lesion_inverse_mm,
        search_margin_mm=share * config.search_margin_mm,
        min_search_mm=share * config.min_search_mm,
        max_search_mm=share * config.max_search_mm,
    )


def working_pictures(
    prior: Exam, recent: Exam, scale: PairScale, *, config: RegistrationConfig, carried_px: Sequence[Points] = ()
) -> tuple[WorkingPicture, WorkingPicture]:
    """Prior and recent exam on the working grid, reduced to structure.

    The recent lesions are kept out of the alignment with a rim of `lesion_guard_mm`, in every class alike, and so
    are the places of the prior they were carried to. Outlines of the prior are not looked at: neither who was
    outlined there nor whether the mass was there already may show in the alignment.

    Parameters
    ----------
    prior, recent : Exam
    scale : PairScale
    config : RegistrationConfig
        As `fitted_settings` gives it.
    carried_px : sequence of ndarray of shape (n, 2)
        Contours of the recent lesions carried to the prior by an earlier map, (row, col) pixels of the prior.
    """
    share = small_breast_share(prior.breast, recent.breast, scale)
    hidden_px = [lesion.contour_px for lesion in recent.lesions]
    there = _working_picture(prior, scale.prior_mm, carried_px, config=config, share=share)
    return there, _working_picture(recent, scale.recent_mm, hidden_px, config=config, share=share)


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
    shape = tuple(int(size) for size in np.ceil(extent_mm / work))
    flip = region.chest_wall is Laterality.RIGHT
    to_mm = np.diag([work, -work if flip else work, 1.0])
    to_mm[:2, 2] = (work - np.array(spacing_mm)) / 2
    if flip:
        to_mm[1, 2] = extent_mm[1] - spacing_mm[1] - to_mm[1, 2]
    reduced_to_mm = _reduced_to_mm(region.step_px, spacing_mm)
    to_reduced = np.asarray(np.linalg.inv(reduced_to_mm) @ to_mm, dtype=np.float64)
    grey = _resample(reduce_pixels(exam.mammogram.pixels, region.step_px), to_reduced, (shape[0], shape[1]))
    masks = [
        _resample(mask.astype(np.float32), to_reduced, (shape[0], shape[1])) > 0.5
        for mask in (region.breast, region.pectoral)
    ]
    contours = [_apply(np.linalg.inv(to_mm), contour * spacing_mm) for contour in hidden_px]
    guarded = _guarded(contours, (shape[0], shape[1]), config.lesion_guard_mm / work)
    structure = structure_of(grey, masks[0], work / share, hidden=guarded)
    shown = masks[0] & ~guarded
    return WorkingPicture(structure, masks[0], shown, shown & ~masks[1], work, to_mm)


def structure_of(
    grey: NDArray[np.float32], breast: NDArray[np.bool_], spacing_mm: float, *, hidden: NDArray[np.bool_] | None = None
) -> NDArray[np.float32]:
    """Structure of the breast: grey ranks, band-passed inside the breast, local contrast made even, 0 outside.

    Ranks make it independent of gain, gamma, offset and (up to sign) photometry; filtering inside the breast only
    keeps the skin line out of it. What is hidden is 0 and leaves no trace in the filtered tissue around it: the
    bright disc of a mass would otherwise darken a ring as wide as the filters.
    """
    hidden = np.zeros(breast.shape, dtype=np.bool_) if hidden is None else hidden
    kept = breast & ~hidden
    background = grey[~breast]
    sign = -1.0 if background.size and np.median(background) > np.median(grey[breast]) else 1.0
    weight = kept.astype(np.float32)
    ranks = np.zeros(grey.shape, dtype=np.float32)
    ranks[kept] = sign * (stats.rankdata(grey[kept]) / kept.sum() - 0.5)

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


def _reduced_to_mm(step_px: int, spacing_mm: tuple[float, float]) -> NDArray[np.float64]:
    start = full_from_reduced(np.zeros((1, 2)), step_px)[0]
    matrix = np.diag([step_px * spacing_mm[0], step_px * spacing_mm[1], 1.0])
    matrix[:2, 2] = start * spacing_mm
    return matrix


def _resample(
    picture: NDArray[np.float32], to_source: NDArray[np.float64], shape: tuple[int, int]
) -> NDArray[np.float32]:
    """Picture on the working grid, linear, border repeated; cv2 wants (x, y)."""
    swap = np.array([[0, 1, 0], [1, 0, 0], [0, 0, 1]])
    xy = (swap @ to_source @ swap)[:2]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    resampled: NDArray[np.float32] = cv2.warpAffine(
        picture, xy, (shape[1], shape[0]), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    return resampled


def _apply(matrix: NDArray[np.float64], points: Points) -> Points:
    mapped: Points = np.asarray(points) @ matrix[:2, :2].T + matrix[:2, 2]
    return mapped


def _guarded(contours: Sequence[Points], shape: tuple[int, int], radius: float) -> NDArray[np.bool_]:
    """Working pixels on or near an outlined lesion."""
    if not contours:
        return np.zeros(shape, dtype=np.bool_)
    covered = np.zeros(shape, dtype=np.uint8)
    cv2.fillPoly(covered, [np.round(points[:, ::-1]).astype(np.int32) for points in contours], 1)
    near: NDArray[np.bool_] = ndimage.distance_transform_edt(covered == 0) <= radius
    return near
