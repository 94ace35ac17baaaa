"""Exam dates as workbooks hold them: years, dates, pairs in a cell; unclear order of day and month is not guessed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum

from radiomics_mammo.release.cells import Cell, Mark
from radiomics_mammo.release.values import cell_text

_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTH_WORDS = "|".join([*_MONTHS, "sept", *(month[:3] for month in _MONTHS)])
_SEPARATOR = r"[-/.]"
_TOKEN = re.compile(
    rf"(?<!\d)(?:(?P<iso>\d{{4}}{_SEPARATOR}\d{{1,2}}{_SEPARATOR}\d{{1,2}})(?!\d)"
    rf"|(?P<parts>\d{{1,2}}{_SEPARATOR}\d{{1,2}}{_SEPARATOR}\d{{4}})(?!\d)"
    rf"|(?P<month>\d{{1,2}}[/.]\d{{4}})(?!\d)"
    rf"|(?P<named>(?:\d{{1,2}}[\s-]*)?(?:{_MONTH_WORDS})\.?,?[\s-]*\d{{4}})(?!\d)"
    rf"|(?P<year>\d{{4}})(?!\d))",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"\b\d{1,2}:\d\d(:\d\d)?\b|[\s\-–—/,;:&|()+>]+|\b(and|to|until|prior|recent)\b", re.IGNORECASE)
"""What may stand around dates: a time of day, separators, a few words."""
_MAX_DAY_OF_EITHER = 12


class DayOrder(Enum):
    """Which of the two small numbers of a date is the day."""

    DAY_FIRST = "day first"
    MONTH_FIRST = "month first"
    UNKNOWN = "unknown"


@dataclass(frozen=True, order=True)
class ExamDate:
    """A date as precise as it was given: month and day are 0 where unknown.

    Examples
    --------
    >>> ExamDate(2013, 5, 7).iso, ExamDate(2013).iso, ExamDate(2013, 5).precision
    ('2013-05-07', '2013', 'month')
    """

    year: int
    month: int = 0
    day: int = 0

    @property
    def iso(self) -> str:
        """ISO text, as precise as known."""
        parts = [f"{self.year:04d}", *(f"{part:02d}" for part in (self.month, self.day) if part)]
        return "-".join(parts)

    @property
    def precision(self) -> str:
        """``year``, ``month`` or ``day``."""
        return "day" if self.day else "month" if self.month else "year"

    @property
    def ordinal_years(self) -> float:
        """Years since year 0, at the middle of what is known; whole years lie whole years apart.

        Examples
        --------
        >>> ExamDate(2013).ordinal_years - ExamDate(2012).ordinal_years
        1.0
        """
        if not self.month:
            return self.year + 0.5
        days = self.day - 1 if self.day else 15
        return self.year + (self.month - 1 + days / 31) / 12


@dataclass(frozen=True)
class DateReading:
    """Dates found in one cell; `ambiguous` where only the year of one is certain, `problem` where none can be read."""

    dates: tuple[ExamDate, ...] = ()
    ambiguous: bool = False
    problem: bool = False


def day_order(cells: Iterable[Cell]) -> DayOrder:
    """Order of day and month that the dates of a column prove: a number above 12 can only be a day.

    Text dates that prove one order beside cells a spreadsheet took for dates, none with a day above 12, prove
    nothing: such cells are what a spreadsheet of the other convention makes of the rest.

    Examples
    --------
    >>> day_order(["07/05/2013-10/06/2015", "25/03/2012"])
    <DayOrder.DAY_FIRST: 'day first'>
    >>> day_order(["07/05/2013"])
    <DayOrder.UNKNOWN: 'unknown'>
    """
    first = second = False
    for cell in cells:
        for match in _TOKEN.finditer(cell_text(cell)) if isinstance(cell, str) else ():
            if match["parts"]:
                left, right, _ = (int(part) for part in re.split(_SEPARATOR, match["parts"]))
                first, second = first or left > _MAX_DAY_OF_EITHER, second or right > _MAX_DAY_OF_EITHER
    if first == second:
        return DayOrder.UNKNOWN
    return DayOrder.DAY_FIRST if first else DayOrder.MONTH_FIRST


def doubtful_serials(cells: Sequence[Cell]) -> bool:
    """Whether a column's real dates may have day and month swapped by the spreadsheet that took them for dates.

    Examples
    --------
    >>> doubtful_serials(["25/03/2012", datetime(2013, 5, 7)]), doubtful_serials([datetime(2013, 5, 7)])
    (True, False)
    """
    real = [cell for cell in cells if isinstance(cell, datetime)]
    typed = day_order(cells) is not DayOrder.UNKNOWN
    return typed and bool(real) and all(cell.day <= _MAX_DAY_OF_EITHER for cell in real)


def read_dates(cell: Cell, *, order: DayOrder = DayOrder.UNKNOWN, doubtful: bool = False) -> DateReading:
    """Dates in a cell, in the order they stand there.

    Parameters
    ----------
    cell : Cell
        Text, whole year, or a real date.
    order : DayOrder
        What the column proves (`day_order`); a date that itself proves an order needs none.
    doubtful : bool
        Whether real dates of the column may be swapped (`doubtful_serials`).

    Examples
    --------
    >>> [found.iso for found in read_dates("2013-2015").dates]
    ['2013', '2015']
    >>> [found.iso for found in read_dates("25/05/2013 - 10/06/2015", order=DayOrder.DAY_FIRST).dates]
    ['2013-05-25', '2015-06-10']
    >>> read_dates("07/05/2013")
    DateReading(dates=(ExamDate(year=2013, month=0, day=0),), ambiguous=True, problem=False)
    """
    if isinstance(cell, datetime):
        unclear = doubtful and cell.day != cell.month
        found = ExamDate(cell.year) if unclear else ExamDate(cell.year, cell.month, cell.day)
        return DateReading((found,), unclear)
    text = cell_text(cell)
    if not text:
        return DateReading(problem=isinstance(cell, Mark))
    matches = list(_TOKEN.finditer(text))
    rest = _TOKEN.sub(" ", text)
    if not matches or _BETWEEN.sub("", rest):
        return DateReading(problem=True)
    read = [_read_token(match, order) for match in matches]
    if any(found is None for found, _ in read):
        return DateReading(problem=True)
    return DateReading(tuple(found for found, _ in read if found), any(unclear for _, unclear in read))


def _read_token(match: re.Match[str], order: DayOrder) -> tuple[ExamDate | None, bool]:
    if match["iso"]:
        year, month, day = (int(part) for part in re.split(_SEPARATOR, match["iso"]))
        return _checked(year, month, day), False
    if match["parts"]:
        return _read_parts(match["parts"], order)
    if match["month"]:
        month, year = (int(part) for part in re.split(_SEPARATOR, match["month"]))
        return _checked(year, month), False
    if match["named"]:
        numbers = [int(number) for number in re.findall(r"\d+", match["named"])]
        word = re.findall(r"[a-z]{3}", match["named"].casefold())[0]
        month = next(number for number, name in enumerate(_MONTHS, start=1) if name.startswith(word))
        return _checked(numbers[-1], month, *numbers[:-1]), False
    return ExamDate(int(match["year"])), False


def _read_parts(text: str, order: DayOrder) -> tuple[ExamDate | None, bool]:
    left, right, year = (int(part) for part in re.split(_SEPARATOR, text))
    if left <= _MAX_DAY_OF_EITHER and right <= _MAX_DAY_OF_EITHER and left != right:
        if order is DayOrder.UNKNOWN:
            return ExamDate(year), True
        day, month = (left, right) if order is DayOrder.DAY_FIRST else (right, left)
        return _checked(year, month, day), False
    return _checked(year, min(left, right), max(left, right)), False


def _checked(year: int, month: int, day: int = 0) -> ExamDate | None:
    try:
        date(year, month, day or 1)
    except ValueError:
        return None
    return ExamDate(year, month, day)
