"""The features of the regions of one exam (scale, crop, filter, measure) and their rows of features.csv."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
from radiomics_mammo.features.engine import discretise, measure_region, measure_shape, quiet_engine
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

_OUTSIDE_SHARE = 0.5
"""Share of a region outside the breast from which it is reported as lying outside."""


@dataclass(frozen=True)
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
    """

    row: FeatureRow
    values: Mapping[str, float] = field(default_factory=dict, repr=False)
    grey_levels: Mapping[str, int] = field(default_factory=dict, repr=False)
    findings: tuple[Finding, ...] = ()


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

    def _study(self, exam: Exam) -> StudyGrid:
        return StudyGrid.over(exam.mammogram.grid, spacing_mm=self.config.spacing_mm)

    def _unmeasured(self, exam: Exam, roi: Roi, code: AuditCode, message: str) -> RoiFeatures:
        return RoiFeatures(FeatureRow.of(roi), self._complete(exam, {}), {}, (_finding(roi, code, message),))

    def _complete(self, exam: Exam, values: Mapping[str, float]) -> dict[str, float]:
        names = feature_names(self.config, units=(self._study(exam).unit,))
        return {name: values.get(name, float("nan")) for name in names}

    def _measure(self, exam: Exam, roi: Roi, scale: IntensityScale) -> RoiFeatures:
        if roi.source is RoiSource.TISSUE:
            values = measure_tissue(exam, roi, scale=scale, config=self.config)
            if not values:
                flat = "no breast tissue with more than one grey level"
                return self._unmeasured(exam, roi, AuditCode.REGION_FLAT, flat)
            return RoiFeatures(FeatureRow.of(roi), self._complete(exam, values))
        study = self._study(exam)
        region = study.region(roi.contour_px)
        if region.area_px == 0:
            return self._unmeasured(exam, roi, AuditCode.REGION_OUTSIDE, "no pixel of the image lies inside")
        margin = margin_px(self.config, spacing=min(study.spacing))
        crop = cut_crop(exam.mammogram.pixels, study, region, margin=margin, scale=scale)
        if not np.isfinite(crop.image).all():
            return self._unmeasured(exam, roi, AuditCode.FEATURE_FAILED, "the picture holds values that are no numbers")
        lesion = _Measurement(roi, crop, crop.inside, self.config)
        values, levels = lesion.values()
        findings = (*lesion.placement_findings(exam), *lesion.value_findings(values, levels))
        values |= self._rim_values(exam, roi, region, scale=scale)
        return RoiFeatures(FeatureRow.of(roi), self._complete(exam, values), levels, findings)

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
        measured, _ = _Measurement(roi, wide, rim, self.config).plane("original", wide.image)
        return {f"ring_{name}": value for name, value in measured.items()}


@dataclass(frozen=True, eq=False)
class _Measurement:
    """One region on its crop."""

    roi: Roi
    crop: Crop
    inside: NDArray[np.bool_]
    config: FeatureConfig

    def values(self) -> tuple[dict[str, float], dict[str, int]]:
        """Values, and occupied grey levels by picture."""
        values, study = {}, self.crop.study
        levels: dict[str, int] = {}
        if int(self.inside.sum()) >= self.config.min_region_px:
            shape = measure_shape(self.inside, study.spacing).items()
            kept = {name: value for name, value in shape if study.unit == "mm" or name not in SHAPE_UNITS}
            values = {f"original_shape2D_{name}": value for name, value in kept.items()}
        pictures = filtered_images(self.crop.image, spacing=study.spacing, unit=study.unit, config=self.config)
        for name, picture in pictures:
            measured, levels[name] = self.plane(name, picture)
            values |= measured
        return values, levels

    def plane(self, name: str, picture: NDArray[np.float64]) -> tuple[dict[str, float], int]:
        """Features on one picture, and its occupied grey levels; no texture of few pixels or one level."""
        bins, width, inside = self.config.bin_count, self.config.bin_width, self.inside
        if not inside.any() or (width is not None and np.ptp(picture[inside]) > MAX_GREY_LEVELS * width):
            return {}, 0
        region = discretise(picture, inside, bin_count=bins, bin_width=width)
        occupied = region.grey_levels.size
        textured = int(inside.sum()) >= self.config.min_region_px and occupied > 1
        wanted = [feature for feature in plane_features(name) if textured or feature.startswith("firstorder_")]
        measured = measure_region(region, wanted)
        return {f"{name}_{feature}": value for feature, value in measured.items()}, occupied

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
            yield _finding(self.roi, AuditCode.REGION_FLAT, f"one grey level in {', '.join(flat)}; no texture")
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
        )
        for one in measured
        for picture, count in one.grey_levels.items()
    )
