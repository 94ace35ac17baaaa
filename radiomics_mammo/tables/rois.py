"""``rois.csv``: one row per measured region."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from radiomics_mammo.core.contours import contour_centroid_px
from radiomics_mammo.core.pairs import Roi
from radiomics_mammo.core.vocabulary import LesionLabel, PriorPolicy, RoiSource, View, Visit
from radiomics_mammo.tables.schema import Table


@dataclass(frozen=True, kw_only=True)
class RoiRow:
    """One measured region."""

    roi_id: Annotated[str, "region id"]
    patient_id: Annotated[str, "class-qualified patient id"]
    view: Annotated[View, "CC or MLO"]
    visit: Annotated[Visit, "prior or recent"]
    recent_lesion_id: Annotated[str, "lesion id in the recent exam"] = ""
    prior_lesion_id: Annotated[str, "matched outline in the prior exam"] = ""
    source: Annotated[RoiSource, "outlined, registered, fallback, tissue or null"]
    prior_policy: Annotated[PriorPolicy | None, "regional, registered or outlined-first"] = None
    trusted: Annotated[bool | None, "whether the region may be used"] = None
    label: Annotated[LesionLabel | None, "benign, malignant or unconfirmed, of the recent lesion"] = None
    centroid_row_px: Annotated[float | None, "row of the centroid on its image"] = None
    centroid_col_px: Annotated[float | None, "column of the centroid on its image"] = None
    area_mm2: Annotated[float | None, "area in mm2"] = None
    search_score: Annotated[float | None, "score of the regional search, -1 to 1"] = None
    search_shift_mm: Annotated[float | None, "how far the search moved the mapped position, mm"] = None
    expected_error_mm: Annotated[float | None, "expected distance of the carried place from the true one, mm"] = None
    radius90_mm: Annotated[float | None, "radius around it that holds the true place nine times in ten, mm"] = None
    mask_file: Annotated[str, "mask picture, where one was written"] = ""

    @classmethod
    def of(cls, roi: Roi, *, mask_file: str = "") -> RoiRow:
        """Row of a region to measure; the area is that of its mask, as in ``lesions.csv``."""
        row, col = contour_centroid_px(roi.contour_px)
        pixel_mm2 = roi.grid.pixel_area_mm2
        return cls(
            roi_id=roi.roi_id,
            patient_id=roi.image.patient_id,
            view=roi.image.view,
            visit=roi.image.visit,
            recent_lesion_id=roi.recent_lesion_id,
            prior_lesion_id=roi.prior_lesion_id,
            source=roi.source,
            prior_policy=roi.prior_policy,
            trusted=roi.trusted,
            label=LesionLabel(roi.label) if roi.label else None,
            centroid_row_px=row,
            centroid_col_px=col,
            area_mm2=None if pixel_mm2 is None else roi.region.area_px * pixel_mm2,
            search_score=roi.search_score,
            search_shift_mm=roi.search_shift_mm,
            expected_error_mm=roi.expected_error_mm,
            radius90_mm=roi.radius90_mm,
            mask_file=mask_file,
        )


ROIS = Table("rois.csv", RoiRow, "measured region")
