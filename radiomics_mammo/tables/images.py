"""``images.csv``: one row per image."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.images import Mammogram, picture_hash
from radiomics_mammo.core.lesions import OverlayPlacement
from radiomics_mammo.core.vocabulary import SpacingSource, View, Visit
from radiomics_mammo.tables.schema import Table


@dataclass(frozen=True, kw_only=True)
class ImageRow:
    """One image."""

    image_id: Annotated[str, "patient, view and visit"]
    patient_id: Annotated[str, "class-qualified patient id"]
    view: Annotated[View, "CC or MLO"]
    visit: Annotated[Visit, "prior or recent"]
    rows: Annotated[int | None, "rows of the DICOM image"] = None
    cols: Annotated[int | None, "columns of the DICOM image"] = None
    bits_stored: Annotated[int | None, "DICOM Bits Stored"] = None
    photometric: Annotated[str, "DICOM Photometric Interpretation as stored"] = ""
    row_spacing_mm: Annotated[float | None, "distance between rows, mm"] = None
    col_spacing_mm: Annotated[float | None, "distance between columns, mm"] = None
    spacing_source: Annotated[SpacingSource | None, "tag the spacing was read from"] = None
    manufacturer: Annotated[str, "DICOM Manufacturer"] = ""
    gt_rows: Annotated[int | None, "rows of the outlined copy"] = None
    gt_cols: Annotated[int | None, "columns of the outlined copy"] = None
    gt_scale_row: Annotated[float | None, "DICOM rows per row of the outlined copy"] = None
    gt_scale_col: Annotated[float | None, "DICOM columns per column of the outlined copy"] = None
    gt_offset_row_px: Annotated[float | None, "DICOM row of row 0 of the outlined copy"] = None
    gt_offset_col_px: Annotated[float | None, "DICOM column of column 0 of the outlined copy"] = None
    gt_similarity: Annotated[
        float | None,
        "correlation of the outlined copy, placed, with the DICOM image, -1 to 1",
    ] = None
    picture_hash: Annotated[str, "perceptual hash of the picture, 256 bits as hexadecimal digits"] = ""

    @classmethod
    def of(
        cls, key: ImageKey, *, mammogram: Mammogram | None = None, placement: OverlayPlacement | None = None
    ) -> ImageRow:
        """Row of an image; columns of what could not be read stay missing.

        Examples
        --------
        >>> row = ImageRow.of(ImageKey.parse("benign-03_MLO_prior"))
        >>> row.image_id, str(row.view), row.rows
        ('benign-03_MLO_prior', 'MLO', None)
        """
        found = cls(image_id=str(key), patient_id=key.patient_id, view=key.view, visit=key.visit)
        if mammogram is not None:
            grid, header = mammogram.grid, mammogram.acquisition
            found = replace(
                found,
                rows=grid.rows,
                cols=grid.cols,
                bits_stored=header.bits_stored,
                photometric=header.photometric,
                row_spacing_mm=grid.row_spacing_mm,
                col_spacing_mm=grid.col_spacing_mm,
                spacing_source=header.spacing_source,
                manufacturer=header.manufacturer,
                picture_hash=picture_hash(mammogram.pixels),
            )
        if placement is not None:
            found = replace(
                found,
                gt_rows=placement.gt_rows,
                gt_cols=placement.gt_cols,
                gt_scale_row=placement.scale_row,
                gt_scale_col=placement.scale_col,
                gt_offset_row_px=placement.offset_row_px,
                gt_offset_col_px=placement.offset_col_px,
                gt_similarity=placement.similarity,
            )
        return found


IMAGES = Table("images.csv", ImageRow, "image")
