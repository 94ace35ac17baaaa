from __future__ import annotations

import shutil

import pytest

from radiomics_mammo.core.errors import ReleaseError, WorkbookError
from radiomics_mammo.core.vocabulary import CaseClass, Density, Laterality, View
from radiomics_mammo.release.files import list_files
from radiomics_mammo.release.index import birads_number, find_workbook, open_cases, open_release
from radiomics_mammo.tables.patients import PATIENTS


@pytest.fixture
def tiny(tiny_release):
    return tiny_release()


@pytest.fixture
def write_cases(tiny_release, tmp_path):
    """Write one case without class and without workbook."""

    def write(name):
        tiny = tiny_release(benign=[name])
        tiny.files = {path.replace("Benign_cases", "Cases"): data for path, data in tiny.files.items()}
        return tiny.write(tmp_path / "new", workbook="")

    return write


def test_folder_and_zip_are_the_same_release_wherever_it_lies(tiny, tmp_path):
    folder, archive = open_release(tiny.write(tmp_path / "r")), open_release(tiny.pack(tmp_path / "r.zip"))
    assert folder.patients == archive.patients
    assert folder.findings == archive.findings == ()
    assert [image.dicom.name for image in folder.images] == [image.dicom.name for image in archive.images]
    assert not any(ref.archived for image in folder.images for ref in (image.dicom, image.overlay))
    shutil.move(tmp_path / "r", tmp_path / "moved")
    assert open_release(tmp_path / "moved").patients == folder.patients


def test_patients_carry_the_facts_of_the_workbook(tiny, tmp_path):
    release = open_release(tiny.write(tmp_path))
    patient = release.patients[2]
    assert (patient.patient_id, patient.case_class, patient.folder) == ("malignant-02", CaseClass.MALIGNANT, "2")
    assert (patient.laterality, patient.age_years, patient.density) == (Laterality.LEFT, 51.0, Density.B)
    assert (patient.prior_date, patient.recent_date, patient.date_precision) == ("2013", "2015", "year")
    assert (patient.interval_years, patient.interval_source) == (2.0, "workbook")
    assert (patient.birads, patient.biopsy) == ("6", "DCIS")
    assert release.workbook.name == "Description.xlsx"
    assert [pair.view for pair in release.pairs()] == [View.CC, View.MLO] * 3
    assert release["malignant-02", "CC", "recent"].overlay.name == "Malignant_cases/2/CC_recent_GT.jpg"


@pytest.mark.parametrize(
    ("dates", "precision"),
    [("2013-05-07 - 2015-06-10", "day"), ("5/2013-6/2015", "month"), ("2013-05-07 - 2015", "year"), ("n/a", "")],
)
def test_dates_are_as_precise_as_the_less_precise(tiny, tmp_path, dates, precision):
    tiny.sheets["Malignant_cases"][3][5] = dates
    assert open_release(tiny.write(tmp_path)).patients[1].date_precision == precision


def test_text_paths_and_nested_parents_are_accepted(tiny_release, tmp_path, codes):
    tiny_release(prefix="Dataset_v3/").write(tmp_path)
    assert codes(open_release(str(tmp_path)).findings) == ["NESTED_PARENT"]


def test_download_folder_stands_for_its_archive(tiny_release, tmp_path):
    tiny = tiny_release(prefix="Dataset/")
    tiny.pack(tmp_path / "Dataset.zip", workbook="")
    (tmp_path / "Description.xlx").write_bytes(tiny.workbook())
    release = open_release(tmp_path)
    assert (release.root.name, len(release), release.workbook.name) == ("Dataset.zip", 3, "Description.xlx")


def test_what_is_no_release_is_one_clear_error(tiny, tmp_path):
    tiny.write(tmp_path / "r")
    (tmp_path / "empty").mkdir()
    for open_it, place, words in (
        (open_release, "gone", "nothing there"),
        (open_cases, "gone", "nothing there"),
        (open_release, "empty", "Normal_cases, Benign_cases, Malignant_cases"),
        (open_cases, "empty", "Cases/<id>/"),
        (open_release, "r/Malignant_cases", "folder that holds the class folders"),
    ):
        with pytest.raises(ReleaseError, match=words):
            open_it(tmp_path / place)


def test_no_workbook_and_unreadable_workbook(tiny, tmp_path):
    root = tiny.write(tmp_path / "r", workbook="")
    with pytest.raises(WorkbookError, match="--description"):
        open_release(root)
    (tmp_path / "bad.xlsx").write_bytes(b"PK\x03\x04 broken")
    with pytest.raises(WorkbookError, match="readable workbook"):
        open_release(root, description=tmp_path / "bad.xlsx")


def test_given_workbook_wins(tiny, tmp_path):
    root = tiny.write(tmp_path / "r")
    tiny.sheets["Benign_cases"][3][2] = 77
    (tmp_path / "other.xlsx").write_bytes(tiny.workbook())
    assert open_release(root, description=str(tmp_path / "other.xlsx")).patients[0].age_years == 77.0


