"""The features of the regions of one exam: scale, crop, filter, measure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from radiomics_mammo.config.features import FeatureConfig
from radiomics_mammo.core.contours import Region
from radiomics_mammo.core.errors import ExtractionError, InvariantError
from radiomics_mammo.core.findings import AuditCode, Finding
from radiomics_mammo.core.pairs import Exam, Roi
from radiomics_mammo.core.vocabulary import RoiSource
from radiomics_mammo.features.columns import LENGTH_FEATURES, LengthUnit, feature_names, plane_features
from radiomics_mammo.features.crop import Crop, StudyGrid, cut_crop, margin_px
from radiomics_mammo.features.engine import discretise, measure_region, measure_shape
from radiomics_mammo.features.filters import filtered_images
from radiomics_mammo.features.intensity import IntensityScale, intensity_scale
from radiomics_mammo.features.stock import quiet_engine
from radiomics_mammo.features.tissue import measure_tissue

GREY_LEVEL_BOUNDS = (16, 128)
"""Occupied grey levels outside these bounds are reported (contract)."""

LOCAL_PATTERNS = "lbp-2D"
"""Has ten levels by definition; too few of them says nothing."""

MAX_GREY_LEVELS = 512
"""Grey levels a region may have: the cost of co-occurrence grows with their cube (fixed bin width only)."""

_OUTSIDE_SHARE = 0.5
"""Share of a region outside the breast from which it is reported as lying outside."""


@dataclass(frozen=True)
class RoiFeatures:
    """Everything measured on one region.

    Parameters
    ----------
    roi_id : str
    unit : {"mm", "px"}
        Unit of filter widths; pixels where the spacing of the exam is unknown.
    values : mapping of str to float
        Every column of this unit in schema order, NaN where there is no value.
    grey_levels : mapping of str to int
        Occupied grey levels by picture.
    findings : tuple of Finding
    """

    roi_id: str
    unit: LengthUnit
    values: Mapping[str, float] = field(repr=False)
    grey_levels: Mapping[str, int] = field(default_factory=dict, repr=False)
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class FeatureExtractor:
    """Measures regions of exams; a plain value that can be sent to a worker.

    Parameters
    ----------
    config : FeatureConfig
    """

    config: FeatureConfig = field(default_factory=FeatureConfig)

    def measure(self, exam: Exam, rois: Sequence[Roi]) -> tuple[RoiFeatures, ...]:
        """Features of regions of one exam, in their order.

        Parameters
        ----------
        exam : Exam
        rois : sequence of Roi
            All of this exam. Tissue regions fill the ``tissue_`` columns only, all others the rest.

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
        measured, done = [], dict[bytes, RoiFeatures]()
        with quiet_engine():
            for roi in rois:
                place = f"{roi.source is RoiSource.TISSUE}".encode() + roi.contour_px.tobytes()
                if place not in done:
                    done[place] = self._measure(exam, roi, scale)
                measured.append(done[place] if done[place].roi_id == roi.roi_id else _again(done[place], roi))
        return tuple(measured)

    def _unmeasured(self, exam: Exam, roi: Roi, code: AuditCode, message: str) -> RoiFeatures:
        unit = StudyGrid.over(exam.mammogram.grid, spacing_mm=self.config.spacing_mm).unit
        finding = Finding.of(code, f"{roi.roi_id}: {message}", image_id=str(roi.image))
        return RoiFeatures(roi.roi_id, unit, _complete({}, self.config, unit), {}, (finding,))

    def _measure(self, exam: Exam, roi: Roi, scale: IntensityScale) -> RoiFeatures:
        if roi.source is RoiSource.TISSUE:
            return self._measure_tissue(exam, roi, scale)
        study = StudyGrid.over(exam.mammogram.grid, spacing_mm=self.config.spacing_mm)
        region = study.region(roi.contour_px)
        if region.area_px == 0:
            return self._unmeasured(exam, roi, AuditCode.REGION_OUTSIDE, "no pixel of the image lies inside")
        margin = margin_px(self.config, spacing=min(study.spacing))
        crop = cut_crop(exam.mammogram.pixels, study, (region,), margin=margin, scale=scale)
        if not np.isfinite(crop.image).all():
            return self._unmeasured(exam, roi, AuditCode.FEATURE_FAILED, "the picture holds values that are no numbers")
        inside = crop.mask(region)
        values, levels, findings = _Measurement(roi, crop, inside, self.config).run()
        values |= self._rim_values(exam, roi, study, region, scale=scale)
        placed = _placement_findings(exam, roi, crop, inside)
        complete = _complete(values, self.config, study.unit)
        return RoiFeatures(roi.roi_id, study.unit, complete, levels, (*placed, *findings))

    def _rim_values(
        self, exam: Exam, roi: Roi, study: StudyGrid, region: Region, *, scale: IntensityScale
    ) -> dict[str, float]:
        """Values of the rim, on a window of its own: a wider one would change what the filters see of the lesion."""
        if self.config.ring_mm == 0 or study.unit != "mm":
            return {}
        width = self.config.ring_mm / min(study.spacing)
        wide = cut_crop(exam.mammogram.pixels, study, (region,), margin=int(np.ceil(width)), scale=scale)
        rim = _ring(exam, wide, wide.mask(region), width_px=width)
        if not np.isfinite(wide.image[rim]).all():
            return {}
        measured, _ = _Measurement(roi, wide, rim, self.config).plane("original", wide.image, rim)
        return {f"ring_{name}": value for name, value in measured.items()}

    def _measure_tissue(self, exam: Exam, roi: Roi, scale: IntensityScale) -> RoiFeatures:
        unit = StudyGrid.over(exam.mammogram.grid, spacing_mm=self.config.spacing_mm).unit
        values = measure_tissue(exam, roi, scale=scale, config=self.config)
        if not values:
            return self._unmeasured(exam, roi, AuditCode.REGION_FLAT, "no breast tissue with more than one grey level")
        return RoiFeatures(roi.roi_id, unit, _complete(values, self.config, unit))


