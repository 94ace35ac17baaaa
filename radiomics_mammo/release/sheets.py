"""A workbook becomes sheets of cells, OOXML by openpyxl, OLE2 by xlrd; header and columns are told by their words."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from difflib import SequenceMatcher
from enum import Enum, StrEnum

import openpyxl
from openpyxl.utils.datetime import to_excel
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet

from radiomics_mammo.config.reading import DEFAULT_RELEASE, ReleaseConfig
from radiomics_mammo.core.cases import FileRef
from radiomics_mammo.core.errors import ImageError, MissingExtraError, WorkbookError
from radiomics_mammo.core.lettering import as_latin
from radiomics_mammo.core.vocabulary import CaseClass
from radiomics_mammo.release.files import DECODER_ERRORS, printable, read_bytes

try:
    import xlrd
    import xlrd.compdoc
except ImportError:  # the extra is not installed
    xlrd = None

OLE2_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP_MAGIC = b"PK\x03\x04"
_WORKBOOK_PART = "xl/workbook"
_STRICT = b"http://purl.oclc.org/ooxml/"
_PACKAGE = "EncryptedPackage".encode("utf-16-le")
"""Stream of an OLE2 container that holds an encrypted OOXML file (MS-OFFCRYPTO 2.3.4)."""
_ENCRYPTED = "encrypted"
_LOOKED_AT = 4096
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1f]")
_LAST_SERIAL_YEAR = 1900
_MAX_COLUMNS = 64
"""Columns looked at: sheets of patients have about ten, and a stray format in the last column must not cost rows."""
_HEADER_ROWS = 20
"""Rows, from the top, among which a header is looked for."""
_MIN_FIELDS = 3
_SHEET_LIKENESS = 0.8
"""Likeness (0..1) of a sheet name and a class name that forgives one or two mistyped letters."""
_LEGACY_ERRORS = () if xlrd is None else (xlrd.XLRDError, xlrd.compdoc.CompDocError)
_WORKBOOK_ERRORS = (*DECODER_ERRORS, InvalidFileException, *_LEGACY_ERRORS)


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


def read_sheets(ref: FileRef, *, config: ReleaseConfig = DEFAULT_RELEASE) -> tuple[Sheet, ...]:
    """Sheets of a workbook, in file order, whatever the file is called.

    Raises
    ------
    WorkbookError
        If the file cannot be read, is no workbook, is damaged, or unpacks to more than is allowed.
    """
    name = printable(ref.name)
    try:
        data = read_bytes(ref, config=config)
    except ImageError as error:
        raise WorkbookError(name, error.expected, error.found, "name the workbook with --description FILE") from error
    return parse_sheets(data, name=name, config=config)


def parse_sheets(data: bytes, *, name: str, config: ReleaseConfig = DEFAULT_RELEASE) -> tuple[Sheet, ...]:
    """Sheets of the content of a workbook; `name` is for messages.

    Raises
    ------
    MissingExtraError
        If the content is an old .xls and xlrd is not installed.
    WorkbookError
        If the content is no workbook, is damaged, or unpacks to more than is allowed.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if data.startswith(OLE2_MAGIC):
                if _PACKAGE in data:
                    raise _with_password(name)
                return _legacy_sheets(data, name, config)
            if data.startswith(ZIP_MAGIC):
                return _ooxml_sheets(data, name, config)
    except _WORKBOOK_ERRORS as error:
        if _ENCRYPTED in str(error).casefold():
            raise _with_password(name) from error
        expected, found = "a readable workbook (.xlsx or .xls content)", f"a damaged one ({type(error).__name__})"
        remedy = "open it in a spreadsheet program and save it as .xlsx"
        raise WorkbookError(name, expected, found, remedy) from error
    raise _of_other_kind(name, *kind_of_text(data))


def kind_of_text(data: bytes) -> tuple[str, str]:
    r"""What a file that is no workbook holds, and what to do.

    Examples
    --------
    >>> kind_of_text(b"Folder #;Age\n1;56\n")[0], kind_of_text(b"<html><table>")[0]
    ('text, not a workbook', 'an HTML page, not a workbook')
    """
    start = data[:_LOOKED_AT].removeprefix(b"\xef\xbb\xbf").lstrip()
    save = "open it in a spreadsheet program and save it as .xlsx"
    if not start:
        return "an empty file", "give the workbook with --description FILE"
    if start.startswith(b"<"):
        xml = b"urn:schemas-microsoft-com:office:spreadsheet" in start
        return ("an XML table of 2003" if xml else "an HTML page") + ", not a workbook", save
    if data[:2] in _WIDE_MARKS or not _BINARY.search(start):
        return "text, not a workbook", save
    return "other content", "give the workbook with --description FILE"


