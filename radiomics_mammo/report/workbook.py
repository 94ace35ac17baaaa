"""All tables in one workbook: typed numbers, frozen headers, a first sheet that explains the others."""

from __future__ import annotations

import datetime
import io
import math
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import BinaryIO

import pandas as pd
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from radiomics_mammo.tables.study import NamedTable

CONTENTS = "Contents"
_MOST_ROWS, _MOST_COLUMNS = 1_048_575, 16_384
_NAME_LENGTH = 31
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
_WRITTEN = datetime.datetime(2024, 1, 1)
"""Fixed, so that equal tables give equal files."""
_WIDTHS = (9, 42)
"""Narrowest and widest column, in characters."""
_LONGEST_TEXT = 32_767
_INFINITE = (math.inf, -math.inf)
_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def write_workbook(tables: Iterable[NamedTable], file: Path | BinaryIO) -> None:
    """Write tables, one a sheet.

    Parameters
    ----------
    tables : iterable of NamedTable
        `name` names the sheet (shortened and made unique), `caption` explains it on the first sheet.
    file : Path or binary file

    Notes
    -----
    Texts stay texts, also those that begin with ``=``; empty cells are empty; equal tables give equal bytes. A table
    too wide or too long for a sheet is cut, and the first sheet says so.

    Examples
    --------
    >>> file = io.BytesIO()
    >>> write_workbook([NamedTable(name="n", caption="Counts.", table=pd.DataFrame({"n": [1]}))], file)
    >>> file.getvalue()[:2]
    b'PK'
    """
    sheets = {CONTENTS: pd.DataFrame(columns=["sheet", "what it holds", "rows", "columns"])}
    given = tuple(tables)
    for name, one in zip(sheet_names([one.name for one in given]), given, strict=True):
        sheets[name] = one.table.iloc[:_MOST_ROWS, :_MOST_COLUMNS]
        cut = "" if sheets[name].shape == one.table.shape else " Cut to fit a sheet; the CSV file holds all."
        sheets[CONTENTS].loc[len(sheets) - 2] = [name, f"{one.caption}{cut}", *one.table.shape]
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, _OPTIONS) as book:
        book.set_properties({"title": "radiomics_mammo", "created": _WRITTEN})
        head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        for name, table in sheets.items():
            _write_sheet(book.add_worksheet(name), table, head)
        for row, name in enumerate(list(sheets)[1:], 1):
            book.get_worksheet_by_name(CONTENTS).write_url(row, 0, f"internal:'{name}'!A1", string=name)
    if isinstance(file, Path):
        file.write_bytes(buffer.getvalue())
    else:
        file.write(buffer.getvalue())


def _write_sheet(sheet: Worksheet, table: pd.DataFrame, head: Format) -> None:
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, max(len(table), 1), max(len(table.columns) - 1, 0))
    for place, name in enumerate(table.columns):
        longest = max([len(str(name)), *(len(str(value)) for value in table[name].head(40))])
        sheet.set_column(place, place, min(max(longest + 1, _WIDTHS[0]), _WIDTHS[1]))
        sheet.write_string(0, place, str(name), head)
    plain = table.astype(object).where(table.notna(), None)
    for number, row in enumerate(plain.itertuples(index=False, name=None), 1):
        sheet.write_row(number, 0, [_cell(value) for value in row])


def _cell(value: object) -> object:
    """A text short enough for a cell, also for an infinite number; any other value as it is."""
    return str(value)[:_LONGEST_TEXT] if isinstance(value, str) or value in _INFINITE else value


def sheet_names(wanted: Sequence[str]) -> tuple[str, ...]:
    """Names that spreadsheets accept: short, without forbidden characters, unique without regard to case.

    Examples
    --------
    >>> sheet_names(["statistics/by:age", "Contents", "x" * 40, "X" * 40])[:2]
    ('statistics by age', 'Contents 2')
    """
    used = {CONTENTS.lower()}
    names = []
    for text in wanted:
        plain = _FORBIDDEN.sub(" ", text).strip(" '")[:_NAME_LENGTH] or "table"
        name, number = plain, 1
        while name.lower() in used:
            number += 1
            ending = f" {number}"
            name = plain[: _NAME_LENGTH - len(ending)] + ending
        used.add(name.lower())
        names.append(name)
    return tuple(names)
