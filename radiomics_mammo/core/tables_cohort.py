"""Schemas of the tables about the release: findings, flow, patients, images."""

from __future__ import annotations

from radiomics_mammo.core.schema import Column, TableSchema

AUDIT = TableSchema(
    "audit.csv",
    "finding",
    (
        Column("severity", "text", "error, warning or info"),
        Column("code", "text", "stable code, see the audit codes"),
        Column("patient_id", "text", "class-qualified patient id"),
        Column("image_id", "text", "patient, view and visit"),
        Column("file", "text", "path inside the release"),
        Column("message", "text", "what was found and what was done"),
    ),
)

FLOW = TableSchema(
    "flow.csv",
    "step and reason",
    (
        Column("step", "text", "stage of the study"),
        Column("unit", "text", "patient, image or lesion"),
        Column("n_in", "integer", "units before the step"),
        Column("n_out", "integer", "units after the step"),
        Column("reason", "text", "why units were dropped; empty where none was"),
    ),
)

PATIENTS = TableSchema(
    "patients.csv",
    "patient",
    (
        Column("patient_id", "text", "class-qualified patient id"),
        Column("case_class", "text", "class folder: normal, benign or malignant"),
        Column("folder", "text", "folder name in the release"),
        Column("laterality", "text", "L or R"),
        Column("age_years", "number", "age at the recent exam, years"),
        Column("density", "text", "BI-RADS density a to d"),
        Column("birads", "text", "BI-RADS class of the recent exam"),
        Column("prior_date", "text", "date of the prior exam, as precise as known"),
        Column("recent_date", "text", "date of the recent exam, as precise as known"),
        Column("date_precision", "text", "year or day"),
        Column(
            "interval_years",
            "number",
            "years between screenings as the workbook gives them, at the coarsest precision found",
        ),
        Column("interval_source", "text", "workbook, or empty where unknown"),
        Column("biopsy", "text", "biopsy text of the workbook"),
    ),
)

IMAGES = TableSchema(
    "images.csv",
    "image",
    (
        Column("image_id", "text", "patient, view and visit"),
        Column("patient_id", "text", "class-qualified patient id"),
        Column("view", "text", "CC or MLO"),
        Column("visit", "text", "prior or recent"),
        Column("rows", "integer", "rows of the DICOM image"),
        Column("cols", "integer", "columns of the DICOM image"),
        Column("bits_stored", "integer", "DICOM Bits Stored"),
        Column("photometric", "text", "DICOM Photometric Interpretation as stored"),
        Column("row_spacing_mm", "number", "distance between rows, mm"),
        Column("col_spacing_mm", "number", "distance between columns, mm"),
        Column("spacing_source", "text", "tag the spacing was read from"),
        Column("manufacturer", "text", "DICOM Manufacturer"),
        Column("gt_rows", "integer", "rows of the outlined copy"),
        Column("gt_cols", "integer", "columns of the outlined copy"),
        Column("gt_scale_row", "number", "DICOM rows per row of the outlined copy"),
        Column("gt_scale_col", "number", "DICOM columns per column of the outlined copy"),
        Column("gt_offset_row_px", "number", "DICOM row of row 0 of the outlined copy"),
        Column("gt_offset_col_px", "number", "DICOM column of column 0 of the outlined copy"),
        Column("gt_similarity", "number", "correlation of the outlined copy, placed, with the DICOM image, -1 to 1"),
    ),
)
