from __future__ import annotations

import contextlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from radiomics_mammo.core.errors import WorkbookError
from radiomics_mammo.core.vocabulary import CaseClass, Density
from radiomics_mammo.release.rows import WorkbookRow
from radiomics_mammo.release.workbook import holds_class_sheets, joined_rows, read_case_workbook, read_workbook

MALIGNANT = CaseClass.MALIGNANT


@pytest.fixture
def sheets(sheet_rows):
    """Class sheets of a small release: one normal, one benign, two malignant patients."""
    folders = {"normal": [1], "benign": [1], "malignant": [1, 2]}
    return {f"{name.capitalize()}_cases": sheet_rows(name, numbers) for name, numbers in folders.items()}


@pytest.fixture
def read(workbook_bytes):
    return lambda sheets, **options: read_workbook(workbook_bytes(sheets, **options), name="Description.xlsx")


def test_plain_workbook_has_a_row_each_and_no_findings(read, sheets):
    book = read(sheets)
    assert len(book.rows) == 4
    assert book.findings == ()
    assert book.rows[MALIGNANT, "2"].biopsy == "DCIS"
    assert book.read_classes == set(CaseClass)


def test_legacy_workbook_says_the_same_kind_of_things(legacy_workbook, codes):
    book = read_workbook(legacy_workbook, name="Description.xlx")
    assert book.rows[MALIGNANT, "1"].recent_date.iso == "2015-04-26"
    assert book.rows[MALIGNANT, "2"].age_years == 55.0
    assert set(codes(book.findings)) == {"CELL_UNREADABLE", "DATE_AMBIGUOUS"}


def test_folder_as_text_number_or_padded_is_one_key(read, sheets):
    for row, folder in zip(sheets["Malignant_cases"][3:], ("01", 2.0), strict=True):
        row[0] = folder
    assert {key for case_class, key in read(sheets).rows if case_class is MALIGNANT} == {"1", "2"}


def test_missing_sheet_is_one_error_naming_it(read, sheets):
    sheets["Sheet2"] = sheets.pop("Benign_cases")
    book = read(sheets)
    (finding,) = book.findings
    assert (finding.code, "Benign_cases" in finding.message) == ("SHEET_MISSING", True)
    assert CaseClass.BENIGN not in book.read_classes


def test_no_sheet_at_all_is_an_error(read):
    with pytest.raises(WorkbookError, match="Normal_cases, Benign_cases, Malignant_cases"):
        read({"Sheet1": [["Folder #", "Age", "Breast density"]]})


def test_missing_column_is_named_with_its_sheet(read, sheets):
    for row in sheets["Malignant_cases"][2:]:
        del row[7]
    (finding,) = read(sheets).findings
    assert (finding.code, finding.file) == ("COLUMN_MISSING", "Description.xlsx")
    assert "biopsy" in finding.message


def test_blank_rows_notes_and_repeated_headers_are_no_patients(read, sheets):
    rows = sheets["Malignant_cases"]
    rows.insert(4, list(rows[2]))
    rows += [[], ["* BI-RADS after biopsy"], [None, " "]]
    book = read(sheets)
    assert len(book.rows) == 4
    assert book.findings == ()


def test_row_without_folder_number_is_said(read, sheets):
    sheets["Benign_cases"] += [[None, "Left", 61, "b"], ["=A4+1", "Left", 62, "b"]]
    (finding,) = read(sheets).findings
    assert finding.code == "CELL_UNREADABLE"
    assert "2 rows without a readable folder number" in finding.message


def test_equal_and_complementary_rows_are_one(read, sheets, codes):
    rows = sheets["Malignant_cases"]
    rows += [list(rows[3]), [2, None, None, None, None, None, None, "DCIS"]]
    book = read(sheets)
    assert book.findings == ()
    assert book.rows[MALIGNANT, "2"].age_years == 51.0


def test_contradicting_rows_are_both_given_up(read, sheets):
    rows = sheets["Malignant_cases"]
    rows += [[2, "Right", *rows[4][2:]], list(rows[4])]
    book = read(sheets)
    assert book.rows[MALIGNANT, "2"] is None
    assert book.rows[MALIGNANT, "1"] is not None
    assert [(finding.code, finding.patient_id) for finding in book.findings] == [("DUPLICATE_ROW", "malignant-02")]


