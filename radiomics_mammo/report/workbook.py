"""All tables in one workbook: typed numbers, frozen headers, a first sheet that explains the others."""

from __future__ import annotations

import datetime
import io
import math
import re
from collections.abc import Iterable, Sequence
from numbers import Real
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from radiomics_mammo.core.results import NamedTable

CONTENTS = "Contents"
_MOST_COLUMNS = 16_384
_MOST_ROWS = 1_048_575
_NAME_LENGTH = 31
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
_WRITTEN = datetime.datetime(2024, 1, 1)
"""Fixed, so that equal tables give equal files."""
_WIDTHS = (9, 42)
"""Narrowest and widest column, in characters."""
_LONGEST_TEXT = 32_767


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
    >>> write_workbook([NamedTable("n", "Counts.", pd.DataFrame({"n": [1]}))], file)
    >>> file.getvalue()[:2]
    b'PK'
    """
    given = tuple(tables)
    names = sheet_names([table.name for table in given])
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"title": "radiomics_mammo", "created": _WRITTEN})
        head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        _write_contents(book.add_worksheet(CONTENTS), given, names, formats=(head, wrap))
        for table, name in zip(given, names, strict=True):
            _write_sheet(book.add_worksheet(name), _fitting(table.table), head)
    if isinstance(file, Path):
        file.write_bytes(buffer.getvalue())
    else:
        file.write(buffer.getvalue())


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


def _fitting(table: pd.DataFrame) -> pd.DataFrame:
    return table.iloc[:_MOST_ROWS, :_MOST_COLUMNS]


def _write_contents(
    sheet: Worksheet, tables: Sequence[NamedTable], names: Sequence[str], *, formats: tuple[Format, Format]
) -> None:
    head, wrap = formats
    sheet.freeze_panes(1, 0)
    for column, (title, width) in enumerate((("sheet", 32), ("what it holds", 90), ("rows", 9), ("columns", 9))):
        sheet.write_string(0, column, title, head)
        sheet.set_column(column, column, width)
    for row, (table, name) in enumerate(zip(tables, names, strict=True), 1):
        shown = _fitting(table.table)
        cut = " Cut to fit a sheet; the CSV file holds all." if shown.shape != table.table.shape else ""
        sheet.write_url(row, 0, f"internal:'{name}'!A1", string=name)
        sheet.write_string(row, 1, f"{table.caption}{cut}", wrap)
        sheet.write_number(row, 2, table.table.shape[0])
        sheet.write_number(row, 3, table.table.shape[1])


def _write_sheet(sheet: Worksheet, table: pd.DataFrame, head: Format) -> None:
    sheet.freeze_panes(1, 1)
    for column, name in enumerate(table.columns):
        sheet.write_string(0, column, str(name), head)
        longest = max([len(str(name)), *(len(str(value)) for value in table[name].head(40))])
        sheet.set_column(column, column, min(max(longest + 1, _WIDTHS[0]), _WIDTHS[1]))
    if len(table.columns):
        sheet.autofilter(0, 0, max(len(table), 1), len(table.columns) - 1)
    for row, values in enumerate(table.itertuples(index=False, name=None), 1):
        for column, value in enumerate(values):
            _write_cell(sheet, row, column, value)


def _write_cell(sheet: Worksheet, row: int, column: int, value: object) -> None:
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return
    if isinstance(value, bool | np.bool_):
        sheet.write_boolean(row, column, bool(value))
    elif isinstance(value, Real) and math.isfinite(value):
        sheet.write_number(row, column, float(value))
    else:
        sheet.write_string(row, column, str(value)[:_LONGEST_TEXT])
