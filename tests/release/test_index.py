from __future__ import annotations

import shutil

import pytest

from radiomics_mammo.core.errors import ReleaseError, WorkbookError
from radiomics_mammo.core.vocabulary import CaseClass, Density, Laterality, View
from radiomics_mammo.release.index import open_cases, open_release


def test_folder_and_zip_are_the_same_release(tiny_release, tmp_path):
    tiny = tiny_release()
    folder, archive = open_release(tiny.write(tmp_path / "r")), open_release(tiny.pack(tmp_path / "r.zip"))
    assert folder.patients == archive.patients
    assert folder.findings == archive.findings == ()
    assert [image.dicom.name for image in folder.images] == [image.dicom.name for image in archive.images]
    assert not any(ref.archived for image in folder.images for ref in (image.dicom, image.overlay))


def test_patients_carry_the_facts_of_the_workbook(tiny_release, tmp_path):
    release = open_release(tiny_release().write(tmp_path))
    patient = release.patients[2]
    assert (patient.patient_id, patient.case_class, patient.folder) == ("malignant-02", CaseClass.MALIGNANT, "2")
    assert (patient.laterality, patient.age_years, patient.density) == (Laterality.LEFT, 51.0, Density.B)
    assert (patient.prior_date, patient.recent_date, patient.date_precision) == ("2013", "2015", "year")
    assert (patient.interval_years, patient.interval_source) == (2.0, "workbook")
    assert (patient.birads, patient.biopsy) == ("6", "DCIS")
    assert release.workbook.name == "Description.xlsx"
    assert [pair.view for pair in release.pairs()] == [View.CC, View.MLO] * 3
    assert release["malignant-02", "CC", "recent"].overlay.name == "Malignant_cases/2/CC_recent_GT.jpg"


def test_text_paths_and_nested_parents_are_accepted(tiny_release, tmp_path, codes):
    tiny_release(prefix="Dataset_v3/").write(tmp_path)
    assert codes(open_release(str(tmp_path)).findings) == ["NESTED_PARENT"]


def test_download_folder_stands_for_its_archive(tiny_release, tmp_path):
    tiny = tiny_release(prefix="Dataset/")
    tiny.pack(tmp_path / "Dataset.zip", workbook="")
    (tmp_path / "Description.xlx").write_bytes(tiny.workbook())
    release = open_release(tmp_path)
    assert release.root.name == "Dataset.zip"
    assert len(release) == 3
    assert release.workbook.name == "Description.xlx"


@pytest.mark.parametrize("open_it", [open_release, open_cases])
def test_nothing_there(open_it, tmp_path):
    with pytest.raises(ReleaseError, match="nothing there"):
        open_it(tmp_path / "gone")


def test_no_class_folder(tmp_path):
    (tmp_path / "notes.txt").touch()
    with pytest.raises(ReleaseError, match="Normal_cases, Benign_cases, Malignant_cases"):
        open_release(tmp_path)


def test_class_folder_given_instead_of_its_parent(tiny_release, tmp_path):
    tiny_release().write(tmp_path)
    with pytest.raises(ReleaseError, match="folder that holds the class folders"):
        open_release(tmp_path / "Malignant_cases")


def test_no_workbook_and_unreadable_workbook(tiny_release, tmp_path):
    root = tiny_release().write(tmp_path / "r", workbook="")
    with pytest.raises(WorkbookError, match="--description"):
        open_release(root)
    (tmp_path / "bad.xlsx").write_bytes(b"PK\x03\x04 broken")
    with pytest.raises(WorkbookError, match="readable workbook"):
        open_release(root, description=tmp_path / "bad.xlsx")


def test_given_workbook_wins(tiny_release, tmp_path):
    tiny = tiny_release()
    root = tiny.write(tmp_path / "r")
    tiny.sheets["Benign_cases"][3][2] = 77
    (tmp_path / "other.xlsx").write_bytes(tiny.workbook())
    assert open_release(root, description=str(tmp_path / "other.xlsx")).patients[0].age_years == 77.0


def test_missing_files_cost_their_image_alone(tiny_release, tmp_path):
    tiny = tiny_release()
    del tiny.files["Benign_cases/1/CC_prior.dcm"], tiny.files["Malignant_cases/1/MLO_recent_GT.jpg"]
    release = open_release(tiny.write(tmp_path))
    assert [(f.code, f.image_id, f.patient_id) for f in release.findings] == [
        ("MISSING_DICOM", "benign-01_CC_prior", "benign-01"),
        ("MISSING_GT", "malignant-01_MLO_recent", "malignant-01"),
    ]
    assert release["benign-01", "CC", "prior"].dicom is None
    assert release["benign-01", "CC", "prior"].overlay is not None
    assert len(release.images) == 12


def test_rows_without_folder_and_folders_without_row(tiny_release, tmp_path):
    tiny = tiny_release()
    tiny.sheets["Malignant_cases"][4][0] = 9
    release = open_release(tiny.write(tmp_path))
    assert [(f.code, f.patient_id, f.file) for f in release.findings] == [
        ("FOLDER_WITHOUT_ROW", "malignant-02", "Description.xlsx"),
        ("ROW_WITHOUT_FOLDER", "malignant-09", "Description.xlsx"),
    ]
    assert release.patients[2].age_years is None


