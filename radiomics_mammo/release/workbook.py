"""The workbook becomes one row per patient; everything unreadable, doubled or missing becomes a finding."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace

from radiomics_mammo.config.release import DEFAULT_RELEASE, ReleaseConfig
from radiomics_mammo.core.errors import WorkbookError
from radiomics_mammo.core.findings import AuditCode, Finding
from radiomics_mammo.core.identity import patient_id_of
from radiomics_mammo.core.vocabulary import CaseClass
from radiomics_mammo.release.cells import Sheet, read_sheets
from radiomics_mammo.release.columns import Field, Header, class_sheets, field_of, find_header, missing_fields
from radiomics_mammo.release.rows import DateStyle, RowCells, WorkbookRow, first_filled, read_row
from radiomics_mammo.release.values import folder_key, read_number

_LONGEST_FOLDER = 255
"""No file system names a folder longer than this; a longer cell is a note."""

RowKey = tuple[CaseClass | None, str]
"""Class (None where no class is known) and folder name as `folder_key` gives it."""


@dataclass(frozen=True)
class Workbook:
    """Rows of the patients, and what was noticed.

    Parameters
    ----------
    rows : dict of RowKey to WorkbookRow or None
        None stands for a patient whose rows differ from each other: none of them is used.
    read_classes : frozenset of CaseClass or None
        Classes whose sheet was found and read; None stands for a workbook without classes.
    findings : tuple of Finding
    """

    rows: dict[RowKey, WorkbookRow | None]
    read_classes: frozenset[CaseClass | None]
    findings: tuple[Finding, ...] = ()


NO_WORKBOOK = Workbook({}, frozenset())
"""What stands for the workbook where none is needed and none was found."""


def read_workbook(data: bytes, *, name: str, config: ReleaseConfig = DEFAULT_RELEASE) -> Workbook:
    """Read the class sheets of a release's workbook.

    Parameters
    ----------
    data : bytes
        OOXML or legacy OLE2, whatever the file is called.
    name : str
        File name for messages and findings.
    config : ReleaseConfig

    Raises
    ------
    WorkbookError
        If it is no workbook, is damaged, or none of the three class sheets can be read.
    """
    sheets = {sheet.name: sheet for sheet in read_sheets(data, name=name, config=config)}
    named = class_sheets(sheets)
    headers = [
        (case_class, sheets[title], find_header(sheets[title])) for case_class in named for title in named[case_class]
    ]
    readers = [
        _SheetReader(sheet, header, case_class, name, config)
        for case_class, sheet, header in headers
        if header is not None
    ]
    lacking = [case_class for case_class in CaseClass if case_class not in {reader.case_class for reader in readers}]
    if len(lacking) == len(CaseClass):
        found = "sheets " + ", ".join(sheets)[:100]
        remedy = "give the right workbook with --description"
        raise WorkbookError(name, "readable sheets Normal_cases, Benign_cases, Malignant_cases", found, remedy)
    findings = [
        Finding.of(
            AuditCode.SHEET_MISSING,
            f"no sheet {case_class.capitalize()}_cases with a readable header; its patients have no row",
            file=name,
        )
        for case_class in lacking
    ]
    return _gathered(readers, findings)


def read_case_workbook(data: bytes, *, name: str, config: ReleaseConfig = DEFAULT_RELEASE) -> Workbook:
    """Read a workbook of cases without class: every sheet whose header names folders.

    Raises
    ------
    WorkbookError
        If it is no workbook, is damaged, or no sheet has a readable header.
    """
    sheets = read_sheets(data, name=name, config=config)
    headers = [(sheet, find_header(sheet)) for sheet in sheets]
    readers = [_SheetReader(sheet, header, None, name, config) for sheet, header in headers if header is not None]
    if not readers:
        raise WorkbookError(name, "a header naming folder, age and density", "none", "correct the header row")
    return _gathered(readers, [])


def holds_class_sheets(data: bytes, *, name: str, config: ReleaseConfig = DEFAULT_RELEASE) -> bool:
    """Whether a workbook is that of a release, whose folder numbers mean other patients than the cases at hand.

    Raises
    ------
    WorkbookError
        If it is no workbook or is damaged.
    """
    return bool(class_sheets(sheet.name for sheet in read_sheets(data, name=name, config=config)))


@dataclass(frozen=True)
class _SheetReader:
    """Reads the patients of one sheet."""

    sheet: Sheet
    header: Header
    case_class: CaseClass | None
    file: str
    config: ReleaseConfig

    def row_cells(self) -> list[RowCells]:
        """Cells below the header, by field."""
        columns = self.header.columns.items()
        below = self.sheet.rows[self.header.first_row :]
        return [{field: tuple(cells[number] for number in numbers) for field, numbers in columns} for cells in below]

    def column_findings(self) -> list[Finding]:
        """Columns that the sheet should have."""
        sheet = self.sheet.name.strip()
        return [
            Finding.of(AuditCode.COLUMN_MISSING, f"sheet {sheet!r} has no column for {field}", file=self.file)
            for field in missing_fields(self.header, self.case_class)
        ]

    def patient_rows(self) -> Iterable[tuple[RowKey, WorkbookRow, list[Finding]]]:
        """Rows of patients in sheet order, each with what was noticed."""
        every = self.row_cells()
        style = DateStyle.of(every)
        for cells in every:
            key = self.case_class, _folder(cells)
            if key[1]:
                row, problems = read_row(cells, style=style, config=self.config)
                patient_id = row_patient_id(key)
                yield key, row, [Finding.of(*found, patient_id=patient_id, file=self.file) for found in problems]

    def homeless_findings(self) -> list[Finding]:
        """A row with an age but no readable folder is a lost patient; titles, notes and blank rows are not."""
        lost = [
            cells
            for cells in self.row_cells()
            if not _folder(cells) and read_number(first_filled(cells, Field.AGE)).value is not None
        ]
        message = f"sheet {self.sheet.name.strip()!r}: {len(lost)} rows without a readable folder number are not used"
        return [Finding.of(AuditCode.CELL_UNREADABLE, message, file=self.file)] if lost else []


def row_patient_id(key: RowKey) -> str:
    """Patient id that a workbook row speaks of.

    Examples
    --------
    >>> row_patient_id((CaseClass.BENIGN, "3")), row_patient_id((None, "3"))
    ('benign-03', 'case-3')
    """
    case_class, folder = key
    return patient_id_of(case_class, folder) if case_class else f"case-{folder}"


def _folder(cells: RowCells) -> str:
    """Folder of a row; empty for blank rows, notes, a repeated header, and where two columns number it differently."""
    cell = first_filled(cells, Field.FOLDER)
    numbers = {key for key in map(folder_key, cells.get(Field.FOLDER, ())) if key.isdecimal()}
    repeated = isinstance(cell, str) and field_of(cell) is Field.FOLDER and not any(map(str.isdigit, cell))
    alone = all(first_filled(cells, field) is None for field in cells if field is not Field.FOLDER)
    key = "" if repeated or alone or len(numbers) > 1 else folder_key(cell)
    return key if len(key) <= _LONGEST_FOLDER else ""


def _gathered(readers: Iterable[_SheetReader], findings: list[Finding]) -> Workbook:
    rows: dict[RowKey, WorkbookRow | None] = {}
    doubled: dict[RowKey, Finding] = {}
    read: set[CaseClass | None] = set()
    noticed = list(findings)
    for reader in readers:
        read.add(reader.case_class)
        noticed += reader.column_findings()
        for key, row, problems in reader.patient_rows():
            noticed += [problem for problem in problems if problem not in noticed]
            rows[key] = joined_rows(rows[key], row) if key in rows else row
            if rows[key] is None:
                doubled[key] = Finding.of(AuditCode.DUPLICATE_ROW, patient_id=row_patient_id(key), file=reader.file)
        noticed += reader.homeless_findings()
    return Workbook(rows, frozenset(read), (*noticed, *doubled.values()))


def joined_rows(first: WorkbookRow | None, second: WorkbookRow) -> WorkbookRow | None:
    """Two rows of one patient as one; None where they contradict each other.

    Examples
    --------
    >>> joined_rows(WorkbookRow(age_years=56.0), WorkbookRow(biopsy="DCIS")).biopsy
    'DCIS'
    >>> joined_rows(WorkbookRow(age_years=56.0), WorkbookRow(age_years=65.0)) is None
    True
    """
    joined = first
    for field in fields(WorkbookRow):
        theirs = getattr(second, field.name)
        ours = getattr(joined, field.name) if joined is not None else None
        if joined is None or (ours and theirs and ours != theirs):
            return None
        joined = replace(joined, **{field.name: ours or theirs})
    return joined
