from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, time

import openpyxl
import pytest

from radiomics_mammo.config.reading import ReleaseConfig
from radiomics_mammo.core.cases import FileRef
from radiomics_mammo.core.errors import MissingExtraError, WorkbookError
from radiomics_mammo.core.vocabulary import CaseClass
from radiomics_mammo.release import sheets as reading
from radiomics_mammo.release.sheets import (
    Field,
    Mark,
    Sheet,
    class_sheets,
    field_of,
    find_header,
    missing_fields,
    parse_sheets,
    plain,
    read_sheets,
)


def sheet_of(data, **options):
    return parse_sheets(data, name="w", **options)[0]


def test_kinds_of_cells(workbook_bytes):
    row = [1, 2.5, "text", True, None, datetime(2013, 5, 7), date(2014, 1, 2), time(9, 30), "#DIV/0!", "#1", "=1+1"]
    cells = sheet_of(workbook_bytes({"S": [row]})).rows[0]
    dates = (datetime(2013, 5, 7), datetime(2014, 1, 2), "09:30:00")
    assert cells == (1, 2.5, "text", True, None, *dates, Mark.ERROR, "#1", Mark.FORMULA)


def test_number_shown_as_date_is_the_number(workbook_bytes):
    numbers = (56, 2.4, 1, 59, 61, 100, 366)
    book = openpyxl.load_workbook(io.BytesIO(workbook_bytes({"S": [numbers]})))
    for cell in book["S"][1]:
        cell.number_format = "dd/mm/yyyy"
    stream = io.BytesIO()
    book.save(stream)
    assert sheet_of(stream.getvalue()).rows[0] == numbers


def test_merged_cells_are_filled_and_empty_rows_cut(workbook_bytes):
    data = workbook_bytes({"S": [["wide", None, "x"], ["tall"], [None], [None]]}, merged={"S": ["A1:B1", "A2:A3"]})
    assert sheet_of(data).rows == (("wide", "wide", "x"), ("tall", None, None), ("tall", None, None))


def test_legacy_content_is_read_whatever_its_name(legacy_workbook):
    sheets = parse_sheets(legacy_workbook, name="Description.xlx")
    assert [sheet.name for sheet in sheets] == ["General_Info", "Normal_cases", "Benign_cases", "Malignant_cases"]
    malignant = sheets[3].rows
    assert malignant[0][:2] == ("Information for each case",) * 2
    assert malignant[4][:3] == (2.0, True, 55.0)
    assert malignant[4][5:7] == (datetime(2013, 5, 7), 2.4)


def test_an_old_workbook_without_its_reader_names_the_extra(legacy_workbook, workbook_bytes, monkeypatch):
    monkeypatch.setattr(reading, "xlrd", None)
    with pytest.raises(MissingExtraError, match=r"radiomics-mammo\[xls\].*save it as \.xlsx"):
        parse_sheets(legacy_workbook, name="Description.xlx")
    assert parse_sheets(workbook_bytes({"S": [[1]]}), name="w")[0].name == "S"


