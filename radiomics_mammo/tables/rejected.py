"""``rejected.csv``: one row per thing drawn on an outlined copy that is no outline of a mass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from radiomics_mammo.core.contours import contour_area_px
from radiomics_mammo.core.geometry import PixelGrid
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.lesions import RejectedOutline
from radiomics_mammo.core.vocabulary import OutlineColor, View, Visit
from radiomics_mammo.tables.schema import Table


@dataclass(frozen=True, kw_only=True)
class RejectedRow:
    """One rejected fill, mark, ruler, text or tiny ring."""

    image_id: Annotated[str, "patient, view and visit"]
    patient_id: Annotated[str, "class-qualified patient id"]
    view: Annotated[View, "CC or MLO"]
    visit: Annotated[Visit, "prior or recent"]
    color: Annotated[OutlineColor, "pen colour"]
    code: Annotated[str, "its class, an audit code"]
    reason: Annotated[str, "what was measured"]
    area_px: Annotated[float, "area in DICOM pixels"]
    area_mm2: Annotated[float | None, "area in mm2"] = None
    top_px: Annotated[float, "first row, DICOM pixels"]
    left_px: Annotated[float, "first column"]
    bottom_px: Annotated[float, "last row"]
    right_px: Annotated[float, "last column"]
    region_sha256: Annotated[str, "hash of the pixels it covers, for --inclusions"] = ""

    @classmethod
    def of(cls, key: ImageKey, grid: PixelGrid, rejected: RejectedOutline) -> RejectedRow:
        """Row of one rejected thing.

        Parameters
        ----------
        key : ImageKey
        grid : PixelGrid
            Of the DICOM image.
        rejected : RejectedOutline
        """
        (top, left), (bottom, right) = rejected.contour_px.min(axis=0), rejected.contour_px.max(axis=0)
        area = contour_area_px(rejected.contour_px)
        return cls(
            image_id=str(key),
            patient_id=key.patient_id,
            view=key.view,
            visit=key.visit,
            color=rejected.color,
            code=rejected.code.name,
            reason=rejected.reason,
            area_px=round(area, 3),
            area_mm2=None if grid.pixel_area_mm2 is None else area * grid.pixel_area_mm2,
            top_px=round(float(top), 3),
            left_px=round(float(left), 3),
            bottom_px=round(float(bottom), 3),
            right_px=round(float(right), 3),
            region_sha256=rejected.region_sha256,
        )


REJECTED = Table("rejected.csv", RejectedRow, "rejected fill, mark, ruler, text or tiny ring")
