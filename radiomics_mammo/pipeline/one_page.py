"""A page of what there is: a study, a classification, or statistics of a table."""

from __future__ import annotations

from html import escape
from pathlib import Path

import pandas as pd

from radiomics_mammo.core.errors import UsageError
from radiomics_mammo.pipeline.folder import PAGE, StudyFolder
from radiomics_mammo.pipeline.own_tables import TableStatistics
from radiomics_mammo.pipeline.results import StudyResult
from radiomics_mammo.pipeline.store import Store
from radiomics_mammo.tables.study import MODELED, Classification

_STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:72em;margin:2em auto;padding:0 1em}"
    "table{border-collapse:collapse;font-size:14px}th,td{padding:.2em .6em;"
    "border-bottom:1px solid #ccc;text-align:left}"
    "section{overflow-x:auto}"
)


def make_report(result: StudyResult | Classification | TableStatistics | pd.DataFrame, path: str | Path) -> Path:
    """Write one offline HTML page of what one has; the path of the page.

    Parameters
    ----------
    result : StudyResult, Classification, TableStatistics or DataFrame
        As `run_study`, `classify`, `describe`, and `measure` or `changes` give it. Of a study it is the page of the
        command ``report``, of the others their sentences and tables.
    path : str or Path
        The page; its folder is made where it is missing.

    Raises
    ------
    UsageError
        If it is none of these.
    StoreError
        If the file cannot be written, or the tables of the study are not of one finished run.
    """
    target = Path(path)
    if isinstance(result, StudyResult):
        folder = StudyFolder.open(result.out)
        with folder.store.locked():
            text = folder.report().read_text(encoding="utf-8")
    elif isinstance(result, Classification):
        tables = {table.stem: getattr(result, table.stem) for table in MODELED if table.stem != "predictions"}
        text = _page("Classification", result.summary, tables)
    elif isinstance(result, TableStatistics):
        text = _page("Statistics", result.findings, {f"{one.name}: {one.caption}": one.table for one in result.named})
    elif isinstance(result, pd.DataFrame):
        words = tuple(str(getattr(one, "message", one)) for one in result.attrs.get("findings", ()))
        text = _page("Table", words, {f"{len(result)} rows": result})
    else:
        raise UsageError(
            PAGE, "a study, a classification, statistics or a table", type(result).__name__, "give one of these"
        )
    Store(target.parent).write_text(target.name, text)
    return target


def _page(title: str, words: tuple[str, ...], tables: dict[str, pd.DataFrame]) -> str:
    said = "".join(f"<li>{escape(one)}</li>" for one in words)
    shown = "".join(
        f"<section><h2>{escape(name)}</h2>{table.to_html(index=False, float_format='%.4g', na_rep='')}</section>"
        for name, table in tables.items()
        if len(table)
    )
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>'
    body = f"<h1>{escape(title)}</h1><ul>{said}</ul>{shown}"
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>\n'
