from __future__ import annotations

import pytest

from radiomics_mammo.config.release import ReleaseConfig
from radiomics_mammo.core.errors import WorkbookError
from radiomics_mammo.release.files import list_files
from radiomics_mammo.release.search import find_workbook, read_workbook_bytes

CONFIG = ReleaseConfig()


@pytest.fixture
def book(workbook_bytes):
    return workbook_bytes({"Malignant_cases": [["Folder #"]]})


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "outer" / "release"
    folder.mkdir(parents=True)
    return folder


def found(root, **options):
    listing = list_files(root)
    ref = find_workbook(listing, listing.files, config=CONFIG, **options)
    return ref and ref.name


@pytest.mark.parametrize(
    "name", ["Description.xlsx", "Description.xlx", "description", "Data.XLS", "sub/Description.xlsm"]
)
def test_found_inside_by_content(root, book, name):
    (root / name).parent.mkdir(exist_ok=True)
    (root / name).write_bytes(book)
    assert found(root) == name


def test_found_beside(root, book):
    (root.parent / "Description.xlx").write_bytes(book)
    assert found(root) == "Description.xlx"


def test_inside_comes_before_beside_and_the_usual_name_before_others(root, book, legacy_workbook):
    (root.parent / "Description.xlsx").write_bytes(book)
    (root / "notes.xlsx").write_bytes(legacy_workbook)
    assert found(root) == "notes.xlsx"
    (root / "Description.xls").write_bytes(legacy_workbook)
    assert found(root) == "Description.xls"


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


def test_of_several_the_one_with_class_sheets(root, book, workbook_bytes):
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


def test_too_large_a_workbook_is_refused(root):
    (root / "Description.xlsx").write_bytes(b"PK\x03\x04" + b"\0" * 200_000)
    listing = list_files(root)
    with pytest.raises(WorkbookError, match="at most"):
        read_workbook_bytes(listing.files[0], config=ReleaseConfig(max_unpacked_bytes=100_000))