def _of_other_kind(name: str, found: str, remedy: str) -> WorkbookError:
    return WorkbookError(name, "a workbook (.xlsx or .xls content)", found, remedy)


def _with_password(name: str) -> WorkbookError:
    return _of_other_kind(name, "one that has a password", "open it, remove the password, and save it")


def _ooxml_sheets(data: bytes, name: str, config: ReleaseConfig) -> tuple[Sheet, ...]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
        names = {part.filename.lower() for part in parts}
        book = archive.read("xl/workbook.xml")[:_LOOKED_AT] if "xl/workbook.xml" in names else b""
        opened = archive.read("mimetype")[:_LOOKED_AT] if "mimetype" in names else b""
    save = "open it in a spreadsheet program and save it as .xlsx (Excel workbook)"
    for there, kind in (
        (_STRICT in book, "a Strict Open XML workbook"),
        ("xl/workbook.bin" in names, "a binary workbook (.xlsb)"),
        (b"opendocument.spreadsheet" in opened, "an OpenDocument sheet (.ods)"),
        (any(part.endswith(".iwa") for part in names), "a Numbers document"),
    ):
        if there:
            raise _of_other_kind(name, kind, save)
    if not any(part.startswith(_WORKBOOK_PART) for part in names):
        raise WorkbookError(name, "a workbook", "a zip of other content", "give the workbook with --description")
    if sum(part.file_size for part in parts) > config.max_unpacked_bytes:
        limit = f"at most {config.max_unpacked_bytes} bytes unpacked"
        raise WorkbookError(name, limit, "more", "raise max_unpacked_bytes if the workbook is genuine")
    values = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    formulas = openpyxl.load_workbook(io.BytesIO(data), data_only=False)
    return tuple(_ooxml_sheet(sheet, formulas[sheet.title], config) for sheet in values.worksheets)


