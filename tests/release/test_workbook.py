from __future__ import annotations

import contextlib
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from radiomics_mammo.config.reading import ReleaseConfig
from radiomics_mammo.core.errors import WorkbookError
from radiomics_mammo.core.vocabulary import CaseClass, Density, Laterality
from radiomics_mammo.release.sheets import Field, Mark, parse_sheets
from radiomics_mammo.release.values import DateStyle
from radiomics_mammo.release.workbook import (
    WorkbookRow,
    common_intervals,
    decimals_shown,
    first_filled,
    joined_rows,
    read_case_workbook,
    read_row,
    read_workbook,
)

MALIGNANT = CaseClass.MALIGNANT


@pytest.fixture
def sheets(sheet_rows):
    """Class sheets of a small release: one normal, one benign, two malignant patients."""
    folders = {"normal": [1], "benign": [1], "malignant": [1, 2]}
    return {f"{name.capitalize()}_cases": sheet_rows(name, numbers) for name, numbers in folders.items()}


@pytest.fixture
def read(workbook_bytes):
    def read(sheets, **options):
        return read_workbook(parse_sheets(workbook_bytes(sheets, **options), name="w"), name="Description.xlsx")

    return read


def test_plain_workbook_has_a_row_each_and_no_findings(read, sheets):
    book = read(sheets)
    assert len(book.rows) == 4
    assert book.findings == ()
    assert book.rows[MALIGNANT, "2"].biopsy == "DCIS"
    assert book.read_classes == set(CaseClass)


def test_legacy_workbook_says_the_same_kind_of_things(legacy_workbook, codes):
    book = read_workbook(parse_sheets(legacy_workbook, name="w"), name="Description.xlx")
    assert book.rows[MALIGNANT, "1"].recent_date == "2015-04-26"
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
    def read(rows):
        return read_case_workbook(parse_sheets(workbook_bytes({"Sheet1": rows}), name="w"), name="w.xlsx")

    assert read([["Patient", "Age", "Density"], ["A1", "61 years", "c"]]).rows[None, "a1"].age_years == 61.0
    with pytest.raises(WorkbookError, match="header"):
        read([["x"]])


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
    sheets = parse_sheets(workbook_bytes({"Malignant_cases": rows}), name="w")
    with contextlib.suppress(WorkbookError):
        assert all(key[1] for key in read_workbook(sheets, name="w.xlsx").rows)


def read_cells(**cells):
    fields = {Field[name.upper()]: value if isinstance(value, tuple) else (value,) for name, value in cells.items()}
    row, problems = read_row(fields, style=DateStyle(day_first=True))
    return row, [problem.code.name for problem in problems]


def test_a_whole_row_and_an_empty_one():
    typed = {"laterality": "Right ", "age": "56 years", "density": "C", "birads": 6.0, "biopsy": "DCIS"}
    row = WorkbookRow(
        laterality=Laterality.RIGHT,
        age_years=56.0,
        density=Density.C,
        birads="6",
        prior_date="2013-05-07",
        recent_date="2015-06-10",
        interval_years=Decimal("2.1"),
        biopsy="DCIS",
    )
    assert read_cells(**typed, dates="07/05/2013-10/06/2015", interval="2,1") == (row, [])
    assert read_cells() == read_cells(age=None, biopsy="NOT AVAILABLE") == (WorkbookRow(), [])


@pytest.mark.parametrize(
    ("code", "field", "cells"),
    [
        ("AGE_IMPLAUSIBLE", "age", (5, 1956)),
        ("CELL_UNREADABLE", "age", ("fifty",)),
        ("CELL_UNREADABLE", "density", ("x",)),
        ("CELL_UNREADABLE", "laterality", ("both",)),
        ("CELL_UNREADABLE", "birads", (Mark.FORMULA,)),
        ("CELL_UNREADABLE", "biopsy", (Mark.ERROR,)),
        ("CELL_UNREADABLE", "interval", (2013,)),
        ("INTERVAL_NEGATIVE", "interval", (-2, 0)),
        ("CELL_UNREADABLE", "dates", ("soon", "2013", "2011-2013-2015", "1013-1015")),
        ("CELL_UNREADABLE", "prior_date", ("2011-2013",)),
    ],
)
def test_what_cannot_be_read_is_missing_and_said(code, field, cells):
    for cell in cells:
        assert read_cells(**{field: cell}) == (WorkbookRow(), [code]), cell


def test_unclear_dates_keep_the_year():
    row, problems = read_row({Field.DATES: ("07/05/2013-10/06/2015",)})
    assert (row.prior_date, row.recent_date) == ("2013", "2015")
    assert [problem.code.name for problem in problems] == ["DATE_AMBIGUOUS"]
    assert "07/05/2013" in problems[0].message


def test_order_of_dates_comes_from_all_date_columns_of_a_sheet_together(workbook_bytes):
    head = ("Folder #", "Age", "Date of prior mammogram", "Date of recent mammogram")
    data = workbook_bytes({"S": [head, (1, "13/13/2013", "01/02/2013", "01/02/2015"), (2, 50, None, "25/02/2013")]})
    row = read_case_workbook(parse_sheets(data, name="w"), name="w").rows[None, "1"]
    assert (row.prior_date, row.recent_date) == ("2013-02-01", "2015-02-01")


