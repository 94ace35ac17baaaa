"""What a complete copy of the public release holds, and how a copy at hand differs."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from typing import NamedTuple

import yaml

from radiomics_mammo.core.cases import Release
from radiomics_mammo.core.findings import AuditCode, Finding
from radiomics_mammo.core.vocabulary import CaseClass, View, Visit

_PACKAGE = "radiomics_mammo.data_manifest"
_NAMED_EXAMPLES = 5


class ManifestFile(NamedTuple):
    """One row of ``data_manifest/files.csv``."""

    case_class: str
    folder: str
    view: str
    visit: str
    kind: str
    name: str


@dataclass(frozen=True)
class ReleaseFacts:
    """What the texts of the public release state (``data_manifest/release.yaml``)."""

    title: str
    record: str
    concept: str
    patients: dict[CaseClass, int]
    rows: int
    cols: int
    bits_stored: int
    citation: str


def release_facts() -> ReleaseFacts:
    """Facts of the public release.

    Examples
    --------
    >>> facts = release_facts()
    >>> facts.record, facts.patients[CaseClass.MALIGNANT], (facts.rows, facts.cols)
    ('11446259', 50, (4096, 3328))
    """
    tree = yaml.safe_load((resources.files(_PACKAGE) / "release.yaml").read_text(encoding="utf-8"))
    images = tree["images"]
    return ReleaseFacts(
        title=tree["title"],
        record=str(tree["zenodo"]["record"]),
        concept=str(tree["zenodo"]["concept"]),
        patients={case_class: int(tree["patients"][case_class]) for case_class in CaseClass},
        rows=int(images["rows"]),
        cols=int(images["cols"]),
        bits_stored=int(images["bits_stored"]),
        citation=" ".join(str(tree["citation"]).split()),
    )


def manifest_files() -> tuple[ManifestFile, ...]:
    """The expected files, in file order.

    Examples
    --------
    >>> len(manifest_files()), manifest_files()[0].name
    (800, 'Normal_cases/1/CC_prior.dcm')
    """
    text = (resources.files(_PACKAGE) / "files.csv").read_text(encoding="utf-8")
    return tuple(ManifestFile(**row) for row in csv.DictReader(io.StringIO(text)))


def expected_files(patients: dict[CaseClass, int]) -> Iterator[ManifestFile]:
    """Rows of ``files.csv`` for so many patients of each class; what the shipped table is made from.

    Examples
    --------
    >>> next(expected_files({CaseClass.BENIGN: 1})).name
    'Benign_cases/1/CC_prior.dcm'
    """
    for case_class, count in patients.items():
        for folder in range(1, count + 1):
            for view in View:
                for visit in Visit:
                    stem = f"{case_class.capitalize()}_cases/{folder}/{view}_{visit}"
                    yield ManifestFile(case_class, str(folder), view, visit, "mammogram", f"{stem}.dcm")
                    yield ManifestFile(case_class, str(folder), view, visit, "outlined copy", f"{stem}_GT.jpg")


def compare_with_manifest(release: Release) -> tuple[Finding, ...]:
    """How the patients of a release differ from those of the public release: at most one finding either way.

    Missing files of patients that are there, and everything about the workbook, are findings of `open_release`;
    sizes and bits are findings of `audit_images`.

    Parameters
    ----------
    release : Release
    """
    expected = {(file.case_class, file.folder) for file in manifest_files()}
    found = {(str(patient.case_class or ""), patient.folder.lstrip("0")) for patient in release.patients}
    findings = []
    if expected - found:
        counts = ", ".join(_counted(case_class, expected & found, expected) for case_class in CaseClass)
        lacking = sorted(expected - found, key=lambda key: (key[0], int(key[1])))
        named = f"; missing {', '.join(map(' '.join, lacking))}" if len(lacking) <= _NAMED_EXAMPLES else ""
        message = f"{len(expected & found)} of {len(expected)} patients of the public release: {counts}{named}"
        findings.append(Finding.of(AuditCode.FEWER_PATIENTS, message))
    if found - expected:
        more = sorted(" ".join(key).strip() for key in found - expected)
        shown = ", ".join(more[:_NAMED_EXAMPLES]) + (", ..." if len(more) > _NAMED_EXAMPLES else "")
        findings.append(Finding.of(AuditCode.MORE_PATIENTS, f"{len(more)} not in the public release: {shown}"))
    return tuple(findings)


def _counted(case_class: CaseClass, found: set[tuple[str, str]], expected: set[tuple[str, str]]) -> str:
    here, there = (Counter(name for name, _ in keys)[case_class] for keys in (found, expected))
    return f"{case_class} {here} of {there}"
