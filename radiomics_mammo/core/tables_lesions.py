"""Schemas of the tables about outlines, alignment and regions."""

from __future__ import annotations

from radiomics_mammo.core.schema import Column, TableSchema

LESIONS = TableSchema(
    "lesions.csv",
    "outlined lesion",
    (
        Column("lesion_id", "text", "image id and number, top to bottom then left to right"),
        Column("image_id", "text", "patient, view and visit"),
        Column("patient_id", "text", "class-qualified patient id"),
        Column("view", "text", "CC or MLO"),
        Column("visit", "text", "prior or recent"),
        Column("color", "text", "pen colour"),
        Column("boxed", "flag", "whether a green box marks it"),
        Column("label", "text", "benign, malignant or unconfirmed"),
        Column("area_px", "integer", "area in DICOM pixels"),
        Column("area_mm2", "number", "area in mm2"),
        Column("centroid_row_px", "number", "row of the centroid"),
        Column("centroid_col_px", "number", "column of the centroid"),
        Column("top_px", "integer", "first row"),
        Column("left_px", "integer", "first column"),
        Column("bottom_px", "integer", "last row"),
        Column("right_px", "integer", "last column"),
        Column("gap_fraction", "number", "share of the perimeter without pen line"),
        Column("quality", "text", "how the outline was read"),
        Column("mask_file", "text", "mask picture on the DICOM grid"),
        Column("mask_sha256", "text", "sha256 of the file of the mask, hex"),
    ),
)

LINKS = TableSchema(
    "links.csv",
    "pair of outlines",
    (
        Column("lesion_id_a", "text", "first outline"),
        Column("lesion_id_b", "text", "second outline"),
        Column("relation", "text", "same-mass-other-view or same-mass-prior"),
        Column("distance_mm", "number", "distance between the two after mapping, mm"),
        Column("confidence", "number", "0 to 1"),
    ),
)

REGISTRATION = TableSchema(
    "registration.csv",
    "patient and view",
    (
        Column("patient_id", "text", "class-qualified patient id"),
        Column("view", "text", "CC or MLO"),
        Column("method", "text", "identity, affine, deformable or anatomical"),
        Column("trusted", "flag", "whether the alignment may be used"),
        Column("similarity_before", "number", "similarity of the exams before alignment"),
        Column("similarity_affine", "number", "similarity after the affine step"),
        Column("similarity_after", "number", "similarity after the step that was kept"),
        Column("negative_jacobian_fraction", "number", "share of folded places in the kept transform"),
        Column("inverse_consistency_mm", "number", "median distance after going forth and back, mm"),
        Column("breast_dice", "number", "overlap of the two breasts after alignment"),
        Column("error_mm", "number", "measured error on masses outlined in both exams, mm; empty where there is none"),
    ),
)

ROIS = TableSchema(
    "rois.csv",
    "measured region",
    (
        Column("roi_id", "text", "region id"),
        Column("patient_id", "text", "class-qualified patient id"),
        Column("view", "text", "CC or MLO"),
        Column("visit", "text", "prior or recent"),
        Column("recent_lesion_id", "text", "lesion id in the recent exam"),
        Column("prior_lesion_id", "text", "matched outline in the prior exam"),
        Column("source", "text", "outlined, registered, fallback, tissue or null"),
        Column("prior_policy", "text", "registered or outlined-first"),
        Column("trusted", "flag", "whether the region may be used"),
        Column("label", "text", "benign, malignant or unconfirmed, of the recent lesion"),
        Column("centroid_row_px", "number", "row of the centroid on its image"),
        Column("centroid_col_px", "number", "column of the centroid on its image"),
        Column("area_mm2", "number", "area in mm2"),
        Column("search_score", "number", "score of the regional search, -1 to 1"),
        Column("search_shift_mm", "number", "how far the search moved the mapped position, mm"),
        Column("mask_file", "text", "mask picture, where one was written"),
    ),
)
