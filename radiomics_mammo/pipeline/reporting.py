"""From the tables and pictures of a folder to the page, the workbook, the checklists and the drawings."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd

from radiomics_mammo.config.report import ReportConfig
from radiomics_mammo.core.results import Classification, NamedTable
from radiomics_mammo.core.tables_features import GREY_LEVELS
from radiomics_mammo.core.tables_modeling import CHECKLISTS
from radiomics_mammo.pipeline.named_tables import DETAILS, STATISTICS, read_named_tables
from radiomics_mammo.pipeline.results import MEASURED_SCHEMAS, MODELING_SCHEMAS, StudyResult, read_study
from radiomics_mammo.pipeline.store import Store
from radiomics_mammo.report import (
    Provenance,
    build_report,
    checklist_table,
    draw_figures,
    read_pictures,
    render_html,
    write_workbook,
)

SUMMARY = "classification.txt"
"""What `classify` had to say, in plain sentences."""
FIGURES = "figures"
PAGE = "report.html"


def write_report(store: Store, *, config: ReportConfig) -> Path:
    """Write ``report.html``, ``tables.xlsx``, ``checklists.csv`` and ``figures/*.svg``; the path of the page."""
    result = read_study(store.root)
    study, statistics, classification = (
        result.measured,
        read_named_tables(store, STATISTICS),
        read_classification(store, result),
    )
    figures = draw_figures(study, classification, statistics)
    for figure in figures:
        store.write_text(f"{FIGURES}/{figure.name}.svg", figure.svg)
    checklist = checklist_table(study, classification, statistics)
    store.write_table(CHECKLISTS, checklist)
    page = build_report(
        study,
        classification=classification,
        statistics=statistics,
        figures=figures,
        pictures=read_pictures(store.root / FIGURES),
        provenance=_provenance(store),
        config=config,
    )
    store.write_text(PAGE, render_html(page))
    workbook = io.BytesIO()
    write_workbook(workbook_tables(result, statistics, checklist), workbook)
    store.write_bytes("tables.xlsx", workbook.getvalue())
    return store.root / PAGE


def read_classification(store: Store, result: StudyResult) -> Classification | None:
    """Classification of a folder, or None where it was not made or not possible."""
    if result.metrics.empty:
        return None
    words, splits = store.root / SUMMARY, store.root / "splits.json"
    return Classification(
        predictions=result.predictions,
        metrics=result.metrics,
        comparisons=result.comparisons,
        sentinels=result.sentinels,
        curves=result.curves,
        selection=result.selection,
        splits_json=splits.read_text(encoding="utf-8") if splits.is_file() else "{}",
        model_skops=b"",
        summary=tuple(words.read_text(encoding="utf-8").splitlines()) if words.is_file() else (),
        tables=read_named_tables(store, DETAILS),
    )


def workbook_tables(
    result: StudyResult, statistics: tuple[NamedTable, ...], checklist: pd.DataFrame
) -> tuple[NamedTable, ...]:
    """Every table of a study, each with what one of its rows stands for."""
    schemas = (*MEASURED_SCHEMAS, GREY_LEVELS, *MODELING_SCHEMAS)
    named = [NamedTable(schema.stem, f"One row per {schema.row}.", getattr(result, schema.stem)) for schema in schemas]
    return (*named, *statistics, NamedTable("checklists", f"One row per {CHECKLISTS.row}.", checklist))


def _provenance(store: Store) -> Provenance:
    path = store.root / "study.json"
    return Provenance.from_json(path.read_text(encoding="utf-8")) if path.is_file() else Provenance()
