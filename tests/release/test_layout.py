from __future__ import annotations

from pathlib import Path

import pytest

from radiomics_mammo.core.cases import FileRef
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.vocabulary import CaseClass, View, Visit
from radiomics_mammo.release.files import FileListing
from radiomics_mammo.release.layout import case_layout, class_layout, class_of, image_of, is_litter, stray_findings

ROOT = Path("/data/release")


def listing(*names, folders=()):
    return FileListing(ROOT, tuple(FileRef(ROOT, name) for name in sorted(names)), tuple(folders))


def test_class_folder_names():
    names = {"Normal_cases": CaseClass.NORMAL, "BENIGN CASES": CaseClass.BENIGN, "Abnormal_cases": None, "Cases": None}
    names |= {" malignant-case ": CaseClass.MALIGNANT, "Malignant": CaseClass.MALIGNANT}
    assert {name: class_of(name) for name in names} == names


def test_file_names():
    spelled = {
        (View.CC, Visit.PRIOR, False): ("CC_prior", "cc_PRIOR.dcm", "CC prior.DCM", "cc-prior.dicom", " CC_prior.dcm "),
        (View.MLO, Visit.RECENT, True): (
            "MLO_recent_GT.jpg",
            "mlo_recent_gt.JPEG",
            "MLO recent GT.jpg",
            "MLO_recent_GT",
        ),
        None: ("CC_prior.jpg", "CC_prior_GT.dcm", "CC_prior (1).dcm", "LCC_prior.dcm", "notes.txt"),
    }
    for image, names in spelled.items():
        assert {name: image_of(name) for name in names} == dict.fromkeys(names, image)


def test_patients_are_ordered_by_class_then_number():
    found = class_layout(listing(*(f"{folder}/CC_prior.dcm" for folder in (
        "Malignant_cases/2", "Malignant_cases/10", "Benign_cases/1", "Normal_cases/1", "Malignant_cases/1",
    ))))  # fmt: skip
    ids = [case.patient_id for case in found.cases]
    assert ids == ["normal-01", "benign-01", "malignant-01", "malignant-02", "malignant-10"]
    assert found.findings == ()


def test_number_is_no_key_across_classes():
    found = class_layout(listing("Normal_cases/1/CC_prior.dcm", "Benign_cases/1/CC_prior.dcm"))
    assert len(found.files) == 2


def test_parents_are_named_once():
    found = class_layout(listing("Dataset_v3/Normal cases/1/CC_prior.dcm", "Dataset_v3/Benign_cases/1/CC_prior.dcm"))
    assert [(finding.code, finding.file) for finding in found.findings] == [("NESTED_PARENT", "Dataset_v3")]


def test_two_claims_to_one_image_cost_both():
    found = class_layout(listing("Normal_cases/1/CC_prior.dcm", "Normal_cases/1/CC_prior", "Normal_cases/01/CC_recent"))
    key = ImageKey("normal-01", View.CC, Visit.PRIOR)
    assert (key, False) in found.contested
    assert (key, False) not in found.files
    assert [finding.code for finding in found.findings].count("DUPLICATE_FILE") == 2


def test_endings_are_counted_not_listed():
    names = [f"Normal_cases/{number}/CC_prior.DCM" for number in range(1, 4)]
    (finding,) = class_layout(listing(*names, "Normal_cases/9/CC_prior.dcm")).findings
    assert (finding.code, finding.message) == ("FILE_EXTENSION", "3 DICOM files with extension .DCM")


def test_folder_without_number_is_kept_and_reported():
    found = class_layout(listing('Benign_cases/A, "x" ü/CC_prior.dcm'))
    assert found.cases[0].patient_id == 'benign-A, "x" ü'
    assert [finding.code for finding in found.findings] == ["FOLDER_NAME"]


def test_empty_numbered_folder_is_a_patient_and_other_empty_folders_are_not():
    found = class_layout(listing(folders=("Benign_cases/3", "Benign_cases/New folder", "Benign_cases", "other/4")))
    assert [case.patient_id for case in found.cases] == ["benign-03"]