@dataclass(frozen=True, eq=False)
class _Measurement:
    """One region on its crop."""

    roi: Roi
    crop: Crop
    inside: NDArray[np.bool_]
    config: FeatureConfig

    def run(self) -> tuple[dict[str, float], dict[str, int], tuple[Finding, ...]]:
        """Values, occupied grey levels by picture, findings."""
        values, levels = self._shape(), {}
        study = self.crop.study
        pictures = filtered_images(self.crop.image, spacing=study.spacing, unit=study.unit, config=self.config)
        for name, picture in pictures:
            measured, levels[name] = self.plane(name, picture, self.inside)
            values |= measured
        return values, levels, tuple(self._findings(values, levels))

    def plane(self, name: str, picture: NDArray[np.float64], inside: NDArray[np.bool_]) -> tuple[dict[str, float], int]:
        """Features of a mask on one picture, and its occupied grey levels; no texture of few pixels or one level."""
        bins, width = self.config.bin_count, self.config.bin_width
        if not inside.any() or (width is not None and np.ptp(picture[inside]) > MAX_GREY_LEVELS * width):
            return {}, 0
        region = discretise(picture, inside, bin_count=bins, bin_width=width)
        occupied = region.occupied_levels
        textured = int(inside.sum()) >= self.config.min_region_px and occupied > 1
        wanted = [feature for feature in plane_features(name) if textured or feature.startswith("firstorder_")]
        measured = measure_region(region, wanted)
        return {f"{name}_{feature}": value for feature, value in measured.items()}, occupied

    def _shape(self) -> dict[str, float]:
        if int(self.inside.sum()) < self.config.min_region_px:
            return {}
        known = self.crop.study.unit == "mm"
        shape = measure_shape(self.inside, self.crop.study.spacing)
        kept = {name: value for name, value in shape.items() if known or name not in LENGTH_FEATURES}
        return {f"original_shape2D_{name}": value for name, value in kept.items()}

    def _findings(self, values: Mapping[str, float], levels: Mapping[str, int]) -> Iterator[Finding]:
        where, image_id = self.roi.roi_id, str(self.roi.image)
        area, least = int(self.inside.sum()), self.config.min_region_px
        if area < least:
            message = f"{where}: {area} pixels on the study grid, fewer than {least}; first order features only"
            yield Finding.of(AuditCode.REGION_TOO_SMALL, message, image_id=image_id)
        fine = [name for name, count in levels.items() if count == 0]
        if fine:
            message = f"{where}: more than {MAX_GREY_LEVELS} grey levels in {', '.join(fine)}; widen bin_width"
            yield Finding.of(AuditCode.FEATURE_FAILED, message, image_id=image_id)
        flat = [name for name, count in levels.items() if count == 1]
        if flat:
            message = f"{where}: one grey level in {', '.join(flat)}; no texture"
            yield Finding.of(AuditCode.REGION_FLAT, message, image_id=image_id)
        low, high = GREY_LEVEL_BOUNDS
        odd = {name: n for name, n in levels.items() if n > 1 and not low <= n <= high and name != LOCAL_PATTERNS}
        if odd:
            told = ", ".join(f"{name} {count}" for name, count in odd.items())
            yield Finding.of(AuditCode.GREY_LEVELS, f"{where}: occupied grey levels {told}", image_id=image_id)
        failed = [name for name, value in values.items() if not np.isfinite(value)]
        if failed:
            message = f"{where}: no value for {len(failed)} features, first {failed[0]}"
            yield Finding.of(AuditCode.FEATURE_FAILED, message, image_id=image_id)


