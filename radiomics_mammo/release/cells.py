"""A workbook, recognised by its content, becomes plain grids of cells: OOXML through openpyxl, OLE2 through xlrd."""

from __future__ import annotations

import io
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum
from xml.etree.ElementTree import ParseError

import openpyxl
import xlrd
import xlrd.compdoc
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet

from radiomics_mammo.config.release import DEFAULT_RELEASE, ReleaseConfig
from radiomics_mammo.core.errors import WorkbookError

OLE2_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP_MAGIC = b"PK\x03\x04"
_WORKBOOK_PART = "xl/workbook"
_LAST_SERIAL_YEAR = 1900
_SERIAL_EPOCH = datetime(1899, 12, 30)
_LEAP_ERROR = datetime(1900, 3, 1)
"""Spreadsheets believe in 29 February 1900: serials before this day are one higher than the distance in days."""
_MAX_COLUMNS = 64
"""Columns looked at: sheets of patients have about ten, and a stray format in the last column must not cost rows."""
_REMEDY = "open it in a spreadsheet program and save it as .xlsx"

WORKBOOK_ERRORS = (
    InvalidFileException,
    xlrd.XLRDError,
    xlrd.compdoc.CompDocError,
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    ParseError,
    SyntaxError,
    OSError,
    EOFError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    AssertionError,
    ArithmeticError,
    RuntimeError,
    NotImplementedError,
    MemoryError,
)
"""What openpyxl and xlrd raise on damaged workbooks, learned by fuzzing."""


class Mark(Enum):
    """Cells that hold no value although they are not empty."""

    FORMULA = "a formula without a stored result"
    ERROR = "a spreadsheet error"


Cell = str | float | int | bool | datetime | Mark | None
"""One cell: text, number, flag, date, mark, or None where empty."""


@dataclass(frozen=True)
class Sheet:
    """One sheet: its name and rows of cells, merged cells filled in; cut at the last used cell."""

    name: str
    rows: tuple[tuple[Cell, ...], ...]


def looks_like_workbook(start: bytes) -> bool:
    r"""Whether the first bytes of a file are those of a zip (OOXML) or of an OLE2 container.

    Examples
    --------
    >>> looks_like_workbook(b"PK\x03\x04rest"), looks_like_workbook(b"folder,age")
    (True, False)
    """
    return start.startswith((OLE2_MAGIC, ZIP_MAGIC))


