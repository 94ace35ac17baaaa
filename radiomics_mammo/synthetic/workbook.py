"""The workbook of a synthetic release, with the sheets and columns of the public one and the same bytes every time."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass

import openpyxl

from radiomics_mammo.core.cases import Patient
from radiomics_mammo.core.vocabulary import CaseClass, Laterality

_STAMP = (2024, 5, 31, 0, 0, 0)
_ISO_STAMP = b"2024-05-31T00:00:00Z"
_COLUMNS = (
    "Folder #",
    "Breast (Right/Left)",
    "Age (at the time of the recent mammogram)",
    "BI-RADS categories for breast density",
    "BI-RADS categories for classification",
)
_YEARS = "Years of the available mammograms"
_DATES = "Dates of the available mammograms"
_INTERVAL = "Years between screenings"
_BIOPSY = "Biopsy results"
_TRAILING = frozenset({_COLUMNS[1], _COLUMNS[2], _COLUMNS[4], _INTERVAL})
"""Columns that carry a trailing space in real copies, not in every sheet."""
_Row = Sequence[str | float | None]


@dataclass(frozen=True)
class WorkbookStyle:
    """Oddities of the workbook.

    Parameters
    ----------
    untidy : bool
        Whether the column names stand on row 3 and some end in a space, letters come in both cases with spaces, and
        numbers now and then as text.
    whole_years : bool
        Whether intervals of normal and benign patients are whole years, and decimals for malignant ones.
    """

    untidy: bool = False
    whole_years: bool = False


def interval_cell(patient: Patient, style: WorkbookStyle) -> float | int | None:
    """What the workbook states as years between screenings.

    Examples
    --------
    >>> woman = Patient(patient_id="benign-01", case_class=CaseClass.BENIGN, folder="1", interval_years=2.4)
    >>> interval_cell(woman, WorkbookStyle(whole_years=True))
    2
    """
    if patient.interval_years is None:
        return None
    if style.whole_years and patient.case_class is not CaseClass.MALIGNANT:
        return max(1, round(patient.interval_years))
    return patient.interval_years


def build_workbook(patients: Sequence[Patient], style: WorkbookStyle = WorkbookStyle()) -> bytes:
    """The four sheets as an xlsx file, the same bytes every time."""
    book = openpyxl.Workbook()
    general = book.create_sheet("General_Info", 0)
    del book["Sheet"]
    for row in _general_rows(patients):
        general.append(row)
    for case_class in CaseClass:
        sheet = book.create_sheet(f"{case_class.capitalize()}_cases")
        members = [patient for patient in patients if patient.case_class is case_class]
        rows: list[_Row] = [[f"{case_class.capitalize()} cases"], [None]] if style.untidy else []
        for row in (*rows, _header(case_class, style), *(_patient_row(patient, style) for patient in members)):
            sheet.append(row)
    target = io.BytesIO()
    book.save(target)
    return _same_bytes(target.getvalue())


def _header(case_class: CaseClass, style: WorkbookStyle) -> _Row:
    malignant = case_class is CaseClass.MALIGNANT
    names: list[str] = [*_COLUMNS, _DATES if malignant else _YEARS, _INTERVAL, *([_BIOPSY] if malignant else [])]
    if not style.untidy:
        return names
    spaced = [f"{name} " if name in _TRAILING else name for name in names]
    return spaced if case_class is not CaseClass.BENIGN else [spaced[0], *(name.strip().lower() for name in spaced[1:])]


def _patient_row(patient: Patient, style: WorkbookStyle) -> _Row:
    side = {Laterality.LEFT: "Left", Laterality.RIGHT: "Right", None: None}[patient.laterality]
    malignant = patient.case_class is CaseClass.MALIGNANT
    dates = [_slashed(date) if malignant else date for date in (patient.prior_date, patient.recent_date)]
    row: list[str | float | None] = [
        int(patient.folder),
        side,
        None if patient.age_years is None else int(patient.age_years),
        None if patient.density is None else str(patient.density),
        int(patient.birads) if patient.birads.isdecimal() else patient.birads,
        "-".join(dates),
        interval_cell(patient, style),
    ]
    if style.untidy:
        row = _untidy(row, odd=int(patient.folder) % 3)
    return [*row, patient.biopsy] if malignant else row


def _untidy(row: list[str | float | None], *, odd: int) -> list[str | float | None]:
    """Side and density in another case with a space, BI-RADS class as text, in two rows of three."""
    side, density, birads = row[1], row[3], row[4]
    if odd == 1:
        row[1], row[3] = f"{side} ", None if density is None else f"{str(density).upper()}"
    if odd == 2:
        row[1], row[3], row[4] = str(side).lower(), None if density is None else f"{density} ", str(birads)
    return row


def _slashed(iso: str) -> str:
    """ISO day as day/month/year."""
    return "/".join(reversed(iso.split("-")))


def _general_rows(patients: Sequence[Patient]) -> list[_Row]:
    ages = [patient.age_years for patient in patients if patient.age_years is not None] or [0.0]
    counts: list[_Row] = [
        [f"{case_class} cases", sum(p.case_class is case_class for p in patients)] for case_class in CaseClass
    ]
    return [
        ["Synthetic sequential mammograms, made by radiomics-mammo", ""],
        ["Number of patients", len(patients)],
        *counts,
        ["Views", "CC and MLO, prior and recent"],
        ["Age range", f"{min(ages):.0f}-{max(ages):.0f}"],
    ]


def _same_bytes(data: bytes) -> bytes:
    """The workbook without the time of its making."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", _ISO_STAMP, content)
            new.writestr(zipfile.ZipInfo(name, _STAMP), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()
