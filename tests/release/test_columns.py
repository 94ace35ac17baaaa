from __future__ import annotations

import pytest

from radiomics_mammo.core.vocabulary import CaseClass
from radiomics_mammo.release.cells import Sheet
from radiomics_mammo.release.columns import Field, class_sheets, field_of, find_header, missing_fields, plain


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Folder #", Field.FOLDER),
        ("FOLDER NUMBER ", Field.FOLDER),
        ("Patient no.", Field.FOLDER),
        ("#", Field.FOLDER),
        ("Breast (Right/Left) ", Field.LATERALITY),
        ("Laterality", Field.LATERALITY),
        ("Age (at the time of the recent mammogram)", Field.AGE),
        ("age of patient", Field.AGE),
        ("BI-RADS categories for breast density", Field.DENSITY),
        ("Breast\ndensity (ACR)", Field.DENSITY),
        ("BI-RADS categories for classification ", Field.BIRADS),
        ("BIRADS", Field.BIRADS),
        ("Years of the available mammograms", Field.DATES),
        ("Dates of the prior and recent mammograms", Field.DATES),
        ("Available mammograms", Field.DATES),
        ("Date of prior mammogram", Field.PRIOR_DATE),
        ("Year of the recent mammogram", Field.RECENT_DATE),
        ("Years between screenings", Field.INTERVAL),
        ("Interval (years)", Field.INTERVAL),
        ("Biopsy results", Field.BIOPSY),
        ("Histopathology", Field.BIOPSY),
        ("Date of birth", None),
        ("Year of birth", None),
        ("Time between screenings (months)", None),
        ("Age at the prior mammogram", None),
        ("BI-RADS classification (prior)", None),
        ("BI-RADS classification (recent)", Field.BIRADS),
        ("Years between prior and recent screening", Field.INTERVAL),
        ("Date of biopsy", None),
        ("Image quality", None),
        ("", None),
    ],
)
def test_columns_are_known_by_their_words(header, field):
    assert field_of(header) is field


def test_odd_spaces_and_marks_do_not_matter():
    assert plain("BI\u2011RADS\u00a0 (a\u2013d)\n") == "bi rads a d"


HEAD = ("Folder #", "Age", "Breast density", "Notes")


@pytest.mark.parametrize("above", [0, 1, 7])
def test_header_is_found_below_titles(above):
    title = ("Information for each case: folder, age, density",) * 4
    rows = (*(title for _ in range(above)), HEAD, (1, 56, "b", None))
    header = find_header(Sheet("s", rows))
    assert header.first_row == above + 1
    assert header.columns == {Field.FOLDER: (0,), Field.AGE: (1,), Field.DENSITY: (2,)}


def test_header_of_two_rows():
    rows = (("Folder #", "Age", "Dates", "Dates"), (None, None, "prior", "recent"), (1, 56, "2013", "2015"))
    header = find_header(Sheet("s", rows))
    assert header.first_row == 2
    assert header.columns == {Field.FOLDER: (0,), Field.AGE: (1,), Field.PRIOR_DATE: (2,), Field.RECENT_DATE: (3,)}


def test_first_patient_is_not_taken_for_a_second_header_row():
    rows = (HEAD, ("1", "56 years", "b", "biopsy"))
    assert find_header(Sheet("s", rows)).first_row == 1


@pytest.mark.parametrize("rows", [(), ((None,),), (("Folder #", "Age"),), (("Age", "Breast density", "Biopsy"),)])
def test_sheets_without_header(rows):
    assert find_header(Sheet("s", rows)) is None


def test_missing_columns_are_those_of_the_class():
    header = find_header(Sheet("s", (HEAD,)))
    lacking = missing_fields(header, CaseClass.MALIGNANT)
    assert lacking == (Field.LATERALITY, Field.BIRADS, Field.INTERVAL, Field.BIOPSY, Field.DATES)
    assert Field.BIOPSY not in missing_fields(header, CaseClass.BENIGN)


def test_two_date_columns_are_as_good_as_one():
    rows = ((*HEAD, "Prior date", "Recent date"),)
    assert Field.DATES not in missing_fields(find_header(Sheet("s", rows)), CaseClass.NORMAL)


@pytest.mark.parametrize(
    ("name", "case_class"),
    [
        ("normal cases", CaseClass.NORMAL),
        ("NORMAL_CASES ", CaseClass.NORMAL),
        ("Bening_cases", CaseClass.BENIGN),
        ("Malignent-cases", CaseClass.MALIGNANT),
        ("Malignant cases (50)", CaseClass.MALIGNANT),
        ("malignantcases", CaseClass.MALIGNANT),
    ],
)
def test_sheet_names_forgive_case_spaces_and_slips(name, case_class):
    assert class_sheets(["General_Info", name]) == {case_class: (name,)}


@pytest.mark.parametrize("name", ["Sheet1", "General_Info", "Abnormal_cases", "cases", ""])
def test_other_sheet_names_are_no_class(name):
    assert class_sheets([name]) == {}


def test_the_likest_sheet_wins():
    names = ["Malignent_cases", "Malignant summary", "Malignant_cases"]
    assert class_sheets(names)[CaseClass.MALIGNANT] == ("Malignant_cases",)


def test_equally_like_sheets_are_all_named():
    names = ["Malignant_cases", "malignant cases (2)", "Benign_cases"]
    assert class_sheets(names) == {CaseClass.BENIGN: ("Benign_cases",), CaseClass.MALIGNANT: tuple(names[:2])}


def test_column_that_says_folder_leaves_running_numbers_aside():
    sheet = Sheet("s", (("No.", "Patient ID", "Folder #", "Age", "Density"), (1, "P7", 2, 50, "b")))
    assert find_header(sheet).columns[Field.FOLDER] == (2,)
