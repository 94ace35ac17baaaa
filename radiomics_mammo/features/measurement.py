"""The features of the regions of one exam (scale, crop, filter, measure) and their rows of features.csv."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from radiomics_mammo.features.engine import quiet_engine
from radiomics_mammo.features.filters import filtered_images, margin_px
from radiomics_mammo.features.names import feature_names, units_of
from radiomics_mammo.features.preprocessing import Crop, IntensityScale, StudyGrid, cut_crop, intensity_scale
from radiomics_mammo.features.region_on_crop import (
    Answers,
    RegionOnCrop,
    Resolution,
    breast_on,
    held_values,
    measure_pictures,
    region_finding,
    resolution_of,
    within_bounds,
)
from radiomics_mammo.features.tissue import measure_tissue
from radiomics_mammo.tables.features import FEATURES, FeatureRow
from radiomics_mammo.tables.grey_levels import GreyLevelRow

_SATURATED_SHARE = 0.05
"""Share of a region at the brightest value of its picture from which it is reported."""


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
        places = [(roi.source is RoiSource.TISSUE, roi.contour_px.tobytes()) for roi in rois]
        first = {place: number for number, place in reversed(list(enumerate(places)))}
        with quiet_engine():
            found = {number: self._prepare(exam, rois[number], scale) for number in sorted(first.values())}
            waiting = {number: one for number, one in found.items() if isinstance(one, RegionOnCrop)}
            asked = [list(one.pictures(one.own_pictures())) for one in waiting.values()]
            brightest = float(exam.mammogram.pixels.max())
            for (number, one), answers in zip(waiting.items(), measure_pictures(asked), strict=True):
                found[number] = self._finish(exam, one, answers, scale=scale, brightest=brightest)
        done = {number: one for number, one in found.items() if isinstance(one, RoiFeatures)}
        return tuple(
            done[first[place]]
            if first[place] == number
            else replace(done[first[place]], row=FeatureRow.of(rois[number]), findings=())
            for number, place in enumerate(places)
        )

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
        asked = []
        with quiet_engine():
            for roi, region in zip(windows, regions, strict=True):
                window = RegionOnCrop(
                    roi=roi,
                    crop=whole,
                    inside=replace(whole, region=region).inside,
                    config=self.config,
                    held=held_values(exam, roi),
                    resolution=resolution_of(exam, held_values(exam, roi), scale),
                )
                asked.append(list(window.pictures(pictures)))
            return tuple(
                values | self._rim_values(exam, roi, region, scale=scale)
                for roi, region, (values, _) in zip(windows, regions, measure_pictures(asked), strict=True)
            )

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
            findings=(region_finding(roi, code, message),),
        )

    def _complete(self, exam: Exam, values: Mapping[str, float]) -> dict[str, float]:
        return {name: values.get(name, float("nan")) for name in self.columns(exam)}

    def _prepare(self, exam: Exam, roi: Roi, scale: IntensityScale) -> RoiFeatures | RegionOnCrop:
        """What is to be measured on a region, or all that can be said of it."""
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
        resolution = resolution_of(exam, held, scale)
        return RegionOnCrop(
            roi=roi, crop=crop, inside=crop.inside, config=self.config, held=held, resolution=resolution
        )

    def _finish(
        self, exam: Exam, lesion: RegionOnCrop, measured: Answers, *, scale: IntensityScale, brightest: float
    ) -> RoiFeatures:
        """Everything about a region whose pictures were measured; `brightest` is that of the whole exam."""
        roi, held, (planes, levels) = lesion.roi, lesion.held, measured
        values = lesion.shape_values() | planes
        saturated = float((held == brightest).mean()) if held.size else 0.0
        findings = (*lesion.placement_findings(exam), *lesion.value_findings(values, levels))
        if saturated > _SATURATED_SHARE:
            said = f"{saturated:.0%} of its pixels at the brightest value of the picture"
            findings = (*findings, region_finding(roi, AuditCode.REGION_SATURATED, said))
        values |= self._rim_values(exam, roi, lesion.crop.region, scale=scale)
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
        rim = (away > 0) & (away <= width) & breast_on(exam, wide)
        if not np.isfinite(wide.image[rim]).all():
            return {}
        resolution = Resolution(exam.mammogram.acquisition.grey_step * abs(scale.gain))
        held = held_values(exam, roi)
        rim_only = RegionOnCrop(roi=roi, crop=wide, inside=rim, config=self.config, held=held, resolution=resolution)
        ((measured, _),) = measure_pictures([list(rim_only.pictures([("original", wide.image)]))])
        return {f"ring_{name}": value for name, value in measured.items()}


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
