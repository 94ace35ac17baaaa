"""One region on its crop: what is to be measured on each of its pictures, and what is unusual about the values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.config.features import FeatureConfig
from radiomics_mammo.core.findings import AuditCode, Finding
from radiomics_mammo.core.pairs import Exam, Roi
from radiomics_mammo.features.engine import PlaneRegion, discretise, measure_shape, one_level
from radiomics_mammo.features.filters import filter_of, filtered_images
from radiomics_mammo.features.names import SHAPE_UNITS, plane_features
from radiomics_mammo.features.preprocessing import Crop, IntensityScale
from radiomics_mammo.features.stacks import measure_regions

GREY_LEVEL_BOUNDS = (16, 128)
"""Occupied grey levels outside these bounds are reported (contract)."""
MAX_GREY_LEVELS = 512
"""Grey levels a region may have: the cost of co-occurrence grows with their cube (fixed bin width only)."""
_FILTERED_STEP = 1e-3
"""Response of a filter, in stored grey steps, that rounding alone explains by far."""
_ROUNDING = 1e-9
"""The same where the step is unknown, relative to the grey values: double precision, after some hundred sums."""
_SINGLE_ROUNDING = 4 * float(np.finfo(np.float32).eps)
_OUTSIDE_SHARE = 0.5
"""Share of a region outside the breast from which it is reported as lying outside."""


@dataclass(frozen=True)
class Resolution:
    """What the stored values of a region can tell apart.

    `step` is their distance on the scaled picture; a region is `flat` where they differ by no more than one, and `even`
    where all are the same.
    """

    step: float = 0.0
    flat: bool = False
    even: bool = False


@dataclass(frozen=True, eq=False, kw_only=True)
class RegionPicture:
    """One discretised picture of a region and the features wanted of it; no region where none can be measured."""

    name: str
    region: PlaneRegion | None = None
    features: tuple[str, ...] = ()
    occupied: int = 0


Answers = tuple[dict[str, float], dict[str, int]]
"""Values of a region, and its occupied grey levels by picture."""


def measure_pictures(asked: Sequence[Sequence[RegionPicture]]) -> list[Answers]:
    """Values and occupied grey levels of many regions, each with its pictures; all pictures are measured at once."""
    there = [one for pictures in asked for one in pictures if one.region is not None]
    regions = [one.region for one in there if one.region is not None]
    values = iter(measure_regions(regions, [one.features for one in there]))
    answers: list[Answers] = []
    for pictures in asked:
        found: dict[str, float] = {}
        for one in pictures:
            if one.region is not None:
                found |= {f"{one.name}_{feature}": value for feature, value in next(values).items()}
        answers.append((found, {one.name: one.occupied for one in pictures}))
    return answers


@dataclass(frozen=True, eq=False, kw_only=True)
class RegionOnCrop:
    """One region on its crop; `held` are the image's own grey values inside it."""

    roi: Roi
    crop: Crop
    inside: NDArray[np.bool_]
    config: FeatureConfig
    held: NDArray[np.float32]
    resolution: Resolution

    def shape_values(self) -> dict[str, float]:
        """Features of the outline; none of few pixels."""
        study = self.crop.study
        if int(self.inside.sum()) < self.config.min_region_px:
            return {}
        shape = measure_shape(self.inside, study.spacing).items()
        kept = {name: value for name, value in shape if study.unit == "mm" or name not in SHAPE_UNITS}
        return {f"original_shape2D_{name}": value for name, value in kept.items()}

    def own_pictures(self) -> Iterable[tuple[str, NDArray[np.float64]]]:
        """The crop through every filter."""
        study = self.crop.study
        return filtered_images(self.crop.image, spacing=study.spacing, unit=study.unit, config=self.config)

    def pictures(self, filtered: Iterable[tuple[str, NDArray[np.float64]]]) -> Iterator[RegionPicture]:
        """What to measure on every picture."""
        for name, picture in filtered:
            yield self.on(name, picture)

    def on(self, name: str, picture: NDArray[np.float64]) -> RegionPicture:
        """What to measure on one picture: no texture of few pixels or of an unresolved range.

        A filtered constant is a constant: what a filter makes of rounding is measured by no texture matrix.
        """
        bins, width, inside = self.config.bin_count, self.config.bin_width, self.inside
        if not inside.any() or (width is not None and np.ptp(picture[inside]) > MAX_GREY_LEVELS * width):
            return RegionPicture(name=name)
        if flat := self._unresolved(name, float(np.ptp(picture[inside]))):
            region = one_level(picture, inside, even=name == "original" and self.resolution.even)
        else:
            region = discretise(picture, inside, bin_count=bins, bin_width=width)
        occupied = 1 if flat else region.grey_levels.size
        textured = int(inside.sum()) >= self.config.min_region_px and occupied > 1
        wanted = [feature for feature in plane_features(name) if textured or feature.startswith("firstorder_")]
        return RegionPicture(name=name, region=region, features=tuple(wanted), occupied=occupied)

    def _unresolved(self, name: str, extent: float) -> bool:
        """Whether the range of a picture of the region is rounding alone."""
        if name == "original" or self.resolution.flat or not filter_of(name).graded:
            return self.resolution.flat
        noise = _ROUNDING * float(np.abs(self.crop.image).max(initial=0.0))
        return extent <= max(noise, _FILTERED_STEP * self.resolution.step)

    def value_findings(self, values: Mapping[str, float], levels: Mapping[str, int]) -> Iterator[Finding]:
        """What is missing or unusual about the values."""
        area, least = int(self.inside.sum()), self.config.min_region_px
        if area < least:
            message = f"{area} pixels on the study grid, fewer than {least}; first order features only"
            yield region_finding(self.roi, AuditCode.REGION_TOO_SMALL, message)
        fine = [name for name, count in levels.items() if count == 0]
        if fine:
            message = f"more than {MAX_GREY_LEVELS} grey levels in {', '.join(fine)}; widen bin_width"
            yield region_finding(self.roi, AuditCode.FEATURE_FAILED, message)
        flat = [name for name, count in levels.items() if count == 1]
        if flat:
            found = "no grey range that its stored values resolve" if self.resolution.flat else "one grey level"
            yield region_finding(self.roi, AuditCode.REGION_FLAT, f"{found} in {', '.join(flat)}; no texture")
        odd = [f"{name} {count}" for name, count in levels.items() if count > 1 and within_bounds(name, count) is False]
        if odd:
            yield region_finding(self.roi, AuditCode.GREY_LEVELS, f"occupied grey levels {', '.join(odd)}")
        failed = [name for name, value in values.items() if not np.isfinite(value)]
        if failed:
            yield region_finding(
                self.roi, AuditCode.FEATURE_FAILED, f"no value for {len(failed)} features, first {failed[0]}"
            )

    def placement_findings(self, exam: Exam) -> Iterator[Finding]:
        """Whether the region leaves the image or the breast."""
        contour = self.roi.contour_px
        if (contour < -0.5).any() or (contour > np.array(self.roi.grid.shape) - 0.5).any():
            yield region_finding(self.roi, AuditCode.REGION_OUTSIDE, "reaches beyond the image and was cut")
        outside = 1 - float(breast_on(exam, self.crop)[self.inside].mean())
        if outside > _OUTSIDE_SHARE:
            yield region_finding(self.roi, AuditCode.REGION_OUTSIDE, f"{outside:.0%} of it lies outside the breast")


