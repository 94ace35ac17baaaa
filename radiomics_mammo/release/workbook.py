"""The workbook becomes one row per patient; everything unreadable, doubled or missing becomes a finding."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple, TypeVar

from radiomics_mammo.config.reading import DEFAULT_RELEASE, ReleaseConfig
from radiomics_mammo.core.errors import WorkbookError
from radiomics_mammo.core.findings import AuditCode, Finding
from radiomics_mammo.core.identity import patient_id_of
from radiomics_mammo.core.vocabulary import CaseClass, Density, Laterality
from radiomics_mammo.release.sheets import (
    Cell,
    Field,
    Sheet,
    SheetHeader,
    class_sheets,
    field_of,
    find_header,
    missing_fields,
)
from radiomics_mammo.release.values import (
    UNPROVEN,
    DateStyle,
    Reading,
    date_style,
    dates_in,
    density_in,
    folder_key,
    laterality_in,
    number_in,
    shown,
    text_in,
)

T = TypeVar("T")

RowKey = tuple[CaseClass | None, str]
"""Class (None where no class is known) and folder name as `folder_key` gives it."""

RowCells = Mapping[Field, tuple[Cell, ...]]
"""Cells of one row by field; several where several columns name the field."""

_DATE_FIELDS = (Field.DATES, Field.PRIOR_DATE, Field.RECENT_DATE)
_PAIR = 2
_LONGEST_FOLDER = 255
"""No file system names a folder longer than this; a longer cell is a note."""
_MAX_DISAGREEMENT_YEARS = 1.0
_PLACES = {0: "whole years", 1: "one decimal", 2: "two decimals"}


class Problem(NamedTuple):
    """Something about a cell that becomes a finding."""

    code: AuditCode
    message: str


@dataclass(frozen=True, kw_only=True)
class WorkbookRow:
    """What the workbook says of one patient; None or empty where it says nothing readable.

    Dates are ISO text as precise as given; `interval_years` is as typed, not yet rounded.
    """

    laterality: Laterality | None = None
    age_years: float | None = None
    density: Density | None = None
    birads: str = ""
    prior_date: str = ""
    recent_date: str = ""
    interval_years: Decimal | None = None
    biopsy: str = ""


@dataclass(frozen=True)
class Workbook:
    """Rows of the patients, and what was noticed."""

    rows: dict[RowKey, WorkbookRow | None]
    """None stands for a patient whose rows differ from each other: none of them is used."""
    read_classes: frozenset[CaseClass | None]
    """Classes whose sheet was found and read; None stands for a workbook without classes."""
    findings: tuple[Finding, ...] = ()


NO_WORKBOOK = Workbook({}, frozenset())
"""What stands for the workbook where none is needed and none was found."""


def read_workbook(sheets: Iterable[Sheet], *, name: str, config: ReleaseConfig = DEFAULT_RELEASE) -> Workbook:
    """Read the class sheets of a release's workbook; `name` is that of the file, for messages and findings.

    Raises
    ------
    WorkbookError
        If none of the three class sheets can be read.
    """
    titled = {sheet.name: sheet for sheet in sheets}
    tables = [
        (case_class, titled[title], header)
        for case_class, titles in class_sheets(titled).items()
        for title in titles
        if (header := find_header(titled[title])) is not None
    ]
    if not tables:
        found, remedy = "sheets " + ", ".join(titled)[:100], "give the right workbook with --description"
        raise WorkbookError(name, "readable sheets Normal_cases, Benign_cases, Malignant_cases", found, remedy)
    lacking = [case_class for case_class in CaseClass if case_class not in {table[0] for table in tables}]
    message = "no sheet {}_cases with a readable header; its patients have no row"
    findings = [Finding.of(AuditCode.SHEET_MISSING, message.format(lack.capitalize()), file=name) for lack in lacking]
    return gathered(tables, findings, name=name, config=config)


def read_case_workbook(sheets: Iterable[Sheet], *, name: str, config: ReleaseConfig = DEFAULT_RELEASE) -> Workbook:
    """Read a workbook of cases without class: every sheet whose header names folders.

    Raises
    ------
    WorkbookError
        If no sheet has a readable header.
    """
    tables = [(None, sheet, header) for sheet in sheets if (header := find_header(sheet)) is not None]
    if not tables:
        raise WorkbookError(name, "a header naming folder, age and density", "none", "correct the header row")
    return gathered(tables, [], name=name, config=config)


def gathered(
    tables: Sequence[tuple[CaseClass | None, Sheet, SheetHeader]],
    findings: list[Finding],
    *,
    name: str,
    config: ReleaseConfig,
    unclassed: Callable[[str], str] = "case-{}".format,
) -> Workbook:
    """Rows of all sheets; several of one patient are joined, or given up where they contradict each other.

    `unclassed` names a patient without class by her folder.
    """
    rows: dict[RowKey, WorkbookRow | None] = {}
    doubled: dict[RowKey, Finding] = {}
    for case_class, sheet, header in tables:
        title, every = sheet.name.strip(), _row_cells(sheet, header)
        lacking = [f"sheet {title!r} has no column for {field}" for field in missing_fields(header, case_class)]
        findings += [Finding.of(AuditCode.COLUMN_MISSING, message, file=name) for message in lacking]
        style = date_style(cell for cells in every for field in _DATE_FIELDS for cell in cells.get(field, ()))
        for folder, cells in [(folder, cells) for cells in every if (folder := _folder(cells))]:
            key = case_class, folder
            row, problems = read_row(cells, style=style, config=config)
            patient_id = row_patient_id(key) if case_class else unclassed(folder)
            said = [Finding.of(*problem, patient_id=patient_id, file=name) for problem in problems]
            findings += [finding for finding in said if finding not in findings]
            rows[key] = joined_rows(rows[key], row) if key in rows else row
            if rows[key] is None:
                doubled[key] = Finding.of(AuditCode.DUPLICATE_ROW, patient_id=patient_id, file=name)
        if lost := sum(map(_is_lost, every)):
            message = f"sheet {title!r}: {lost} rows without a readable folder number are not used"
            findings.append(Finding.of(AuditCode.CELL_UNREADABLE, message, file=name))
    return Workbook(rows, frozenset(table[0] for table in tables), (*findings, *doubled.values()))


def _row_cells(sheet: Sheet, header: SheetHeader) -> list[RowCells]:
    fields = header.columns.items()
    below = sheet.rows[header.first_row :]
    return [{field: tuple(cells[number] for number in numbers) for field, numbers in fields} for cells in below]


def _is_lost(cells: RowCells) -> bool:
    """A row with an age but no readable folder is a lost patient; titles, notes and blank rows are not."""
    return not _folder(cells) and number_in(first_filled(cells, Field.AGE)).value is not None


def row_patient_id(key: RowKey) -> str:
    """Patient id that a workbook row speaks of.

    Examples
    --------
    >>> row_patient_id((CaseClass.BENIGN, "3")), row_patient_id((None, "3"))
    ('benign-03', 'case-3')
    """
    case_class, folder = key
    return patient_id_of(case_class, folder) if case_class else f"case-{folder}"


def first_filled(cells: RowCells, field: Field) -> Cell:
    """First cell of a field that is not empty."""
    return next((cell for cell in cells.get(field, ()) if cell is not None), None)


def _folder(cells: RowCells) -> str:
    """Folder of a row; empty for blank rows, notes, a repeated header, and where two columns number it differently."""
    cell = first_filled(cells, Field.FOLDER)
    numbers = {key for key in map(folder_key, cells.get(Field.FOLDER, ())) if key.isdecimal()}
    repeated = isinstance(cell, str) and field_of(cell) is Field.FOLDER and not any(map(str.isdigit, cell))
    alone = all(first_filled(cells, field) is None for field in cells if field is not Field.FOLDER)
    key = "" if repeated or alone or len(numbers) > 1 else folder_key(cell)
    return key if len(key) <= _LONGEST_FOLDER else ""


def joined_rows(first: WorkbookRow | None, second: WorkbookRow) -> WorkbookRow | None:
    """Two rows of one patient as one; None where they contradict each other.

    Examples
    --------
    >>> joined_rows(WorkbookRow(age_years=56.0), WorkbookRow(biopsy="DCIS")).biopsy
    'DCIS'
    >>> joined_rows(WorkbookRow(age_years=56.0), WorkbookRow(age_years=65.0)) is None
    True
    """
    if first is None:
        return None
    pairs = {field.name: (getattr(first, field.name), getattr(second, field.name)) for field in fields(WorkbookRow)}
    if any(ours and theirs and ours != theirs for ours, theirs in pairs.values()):
        return None
    return replace(first, **{name: ours or theirs for name, (ours, theirs) in pairs.items()})


def read_row(
    cells: RowCells, *, style: DateStyle = UNPROVEN, config: ReleaseConfig = DEFAULT_RELEASE
) -> tuple[WorkbookRow, tuple[Problem, ...]]:
    """Read one patient's row; ages, exam years and intervals beyond what is plausible are reported and missing.

    Examples
    --------
    >>> row, problems = read_row({Field.AGE: ("56 years",), Field.DENSITY: ("x",)})
    >>> row.age_years, [problem.message for problem in problems]
    (56.0, ["breast density: no density letter: 'x'; missing"])
    """
    laterality = _agreed(cells, Field.LATERALITY, laterality_in)
    age = _plausible_age(_agreed(cells, Field.AGE, number_in), config)
    density = _agreed(cells, Field.DENSITY, density_in)
    birads = _agreed(cells, Field.BIRADS, text_in)
    biopsy = text_in(first_filled(cells, Field.BIOPSY))
    interval = _plausible_interval(_agreed(cells, Field.INTERVAL, number_in), config)
    prior, recent, problems = _read_exam_dates(cells, style, config)
    named = zip(
        (Field.LATERALITY, Field.AGE, Field.DENSITY, Field.BIRADS, Field.BIOPSY, Field.INTERVAL),
        (laterality, age, density, birads, biopsy, interval),
        strict=True,
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


def _read_exam_dates(cells: RowCells, style: DateStyle, config: ReleaseConfig) -> tuple[str, str, list[Problem]]:
    """Prior and recent date from one column of pairs, two columns under one heading, or two headings."""
    problems: list[Problem] = []
    found = [date for cell in cells.get(Field.DATES, ()) for date in _plausible_dates(cell, style, config, problems)]
    if found and len(found) != _PAIR:
        message = f"{Field.DATES}: {', '.join(found)} is not one pair; missing"
        problems.append(Problem(AuditCode.CELL_UNREADABLE, message))
    dates = found if len(found) == _PAIR else ["", ""]
    for place, field in enumerate((Field.PRIOR_DATE, Field.RECENT_DATE)):
        single = _plausible_dates(first_filled(cells, field), style, config, problems)
        if len(single) > 1:
            problems.append(Problem(AuditCode.CELL_UNREADABLE, f"{field}: more than one date; missing"))
        elif single:
            dates[place] = single[0]
    return dates[0], dates[1], problems


def _plausible_dates(cell: Cell, style: DateStyle, config: ReleaseConfig, problems: list[Problem]) -> tuple[str, ...]:
    reading = dates_in(cell, style=style)
    low, high = config.plausible_exam_year
    if reading.problem or any(not low <= int(date[:4]) <= high for date in reading.dates):
        problems.append(Problem(AuditCode.CELL_UNREADABLE, f"{Field.DATES}: no exam date: {shown(cell)}; missing"))
        return ()
    if reading.ambiguous:
        message = f"{shown(cell)}: day and month cannot be told apart; only the year is kept"
        problems.append(Problem(AuditCode.DATE_AMBIGUOUS, message))
    return reading.dates


def common_intervals(
    rows: Mapping[str, tuple[CaseClass | None, WorkbookRow]],
) -> tuple[dict[str, float], tuple[Finding, ...]]:
    """Years between screenings, rounded to the coarsest precision that any class shows, so that it tells no class.

    Both sides go by patient id; halves are rounded up, and a patient without a positive interval is absent.

    Examples
    --------
    >>> two = {"malignant-01": (CaseClass.MALIGNANT, WorkbookRow(interval_years=Decimal("2.4"))),
    ...        "benign-01": (CaseClass.BENIGN, WorkbookRow(interval_years=Decimal("3")))}
    >>> common_intervals(two)[0]
    {'malignant-01': 2.0, 'benign-01': 3.0}
    """
    given: dict[CaseClass | None, list[Decimal]] = {}
    for case_class, row in rows.values():
        if row.interval_years is not None:
            given.setdefault(case_class, []).append(row.interval_years)
    places = {case_class: decimals_shown(values) for case_class, values in given.items()}
    coarsest = min(places.values(), default=0)
    intervals: dict[str, float] = {}
    findings: list[Finding] = []
    differ = False
    for patient_id, (_, row) in rows.items():
        rounded = (row.interval_years or Decimal()).quantize(Decimal(1).scaleb(-coarsest), rounding=ROUND_HALF_UP)
        if rounded > 0:
            intervals[patient_id] = float(rounded)
            differ = differ or rounded != row.interval_years
        else:
            message = f"{row.interval_years} years round to 0 at the common precision; yearly rates stay empty"
            said = "" if row.interval_years is None else message
            findings.append(Finding.of(AuditCode.INTERVAL_MISSING, said, patient_id=patient_id))
        findings += [Finding.of(*problem, patient_id=patient_id) for problem in _date_problems(row)]
    if differ:
        said = ", ".join(f"{case_class or 'cases'} {_words(count)}" for case_class, count in places.items())
        message = f"years between screenings are given as: {said}; all were rounded to {_words(coarsest)}"
        findings.insert(0, Finding.of(AuditCode.INTERVAL_ROUNDED, message))
    return intervals, tuple(findings)


def decimals_shown(values: Sequence[Decimal]) -> int:
    """Precision of a column of numbers: most decimals that at least half of its values show.

    A column typed to one decimal holds a whole number in about one row of ten, and a column of whole years may hold
    a stray half: the half-of-the-values rule reads both for what they are.

    Examples
    --------
    >>> decimals_shown([Decimal("2.4"), Decimal("2"), Decimal("1.9")])
    1
    """
    places = sorted(max(0, -int(value.as_tuple().exponent)) for value in values)
    return places[len(places) // 2] if places else 0


def _words(places: int) -> str:
    return _PLACES.get(places, f"{places} decimals")


def _date_problems(row: WorkbookRow) -> list[Problem]:
    prior, recent = row.prior_date, row.recent_date
    if not prior or not recent:
        return []
    known = min(len(prior), len(recent))
    if recent[:known] < prior[:known]:
        message = f"the prior exam ({prior}) is dated after the recent one ({recent})"
        return [Problem(AuditCode.INTERVAL_NEGATIVE, message)]
    years = row.interval_years
    if years is None or abs(float(years) - (_year(recent) - _year(prior))) <= _MAX_DISAGREEMENT_YEARS:
        return []
    return [Problem(AuditCode.INTERVAL_DISAGREES, f"{years} years given, exams {prior} and {recent}")]


def _year(iso: str) -> float:
    """Years of an exam date, at the middle of what is known; whole years lie whole years apart."""
    year, month, day = (*map(int, iso.split("-")), 0, 0)[:3]
    return year + ((month - 1 + (day - 1 if day else 15) / 31) / 12 if month else 0.5)
