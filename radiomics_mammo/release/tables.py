"""Patients and images as rows of their tables."""

from __future__ import annotations

from dataclasses import asdict

import pandas as pd

from radiomics_mammo.core.cases import Patient, Release
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.images import Mammogram
from radiomics_mammo.core.lesions import OverlayPlacement
from radiomics_mammo.core.tables_cohort import PATIENTS


def patients_table(release: Release) -> pd.DataFrame:
    """Rows of ``patients.csv``, in the order of the index.

    Parameters
    ----------
    release : Release

    Returns
    -------
    DataFrame
        Follows `core.tables_cohort.PATIENTS`; what the workbook did not give is empty.
    """
    return PATIENTS.from_rows([_patient_row(patient) for patient in release.patients])


def _patient_row(patient: Patient) -> dict[str, object]:
    row: dict[str, object] = asdict(patient)
    return {name: None if value is None or value == "" else _plain(value) for name, value in row.items()}


def _plain(value: object) -> object:
    return value if isinstance(value, int | float) else str(value)


def image_row(
    key: ImageKey, *, mammogram: Mammogram | None = None, placement: OverlayPlacement | None = None
) -> dict[str, object]:
    """Row of ``images.csv``; columns of what could not be read stay empty.

    Parameters
    ----------
    key : ImageKey
    mammogram : Mammogram, optional
    placement : OverlayPlacement, optional

    Returns
    -------
    dict
        Columns of `core.tables_cohort.IMAGES`.

    Examples
    --------
    >>> row = image_row(ImageKey.parse("benign-03_MLO_prior"))
    >>> row["image_id"], row["view"], "rows" in row
    ('benign-03_MLO_prior', 'MLO', False)
    """
    row: dict[str, object] = {
        "image_id": str(key),
        "patient_id": key.patient_id,
        "view": str(key.view),
        "visit": str(key.visit),
    }
    if mammogram is not None:
        grid, header = mammogram.grid, mammogram.acquisition
        row |= {
            "rows": grid.rows,
            "cols": grid.cols,
            "bits_stored": header.bits_stored,
            "photometric": header.photometric,
            "row_spacing_mm": grid.row_spacing_mm,
            "col_spacing_mm": grid.col_spacing_mm,
            "spacing_source": str(header.spacing_source),
            "manufacturer": header.manufacturer or None,
        }
    if placement is not None:
        row |= {
            "gt_rows": placement.gt_rows,
            "gt_cols": placement.gt_cols,
            "gt_scale_row": placement.scale_row,
            "gt_scale_col": placement.scale_col,
            "gt_offset_row_px": placement.offset_row_px,
            "gt_offset_col_px": placement.offset_col_px,
            "gt_similarity": placement.similarity,
        }
    return row