def resolution_of(exam: Exam, held: NDArray[np.float32], scale: IntensityScale) -> Resolution:
    """What the stored values of a region can resolve on the study's scale."""
    step = exam.mammogram.acquisition.grey_step
    return Resolution(step * abs(scale.gain), is_flat(held, step=step), is_flat(held, step=step / 2))


def held_values(exam: Exam, roi: Roi) -> NDArray[np.float32]:
    """Grey values of the image's own pixels inside a region, shape (n,): before scaling, resampling and filters."""
    region = roi.region
    rows, cols = region.inside.shape
    window = exam.mammogram.pixels[region.top_px : region.top_px + rows, region.left_px : region.left_px + cols]
    return np.asarray(window[region.inside], dtype=np.float32)


def is_flat(held: NDArray[np.float32], *, step: float) -> bool:
    """Whether the own pixels of a region differ by no more than one step between stored grey values.

    Two neighbouring stored values are what rounding makes of one: such a region is flat, whatever interpolation and
    filters make of it and of what lies around.

    Parameters
    ----------
    held : ndarray of shape (n,)
    step : float
        Distance between neighbouring stored values, 0 where it is unknown.

    Examples
    --------
    >>> bright = np.array([254, 255, 255], np.float32)
    >>> is_flat(bright, step=1.0), is_flat(bright, step=0.5), is_flat(bright[1:], step=0.0)
    (True, False, True)
    """
    if not held.size:
        return False
    return float(np.ptp(held)) <= max(step, _SINGLE_ROUNDING * float(np.abs(held).max()))


def region_finding(roi: Roi, code: AuditCode, message: str) -> Finding:
    """A finding about a region, which its message names first."""
    return Finding.of(code, f"{roi.roi_id}: {message}", image_id=str(roi.image))


def breast_on(exam: Exam, crop: Crop) -> NDArray[np.bool_]:
    """Which pixels of a crop lie in the breast, same shape as its image."""
    first, steps = (crop.top, crop.left), crop.study.step_px
    cells = []
    for size, start, step, limit in zip(crop.image.shape, first, steps, exam.breast.breast.shape, strict=True):
        centre_px = (np.arange(size) + start + 0.5) * step - 0.5
        cells.append(np.clip(np.round(centre_px).astype(int) // exam.breast.step_px, 0, limit - 1))
    return exam.breast.breast[np.ix_(*cells)]


def within_bounds(picture: str, count: int) -> bool | None:
    """Whether the occupied grey levels of a picture lie within `GREY_LEVEL_BOUNDS`; None where they say nothing.

    Examples
    --------
    >>> within_bounds("original", 12), within_bounds("lbp-2D", 9)
    (False, None)
    """
    low, high = GREY_LEVEL_BOUNDS
    return low <= count <= high if filter_of(picture).graded else None