def test_missing_files_cost_their_image_alone(tiny, tmp_path):
    del tiny.files["Benign_cases/1/CC_prior.dcm"], tiny.files["Malignant_cases/1/MLO_recent_GT.jpg"]
    release = open_release(tiny.write(tmp_path))
    assert [(f.code, f.image_id, f.patient_id) for f in release.findings] == [
        ("MISSING_DICOM", "benign-01_CC_prior", "benign-01"),
        ("MISSING_GT", "malignant-01_MLO_recent", "malignant-01"),
    ]
    assert release["benign-01", "CC", "prior"].dicom is None
    assert release["benign-01", "CC", "prior"].overlay is not None
    assert len(release.images) == 12


def test_rows_without_folder_and_folders_without_row(tiny, tmp_path):
    tiny.sheets["Malignant_cases"][4][0] = 9
    release = open_release(tiny.write(tmp_path))
    assert [(f.code, f.patient_id, f.file) for f in release.findings] == [
        ("FOLDER_WITHOUT_ROW", "malignant-02", "Description.xlsx"),
        ("ROW_WITHOUT_FOLDER", "malignant-09", "Description.xlsx"),
    ]
    assert release.patients[2].age_years is None


def test_lost_sheet_is_one_finding_not_one_per_patient(tiny, tmp_path, codes):
    tiny.sheets["Sheet4"] = tiny.sheets.pop("Malignant_cases")
    release = open_release(tiny.write(tmp_path))
    assert (codes(release.findings), len(release)) == (["SHEET_MISSING"], 3)


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
def test_planted_cell_is_found_and_others_are_untouched(tiny, tmp_path, column, value, code):
    clean = open_release(tiny.write(tmp_path / "clean"))
    tiny.sheets["Malignant_cases"][3][column] = value
    release = open_release(tiny.write(tmp_path / "planted"))
    assert code in {finding.code for finding in release.findings}
    assert {finding.patient_id for finding in release.findings} == {"malignant-01"}
    assert [p for p in release.patients if p.patient_id != "malignant-01"] == [clean.patients[0], clean.patients[2]]


def test_duplicated_file_is_reported_once_per_file_and_not_as_missing(tiny, tmp_path, codes):
    tiny.files["Benign_cases/1/CC_prior"] = b"x"
    del tiny.files["Benign_cases/1/CC_prior_GT.jpg"]
    release = open_release(tiny.write(tmp_path))
    assert sorted(codes(release.findings)) == ["DUPLICATE_FILE", "DUPLICATE_FILE", "FILE_EXTENSION", "MISSING_GT"]
    assert release["benign-01", "CC", "prior"].dicom is None


def test_strays_are_counted_and_the_workbook_is_none_of_them(tiny, tmp_path):
    tiny.files |= {"__MACOSX/._Dataset": b"", "Thumbs.db": b"", "Benign_cases/1/notes.txt": b""}
    (finding,) = open_release(tiny.write(tmp_path)).findings
    assert (finding.code, finding.message.split(" files")[0]) == ("STRAY_FILES", "3")


def test_findings_never_hold_the_place_of_the_release(tiny, tmp_path):
    tiny.files["Benign_cases/x/CC_prior.dcm"] = b""
    root = tiny.write(tmp_path / "secret_place")
    (root / "link").symlink_to("/etc")
    findings = open_release(root).findings
    assert findings
    assert not any("secret_place" in finding.file + finding.message for finding in findings)


def test_cases_are_named_by_their_folder_and_need_no_workbook(write_cases):
    root = write_cases("B 1")
    release = open_cases(root)
    assert [patient.patient_id for patient in release.patients] == ["case-B 1"]
    assert (release.patients[0].case_class, release.workbook, release.findings) == (None, None, ())
    assert [patient.patient_id for patient in open_cases(root / "Cases" / "B 1").patients] == ["case-B 1"]


def test_case_workbook_gives_age_and_density(write_cases, workbook_bytes):
    root = write_cases("7")
    data = workbook_bytes({"Sheet1": [["Folder", "Age", "Breast density"], ["07", 61, "C"]]})
    (root / "list.xlsx").write_bytes(data)
    patient = open_cases(root).patients[0]
    assert (patient.patient_id, patient.age_years, patient.density) == ("case-7", 61.0, Density.C)


def test_workbook_of_a_release_beside_cases_speaks_of_other_patients(tiny, write_cases):
    root = write_cases("1")
    workbook = root.parent / "Description.xlsx"
    workbook.write_bytes(tiny.workbook())
    release = open_cases(root)
    assert (release.patients[0].age_years, release.workbook) == (None, None)
    with pytest.raises(WorkbookError, match="these cases"):
        open_cases(root, description=workbook)


