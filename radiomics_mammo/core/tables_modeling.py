"""Schemas of the tables about classification and checklists."""

from __future__ import annotations

from radiomics_mammo.core.schema import Column, TableSchema

PREDICTIONS = TableSchema(
    "predictions.csv",
    "out-of-fold prediction",
    (
        Column("unit", "text", "lesion, mass or patient"),
        Column("patient_id", "text", "class-qualified patient id"),
        Column("recent_lesion_id", "text", "lesion id in the recent exam"),
        Column("view", "text", "CC, MLO, or both for masses and patients"),
        Column("model", "text", "candidate model"),
        Column("feature_set", "text", "named set of features"),
        Column("prior_policy", "text", "registered or outlined-first"),
        Column("protocol", "text", "cross-validation protocol"),
        Column("repeat", "integer", "repeat of the folds, from 1"),
        Column("fold", "integer", "outer fold, from 1"),
        Column("label", "text", "benign, malignant or unconfirmed, of the recent lesion"),
        Column("probability", "number", "predicted probability of malignant"),
        Column("threshold", "number", "probability at or above which a row is called malignant, chosen in training"),
    ),
)

METRICS = TableSchema(
    "metrics.csv",
    "figure",
    (
        Column("unit", "text", "lesion, mass or patient"),
        Column("view", "text", "CC, MLO or both"),
        Column("model", "text", "candidate model"),
        Column("feature_set", "text", "named set of features"),
        Column("prior_policy", "text", "registered or outlined-first"),
        Column("protocol", "text", "cross-validation protocol"),
        Column("role", "text", "primary or exploratory"),
        Column("metric", "text", "name of the figure"),
        Column("estimate", "number", "estimate"),
        Column("ci_low", "number", "lower end of the 95 percent interval"),
        Column("ci_high", "number", "upper end of the 95 percent interval"),
        Column("n_patients", "integer", "patients"),
        Column("n_malignant", "integer", "malignant patients"),
    ),
)

COMPARISONS = TableSchema(
    "comparisons.csv",
    "pair of feature sets or models",
    (
        Column("a", "text", "first side"),
        Column("b", "text", "second side"),
        Column("unit", "text", "lesion, mass or patient"),
        Column("protocol", "text", "cross-validation protocol"),
        Column("prior_policy", "text", "registered or outlined-first"),
        Column("role", "text", "primary or exploratory"),
        Column("metric", "text", "figure compared"),
        Column("difference", "number", "a minus b"),
        Column("ci_low", "number", "lower end of the 95 percent interval"),
        Column("ci_high", "number", "upper end of the 95 percent interval"),
        Column("p_value", "number", "p value"),
        Column("q_value", "number", "p adjusted within the declared family"),
        Column("n_patients", "integer", "patients"),
    ),
)

SENTINELS = TableSchema(
    "sentinels.csv",
    "check",
    (
        Column("name", "text", "check"),
        Column("expected", "text", "what an honest analysis shows"),
        Column("found", "text", "what was found"),
        Column("passed", "flag", "whether it passed"),
    ),
)

CURVES = TableSchema(
    "curves.csv",
    "point of a curve",
    (
        Column("curve", "text", "roc, pr, calibration or decision"),
        Column("unit", "text", "lesion, mass or patient"),
        Column("model", "text", "candidate model"),
        Column("feature_set", "text", "named set of features"),
        Column("x", "number", "abscissa"),
        Column("y", "number", "ordinate"),
        Column("y_low", "number", "lower end of the 95 percent interval"),
        Column("y_high", "number", "upper end of the 95 percent interval"),
    ),
)

SELECTION = TableSchema(
    "selection.csv",
    "feature kept in folds",
    (
        Column("model", "text", "candidate model"),
        Column("feature_set", "text", "named set of features"),
        Column("feature", "text", "feature"),
        Column("frequency", "number", "share of outer fits that kept it"),
    ),
)

NEW_PREDICTIONS = TableSchema(
    "new_predictions.csv",
    "recent lesion, or patient where the model is one of patients",
    (
        Column("patient_id", "text", "class-qualified patient id"),
        Column("view", "text", "CC or MLO"),
        Column("recent_lesion_id", "text", "lesion id in the recent exam"),
        Column("probability", "number", "predicted probability of malignant"),
    ),
)

CHECKLISTS = TableSchema(
    "checklists.csv",
    "item",
    (
        Column("checklist", "text", "CLEAR or METRICS"),
        Column("item", "text", "item"),
        Column("status", "text", "done by the software, to be filled by the author, or not possible with this study"),
        Column("where", "text", "table or section that shows it"),
    ),
)