def test_lost_sheet_is_one_finding_not_one_per_patient(tiny_release, tmp_path, codes):
    tiny = tiny_release()
    tiny.sheets["Sheet4"] = tiny.sheets.pop("Malignant_cases")
    release = open_release(tiny.write(tmp_path))
    assert codes(release.findings) == ["SHEET_MISSING"]
    assert len(release) == 3


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        (6, -1, "INTERVAL_NEGATIVE"),
        (6, None, "INTERVAL_MISSING"),
        (5, "2015-2013", "INTERVAL_NEGATIVE"),
        (5, "2003-2015", "INTERVAL_DISAGREES"),
        (4, 1, "BIRADS_CLASS_CONFLICT"),
        (2, 230, "AGE_IMPLAUSIBLE"),
        (3, "=A1", "CELL_UNREADABLE"),
    ],
)
def test_planted_cell_is_found_and_others_are_untouched(tiny_release, tmp_path, column, value, code):
    tiny = tiny_release()
    clean = open_release(tiny.write(tmp_path / "clean"))
    tiny.sheets["Malignant_cases"][3][column] = value
    release = open_release(tiny.write(tmp_path / "planted"))
    assert code in {finding.code for finding in release.findings if finding.patient_id == "malignant-01"}
    assert {finding.patient_id for finding in release.findings} == {"malignant-01"}
    assert [p for p in release.patients if p.patient_id != "malignant-01"] == [clean.patients[0], clean.patients[2]]


def test_duplicated_file_is_reported_once_per_file_and_not_as_missing(tiny_release, tmp_path, codes):
    tiny = tiny_release()
    tiny.files["Benign_cases/1/CC_prior"] = b"x"
    del tiny.files["Benign_cases/1/CC_prior_GT.jpg"]
    release = open_release(tiny.write(tmp_path))
    assert sorted(set(codes(release.findings))) == ["DUPLICATE_FILE", "FILE_EXTENSION", "MISSING_GT"]
    assert release["benign-01", "CC", "prior"].dicom is None


def test_strays_are_counted_and_the_workbook_is_none_of_them(tiny_release, tmp_path):
    tiny = tiny_release()
    tiny.files |= {"__MACOSX/._Dataset": b"", "Thumbs.db": b"", "Benign_cases/1/notes.txt": b""}
    (finding,) = open_release(tiny.write(tmp_path)).findings
    assert (finding.code, finding.message.split(" files")[0]) == ("STRAY_FILES", "3")


def test_findings_never_hold_the_place_of_the_release(tiny_release, tmp_path):
    tiny = tiny_release()
    tiny.files["Benign_cases/x/CC_prior.dcm"] = b""
    root = tiny.write(tmp_path / "secret_place")
    (root / "link").symlink_to("/etc")
    release = open_release(root)
    assert release.findings
    assert not any("secret_place" in finding.file + finding.message for finding in release.findings)


def test_cases_are_named_by_their_folder_and_need_no_workbook(tiny_release, tmp_path, codes):
    tiny = tiny_release(prefix="", benign=["B 1"])
    root = tmp_path / "new"
    tiny.files = {name.replace("Benign_cases", "Cases"): data for name, data in tiny.files.items()}
    tiny.write(root, workbook="")
    release = open_cases(root)
    assert [patient.patient_id for patient in release.patients] == ["case-B 1"]
    assert (release.patients[0].case_class, release.workbook, release.findings) == (None, None, ())
    assert [patient.patient_id for patient in open_cases(root / "Cases" / "B 1").patients] == ["case-B 1"]


def test_case_workbook_gives_age_and_density(tiny_release, tmp_path, workbook_bytes):
    tiny = tiny_release(benign=["7"])
    tiny.files = {name.replace("Benign_cases", "Cases"): data for name, data in tiny.files.items()}
    root = tiny.write(tmp_path / "new", workbook="")
    data = workbook_bytes({"Sheet1": [["Folder", "Age", "Breast density"], ["07", 61, "C"]]})
    (root / "list.xlsx").write_bytes(data)
    patient = open_cases(root).patients[0]
    assert (patient.patient_id, patient.age_years, patient.density) == ("case-7", 61.0, Density.C)


def test_workbook_of_a_release_beside_cases_speaks_of_other_patients(tiny_release, tmp_path):
    tiny = tiny_release(benign=["1"])
    tiny.files = {name.replace("Benign_cases", "Cases"): data for name, data in tiny.files.items()}
    root = tiny.write(tmp_path / "new", workbook="")
    (tmp_path / "Description.xlsx").write_bytes(tiny.workbook())
    release = open_cases(root)
    assert (release.patients[0].age_years, release.workbook) == (None, None)
    with pytest.raises(WorkbookError, match="these cases"):
        open_cases(root, description=tmp_path / "Description.xlsx")


def test_cases_of_a_release_keep_their_names(tiny_release, tmp_path):
    root = tiny_release().write(tmp_path)
    assert open_cases(root).patients == open_release(root).patients
    (root / "Description.xlsx").unlink()
    assert [patient.age_years for patient in open_cases(root).patients] == [None] * 3


def test_no_case_at_all(tmp_path):
    (tmp_path / "notes.txt").touch()
    with pytest.raises(ReleaseError, match="Cases/<id>/"):
        open_cases(tmp_path)


def test_moved_release_is_the_same(tiny_release, tmp_path):
    first = open_release(tiny_release().write(tmp_path / "a"))
    shutil.move(tmp_path / "a", tmp_path / "b")
    assert open_release(tmp_path / "b").patients == first.patients
