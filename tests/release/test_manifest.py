from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from radiomics_mammo.core.cases import Patient, Release
from radiomics_mammo.core.vocabulary import CaseClass
from radiomics_mammo.release.layout import class_of, image_of
from radiomics_mammo.release.manifest import (
    ManifestFile,
    compare_with_manifest,
    expected_files,
    manifest_files,
    release_facts,
)

SHIPPED = Path(__file__).parents[2] / "data_manifest" / "files.csv"


def release(**counts):
    patients = [
        Patient(f"{name}-{n:02d}", CaseClass(name), str(n)) for name, most in counts.items() for n in range(1, most + 1)
    ]
    return Release(Path("r"), tuple(patients), ())


def test_shipped_table_is_the_one_the_script_makes():
    stream = io.StringIO()
    table = csv.writer(stream, lineterminator="\n")
    table.writerow(ManifestFile._fields)
    table.writerows(expected_files(release_facts().patients))
    assert SHIPPED.read_text(encoding="utf-8") == stream.getvalue()


def test_manifest_and_reader_agree_on_every_name():
    files = manifest_files()
    assert len({file.name for file in files}) == len(files) == 800
    for file in files:
        folder, number, name = file.name.split("/")
        view, visit, outlined = image_of(name)
        assert (class_of(folder), number) == (file.case_class, file.folder)
        assert (view, visit, outlined) == (file.view, file.visit, file.kind == "outlined copy")


def test_facts_of_the_readme():
    facts = release_facts()
    assert facts.patients == {CaseClass.NORMAL: 35, CaseClass.BENIGN: 15, CaseClass.MALIGNANT: 50}
    assert (facts.rows, facts.cols, facts.bits_stored) == (4096, 3328, 8)
    assert facts.record in facts.citation
    assert facts.concept in facts.citation


def test_complete_release_has_no_findings():
    assert compare_with_manifest(release(normal=35, benign=15, malignant=50)) == ()


@pytest.mark.parametrize("counts", [{"benign": 8, "malignant": 8}, {"normal": 34, "benign": 15, "malignant": 50}])
def test_fewer_patients_are_one_finding(counts):
    (finding,) = compare_with_manifest(release(**counts))
    assert finding.code == "FEWER_PATIENTS"
    assert f"{sum(counts.values())} of 100 patients" in finding.message
    assert f"benign {counts['benign']} of 15" in finding.message


def test_the_last_missing_patients_are_named():
    (finding,) = compare_with_manifest(release(normal=35, benign=14, malignant=49))
    assert finding.message.endswith("; missing benign 15, malignant 50")


def test_more_patients_are_one_finding():
    (finding,) = compare_with_manifest(release(normal=35, benign=17, malignant=50))
    assert (finding.code, finding.message) == ("MORE_PATIENTS", "2 not in the public release: benign 16, benign 17")


def test_padded_folder_numbers_are_the_same_patients():
    patients = tuple(Patient(f"benign-{n:02d}", CaseClass.BENIGN, f"{n:03d}") for n in range(1, 16))
    (finding,) = compare_with_manifest(Release(Path("r"), patients, ()))
    assert "benign 15 of 15" in finding.message