def test_other_and_truncated_content_is_one_clear_error(workbook_bytes, legacy_workbook):
    whole = [workbook_bytes({"S": [[1]]}), legacy_workbook]
    broken = [b"PK\x03\x04 broken", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 broken"]
    for data in (b"", b"folder,age\n1,2\n", *broken, *(data[: len(data) // 2] for data in whole)):
        with pytest.raises(WorkbookError, match="workbook"):
            parse_sheets(data, name="Description.xlsx")


def test_zip_of_something_else_is_no_workbook():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("Normal_cases/1/CC_prior.dcm", b"x")
    with pytest.raises(WorkbookError, match="zip of other content"):
        parse_sheets(stream.getvalue(), name="w")


def test_workbook_bomb_is_refused_before_unpacking(workbook_bytes, tmp_path):
    stream, config = io.BytesIO(workbook_bytes({"S": [["x" * 30_000]]})), ReleaseConfig(max_unpacked_bytes=100_000)
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/big.bin", b"\0" * 300_000)
    with pytest.raises(WorkbookError, match="at most 100000 bytes unpacked"):
        parse_sheets(stream.getvalue(), name="w", config=config)
    (tmp_path / "big.xlsx").write_bytes(b"PK\x03\x04" + b"\0" * 200_000)
    with pytest.raises(WorkbookError, match="at most 100000 bytes"):
        read_sheets(FileRef(tmp_path, "big.xlsx"), config=config)


def test_sheets_are_cut_at_the_allowed_size_and_far_cells_cost_no_row(workbook_bytes):
    data = workbook_bytes({"S": [[number] for number in range(1500)]})
    assert len(sheet_of(data, config=ReleaseConfig(max_sheet_cells=1000)).rows) == 1000
    data = workbook_bytes({"S": [[None] * 9000 + ["x"], *([number] for number in range(1, 300))]})
    assert [row[0] for row in sheet_of(data).rows[1:]] == list(range(1, 300))


def test_sheet_names_forgive_case_spaces_and_slips():
    spelled = {
        CaseClass.NORMAL: ("normal cases", "NORMAL_CASES "),
        CaseClass.BENIGN: ("Bening_cases",),
        CaseClass.MALIGNANT: ("Malignent-cases", "Malignant cases (50)", "malignantcases"),
    }
    for case_class, names in spelled.items():
        for name in names:
            assert class_sheets(["General_Info", name]) == {case_class: (name,)}
    for name in ("Sheet1", "General_Info", "Abnormal_cases", "cases", ""):
        assert class_sheets([name]) == {}, name


def test_the_likest_sheet_wins_and_equally_like_ones_are_all_named():
    names = ["Malignent_cases", "Malignant summary", "Malignant_cases"]
    assert class_sheets(names)[CaseClass.MALIGNANT] == ("Malignant_cases",)
    names = ["Malignant_cases", "malignant cases (2)", "Benign_cases"]
    assert class_sheets(names) == {CaseClass.BENIGN: ("Benign_cases",), CaseClass.MALIGNANT: tuple(names[:2])}


HEADERS = {
    Field.FOLDER: ("Folder #", "FOLDER NUMBER ", "Patient no.", "#"),
    Field.LATERALITY: ("Breast (Right/Left) ", "Laterality"),
    Field.AGE: ("Age (at the time of the recent mammogram)", "age of patient"),
    Field.DENSITY: ("BI-RADS categories for breast density", "Breast\ndensity (ACR)"),
    Field.BIRADS: ("BI-RADS categories for classification ", "BIRADS", "BI-RADS classification (recent)"),
    Field.DATES: (
        "Years of the available mammograms",
        "Dates of the prior and recent mammograms",
        "Available mammograms",
    ),
    Field.PRIOR_DATE: ("Date of prior mammogram",),
    Field.RECENT_DATE: ("Year of the recent mammogram",),
    Field.INTERVAL: ("Years between screenings", "Interval (years)", "Years between prior and recent screening"),
    Field.BIOPSY: ("Biopsy results", "Histopathology"),
    None: (
        *("Date of birth", "Year of birth", "Time between screenings (months)", "Age at the prior mammogram"),
        *("BI-RADS classification (prior)", "Date of biopsy", "Image quality", ""),
    ),
}


@pytest.mark.parametrize("field", HEADERS, ids=str)
def test_columns_are_known_by_their_words(field):
    assert {header: field_of(header) for header in HEADERS[field]} == dict.fromkeys(HEADERS[field], field)


def test_odd_spaces_and_marks_do_not_matter():
    assert plain("BI\u2011RADS\u00a0 (a\u2013d)\n") == "bi rads a d"


HEAD = ("Folder #", "Age", "Breast density", "Notes")


@pytest.mark.parametrize("above", [0, 1, 7])
def test_header_is_found_below_titles(above):
    title = ("Information for each case: folder, age, density",) * 4
    header = find_header(Sheet("s", (*(title for _ in range(above)), HEAD, (1, 56, "b", None))))
    assert header.first_row == above + 1
    assert header.columns == {Field.FOLDER: (0,), Field.AGE: (1,), Field.DENSITY: (2,)}


def test_header_of_two_rows_and_first_patients_that_are_none():
    rows = (("Folder #", "Age", "Dates", "Dates"), (None, None, "prior", "recent"), (1, 56, "2013", "2015"))
    header = find_header(Sheet("s", rows))
    assert header.first_row == 2
    assert header.columns == {Field.FOLDER: (0,), Field.AGE: (1,), Field.PRIOR_DATE: (2,), Field.RECENT_DATE: (3,)}
    assert find_header(Sheet("s", (HEAD, ("1", "56 years", "b", "biopsy")))).first_row == 1


def test_sheets_without_header():
    for rows in ((), ((None,),), (("Folder #", "Age"),), (("Age", "Breast density", "Biopsy"),)):
        assert find_header(Sheet("s", rows)) is None, rows


def test_missing_columns_are_those_of_the_class():
    header = find_header(Sheet("s", (HEAD,)))
    lacking = missing_fields(header, CaseClass.MALIGNANT)
    assert lacking == (Field.LATERALITY, Field.BIRADS, Field.INTERVAL, Field.BIOPSY, Field.DATES)
    assert Field.BIOPSY not in missing_fields(header, CaseClass.BENIGN)
    dated = find_header(Sheet("s", ((*HEAD, "Prior date", "Recent date"),)))
    assert Field.DATES not in missing_fields(dated, CaseClass.NORMAL)


def test_column_that_says_folder_leaves_running_numbers_aside():
    sheet = Sheet("s", (("No.", "Patient ID", "Folder #", "Age", "Density"), (1, "P7", 2, 50, "b")))
    assert find_header(sheet).columns[Field.FOLDER] == (2,)


def container(**parts):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), data)
    return stream.getvalue()


STRICT = b'<workbook xmlns="http://purl.oclc.org/ooxml/spreadsheetml/main"/>'
KINDS = {
    "text, not a workbook": [
        b"Folder #;Breast;Age\r\n1;Left;56\r\n",
        "\ufeffa\tb\n".encode("utf-16"),
        "Ordner;Größe".encode("latin-1"),
    ],
    "an HTML page": [b"\xef\xbb\xbf  <html><table><tr><td>1</td></tr></table></html>", b"<table>"],
    "an XML table of 2003": [b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">'],
    "a Strict Open XML workbook": [container(xl__workbook_dot_xml=STRICT)],
    "an OpenDocument sheet": [container(mimetype=b"application/vnd.oasis.opendocument.spreadsheet")],
    "a binary workbook": [container(xl__workbook_dot_bin=b"\0\1")],
    "a Numbers document": [container(Index__Document_dot_iwa=b"\0")],
    "one that has a password": [
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512) + "EncryptedPackage".encode("utf-16-le")
    ],
    "an empty file": [b"", b"  "],
    "other content": [b"\x00\x01\x02\x7f"],
}


@pytest.mark.parametrize(("kind", "data"), [(kind, data) for kind, several in KINDS.items() for data in several])
def test_a_workbook_of_another_kind_is_called_what_it_is(kind, data):
    with pytest.raises(WorkbookError) as caught:
        parse_sheets(data, name="Description.xlsx")
    assert kind in str(caught.value)
    assert str(caught.value).startswith("Description.xlsx: ")
