"""The sibling release is a release: other class folders, no malignant sheet, labels from the biopsy column."""

import pytest

from radiomics_mammo.core.cases import CalcificationImage
from radiomics_mammo.core.errors import WorkbookError
from radiomics_mammo.core.vocabulary import CaseClass, Density
from radiomics_mammo.release import open_cases, open_release


@pytest.fixture
def sibling(tiny_release):
    """One normal and two suspicious patients, as a folder can be written."""
    made = tiny_release(normal=["3"], malignant=["1", "7"])
    made.files = {name.replace("Malignant_cases", "Suspicious_cases"): data for name, data in made.files.items()}
    made.sheets["Suspicious_cases"] = made.sheets.pop("Malignant_cases")
    del made.sheets["Benign_cases"]
    return made


def test_ids_facts_and_biopsies_are_those_of_the_suspicious_sheet(sibling, tmp_path):
    release = open_release(sibling.write(tmp_path / "r"))
    assert [patient.patient_id for patient in release.patients] == ["normal-03", "suspicious-01", "suspicious-07"]
    assert [patient.case_class for patient in release.patients] == [CaseClass.NORMAL, None, None]
    last = release.patients[-1]
    assert (last.age_years, last.density, last.biopsy) == (51.0, Density.B, "DCIS")
    assert isinstance(release["suspicious-07", "CC", "recent"], CalcificationImage)
    assert release["suspicious-07", "CC", "recent"].overlay.name == "Suspicious_cases/7/CC_recent_GT.jpg"
    assert len(list(release.pairs())) == 6
    assert release.findings == ()


def test_zip_predict_and_a_parent_folder_see_the_same(sibling, tmp_path):
    packed = open_release(sibling.pack(tmp_path / "r.zip"))
    sibling.files = {f"Dataset/{name}": data for name, data in sibling.files.items()}
    folder = sibling.write(tmp_path / "r")
    assert open_cases(folder).patients == packed.patients == open_release(folder).patients


def test_a_row_without_folder_and_a_folder_without_row_are_named_as_suspicious(sibling, tmp_path):
    rows = sibling.sheets["Suspicious_cases"]
    rows[-1] = [9, *rows[-1][1:]]
    found = {finding.code: finding.patient_id for finding in open_release(sibling.write(tmp_path)).findings}
    assert found == {"FOLDER_WITHOUT_ROW": "suspicious-07", "ROW_WITHOUT_FOLDER": "suspicious-09"}


def test_without_a_suspicious_sheet_it_is_said(sibling, tmp_path):
    del sibling.sheets["Suspicious_cases"]
    with pytest.raises(WorkbookError, match="Suspicious_cases"):
        open_release(sibling.write(tmp_path))


def test_a_release_with_malignant_cases_is_the_public_one(tiny_release, tmp_path):
    made = tiny_release(malignant=["1"])
    made.files |= {name.replace("Malignant", "Suspicious"): data for name, data in made.files.items()}
    assert [patient.patient_id for patient in open_release(made.write(tmp_path)).patients] == ["malignant-01"]
