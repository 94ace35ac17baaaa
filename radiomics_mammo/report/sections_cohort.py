"""Chapters about who is in the study: flow, audit, cohort."""

from __future__ import annotations

import pandas as pd

from radiomics_mammo.core.findings import AuditCode
from radiomics_mammo.core.vocabulary import Severity
from radiomics_mammo.report.blocks import Block, Section, TextBlock
from radiomics_mammo.report.material import ReportMaterial
from radiomics_mammo.report.sections_statistics import statistics_block
from radiomics_mammo.report.tables import counts_table, table_block

_SEVERITIES = tuple(Severity)


def flow_section(material: ReportMaterial) -> Section:
    """From patients found to lesions analysed, every drop with its reason."""
    flow = material.study.flow
    if flow.empty:
        return Section("Flow", (TextBlock("The run recorded no steps.", "missing"),))
    table = table_block(flow, "Every step and every reason", source="flow.csv", folded=True)
    return Section("Flow", (*material.drawn("flow"), table))


def audit_section(material: ReportMaterial) -> Section:
    """Findings grouped by severity and code, each with its meaning."""
    audit = material.study.audit
    if audit.empty:
        return Section("Audit", (TextBlock("Nothing deviates from the description of the release."),))
    blocks: list[Block] = [
        TextBlock(
            "An error means that something was left out or could not be believed; a warning, that a choice was made "
            "for "
            "the reader; an information, that the release differs from its description without harm."
        ),
        table_block(_grouped(audit), "Findings by code", limit=None, source="audit.csv"),
    ]
    for severity in _SEVERITIES:
        found = audit[audit["severity"] == severity].drop(columns="severity")
        if len(found):
            caption = f"Every finding of severity {severity}"
            limit = material.config.table_rows
            blocks.append(table_block(found, caption, limit=limit, source="audit.csv", folded=True))
    return Section("Audit", tuple(blocks))


def cohort_section(material: ReportMaterial) -> Section:
    """Patients by class, density and age; acquisition; the table of baseline characteristics."""
    study = material.study
    if study.patients.empty:
        return Section("Cohort", (TextBlock("No patient was found.", "missing"),))
    blocks: list[Block] = list(material.drawn("cohort"))
    known = {table.name: table for table in material.statistics}
    limit = material.config.table_rows
    blocks += [statistics_block(known[name], limit) for name in ("cohort", "cohort_differences") if name in known]
    blocks.append(table_block(_by_class(study.patients), "Patients by class"))
    if len(study.images):
        images = study.images.merge(study.patients[["patient_id", "case_class"]], on="patient_id", how="left")
        images["matrix"] = images["rows"].astype(str) + " x " + images["cols"].astype(str)
        for column, words in (
            ("matrix", "Matrix (rows x columns)"),
            ("spacing_source", "Where the pixel spacing was found"),
            ("manufacturer", "Manufacturer"),
        ):
            counted = counts_table(images, column, "case_class")
            blocks.append(table_block(counted, f"{words} by class, images", source="images.csv", folded=True))
    return Section("Cohort", tuple(blocks))


def _grouped(audit: pd.DataFrame) -> pd.DataFrame:
    order = {str(severity): rank for rank, severity in enumerate(_SEVERITIES)}
    grouped = audit.groupby(["severity", "code"], as_index=False).agg(
        findings=("message", "size"), patients=("patient_id", lambda ids: int(ids[ids.fillna("") != ""].nunique()))
    )
    grouped["meaning"] = [AuditCode[code].meaning if code in AuditCode.__members__ else "" for code in grouped["code"]]
    rank = grouped["severity"].map(order)
    return grouped.assign(rank=rank).sort_values(["rank", "findings"], ascending=[True, False]).drop(columns="rank")


def _by_class(patients: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for name, members in (*patients.groupby("case_class"), ("all", patients)):
        rows.append(
            {
                "class": name,
                "patients": len(members),
                "age, years": _median_iqr(members["age_years"]),
                "interval, years": _median_iqr(members["interval_years"]),
                **{f"density {letter}": int((members["density"] == letter).sum()) for letter in "abcd"},
                "density unknown": int((~members["density"].isin(list("abcd"))).sum()),
                "right": int((members["laterality"] == "R").sum()),
                "left": int((members["laterality"] == "L").sum()),
            }
        )
    return pd.DataFrame(rows)


def _median_iqr(values: pd.Series) -> str:
    known = values.dropna()
    if known.empty:
        return "not known"
    low, middle, high = known.quantile([0.25, 0.5, 0.75])
    missing = f", {len(values) - len(known)} missing" if len(known) < len(values) else ""
    return f"{middle:.1f} ({low:.1f} to {high:.1f}){missing}"