def test_cases_of_a_release_keep_their_names(tiny, tmp_path):
    root = tiny.write(tmp_path)
    assert open_cases(root).patients == open_release(root).patients
    (root / "Description.xlsx").unlink()
    assert [patient.age_years for patient in open_cases(root).patients] == [None] * 3


def test_patients_follow_their_table_and_missing_cells_stay_empty(tiny, tmp_path):
    tiny.sheets["Malignant_cases"][3][2:4] = [None, "?"]
    table = PATIENTS.of(open_release(tiny.write(tmp_path)).patients).set_index("patient_id")
    assert list(table.index) == ["benign-01", "malignant-01", "malignant-02"]
    row = table.loc["malignant-02"]
    assert (row["case_class"], row["laterality"], row["density"], row["age_years"]) == ("malignant", "L", "b", 51.0)
    assert table.loc["malignant-01", ["age_years", "density"]].isna().all()


def test_birads_numbers():
    texts = {"6": 6, "4a": 4, "BI-RADS 2": 2, "BI-RADS 6 - known biopsy": 6, "4-5": None, "": None, "benign": None}
    assert {text: birads_number(text) for text in texts} == texts


@pytest.fixture
def book(workbook_bytes):
    return workbook_bytes({"Malignant_cases": [["Folder #"]]})


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "outer" / "release"
    folder.mkdir(parents=True)
    return folder


def found(root, **options):
    ref = find_workbook(root, list_files(root).files, **options)
    return ref and ref.name


@pytest.mark.parametrize(
    "name", ["Description.xlsx", "Description.xlx", "description", "Data.XLS", "sub/Description.xlsm"]
)
def test_workbook_is_found_inside_by_content(root, book, name):
    (root / name).parent.mkdir(exist_ok=True)
    (root / name).write_bytes(book)
    assert found(root) == name


def test_workbook_inside_comes_before_beside_and_the_usual_name_before_others(root, book, legacy_workbook):
    (root.parent / "Description.xlx").write_bytes(book)
    assert found(root) == "Description.xlx"
    (root / "notes.xlsx").write_bytes(legacy_workbook)
    assert found(root) == "notes.xlsx"
    (root / "Description.xls").write_bytes(legacy_workbook)
    assert found(root) == "Description.xls"


def test_the_archive_itself_is_no_workbook_beside_it(tiny, tmp_path):
    path = tiny.pack(tmp_path / "Description of cases.zip", workbook="")
    (tmp_path / "w.xlsx").write_bytes(tiny.workbook())
    assert find_workbook(path, []).name == "w.xlsx"


def test_names_without_content_and_content_without_name_are_passed_over(root, book):
    (root / "Description.xlsx").write_bytes(b"folder,age\n")
    (root / "~$Description.xlsx").write_bytes(book)
    (root / "archive.bin").write_bytes(book)
    assert found(root) is None


def test_copies_are_one_and_differing_workbooks_an_error(root, book, workbook_bytes):
    (root / "Description.xlsx").write_bytes(book)
    (root / "Description (1).xlsx").write_bytes(book)
    assert found(root) == "Description (1).xlsx"
    (root / "Description (2).xlsx").write_bytes(workbook_bytes({"Benign_cases": [["Folder #"]]}))
    with pytest.raises(WorkbookError, match="--description"):
        found(root)


def test_of_several_workbooks_the_one_with_class_sheets(root, book, workbook_bytes):
    (root / "a.xlsx").write_bytes(workbook_bytes({"Prices": [[1]]}))
    (root / "b.xlsx").write_bytes(book)
    (root / "c.xlsx").write_bytes(book[: len(book) // 2])
    assert found(root) == "b.xlsx"


def test_given_file_is_taken_and_must_exist(root, book):
    given = root.parent / "elsewhere.bin"
    given.write_bytes(book)
    assert found(root, given=given) == "elsewhere.bin"
    with pytest.raises(WorkbookError, match="no such file"):
        found(root, given=root / "gone.xlsx")


def test_a_class_that_the_workbook_lists_and_the_files_lack_is_an_error(tiny_release, tmp_path, codes):
    tiny = tiny_release(benign=["1"], malignant=["1", "2"])
    tiny.files = {name: data for name, data in tiny.files.items() if not name.startswith("Malignant")}
    (finding,) = [one for one in open_release(tiny.write(tmp_path / "r")).findings if one.code == "CLASS_MISSING"]
    assert (finding.severity, finding.file) == ("error", "Description.xlsx")
    assert "2 malignant patients" in finding.message
    assert "CLASS_MISSING" not in codes(open_release(tiny_release().write(tmp_path / "whole")).findings)


@pytest.mark.parametrize("name", ["Description.xlsx", "Description.csv", "data.xls"])
def test_a_workbook_that_is_text_is_not_overlooked(tiny, tmp_path, name):
    root = tiny.write(tmp_path / "r", workbook="")
    (root / name).write_text("Folder #;Age\n1;56\n")
    with pytest.raises(WorkbookError, match=f"{name}.*text, not a workbook"):
        open_release(root)