def test_two_sheets_of_one_class_that_contradict_each_other_are_both_given_up(read, sheets):
    sheets["Benign cases (2)"] = [[*row[:2], 40, *row[3:]] if row[:1] == [1] else row for row in sheets["Benign_cases"]]
    sheets["Normal_cases old"] = [["anything"]]
    book = read(sheets)
    assert book.rows[CaseClass.BENIGN, "1"] is None
    assert book.rows[CaseClass.NORMAL, "1"] is not None
    assert [(finding.code, finding.patient_id) for finding in book.findings] == [("DUPLICATE_ROW", "benign-01")]


def test_running_number_is_no_folder_number(read, sheets):
    rows = sheets["Malignant_cases"]
    expected = read(sheets).rows
    start = next(at for at, row in enumerate(rows) if row[:1] == [1])
    more = [("Patient",)] * start + [(2,), (1,)]
    numbered = [[*first, *row] for first, row in zip(more, rows, strict=True)]
    assert read(sheets | {"Malignant_cases": numbered}).rows == expected
    unnamed = [["No." if cell == rows[start - 1][0] else cell for cell in row] for row in numbered]
    book = read(sheets | {"Malignant_cases": unnamed})
    assert not [key for key in book.rows if key[0] is MALIGNANT]
    assert [finding.code for finding in book.findings] == ["CELL_UNREADABLE"]


def test_merged_value_counts_for_every_patient_it_covers(read, sheets):
    sheets["Malignant_cases"][4][3] = None
    book = read(sheets, merged={"Malignant_cases": ["D4:D5", "A1:H1"]})
    assert [book.rows[MALIGNANT, key].density for key in "12"] == [Density.B, Density.B]


def test_formula_without_result_is_missing_and_said(read, sheets):
    sheets["Malignant_cases"][3][2] = "=50+6"
    book = read(sheets)
    assert book.rows[MALIGNANT, "1"].age_years is None
    assert [(finding.code, finding.patient_id) for finding in book.findings] == [("CELL_UNREADABLE", "malignant-01")]


def test_columns_may_stand_in_any_order(read, sheets):
    expected = read(sheets).rows
    assert (
        read(
            {name: [row[:2] + row[2:] if len(row) < 3 else row[::-1] for row in rows] for name, rows in sheets.items()}
        ).rows
        == expected
    )


def test_cases_need_no_class_sheets(workbook_bytes):
    data = workbook_bytes({"Sheet1": [["Patient", "Age", "Density"], ["A1", "61 years", "c"]]})
    book = read_case_workbook(data, name="w.xlsx")
    assert book.rows[None, "a1"].age_years == 61.0
    with pytest.raises(WorkbookError, match="header"):
        read_case_workbook(workbook_bytes({"Sheet1": [["x"]]}), name="w.xlsx")


def test_workbooks_of_a_release_are_told_from_lists_of_cases(workbook_bytes, sheets):
    assert holds_class_sheets(workbook_bytes(sheets), name="w.xlsx")
    assert not holds_class_sheets(workbook_bytes({"Sheet1": [["x"]]}), name="w.xlsx")


def test_joining_never_invents():
    assert joined_rows(WorkbookRow(), WorkbookRow()) == WorkbookRow()
    assert joined_rows(None, WorkbookRow(age_years=5.0)) is None


CELLS = st.one_of(
    st.none(),
    st.text(max_size=12, alphabet=st.characters(min_codepoint=32, max_codepoint=0x24F)),
    st.integers(-5, 3000),
    st.floats(-10, 1e6, allow_nan=False),
    st.booleans(),
    st.sampled_from(["Folder #", "Age", "Breast density", "Left", "b", "07/05/2013-10/06/2015", "=A1", "#N/A"]),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(CELLS, max_size=6), max_size=8))
def test_any_sheet_is_read_or_refused_by_name(workbook_bytes, rows):
    data = workbook_bytes({"Malignant_cases": rows})
    with contextlib.suppress(WorkbookError):
        assert all(key[1] for key in read_workbook(data, name="w.xlsx").rows)