def _again(measured: RoiFeatures, roi: Roi) -> RoiFeatures:
    """The measurement of the same place under another name; what was found there has been said once."""
    return replace(measured, roi_id=roi.roi_id, findings=())


def _complete(values: Mapping[str, float], config: FeatureConfig, unit: LengthUnit) -> dict[str, float]:
    return {name: values.get(name, float("nan")) for name in feature_names(config, units=(unit,))}


def _ring(exam: Exam, crop: Crop, inside: NDArray[np.bool_], *, width_px: float) -> NDArray[np.bool_]:
    away: NDArray[np.float64] = ndimage.distance_transform_edt(~inside)
    return (away > 0) & (away <= width_px) & _breast_on(exam, crop)


def _breast_on(exam: Exam, crop: Crop) -> NDArray[np.bool_]:
    first, steps = (crop.top, crop.left), crop.study.step_px
    cells = []
    for size, start, step, limit in zip(crop.image.shape, first, steps, exam.breast.breast.shape, strict=True):
        centre_px = (np.arange(size) + start + 0.5) * step - 0.5
        cells.append(np.clip(np.round(centre_px).astype(int) // exam.breast.step_px, 0, limit - 1))
    return exam.breast.breast[np.ix_(*cells)]


def _placement_findings(exam: Exam, roi: Roi, crop: Crop, inside: NDArray[np.bool_]) -> tuple[Finding, ...]:
    """Whether a region leaves the image or the breast."""
    found = []
    contour = roi.contour_px
    if (contour < -0.5).any() or (contour > np.array(roi.grid.shape) - 0.5).any():
        found.append("reaches beyond the image and was cut")
    outside = 1 - float(_breast_on(exam, crop)[inside].mean())
    if outside > _OUTSIDE_SHARE:
        found.append(f"{outside:.0%} of it lies outside the breast")
    image_id = str(roi.image)
    return tuple(Finding.of(AuditCode.REGION_OUTSIDE, f"{roi.roi_id}: {text}", image_id=image_id) for text in found)
