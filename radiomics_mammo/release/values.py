"""Single cells of the workbook become numbers, letters, sides and exam dates; what cannot be read says so."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Generic, TypeVar

from radiomics_mammo.core.findings import AuditCode
from radiomics_mammo.core.lettering import as_latin
from radiomics_mammo.core.vocabulary import Density, Laterality
from radiomics_mammo.release.sheets import Cell, Mark
from radiomics_mammo.tables.strata import read_density

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

_MISSING = {"", "-", "--", "?", ".", "/", "na", "n/a", "nan", "none", "null", "missing", "unknown", "not available"}
_MISSING |= {"not applicable", "not known", "not given", "not reported", "n.a.", "n.a"}
_NUMBER = re.compile(r"([+-]?\d{1,9}(?:[.,]\d{1,9})?)\s*(?:years?|yrs?|y|yo|y\.o\.?|years? old)?\.?", re.IGNORECASE)
_SIDES = {"r": Laterality.RIGHT, "right": Laterality.RIGHT, "l": Laterality.LEFT, "left": Laterality.LEFT}
_MAX_DECIMALS = 6
_SHOWN_CHARACTERS = 40

_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTH_WORDS = "|".join([*_MONTHS, "sept", *(month[:3] for month in _MONTHS)])
_DATE = re.compile(
    r"(?<!\d)(?:(?P<iso>\d{4}[-/.]\d{1,2}[-/.]\d{1,2})|(?P<parts>\d{1,2}[-/.]\d{1,2}[-/.]\d{4})"
    rf"|(?P<month>\d{{1,2}}[/.]\d{{4}})|(?P<named>(?:\d{{1,2}}[\s-]*)?(?:{_MONTH_WORDS})\.?,?[\s-]*\d{{4}})"
    r"|(?P<year>\d{4}))(?!\d)",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"\b\d{1,2}:\d\d(:\d\d)?\b|[\s\-–—/,;:&|()+>]+|\b(and|to|until|prior|recent)\b", re.IGNORECASE)
"""What may stand around dates: a time of day, separators, a few words."""
_MAX_MONTH = 12
DATE_PRECISIONS = {4: "year", 7: "month", 10: "day"}
"""Precision of an exam date by the length of its ISO text: ``2013``, ``2013-05``, ``2013-05-07``."""


@dataclass(frozen=True)
class Reading(Generic[T_co]):
    """What a cell says: a value, nothing (neither value nor problem), or why it cannot be read and the code of that."""

    value: T_co | None = None
    problem: str = ""
    code: AuditCode = AuditCode.CELL_UNREADABLE


def cell_text(cell: Cell) -> str:
    r"""Text of a cell without odd spaces; whole numbers without ``.0``; empty where it says "not available".

    Examples
    --------
    >>> cell_text(7.0), cell_text(" NOT\u00a0AVAILABLE "), cell_text("  DCIS ")
    ('7', '', 'DCIS')
    """
    if cell is None or isinstance(cell, Mark):
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    text = " ".join(unicodedata.normalize("NFKC", str(cell)).split())
    return "" if text.casefold() in _MISSING else text


def shown(cell: Cell) -> str:
    """A cell as a message quotes it: short, on one line.

    Examples
    --------
    >>> shown("about fifty"), shown(Mark.FORMULA)
    ("'about fifty'", 'a formula without a stored result')
    """
    if isinstance(cell, Mark):
        return cell.value
    text = cell_text(cell)
    return repr(text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "...")


def folder_key(cell: Cell) -> str:
    """Folder name that a cell or folder stands for, comparable whether typed as number or text.

    Examples
    --------
    >>> folder_key(7.0), folder_key(" 07 "), folder_key("7a")
    ('7', '7', '7a')
    """
    text = cell_text(cell)
    return (text.lstrip("0") or "0") if text.isascii() and text.isdecimal() else text.casefold()


def _as_read(cell: Cell, value: T | None, wanted: str) -> Reading[T]:
    if value is None and (isinstance(cell, Mark) or cell_text(cell)):
        return Reading(problem=f"no {wanted}: {shown(cell)}")
    return Reading(value)


def number_in(cell: Cell) -> Reading[Decimal]:
    """A number, also as text with a decimal comma or followed by "years".

    Examples
    --------
    >>> number_in("2,4 years").value, number_in(56).value
    (Decimal('2.4'), Decimal('56'))
    """
    text = repr(round(cell, _MAX_DECIMALS)) if isinstance(cell, float) else cell_text(cell)
    match = None if isinstance(cell, bool | datetime) else _NUMBER.fullmatch(text)
    number = None if match is None else Decimal(match[1].replace(",", "."))
    if number is not None:
        number = number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize()
    return _as_read(cell, number, "number")


def density_in(cell: Cell) -> Reading[Density]:
    """BI-RADS density, as `tables.strata.read_density` reads it.

    Examples
    --------
    >>> density_in("ACR B").value, density_in("b/c").problem
    (<Density.B: 'b'>, "no density letter: 'b/c'")
    """
    return _as_read(cell, None if isinstance(cell, datetime) else read_density(cell), "density letter")


def laterality_in(cell: Cell) -> Reading[Laterality]:
    """Breast side: right, left, R, L in any case, with or without the word breast.

    Examples
    --------
    >>> laterality_in("Right breast").value, laterality_in("L ").value
    (<Laterality.RIGHT: 'R'>, <Laterality.LEFT: 'L'>)
    """
    word = re.sub(r"[^a-z]|breast|side|(?<=^[lr])t(?=\b)", "", as_latin(cell_text(cell)).strip().casefold())
    return _as_read(cell, _SIDES.get(word), "breast side")


def text_in(cell: Cell) -> Reading[str]:
    """Text of a cell as printed; nothing where it says "not available".

    Examples
    --------
    >>> text_in(2.0).value, text_in("NOT AVAILABLE").value
    ('2', None)
    """
    return Reading(problem=cell.value) if isinstance(cell, Mark) else Reading(cell_text(cell) or None)


@dataclass(frozen=True)
class DateStyle:
    """What the date columns of one sheet prove of day and month: their order in text, and doubts about real dates."""

    day_first: bool | None = None
    doubtful: bool = False


UNPROVEN = DateStyle()
"""Style of a sheet whose dates prove nothing."""


def date_style(cells: Iterable[Cell]) -> DateStyle:
    """Style that the dates of a sheet prove: a number above 12 can only be a day.

    Real dates beside text dates that prove an order, none with a day above 12, are doubtful: such cells are what a
    spreadsheet of the other convention makes of the rest.

    Examples
    --------
    >>> date_style(["07/05/2013-10/06/2015", "25/03/2012"])
    DateStyle(day_first=True, doubtful=False)
    >>> date_style(["25/03/2012", datetime(2013, 5, 7)]).doubtful, date_style([datetime(2013, 5, 7)]).doubtful
    (True, False)
    """
    cells = list(cells)
    texts = [match["parts"] for cell in cells if isinstance(cell, str) for match in _DATE.finditer(cell_text(cell))]
    pairs = [[int(part) > _MAX_MONTH for part in re.split("[-/.]", text)[:2]] for text in texts if text]
    first, second = (any(pair[place] for pair in pairs) for place in (0, 1))
    if first == second:
        return UNPROVEN
    real = [cell for cell in cells if isinstance(cell, datetime)]
    doubtful = bool(real) and all(cell.day <= _MAX_MONTH for cell in real)
    return DateStyle(first, doubtful)


@dataclass(frozen=True)
class DateReading:
    """Dates of a cell as ISO text, as precise as known; `ambiguous` where only the year of one is certain."""

    dates: tuple[str, ...] = ()
    ambiguous: bool = False
    problem: bool = False


def dates_in(cell: Cell, *, style: DateStyle = UNPROVEN) -> DateReading:
    """Dates in a cell (text, whole year, or a real date), in the order they stand there.

    `style` is what the column proves (`date_style`); a date that itself proves an order needs none.

    Examples
    --------
    >>> dates_in("2013-2015").dates
    ('2013', '2015')
    >>> dates_in("25/05/2013 - 10/06/2015", style=DateStyle(day_first=True)).dates
    ('2013-05-25', '2015-06-10')
    >>> dates_in("07/05/2013")
    DateReading(dates=('2013',), ambiguous=True, problem=False)
    """
    if isinstance(cell, datetime):
        unclear = style.doubtful and cell.day != cell.month
        return DateReading((f"{cell.year:04d}" if unclear else cell.date().isoformat(),), unclear)
    text = cell_text(cell)
    matches = list(_DATE.finditer(text))
    if text and (not matches or _BETWEEN.sub("", _DATE.sub(" ", text))):
        return DateReading(problem=True)
    try:
        read = [_read_date(match, style.day_first) for match in matches]
    except ValueError:
        return DateReading(problem=True)
    return DateReading(tuple(iso for iso, _ in read), any(unclear for _, unclear in read), isinstance(cell, Mark))


def _read_date(match: re.Match[str], day_first: bool | None) -> tuple[str, bool]:
    """ISO text of one date, and whether only its year is certain; ValueError where there is no such day."""
    *small, last = (int(number) for number in re.findall(r"\d+", match[0]))
    if match["year"]:
        return f"{last:04d}", False
    if match["iso"]:
        return _iso(small[0], small[1], last), False
    if match["named"]:
        word = re.findall("[a-z]{3}", match[0].casefold())[0]
        month = next(number for number, name in enumerate(_MONTHS, start=1) if name.startswith(word))
        return _iso(last, month, *small), False
    if match["month"]:
        return _iso(last, *small), False
    if max(small) > _MAX_MONTH or small[0] == small[1]:
        return _iso(last, *sorted(small)), False
    if day_first is None:
        return f"{last:04d}", True
    return _iso(last, *(small[::-1] if day_first else small)), False


def _iso(year: int, month: int, day: int = 0) -> str:
    return date(year, month, day or 1).isoformat()[: 10 if day else 7]