def _ooxml_sheet(values: Worksheet, formulas: Worksheet, config: ReleaseConfig) -> Sheet:
    """A formula whose result was never stored looks empty among the values, so both are read."""
    cols = min(values.max_column, _MAX_COLUMNS)
    area = {"max_row": min(values.max_row, config.max_sheet_cells // cols), "max_col": cols, "values_only": True}
    both = zip(values.iter_rows(**area), formulas.iter_rows(**area), strict=True)
    grid = [[_ooxml_cell(value, formula) for value, formula in zip(*rows, strict=True)] for rows in both]
    merged = [(area.min_row - 1, area.max_row, area.min_col - 1, area.max_col) for area in values.merged_cells.ranges]
    return _sheet(values.title, grid, merged)


def _ooxml_cell(value: object, formula: object) -> Cell:
    """A number shown as a date in a spreadsheet's first years (an age, an interval) is the number that was typed."""
    if value is None:
        return Mark.FORMULA if formula is not None else None
    if isinstance(value, str):
        return Mark.ERROR if value.startswith("#") and value.rstrip("!?").isupper() else value
    if isinstance(value, datetime):
        return value if value.year > _LAST_SERIAL_YEAR else round(to_excel(value), 9)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    if isinstance(value, time | timedelta):
        return str(value)
    return value if isinstance(value, bool | int | float) else str(value)


def _legacy_sheets(data: bytes, name: str, config: ReleaseConfig) -> tuple[Sheet, ...]:
    if xlrd is None:
        remedy = "pip install 'radiomics-mammo[xls]', or save it as .xlsx"
        raise MissingExtraError(name, "the extra 'xls' (xlrd) for a workbook of Excel 97", "none", remedy)
    with io.StringIO() as silent, xlrd.open_workbook(file_contents=data, logfile=silent, formatting_info=True) as book:
        return tuple(_legacy_sheet(sheet, book.datemode, config) for sheet in book.sheets())


def _legacy_sheet(sheet: xlrd.sheet.Sheet, datemode: int, config: ReleaseConfig) -> Sheet:
    cols = min(max(sheet.ncols, 1), _MAX_COLUMNS)
    cells = (sheet.row(number)[:cols] for number in range(min(sheet.nrows, config.max_sheet_cells // cols)))
    grid = [[_legacy_cell(cell.ctype, cell.value, datemode) for cell in row] for row in cells]
    width = max((len(row) for row in grid), default=0)
    return _sheet(sheet.name, [row + [None] * (width - len(row)) for row in grid], sheet.merged_cells)


def _legacy_cell(kind: int, value: object, datemode: int) -> Cell:
    if kind in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK):
        return None
    if kind == xlrd.XL_CELL_ERROR:
        return Mark.ERROR
    if kind == xlrd.XL_CELL_BOOLEAN:
        return bool(value)
    if kind == xlrd.XL_CELL_DATE and isinstance(value, float):
        try:
            found: datetime = xlrd.xldate_as_datetime(value, datemode)
        except xlrd.xldate.XLDateError:
            return value
        return found if found.year > _LAST_SERIAL_YEAR else value
    return value if isinstance(value, float) else str(value)


def _sheet(name: str, grid: list[list[Cell]], merged: Iterable[tuple[int, int, int, int]]) -> Sheet:
    """Fill merged areas (row from, row to, col from, col to; ends exclusive) and cut empty rows off the end."""
    for row_from, row_to, col_from, col_to in merged:
        if row_from < len(grid) and col_from < len(grid[row_from]):
            for row in grid[row_from:row_to]:
                row[col_from:col_to] = [grid[row_from][col_from]] * len(row[col_from:col_to])
    while grid and all(cell is None for cell in grid[-1]):
        grid.pop()
    return Sheet(name, tuple(tuple(row) for row in grid))


def plain(text: object) -> str:
    r"""Lower-case words separated by single blanks, without punctuation and odd spaces.

    Examples
    --------
    >>> plain(" BI-RADS\u00a0categories for\nbreast density ")
    'bi rads categories for breast density'
    """
    folded = as_latin(str(text)).casefold()
    return " ".join(re.sub(r"[^\w#]|_", " ", folded).split())


def class_sheets(names: Iterable[str]) -> dict[CaseClass, tuple[str, ...]]:
    """Sheets of every class by name, whatever the case, spaces and small misspellings; several that are equally like.

    Examples
    --------
    >>> sorted(class_sheets(["General_Info", "malignant cases ", "Bening_cases"]).items())
    [(<CaseClass.BENIGN: 'benign'>, ('Bening_cases',)), (<CaseClass.MALIGNANT: 'malignant'>, ('malignant cases ',))]
    """
    likeness = {name: max((_likeness(name, case_class), case_class) for case_class in CaseClass) for name in names}
    found: dict[CaseClass, tuple[str, ...]] = {}
    for case_class in CaseClass:
        scores = {name: score for name, (score, likest) in likeness.items() if likest is case_class}
        best = max(scores.values(), default=(0.0, 0.0))
        if best[0] >= _SHEET_LIKENESS:
            found[case_class] = tuple(name for name, score in scores.items() if score == best)
    return found


def _likeness(sheet: str, case_class: CaseClass) -> tuple[float, float]:
    """Likeness of the likest word of a sheet name, and of all its words together: one that says more is less like."""
    words = [word for word in plain(sheet).split() if not re.fullmatch(r"abnormal|cases?|patients?|\d+", word)]
    glued = re.sub(r"(cases?|patients?)$", "", "".join(words))
    ratios = [SequenceMatcher(None, word, case_class).ratio() for word in [*words, glued]]
    return max(ratios), ratios[-1]


class Field(StrEnum):
    """What a column of the workbook says of a patient."""

    FOLDER = "folder number"
    LATERALITY = "breast"
    AGE = "age"
    DENSITY = "breast density"
    BIRADS = "BI-RADS classification"
    DATES = "exam dates"
    PRIOR_DATE = "prior exam date"
    RECENT_DATE = "recent exam date"
    INTERVAL = "years between screenings"
    BIOPSY = "biopsy result"


@dataclass(frozen=True)
class SheetHeader:
    """Where the patients of a sheet start and which columns hold which field, leftmost first."""

    first_row: int
    columns: dict[Field, tuple[int, ...]]


_WORDS: tuple[tuple[Field, str], ...] = (
    (Field.DENSITY, r"\b(density|densities|breast composition)\b"),
    (Field.BIRADS, r"\bbi ?rads\b|\bclassification\b|\bassessment\b"),
    (Field.AGE, r"\bages?\b"),
    (Field.INTERVAL, r"\bbetween\b|\binterval\b"),
    (Field.BIOPSY, r"biops|histo|patholog"),
    (Field.DATES, r"\b(dates?|years?)\b|\bavailable mammograms?\b"),
    (Field.LATERALITY, r"\blaterality\b|\bside\b|\bbreasts?\b|\bright left\b|\bleft right\b"),
    (Field.FOLDER, r"\bfolders?\b|\bpatients?\b|\bcases?\b|^(no|nr|id|number|#)$"),
)
"""The first pattern that matches names the column; the order settles headers that hold words of several."""
_NOT_OF_EXAM = re.compile(r"\b(birth|biops\w*|surgery|diagnos\w*)\b")
_OTHER_UNIT = re.compile(r"\b(months?|weeks?|days?)\b")
_OF_RECENT_EXAM = (Field.AGE, Field.DENSITY, Field.BIRADS)


def field_of(header: str) -> Field | None:
    """Field that a header text means.

    Examples
    --------
    >>> field_of("Age (at the time of the recent mammogram) "), field_of("Years between screenings")
    (<Field.AGE: 'age'>, <Field.INTERVAL: 'years between screenings'>)
    >>> field_of("Date of birth") is None
    True
    """
    text = plain(header)
    found = next((field for field, words in _WORDS if re.search(words, text)), None)
    dated = re.search(r"\b(dates?|years?)\b", text) is not None and found in (Field.DATES, Field.BIOPSY)
    if (dated and _NOT_OF_EXAM.search(text)) or (found is Field.INTERVAL and _OTHER_UNIT.search(text)):
        return None
    older = re.search(r"\b(prior|previous|first|former)\b", text) is not None
    newer = re.search(r"\b(recent|current|latest|second|last)\b", text) is not None
    if found in _OF_RECENT_EXAM and older and not newer:
        return None
    if found is not Field.DATES or older == newer:
        return found
    return Field.PRIOR_DATE if older else Field.RECENT_DATE


def find_header(sheet: Sheet) -> SheetHeader | None:
    """Row (or two rows) near the top that names most fields; None unless folder number and two more are named."""
    tops = range(min(_HEADER_ROWS, len(sheet.rows)))
    blocks = [(top + depth, sheet.rows[top : top + depth]) for top in tops for depth in (1, 2)]
    headers = [
        SheetHeader(end, _name_columns(block))
        for end, block in blocks
        if end <= len(sheet.rows) and (len(block) == 1 or _continues(*block))
    ]
    able = [header for header in headers if Field.FOLDER in header.columns and len(header.columns) >= _MIN_FIELDS]
    return max(able, key=lambda header: len(header.columns), default=None)


def _continues(header: tuple[Cell, ...], below: tuple[Cell, ...]) -> bool:
    """Whether the row below a header says more of the columns, rather than holding a first patient."""
    named = [number for number, cell in enumerate(header) if field_of(str(cell or "")) is Field.FOLDER]
    return all(below[number] in (None, header[number]) for number in named)


def _name_columns(block: Iterable[tuple[Cell, ...]]) -> dict[Field, tuple[int, ...]]:
    """Columns of every field; one that says "folder" leaves patient and running numbers aside."""
    found: dict[Field, tuple[int, ...]] = {}
    folders: tuple[int, ...] = ()
    for number, cells in enumerate(zip(*block, strict=True)):
        texts = [cell for cell in cells if isinstance(cell, str)]
        field = field_of(" ".join(dict.fromkeys(texts)))
        if field is None or len(texts) < sum(cell is not None for cell in cells):
            continue
        found[field] = (*found.get(field, ()), number)
        if field is Field.FOLDER and re.search(r"\bfolders?\b", plain(" ".join(texts))):
            folders = (*folders, number)
    return found | ({Field.FOLDER: folders} if folders else {})


def missing_fields(header: SheetHeader, case_class: CaseClass | None) -> tuple[Field, ...]:
    """Fields that the sheet of a class must have and this header lacks, in reading order."""
    needed = [Field.LATERALITY, Field.AGE, Field.DENSITY, Field.BIRADS, Field.INTERVAL]
    if case_class is CaseClass.MALIGNANT:
        needed.append(Field.BIOPSY)
    dated = Field.DATES in header.columns or {Field.PRIOR_DATE, Field.RECENT_DATE} <= header.columns.keys()
    lacking = [field for field in needed if field not in header.columns]
    return tuple(lacking if dated else [*lacking, Field.DATES])
