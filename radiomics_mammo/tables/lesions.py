"""``lesions.csv``: one row per outlined lesion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from radiomics_mammo.core.lesions import LesionMask
from radiomics_mammo.core.vocabulary import LesionLabel, OutlineColor, OutlineQuality, View, Visit
from radiomics_mammo.tables.schema import Table


@dataclass(frozen=True, kw_only=True)
class LesionRow:
    """One outlined lesion."""

    lesion_id: Annotated[str, "image id and number, top to bottom then left to right"]
    image_id: Annotated[str, "patient, view and visit"]
    patient_id: Annotated[str, "class-qualified patient id"]
    view: Annotated[View, "CC or MLO"]
    visit: Annotated[Visit, "prior or recent"]
    color: Annotated[OutlineColor, "pen colour"]
    boxed: Annotated[bool | None, "whether a green box marks it"] = None
    label: Annotated[LesionLabel, "benign, malignant or unconfirmed"]
    area_px: Annotated[int | None, "area in DICOM pixels"] = None
    area_mm2: Annotated[float | None, "area in mm2"] = None
    centroid_row_px: Annotated[float | None, "row of the centroid"] = None
    centroid_col_px: Annotated[float | None, "column of the centroid"] = None
    top_px: Annotated[int | None, "first row"] = None
    left_px: Annotated[int | None, "first column"] = None
    bottom_px: Annotated[int | None, "last row"] = None
    right_px: Annotated[int | None, "last column"] = None
    gap_fraction: Annotated[float | None, "share of the perimeter without pen line"] = None
    quality: Annotated[OutlineQuality, "how the outline was read"]
    confidence: Annotated[float | None, "estimated chance, 0 to 1, that it is an outline of a mass"] = None
    mask_file: Annotated[str, "mask picture on the DICOM grid"] = ""
    mask_sha256: Annotated[str, "sha256 of the file of the mask, hex"] = ""

    @classmethod
    def of(cls, lesion: LesionMask, *, mask_file: str = "", mask_sha256: str = "") -> LesionRow:
        """Row of an outlined lesion.

        Parameters
        ----------
        lesion : LesionMask
        mask_file : str
            Path of its mask below the output folder; empty where none was written.
        mask_sha256 : str
            Hash of that file, since encoding a picture of full size takes a while.
        """
        region, key, pixel_mm2 = lesion.region, lesion.key, lesion.grid.pixel_area_mm2
        row, col = region.centroid_px
        return cls(
            lesion_id=str(key),
            image_id=str(key.image),
            patient_id=key.image.patient_id,
            view=key.image.view,
            visit=key.image.visit,
            color=lesion.color,
            boxed=lesion.boxed,
            label=lesion.label,
            area_px=region.area_px,
            area_mm2=None if pixel_mm2 is None else region.area_px * pixel_mm2,
            centroid_row_px=row,
            centroid_col_px=col,
            top_px=region.top_px,
            left_px=region.left_px,
            bottom_px=region.bottom_px,
            right_px=region.right_px,
            gap_fraction=lesion.gap_fraction,
            quality=lesion.quality,
            confidence=lesion.confidence,
            mask_file=mask_file,
            mask_sha256=mask_sha256,
        )


LESIONS = Table("lesions.csv", LesionRow, "outlined lesion")
REVIEWED_OUT = Table("reviewed_out.csv", LesionRow, "outlined lesion that a reader rejected")
