import io
import zipfile

import openpyxl
import pytest

from radiomics_mammo.core.cases import Patient
from radiomics_mammo.core.vocabulary import CaseClass, Density, Laterality
from radiomics_mammo.synthetic.workbook import WorkbookStyle, build_workbook, interval_cell

QUIRKY = WorkbookStyle(untidy=True, whole_years=True)


def patient(case_class, folder="2", **changes):
    fields = {"laterality": Laterality.LEFT, "age_years": 61.0, "density": Density.C, "birads": "2"}
    fields |= {"prior_date": "2013", "recent_date": "2015", "interval_years": 2.4} | changes
    return Patient(patient_id=f"{case_class}-0{folder}", case_class=case_class, folder=folder, **fields)


PATIENTS = [
    patient(CaseClass.NORMAL),
    patient(CaseClass.BENIGN),
    patient(CaseClass.MALIGNANT, prior_date="2013-05-07", recent_date="2015-06-10", biopsy="IDC", birads="6"),
]


PLAIN = WorkbookStyle()


def sheets(style=PLAIN):
    book = openpyxl.load_workbook(io.BytesIO(build_workbook(PATIENTS, style)))
    return {sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book}


def test_sheets_and_columns_are_those_of_the_release():
    found = sheets()
    assert list(found) == ["General_Info", "Normal_cases", "Benign_cases", "Malignant_cases"]
    assert found["Normal_cases"][0][:2] == ["Folder #", "Breast (Right/Left)"]
    assert found["Normal_cases"][1] == [2, "Left", 61, "c", 2, "2013-2015", 2.4]
    assert found["Malignant_cases"][1] == [2, "Left", 61, "c", 6, "07/05/2013-10/06/2015", 2.4, "IDC"]


def test_quirky_header_stands_on_row_three_and_differs_between_sheets():
    found = sheets(QUIRKY)
    assert found["Normal_cases"][1][0] is None
    assert found["Normal_cases"][2][1] == "Breast (Right/Left) "
    assert found["Benign_cases"][2][1] == "breast (right/left)"
    assert found["Benign_cases"][3][1:5] == ["left", 61, "c ", "2"]


@pytest.mark.parametrize(("case_class", "cell"), [(CaseClass.BENIGN, 2), (CaseClass.MALIGNANT, 2.4)])
def test_intervals_have_two_precisions(case_class, cell):
    assert interval_cell(patient(case_class), QUIRKY) == cell
    assert interval_cell(patient(case_class), PLAIN) == 2.4
    assert interval_cell(patient(case_class, interval_years=None), QUIRKY) is None


def test_file_does_not_know_when_it_was_made():
    data = build_workbook(PATIENTS)
    assert data == build_workbook(PATIENTS)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert {item.date_time for item in archive.infolist()} == {(2024, 5, 31, 0, 0, 0)}