def read_sheets(data: bytes, *, name: str, config: ReleaseConfig = DEFAULT_RELEASE) -> tuple[Sheet, ...]:
    """Sheets of a workbook, in file order.

    Parameters
    ----------
    data : bytes
        Content of the file; its name does not matter.
    name : str
        For messages.
    config : ReleaseConfig

    Raises
    ------
    WorkbookError
        If the content is no workbook, is damaged, or unpacks to more than is allowed.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if data.startswith(OLE2_MAGIC):
                return _legacy_sheets(data, config)
            if data.startswith(ZIP_MAGIC):
                return _ooxml_sheets(data, name, config)
    except WORKBOOK_ERRORS as error:
        found = f"a damaged one ({type(error).__name__})"
        raise WorkbookError(name, "a readable workbook (.xlsx or .xls content)", found, _REMEDY) from error
    raise WorkbookError(name, "a workbook (.xlsx or .xls content)", "other content", "give it with --description")


def _ooxml_sheets(data: bytes, name: str, config: ReleaseConfig) -> tuple[Sheet, ...]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
    if not any(part.filename.lower().startswith(_WORKBOOK_PART) for part in parts):
        raise WorkbookError(name, "a workbook", "a zip of other content", "give the workbook with --description")
    if sum(part.file_size for part in parts) > config.max_unpacked_bytes:
        limit = f"at most {config.max_unpacked_bytes} bytes unpacked"
        raise WorkbookError(name, limit, "more", "raise max_unpacked_bytes if the workbook is genuine")
    values = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    formulas = openpyxl.load_workbook(io.BytesIO(data), data_only=False)
    return tuple(_ooxml_sheet(sheet, formulas[sheet.title], config) for sheet in values.worksheets)


def _ooxml_sheet(values: Worksheet, formulas: Worksheet, config: ReleaseConfig) -> Sheet:
    cols = min(values.max_column, _MAX_COLUMNS)
    rows = min(values.max_row, config.max_sheet_cells // cols)
    grid = [
        [_cell(value, formula) for value, formula in zip(shown, typed, strict=True)]
        for shown, typed in zip(
            values.iter_rows(max_row=rows, max_col=cols, values_only=True),
            formulas.iter_rows(max_row=rows, max_col=cols, values_only=True),
            strict=True,
        )
    ]
    merged = [(area.min_row - 1, area.max_row, area.min_col - 1, area.max_col) for area in values.merged_cells.ranges]
    return _sheet(values.title, grid, merged)


def _cell(value: object, formula: object) -> Cell:
    if value is None:
        return Mark.FORMULA if formula is not None else None
    if isinstance(value, str):
        return Mark.ERROR if value.startswith("#") and value.rstrip("!?").isupper() else value
    if isinstance(value, datetime):
        return serial_or_date(value)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    if isinstance(value, time | timedelta):
        return str(value)
    return value if isinstance(value, bool | int | float) else str(value)


def serial_or_date(value: datetime) -> datetime | float:
    """A number that a spreadsheet shows as a date in its first years is the number that was typed.

    Parameters
    ----------
    value : datetime
        As decoded from the serial day number.

    Examples
    --------
    >>> serial_or_date(datetime(1900, 2, 24))
    55.0
    >>> serial_or_date(datetime(2013, 5, 7))
    datetime.datetime(2013, 5, 7, 0, 0)
    """
    if value.year > _LAST_SERIAL_YEAR:
        return value
    days = (value - _SERIAL_EPOCH).total_seconds() / timedelta(days=1).total_seconds()
    return round(days - 1 if value < _LEAP_ERROR else days, 9)


def _legacy_sheets(data: bytes, config: ReleaseConfig) -> tuple[Sheet, ...]:
    with io.StringIO() as silent, xlrd.open_workbook(file_contents=data, logfile=silent, formatting_info=True) as book:
        return tuple(_legacy_sheet(sheet, book.datemode, config) for sheet in book.sheets())


def _legacy_sheet(sheet: xlrd.sheet.Sheet, datemode: int, config: ReleaseConfig) -> Sheet:
    cols = min(max(sheet.ncols, 1), _MAX_COLUMNS)
    rows = min(sheet.nrows, config.max_sheet_cells // cols)
    cells = (sheet.row(number)[:cols] for number in range(rows))
    grid = [[_legacy_cell(cell.ctype, cell.value, datemode) for cell in row] for row in cells]
    width = max((len(row) for row in grid), default=0)
    grid = [row + [None] * (width - len(row)) for row in grid]
    return _sheet(sheet.name, grid, sheet.merged_cells)


def _legacy_cell(kind: int, value: object, datemode: int) -> Cell:
    if kind in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK):
        return None
    if kind == xlrd.XL_CELL_ERROR:
        return Mark.ERROR
    if kind == xlrd.XL_CELL_BOOLEAN:
        return bool(value)
    number = value if isinstance(value, float) else None
    if kind == xlrd.XL_CELL_DATE and number is not None:
        try:
            return serial_or_date(xlrd.xldate_as_datetime(number, datemode))
        except xlrd.xldate.XLDateError:
            return number
    return number if number is not None else str(value)


def _sheet(name: str, grid: list[list[Cell]], merged: Iterable[tuple[int, int, int, int]]) -> Sheet:
    """Fill merged areas (row from, row to, col from, col to; ends exclusive) and cut empty rows off the end."""
    for row_from, row_to, col_from, col_to in merged:
        if row_from >= len(grid) or col_from >= len(grid[row_from]):
            continue
        value = grid[row_from][col_from]
        for row in grid[row_from:row_to]:
            row[col_from:col_to] = [value] * len(row[col_from:col_to])
    while grid and all(cell is None for cell in grid[-1]):
        grid.pop()
    return Sheet(name, tuple(tuple(row) for row in grid))
