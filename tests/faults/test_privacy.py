"""What names a person in the input is reported and reaches no output."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pydicom
import pytest

from tests.faults.conftest import rows_of
from tests.faults.planting import MALIGNANT

PLANTED = {
    "PatientName": "Zyxwvuts^Quentina",
    "PatientBirthDate": "19510923",
    "AccessionNumber": "ACC7391846520",
    "PatientID": "PID5550142987",
    "OtherPatientIDs": "OPI8123409911",
    "PatientAddress": "Qzarbergstrasse 17",
    "ReferringPhysicianName": "Xobledoc^Ignatz",
    "InstitutionName": "Vrxlheim Hospital",
    "StudyID": "STU90417753",
    "StudyDescription": "Follow up of Quentina Zyxwvuts",
}
SECRETS = sorted({part for value in PLANTED.values() for part in value.replace("^", " ").split() if len(part) > 6})


@pytest.fixture(scope="module")
def named_release(good, tmp_path_factory) -> Path:
    """The good release with a person's data in the headers of one patient."""
    root = good.copy_release(tmp_path_factory.mktemp("named"))
    for path in (root / MALIGNANT).glob("*.dcm"):
        dataset = pydicom.dcmread(path)
        for tag, value in PLANTED.items():
            setattr(dataset, tag, value)
        block = dataset.private_block(0x0013, "VENDOR", create=True)
        block.add_new(0x01, "LO", PLANTED["PatientName"])
        dataset.save_as(path)
    return root


def contents(path: Path) -> Iterator[tuple[str, bytes]]:
    """What a file holds, unpacked where it is packed."""
    yield path.name, path.read_bytes()
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            yield from ((f"{path.name}/{name}", archive.read(name)) for name in archive.namelist())
    if path.suffix == ".parquet":
        yield f"{path.name} as text", pd.read_parquet(path).to_csv().encode()


def leaks(folder: Path) -> list[str]:
    """Every place below a folder that holds something planted."""
    found = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        for name, data in contents(path):
            found += [f"{name}: {secret}" for secret in SECRETS if holds(data, secret)]
    return found


def holds(data: bytes, secret: str) -> bool:
    """Whether a secret is written somewhere; one of digits alone is none in the middle of a longer number."""
    folded, apart = data.lower(), (r"(?<!\d)", r"(?!\d)") if secret.isdigit() else ("", "")
    written = (re.escape(secret.lower().encode(coding)) for coding in ("utf-8", "utf-16-le"))
    return any(re.search(apart[0].encode() + one + apart[1].encode(), folded) for one in written)


def test_the_search_finds_what_is_there(named_release):
    assert len(leaks(named_release)) >= len(SECRETS)


def test_names_reach_no_table_report_or_export(good, call, named_release, tmp_path):
    out = good.copy_out(tmp_path)
    printed = [call(good.words(named_release, out)).printed, call(["report", str(out)]).printed]
    for kind in ("seg", "nrrd", "pyradiomics"):
        ended = call(["export", str(out), "--format", kind, "--out", str(tmp_path / kind)])
        assert ended.status == 0, ended.printed
        assert list((tmp_path / kind).rglob("*.*"))
        printed.append(ended.printed)
    for kind in ("report.html", "tables.xlsx", "features.parquet", "masks/contours.json"):
        assert (out / kind).is_file()
    places = [out, *(tmp_path / kind for kind in ("seg", "nrrd", "pyradiomics"))]
    found = [leak for place in places for leak in leaks(place)]
    of_archive = [leak for leak in found if leak.endswith(f".dcm: {PLANTED['PatientID']}")]
    assert [leak for leak in found if leak not in of_archive] == []
    assert len(of_archive) == len(list((tmp_path / "seg").rglob("malignant-01_*.dcm")))
    assert not [secret for secret in SECRETS if secret in "".join(printed)]
    found = [row for row in rows_of(out, "audit") if row["code"] == "PATIENT_IDENTITY"]
    assert {row["severity"] for row in found} == {"warning"}
    assert {row["image_id"] for row in found} == {
        f"malignant-01_{v}_{t}" for v in ("CC", "MLO") for t in ("prior", "recent")
    }
    assert all("AccessionNumber" in row["message"] for row in found)