def test_litter_never_claims_an_image():
    names = ("__MACOSX/Normal_cases/1/CC_prior.dcm", "Normal_cases/1/._CC_prior.dcm", "Normal_cases/1/CC_prior.dcm")
    found = class_layout(listing(*names, "Normal_cases/Thumbs.db"))
    assert [ref.name for ref in found.files.values()] == ["Normal_cases/1/CC_prior.dcm"]
    (finding,) = stray_findings(found.unclaimed)
    assert finding.code == "STRAY_FILES"
    assert finding.message.startswith("3 files of no patient ignored, 3 of them left by an operating system")
    assert is_litter("a/.DS_Store")


def test_no_stray_no_finding():
    assert stray_findings([]) == ()


@pytest.mark.parametrize("prefix", ["Cases/", "", "data/new/Cases/"])
def test_cases_without_class(prefix):
    found = case_layout(listing(f"{prefix}b7/CC_recent.dcm", f"{prefix}a1/MLO_prior_GT.jpg"))
    assert [case.patient_id for case in found.cases] == ["case-a1", "case-b7"]
    assert all(case.case_class is None for case in found.cases)


def test_a_single_case_is_named_by_its_folder():
    assert case_layout(listing("CC_recent.dcm")).cases[0].patient_id == "case-release"


@pytest.mark.parametrize(
    "name",
    [
        "Malignant_cases (1)",
        "Malignant_cases - Copy",
        "Copy of Malignant_cases",
        "Malignent_cases",
        "Malignant_cases_v2",
        "Malignancies",
        "Casos malignos",
        "Cancer_cases",
        "\u039calignant_cases (1)",
    ],
)
def test_a_folder_much_like_a_class_is_an_error_with_its_name(name):
    found = class_layout(
        listing(f"d/{name}/1/CC_prior.dcm", f"d/{name}/2/CC_prior.dcm", "d/Benign_cases/1/CC_prior.dcm")
    )
    (finding,) = [finding for finding in found.findings if finding.code == "CLASS_FOLDER_UNREAD"]
    assert (finding.severity, finding.file) == ("error", f"d/{name}")
    assert repr(name) in finding.message
    assert "2 patient folders" in finding.message
    assert [case.patient_id for case in found.cases] == ["benign-01"]


@pytest.mark.parametrize("name", ["Abnormal_cases", "Results", "Masses", "Cases", "Normalised"])
def test_other_folders_are_no_lost_class(name):
    found = class_layout(listing(f"d/{name}/1/CC_prior.dcm", "d/Benign_cases/1/CC_prior.dcm"))
    assert "CLASS_FOLDER_UNREAD" not in [finding.code for finding in found.findings]


def test_a_folder_like_a_class_without_a_mammogram_is_left_in_peace():
    found = class_layout(listing("Malignant_cases (1)/1/notes.txt", "Benign_cases/1/CC_prior.dcm"))
    assert "CLASS_FOLDER_UNREAD" not in [finding.code for finding in found.findings]


def test_look_alike_letters_spell_classes_and_files():
    assert class_of("\u0392enign_cases") is CaseClass.BENIGN
    assert class_of("\u041cal\u0456gnant cases") is CaseClass.MALIGNANT
    assert image_of("\u0421\u0421_\u0440rior.dcm") == (View.CC, Visit.PRIOR, False)


@pytest.mark.parametrize("ending", ["jfif", "JFIF", "jif", "pjpeg", "jpg.jpg", "jpeg.jfif"])
def test_what_windows_and_browsers_call_a_jpeg(ending):
    assert image_of(f"CC_recent_GT.{ending}") == (View.CC, Visit.RECENT, True)
    assert image_of(f"CC_recent.{ending}") is None


@pytest.mark.parametrize("ending", ["dcm.dcm", "DCM.dcm", "dicom.dcm"])
def test_an_ending_that_stands_twice(ending):
    assert image_of(f"MLO_prior.{ending}") == (View.MLO, Visit.PRIOR, False)
    assert image_of("MLO_prior.dcm.zip") is None