def test_two_date_columns_under_one_heading_or_two():
    row, problems = read_cells(dates=(2013, datetime(2015, 6, 10)))
    assert (row.prior_date, row.recent_date, problems) == ("2013", "2015-06-10", [])
    row, problems = read_cells(prior_date="2013", recent_date=2015)
    assert (row.prior_date, row.recent_date, problems) == ("2013", "2015", [])


def test_bounds_are_those_of_the_configuration():
    config = ReleaseConfig(plausible_age_years=(0, 20), max_interval_years=1)
    row, problems = read_row({Field.AGE: (12,), Field.INTERVAL: (2,)}, config=config)
    assert row.age_years == 12.0
    assert [problem.code.name for problem in problems] == ["CELL_UNREADABLE"]


def test_first_filled_cell_counts():
    assert first_filled({Field.AGE: (None, 56, 57)}, Field.AGE) == 56
    assert first_filled({}, Field.AGE) is None


@pytest.mark.parametrize("field", [Field.AGE, Field.DENSITY, Field.LATERALITY, Field.BIRADS, Field.INTERVAL])
def test_columns_of_one_field_that_disagree_give_nothing(field):
    said = {Field.AGE: (73, 50), Field.DENSITY: ("b", "D"), Field.LATERALITY: ("Left", "R")}
    row, (problem,) = read_row({field: said.get(field, (2, 4))})
    assert (row, problem.code.name) == (WorkbookRow(), "CELL_UNREADABLE")
    assert "columns disagree" in problem.message


def test_columns_of_one_field_that_agree_or_are_silent_give_the_value():
    row, problems = read_row({Field.AGE: (None, 73.0, "73 years"), Field.DENSITY: ("B", "b", "10-25")})
    assert (row.age_years, row.density, problems) == (73.0, Density.B, ())


def intervals(**given):
    """Common intervals of ``b1="3"``, ``m2="2.4"``: class letter, number, years as typed."""
    classes = {"b": CaseClass.BENIGN, "m": MALIGNANT}
    typed = {name: years if years is None else Decimal(years) for name, years in given.items()}
    return common_intervals({n: (classes[n[0]], WorkbookRow(interval_years=years)) for n, years in typed.items()})


def test_intervals_of_one_precision_are_left_alone():
    same = {"b1": 2.1, "b2": 3.0, "b3": 1.9, "m1": 2.4, "m2": 2.0}
    assert intervals(b1="2.1", b2="3", b3="1.9", m1="2.4", m2="2") == (same, ())
    assert common_intervals({}) == ({}, ())


def test_whole_years_in_one_class_make_all_whole():
    found, (finding,) = intervals(b1="2", b2="3", m1="2.4", m2="1.5", m3="2.5", m4="0.5")
    assert found == {"b1": 2.0, "b2": 3.0, "m1": 2.0, "m2": 2.0, "m3": 3.0, "m4": 1.0}
    assert finding.code == "INTERVAL_ROUNDED"
    assert "benign whole years, malignant one decimal" in finding.message


def test_precision_can_no_longer_tell_the_class():
    found, _ = intervals(b1="2", b2="3", b3="4", m1="2.43", m2="1.87", m3="3.21")
    assert all(value.is_integer() for value in found.values())
    assert intervals(b1="2", b2="3", b3="2.5", m1="2.4", m2="1.9")[0]["b3"] == 3.0  # a stray half refines no class
    assert intervals(b1="2.45", b2="1.1", m1="0.5", m2="1.5")[0]["b1"] == 2.5


def test_precision_of_a_column():
    columns = {"2 3 1": 0, "2.4 2 1.9 3.1": 1, "2 3 1 2.5": 0, "2.43 1.87": 2, "2.4 2": 1, "": 0}
    assert {column: decimals_shown([Decimal(value) for value in column.split()]) for column in columns} == columns


def test_missing_and_vanishing_intervals_are_said():
    found, findings = intervals(b1="2", b2=None, m1="0.4")
    assert found == {"b1": 2.0}
    assert [(f.code, f.patient_id) for f in findings if f.code != "INTERVAL_ROUNDED"] == [
        ("INTERVAL_MISSING", "b2"),
        ("INTERVAL_MISSING", "m1"),
    ]


EXAMS = {
    "": (
        *(("2013", "2015", "2"), ("2013", "2015", "2.9"), ("2012", "2013", "2"), ("2012-12", "2013-01", "1")),
        *(("2013-05-07", "2015-06-10", "2.1"), ("2013-12-31", "2014-01-01", "1.0"), ("2013-07-02", "2013", "0.99")),
        *(("2015-06-10", "2015", "1"), ("2015", "", "1")),
    ),
    "INTERVAL_DISAGREES": (
        *(("2013", "2015", "3.5"), ("2013-05-07", "2015-06-10", "4"), ("2013-07-02", "2013", "1.01")),
    ),
    "INTERVAL_NEGATIVE": (*(("2015", "2013", "2"), ("2015-06-10", "2015-05-07", "1"), ("2015-06", "2015-05", "1")),),
}


@pytest.mark.parametrize("code", EXAMS)
def test_dates_are_compared_with_the_interval(code):
    for prior, recent, years in EXAMS[code]:
        row = WorkbookRow(interval_years=Decimal(years), prior_date=prior, recent_date=recent)
        _, findings = common_intervals({"b1": (CaseClass.BENIGN, row)})
        said = [finding.code for finding in findings if finding.code != "INTERVAL_ROUNDED"]
        assert said == [code] * bool(code), (prior, recent, years)
