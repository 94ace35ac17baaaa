"""The cells of one workbook row become what is known of one patient."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, TypeVar

from radiomics_mammo.config.release import DEFAULT_RELEASE, ReleaseConfig
from radiomics_mammo.core.findings import AuditCode
from radiomics_mammo.core.vocabulary import Density, Laterality
from radiomics_mammo.release.cells import Cell
from radiomics_mammo.release.columns import Field
from radiomics_mammo.release.dates import DateReading, DayOrder, ExamDate, day_order, doubtful_serials, read_dates
from radiomics_mammo.release.values import Reading, read_density, read_laterality, read_number, read_text, shown

RowCells = Mapping[Field, tuple[Cell, ...]]
"""Cells of one row by field; several where several columns name the field."""

T = TypeVar("T")

_DATE_FIELDS = (Field.DATES, Field.PRIOR_DATE, Field.RECENT_DATE)
_PAIR = 2


class Problem(NamedTuple):
    """Something about a cell that becomes a finding."""

    code: AuditCode
    message: str


@dataclass(frozen=True)
class WorkbookRow:
    """What the workbook says of one patient; None or empty where it says nothing readable.

    `interval_years` is as typed, not yet rounded.
    """

    laterality: Laterality | None = None
    age_years: float | None = None
    density: Density | None = None
    birads: str = ""
    prior_date: ExamDate | None = None
    recent_date: ExamDate | None = None
    interval_years: Decimal | None = None
    biopsy: str = ""


@dataclass(frozen=True)
class DateStyle:
    """What the date columns of one sheet prove about the order of day and month in text and in real dates."""

    order: DayOrder = DayOrder.UNKNOWN
    doubtful: bool = False

    @classmethod
    def of(cls, rows: Sequence[RowCells]) -> DateStyle:
        """Style that all dates of a sheet together prove.

        Examples
        --------
        >>> DateStyle.of([{Field.DATES: ("25/03/2012-26/04/2014",)}]).order
        <DayOrder.DAY_FIRST: 'day first'>
        """
        cells = [cell for row in rows for field in _DATE_FIELDS for cell in row.get(field, ())]
        return cls(day_order(cells), doubtful_serials(cells))


UNPROVEN = DateStyle()
"""Style of a sheet whose dates prove nothing."""


def read_row(
    cells: RowCells, *, style: DateStyle = UNPROVEN, config: ReleaseConfig = DEFAULT_RELEASE
) -> tuple[WorkbookRow, tuple[Problem, ...]]:
    """Read one patient's row.

    Parameters
    ----------
    cells : mapping of Field to tuple of cells
    style : DateStyle
    config : ReleaseConfig
        Plausible ages, exam years and intervals; anything beyond is reported and missing.

    Examples
    --------
    >>> row, problems = read_row({Field.AGE: ("56 years",), Field.DENSITY: ("x",)})
    >>> row.age_years, [problem.message for problem in problems]
    (56.0, ["breast density: no density letter: 'x'; missing"])
    """
    laterality = _agreed(cells, Field.LATERALITY, read_laterality)
    age = _plausible_age(_agreed(cells, Field.AGE, read_number), config)
    density = _agreed(cells, Field.DENSITY, read_density)
    birads = _agreed(cells, Field.BIRADS, read_text)
    biopsy = read_text(first_filled(cells, Field.BIOPSY))
    interval = _plausible_interval(_agreed(cells, Field.INTERVAL, read_number), config)
    prior, recent, problems = _read_exam_dates(cells, style, config)
    named: tuple[tuple[Field, Reading[object]], ...] = (
        (Field.LATERALITY, laterality),
        (Field.AGE, age),
        (Field.DENSITY, density),
        (Field.BIRADS, birads),
        (Field.BIOPSY, biopsy),
        (Field.INTERVAL, interval),
    )
    unread = [Problem(read.code, f"{field}: {read.problem}; missing") for field, read in named if read.problem]
    row = WorkbookRow(
        laterality=laterality.value,
        age_years=None if age.value is None else float(age.value),
        density=density.value,
        birads=birads.value or "",
        prior_date=prior,
        recent_date=recent,
        interval_years=interval.value,
        biopsy=biopsy.value or "",
    )
    return row, (*unread, *problems)


def first_filled(cells: RowCells, field: Field) -> Cell:
    """First cell of a field that is not empty."""
    return next((cell for cell in cells.get(field, ()) if cell is not None), None)


def _agreed(cells: RowCells, field: Field, read: Callable[[Cell], Reading[T]]) -> Reading[T]:
    """What the first filled column of a field says, unless a further column of it says something else."""
    readings = [read(cell) for cell in cells.get(field, ()) if cell is not None]
    said = list(dict.fromkeys(str(reading.value) for reading in readings if reading.value is not None))
    if len(said) > 1:
        return Reading(problem=f"columns disagree: {shown(', '.join(said))}")
    return readings[0] if readings else Reading()


def _plausible_age(age: Reading[Decimal], config: ReleaseConfig) -> Reading[Decimal]:
    low, high = config.plausible_age_years
    if age.value is None or low <= age.value <= high:
        return age
    return Reading(problem=f"{age.value} years is not between {low:g} and {high:g}", code=AuditCode.AGE_IMPLAUSIBLE)


def _plausible_interval(interval: Reading[Decimal], config: ReleaseConfig) -> Reading[Decimal]:
    if interval.value is None or 0 < interval.value <= config.max_interval_years:
        return interval
    if interval.value <= 0:
        return Reading(problem=f"{interval.value} years is not positive", code=AuditCode.INTERVAL_NEGATIVE)
    return Reading(problem=f"{interval.value} years is more than {config.max_interval_years:g}")


def _read_exam_dates(
    cells: RowCells, style: DateStyle, config: ReleaseConfig
) -> tuple[ExamDate | None, ExamDate | None, tuple[Problem, ...]]:
    """Prior and recent date from one column of pairs, two columns under one heading, or two headings."""
    problems: list[Problem] = []
    pair = [_plausible_dates(cell, style, config, problems) for cell in cells.get(Field.DATES, ()) if cell is not None]
    found = [date for dates in pair for date in dates]
    if found and len(found) != _PAIR:
        listed = ", ".join(date.iso for date in found)
        problems.append(Problem(AuditCode.CELL_UNREADABLE, f"{Field.DATES}: {listed} is not one pair; missing"))
    prior, recent = found if len(found) == _PAIR else (None, None)
    for field in (Field.PRIOR_DATE, Field.RECENT_DATE):
        single = _plausible_dates(first_filled(cells, field), style, config, problems)
        if len(single) > 1:
            problems.append(Problem(AuditCode.CELL_UNREADABLE, f"{field}: more than one date; missing"))
        elif single:
            prior, recent = (single[0], recent) if field is Field.PRIOR_DATE else (prior, single[0])
    return prior, recent, tuple(problems)


def _plausible_dates(
    cell: Cell, style: DateStyle, config: ReleaseConfig, problems: list[Problem]
) -> tuple[ExamDate, ...]:
    reading: DateReading = read_dates(cell, order=style.order, doubtful=style.doubtful)
    low, high = config.plausible_exam_year
    if reading.problem or any(not low <= date.year <= high for date in reading.dates):
        problems.append(Problem(AuditCode.CELL_UNREADABLE, f"{Field.DATES}: no exam date: {shown(cell)}; missing"))
        return ()
    if reading.ambiguous:
        message = f"{shown(cell)}: day and month cannot be told apart; only the year is kept"
        problems.append(Problem(AuditCode.DATE_AMBIGUOUS, message))
    return reading.dates
