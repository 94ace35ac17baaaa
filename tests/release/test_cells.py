from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, time

import openpyxl
import pytest

from radiomics_mammo.config.release import ReleaseConfig
from radiomics_mammo.core.errors import WorkbookError
from radiomics_mammo.release.cells import Mark, looks_like_workbook, read_sheets, serial_or_date


def sheet_of(data, **options):
    return read_sheets(data, name="w", **options)[0]


def test_kinds_of_cells(workbook_bytes):
    row = [1, 2.5, "text", True, None, datetime(2013, 5, 7), date(2014, 1, 2), time(9, 30), "#DIV/0!", "#1", "=1+1"]
    cells = sheet_of(workbook_bytes({"S": [row]})).rows[0]
    dates = (datetime(2013, 5, 7), datetime(2014, 1, 2), "09:30:00")
    assert cells == (1, 2.5, "text", True, None, *dates, Mark.ERROR, "#1", Mark.FORMULA)


def test_number_shown_as_date_is_the_number(workbook_bytes):
    book = openpyxl.load_workbook(io.BytesIO(workbook_bytes({"S": [[56, 2.4]]})))
    for cell in book["S"][1]:
        cell.number_format = "dd/mm/yyyy"
    stream = io.BytesIO()
    book.save(stream)
    assert sheet_of(stream.getvalue()).rows[0] == (56.0, 2.4)


@pytest.mark.parametrize("serial", [1, 55, 59, 61, 100, 366])
def test_serial_numbers_come_back(serial):
    assert serial_or_date(openpyxl.utils.datetime.from_excel(serial)) == serial


def test_merged_cells_are_filled_and_empty_rows_cut(workbook_bytes):
    data = workbook_bytes({"S": [["wide", None, "x"], ["tall"], [None], [None]]}, merged={"S": ["A1:B1", "A2:A3"]})
    assert sheet_of(data).rows == (("wide", "wide", "x"), ("tall", None, None), ("tall", None, None))


def test_legacy_content_is_read_whatever_its_name(legacy_workbook):
    sheets = read_sheets(legacy_workbook, name="Description.xlx")
    assert [sheet.name for sheet in sheets] == ["General_Info", "Normal_cases", "Benign_cases", "Malignant_cases"]
    malignant = sheets[3].rows
    assert malignant[0][:2] == ("Information for each case",) * 2
    assert malignant[4][:3] == (2.0, True, 55.0)
    assert malignant[4][5:7] == (datetime(2013, 5, 7), 2.4)


@pytest.mark.parametrize(
    "data", [b"", b"folder,age\n1,2\n", b"PK\x03\x04 broken", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 broken"]
)
def test_other_content_is_one_clear_error(data):
    with pytest.raises(WorkbookError, match="workbook"):
        read_sheets(data, name="Description.xlsx")


def test_truncated_content_is_one_clear_error(workbook_bytes, legacy_workbook):
    for data in (workbook_bytes({"S": [[1]]}), legacy_workbook):
        with pytest.raises(WorkbookError):
            read_sheets(data[: len(data) // 2], name="w")


def test_zip_of_something_else_is_no_workbook():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("Normal_cases/1/CC_prior.dcm", b"x")
    with pytest.raises(WorkbookError, match="zip of other content"):
        read_sheets(stream.getvalue(), name="w")


def test_workbook_bomb_is_refused_before_unpacking(workbook_bytes):
    data = workbook_bytes({"S": [["x" * 30_000] for _ in range(20)]})
    stream = io.BytesIO(data)
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/big.bin", b"\0" * 300_000)
    with pytest.raises(WorkbookError, match="at most 100000 bytes"):
        read_sheets(stream.getvalue(), name="w", config=ReleaseConfig(max_unpacked_bytes=100_000))


def test_sheets_are_cut_at_the_allowed_size(workbook_bytes):
    data = workbook_bytes({"S": [[number] for number in range(1500)]})
    assert len(sheet_of(data, config=ReleaseConfig(max_sheet_cells=1000)).rows) == 1000


def test_a_stray_cell_far_right_costs_no_row(workbook_bytes):
    data = workbook_bytes({"S": [[None] * 9000 + ["x"], *([number] for number in range(1, 300))]})
    assert [row[0] for row in sheet_of(data).rows[1:]] == list(range(1, 300))


def test_content_is_recognised():
    assert looks_like_workbook(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1...")
    assert not looks_like_workbook(b"")
