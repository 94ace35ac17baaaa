"""Schemas of the tables about features and their change."""

from __future__ import annotations

from radiomics_mammo.core.schema import Column, TableSchema

FEATURES = TableSchema(
    "features.csv",
    "measured region",
    (
        Column("roi_id", "text", "region id"),
        Column("recent_lesion_id", "text", "lesion id in the recent exam"),
        Column("patient_id", "text", "class-qualified patient id"),
        Column("view", "text", "CC or MLO"),
        Column("visit", "text", "prior or recent"),
        Column("source", "text", "outlined, registered, fallback, tissue or null"),
        Column("prior_policy", "text", "registered or outlined-first"),
        Column("label", "text", "benign, malignant or unconfirmed, of the recent lesion"),
    ),
    open_ended=True,
)

DICTIONARY = TableSchema(
    "dictionary.csv",
    "feature column",
    (
        Column("name", "text", "column name"),
        Column("unit", "text", "unit"),
        Column("family", "text", "feature family"),
        Column("image_type", "text", "image the feature is measured on"),
        Column("ibsi_code", "text", "IBSI code where one exists"),
        Column("reference", "text", "where the formula is defined"),
    ),
)

ROBUSTNESS = TableSchema(
    "robustness.csv",
    "feature and view",
    (
        Column("feature", "text", "feature"),
        Column("view", "text", "CC or MLO"),
        Column("icc", "number", "ICC(2,1) over perturbed contours"),
        Column("ci_low", "number", "lower end of the 95 percent interval"),
        Column("ci_high", "number", "upper end of the 95 percent interval"),
        Column("n", "integer", "lesions"),
    ),
)

GREY_LEVELS = TableSchema(
    "grey_levels.csv",
    "lesion region and image it is measured on",
    (
        Column("roi_id", "text", "region id"),
        Column("image_type", "text", "image the grey levels are counted on"),
        Column("occupied", "integer", "grey levels that occur in the region after discretisation"),
        Column("within_bounds", "flag", "whether they number 16 to 128; empty for local binary patterns (10 at most)"),
    ),
)

DELTAS = TableSchema(
    "deltas.csv",
    "recent lesion in one view and prior policy",
    (
        Column("recent_lesion_id", "text", "lesion id in the recent exam"),
        Column("recent_roi_id", "text", "recent region"),
        Column("prior_roi_id", "text", "prior region"),
        Column("patient_id", "text", "class-qualified patient id"),
        Column("view", "text", "CC or MLO"),
        Column("label", "text", "benign, malignant or unconfirmed, of the recent lesion"),
        Column("prior_policy", "text", "registered or outlined-first"),
        Column("prior_source", "text", "outlined, registered or fallback"),
        Column("interval_years", "number", "years between screenings"),
    ),
    open_ended=True,
)

PATIENT_DELTAS = TableSchema(
    "patient_deltas.csv",
    "patient with a lesion, and prior policy",
    (
        Column("patient_id", "text", "class-qualified patient id"),
        Column("label", "text", "malignant if any recent lesion is, else benign, else unconfirmed"),
        Column("density", "text", "BI-RADS density a to d"),
        Column("age_years", "number", "age at the recent exam, years"),
        Column("n_lesions", "integer", "masses with the label of the patient; one seen in both views counts once"),
        Column("prior_policy", "text", "registered or outlined-first"),
    ),
    open_ended=True,
)
