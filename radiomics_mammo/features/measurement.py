"""The features of the regions of one exam (scale, crop, filter, measure) and their rows of features.csv."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import ndimage

from radiomics_mammo.config.features import FeatureConfig
from radiomics_mammo.core.contours import Region
from radiomics_mammo.core.errors import ExtractionError, InvariantError
from radiomics_mammo.core.findings import AuditCode, Finding
from radiomics_mammo.core.pairs import Exam, Roi
from radiomics_mammo.core.vocabulary import RoiSource
from radiomics_mammo.features.engine import discretise, measure_region, measure_shape, one_level, quiet_engine
from radiomics_mammo.features.filters import filter_of, filtered_images, margin_px
from radiomics_mammo.features.names import SHAPE_UNITS, feature_names, plane_features, units_of
from radiomics_mammo.features.preprocessing import Crop, IntensityScale, StudyGrid, cut_crop, intensity_scale
from radiomics_mammo.features.tissue import measure_tissue
from radiomics_mammo.tables.features import FEATURES, FeatureRow
from radiomics_mammo.tables.grey_levels import GreyLevelRow

GREY_LEVEL_BOUNDS = (16, 128)
"""Occupied grey levels outside these bounds are reported (contract)."""

MAX_GREY_LEVELS = 512
"""Grey levels a region may have: the cost of co-occurrence grows with their cube (fixed bin width only)."""

_SATURATED_SHARE = 0.05
"""Share of a region at the brightest value of its picture from which it is reported."""

_FILTERED_STEP = 1e-3
"""Response of a filter, in stored grey steps, that rounding alone explains by far."""
_ROUNDING = 1e-9
"""The same where the step is unknown, relative to the grey values: double precision, after some hundred sums."""
_SINGLE_ROUNDING = 4 * float(np.finfo(np.float32).eps)

_OUTSIDE_SHARE = 0.5
"""Share of a region outside the breast from which it is reported as lying outside."""


@dataclass(frozen=True, kw_only=True)
class RoiFeatures:
    """Everything measured on one region.

    Parameters
    ----------
    row : FeatureRow
        Which region it is: its named columns of ``features.csv``.
    values : mapping of str to float
        Every measured column in schema order, NaN where there is no value; empty where nothing was to be measured.
    grey_levels : mapping of str to int
        Occupied grey levels by picture.
    findings : tuple of Finding
    saturated : float or None
        Share of its pixels that lie at the brightest value of the picture; None where nothing was measured.
    """

    row: FeatureRow
    values: Mapping[str, float] = field(default_factory=dict, repr=False)
    grey_levels: Mapping[str, int] = field(default_factory=dict, repr=False)
    findings: tuple[Finding, ...] = ()
    saturated: float | None = None


@dataclass(frozen=True)
class FeatureExtractor:
    """Measures regions of exams; a plain value that can be sent to a worker."""

    config: FeatureConfig = field(default_factory=FeatureConfig)

    def measure(self, exam: Exam, rois: Sequence[Roi]) -> tuple[RoiFeatures, ...]:
        """Features of regions of one exam, in their order.

        Parameters
        ----------
        exam : Exam
        rois : sequence of Roi
            All of this exam. Tissue regions fill the ``tissue_`` columns only, all others the rest. A place is
            measured once, however many regions it stands for, and what is found there is said once.

        Returns
        -------
        tuple of RoiFeatures
            The same columns for every region, whatever its fate; what is missing is NaN and has a finding.

        Raises
        ------
        InvariantError
            If a region belongs to another image.
        """
        for roi in rois:
            if roi.image != exam.mammogram.key or roi.grid != exam.mammogram.grid:
                raise InvariantError(roi.roi_id, f"a region of {exam.mammogram.key}", str(roi.image), "pair them")
        try:
            scale = intensity_scale(exam, config=self.config)
        except ExtractionError as error:
            return tuple(self._unmeasured(exam, roi, AuditCode.FEATURE_FAILED, str(error)) for roi in rois)
        done: dict[tuple[bool, bytes], RoiFeatures] = {}
        measured = []
        with quiet_engine():
            for roi in rois:
                place = (roi.source is RoiSource.TISSUE, roi.contour_px.tobytes())
                if place in done:
                    measured.append(replace(done[place], row=FeatureRow.of(roi), findings=()))
                else:
                    done[place] = self._measure(exam, roi, scale)
                    measured.append(done[place])
        return tuple(measured)

    def columns(self, exam: Exam) -> tuple[str, ...]:
        """Every column measured on a region of this exam, in schema order."""
        return feature_names(self.config, units=(self._study(exam).unit,))

    def measure_windows(self, exam: Exam, windows: Sequence[Roi]) -> tuple[dict[str, float], ...]:
        """Values of many regions close to each other, in their order; none where the exam cannot be measured.

        One window of the image holds them all and is filtered once. Values are those of `measure`, but for the shape,
        which is that of the contour they were given; a picture that cannot be made leaves its values out.
        """
        try:
            scale = intensity_scale(exam, config=self.config)
        except ExtractionError:
            return ()
        study = self._study(exam)
        regions = [study.region(roi.contour_px) for roi in windows]
        if not regions:
            return ()
        margin = margin_px(self.config, spacing=min(study.spacing))
        whole = cut_crop(exam.mammogram.pixels, study, region_over(regions), margin=margin, scale=scale)
        if not np.isfinite(whole.image).all():
            return ()
        pictures = tuple(filtered_images(whole.image, spacing=study.spacing, unit=study.unit, config=self.config))
        found = []
        with quiet_engine():
            for roi, region in zip(windows, regions, strict=True):
                resolution = _resolution(exam, held_values(exam, roi), scale)
                window = _Measurement(
                    roi=roi,
                    crop=whole,
                    inside=replace(whole, region=region).inside,
                    config=self.config,
                    resolution=resolution,
                )
                values, _ = window.plane_values(pictures)
                found.append(values | self._rim_values(exam, roi, region, scale=scale))
        return tuple(found)

    def window(self, exam: Exam, roi: Roi) -> Crop:
        """The picture and mask a region is measured on: scaled, cut out with its margin, resampled to study spacing.

        Raises
        ------
        ExtractionError
            If the breast has no grey values, or no pixel of the image lies inside the region.
        """
        study = self._study(exam)
        region = study.region(roi.contour_px)
        if region.area_px == 0:
            raise ExtractionError(roi.roi_id, "a region on its image", "no pixel", "leave it out")
        margin = margin_px(self.config, spacing=min(study.spacing))
        scale = intensity_scale(exam, config=self.config)
        return cut_crop(exam.mammogram.pixels, study, region, margin=margin, scale=scale)

    def _study(self, exam: Exam) -> StudyGrid:
        return StudyGrid.over(exam.mammogram.grid, spacing_mm=self.config.spacing_mm)

    def _unmeasured(self, exam: Exam, roi: Roi, code: AuditCode, message: str) -> RoiFeatures:
        return RoiFeatures(
            row=FeatureRow.of(roi),
            values=self._complete(exam, {}),
            grey_levels={},
            findings=(_finding(roi, code, message),),
        )

    def _complete(self, exam: Exam, values: Mapping[str, float]) -> dict[str, float]:
        return {name: values.get(name, float("nan")) for name in self.columns(exam)}

    def _measure(self, exam: Exam, roi: Roi, scale: IntensityScale) -> RoiFeatures:
        if roi.source is RoiSource.TISSUE:
            values = measure_tissue(exam, roi, scale=scale, config=self.config)
            if not values:
                flat = "no breast tissue with more than one grey level"
                return self._unmeasured(exam, roi, AuditCode.REGION_FLAT, flat)
            return RoiFeatures(row=FeatureRow.of(roi), values=self._complete(exam, values))
        study = self._study(exam)
        region = study.region(roi.contour_px)
        if region.area_px == 0:
            return self._unmeasured(exam, roi, AuditCode.REGION_OUTSIDE, "no pixel of the image lies inside")
        margin = margin_px(self.config, spacing=min(study.spacing))
        crop = cut_crop(exam.mammogram.pixels, study, region, margin=margin, scale=scale)
        if not np.isfinite(crop.image).all():
            return self._unmeasured(exam, roi, AuditCode.FEATURE_FAILED, "the picture holds values that are no numbers")
        held = held_values(exam, roi)
        resolution = _resolution(exam, held, scale)
        lesion = _Measurement(roi=roi, crop=crop, inside=crop.inside, config=self.config, resolution=resolution)
        values, levels = lesion.values()
        saturated = float((held == exam.mammogram.pixels.max()).mean()) if held.size else 0.0
        findings = (*lesion.placement_findings(exam), *lesion.value_findings(values, levels))
        if saturated > _SATURATED_SHARE:
            said = f"{saturated:.0%} of its pixels at the brightest value of the picture"
            findings = (*findings, _finding(roi, AuditCode.REGION_SATURATED, said))
        values |= self._rim_values(exam, roi, region, scale=scale)
        return RoiFeatures(
            row=FeatureRow.of(roi),
            values=self._complete(exam, values),
            grey_levels=levels,
            findings=findings,
            saturated=saturated,
        )

    def _rim_values(self, exam: Exam, roi: Roi, region: Region, *, scale: IntensityScale) -> dict[str, float]:
        """Values of the rim, on a window of its own: a wider one would change what the filters see of the lesion."""
        study = self._study(exam)
        if self.config.ring_mm == 0 or study.unit != "mm":
            return {}
        width = self.config.ring_mm / min(study.spacing)
        wide = cut_crop(exam.mammogram.pixels, study, region, margin=int(np.ceil(width)), scale=scale)
        away: NDArray[np.float64] = ndimage.distance_transform_edt(~wide.inside)
        rim = (away > 0) & (away <= width) & _breast_on(exam, wide)
        if not np.isfinite(wide.image[rim]).all():
            return {}
        resolution = Resolution(exam.mammogram.acquisition.grey_step * abs(scale.gain))
        measurement = _Measurement(roi=roi, crop=wide, inside=rim, config=self.config, resolution=resolution)
        measured, _ = measurement.plane("original", wide.image)
        return {f"ring_{name}": value for name, value in measured.items()}


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
class _Measurement:
    """One region on its crop."""

    roi: Roi
    crop: Crop
    inside: NDArray[np.bool_]
    config: FeatureConfig
    resolution: Resolution

    def values(self) -> tuple[dict[str, float], dict[str, int]]:
        """Values, and occupied grey levels by picture."""
        values, study = {}, self.crop.study
        if int(self.inside.sum()) >= self.config.min_region_px:
            shape = measure_shape(self.inside, study.spacing).items()
            kept = {name: value for name, value in shape if study.unit == "mm" or name not in SHAPE_UNITS}
            values = {f"original_shape2D_{name}": value for name, value in kept.items()}
        pictures = filtered_images(self.crop.image, spacing=study.spacing, unit=study.unit, config=self.config)
        measured, levels = self.plane_values(pictures)
        return values | measured, levels

    def plane_values(
        self, pictures: Iterable[tuple[str, NDArray[np.float64]]]
    ) -> tuple[dict[str, float], dict[str, int]]:
        """Values on every picture, and occupied grey levels by picture."""
        values: dict[str, float] = {}
        levels: dict[str, int] = {}
        for name, picture in pictures:
            measured, levels[name] = self.plane(name, picture)
            values |= measured
        return values, levels

    def plane(self, name: str, picture: NDArray[np.float64]) -> tuple[dict[str, float], int]:
        """Features on one picture, and its occupied grey levels; no texture of few pixels or of an unresolved range.

        A filtered constant is a constant: what a filter makes of rounding is measured by no texture matrix.
        """
        bins, width, inside = self.config.bin_count, self.config.bin_width, self.inside
        if not inside.any() or (width is not None and np.ptp(picture[inside]) > MAX_GREY_LEVELS * width):
            return {}, 0
        if flat := self._unresolved(name, float(np.ptp(picture[inside]))):
            region = one_level(picture, inside, even=name == "original" and self.resolution.even)
        else:
            region = discretise(picture, inside, bin_count=bins, bin_width=width)
        occupied = 1 if flat else region.grey_levels.size
        textured = int(inside.sum()) >= self.config.min_region_px and occupied > 1
        wanted = [feature for feature in plane_features(name) if textured or feature.startswith("firstorder_")]
        measured = measure_region(region, wanted)
        return {f"{name}_{feature}": value for feature, value in measured.items()}, occupied

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
            yield _finding(self.roi, AuditCode.REGION_TOO_SMALL, message)
        fine = [name for name, count in levels.items() if count == 0]
        if fine:
            message = f"more than {MAX_GREY_LEVELS} grey levels in {', '.join(fine)}; widen bin_width"
            yield _finding(self.roi, AuditCode.FEATURE_FAILED, message)
        flat = [name for name, count in levels.items() if count == 1]
        if flat:
            found = "no grey range that its stored values resolve" if self.resolution.flat else "one grey level"
            yield _finding(self.roi, AuditCode.REGION_FLAT, f"{found} in {', '.join(flat)}; no texture")
        odd = [f"{name} {count}" for name, count in levels.items() if count > 1 and within_bounds(name, count) is False]
        if odd:
            yield _finding(self.roi, AuditCode.GREY_LEVELS, f"occupied grey levels {', '.join(odd)}")
        failed = [name for name, value in values.items() if not np.isfinite(value)]
        if failed:
            yield _finding(
                self.roi, AuditCode.FEATURE_FAILED, f"no value for {len(failed)} features, first {failed[0]}"
            )

    def placement_findings(self, exam: Exam) -> Iterator[Finding]:
        """Whether the region leaves the image or the breast."""
        contour = self.roi.contour_px
        if (contour < -0.5).any() or (contour > np.array(self.roi.grid.shape) - 0.5).any():
            yield _finding(self.roi, AuditCode.REGION_OUTSIDE, "reaches beyond the image and was cut")
        outside = 1 - float(_breast_on(exam, self.crop)[self.inside].mean())
        if outside > _OUTSIDE_SHARE:
            yield _finding(self.roi, AuditCode.REGION_OUTSIDE, f"{outside:.0%} of it lies outside the breast")


def region_over(regions: Sequence[Region]) -> Region:
    """The smallest rectangle that holds all of some regions.

    Examples
    --------
    >>> one = Region(2, 3, np.ones((1, 2), dtype=bool))
    >>> over = region_over([one, Region(5, 1, np.ones((1, 1), dtype=bool))])
    >>> over.top_px, over.left_px, over.inside.shape
    (2, 1, (4, 4))
    """
    top, left = min(one.top_px for one in regions), min(one.left_px for one in regions)
    bottom, right = max(one.bottom_px for one in regions), max(one.right_px for one in regions)
    return Region(top, left, np.ones((bottom - top + 1, right - left + 1), dtype=np.bool_))


def _resolution(exam: Exam, held: NDArray[np.float32], scale: IntensityScale) -> Resolution:
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


def _finding(roi: Roi, code: AuditCode, message: str) -> Finding:
    return Finding.of(code, f"{roi.roi_id}: {message}", image_id=str(roi.image))


def _breast_on(exam: Exam, crop: Crop) -> NDArray[np.bool_]:
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


def feature_table(measured: Sequence[RoiFeatures], *, config: FeatureConfig) -> pd.DataFrame:
    """Table ``features.csv``: one row a region, a fixed set of columns, empty where there is no value.

    Columns are in the order of `feature_names`, with widths in mm, in pixels, or both in a mixed study.
    """
    names = feature_names(config, units=units_of({name for one in measured for name in one.values}))
    values = {name: [one.values.get(name) for one in measured] for name in names}
    return FEATURES.of([one.row for one in measured], pd.DataFrame(values, dtype="float64"))


def grey_level_rows(measured: Sequence[RoiFeatures]) -> tuple[GreyLevelRow, ...]:
    """Rows of ``grey_levels.csv``: how many grey levels occur in every region and picture."""
    return tuple(
        GreyLevelRow(
            roi_id=one.row.roi_id,
            image_type=picture,
            occupied=count,
            within_bounds=within_bounds(picture, count),
            saturated_fraction=one.saturated if picture == "original" else None,
        )
        for one in measured
        for picture, count in one.grey_levels.items()
    )
