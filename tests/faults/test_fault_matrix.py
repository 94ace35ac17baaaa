"""Every fault ends in its finding and its loss, and leaves every other patient's numbers alone."""

from __future__ import annotations

import collections
import itertools

import pytest

from tests.faults.conftest import measured, rows_of
from tests.faults.planting import FAULTS, REFUSED, Fault

AFRESH = ("truncated DICOM", "copy of another patient", "wrong sheet name", "zip bomb")
"""Faults tried without the records of the good run as well: one each of image, copy, workbook and archive."""


def run_fault(good, call, tmp_path, fault: Fault, *, afresh: bool = False):
    release = fault.plant(good.copy_release(tmp_path))
    out = tmp_path / "afresh" if afresh else good.copy_out(tmp_path)
    ended = call(good.words(release, out))
    assert ended.status == 0, ended.printed
    return out


def check_found(out, fault: Fault) -> None:
    findings = rows_of(out, "audit")
    assert not [row for row in findings if "unexpected failure" in row["message"]]
    if fault.code:
        found = [row for row in findings if row["code"] == fault.code]
        assert [row["severity"] for row in found] == [fault.severity] * len(found) != []
        assert all(row["message"] for row in found)
        assert {row["patient_id"] for row in found} <= {"", *fault.touches} or not fault.touches
    else:
        assert {row["code"] for row in findings} <= {"FEWER_PATIENTS", "MATRIX_SIZE"}


def check_flow(out, lost: int, reason: str) -> None:
    """Every loss has its reason, every step goes on from the last, and the tables hold what is said to be left."""
    steps = collections.defaultdict(list)
    for row in rows_of(out, "flow"):
        steps[row["step"], row["unit"]].append((int(row["n_in"]), int(row["n_out"]), row["reason"]))
    for rows in steps.values():
        assert all(n_out < n_in if why else n_out == n_in for n_in, n_out, why in rows)
        assert all(before[1] == after[0] for before, after in itertools.pairwise(rows))
    read = steps["read and outlined", "image"]
    found = steps["found", "image"]
    assert found[0][0] == 4 * steps["found", "patient"][0][0] == 4 * len(rows_of(out, "patients"))
    assert read[0][0] == found[-1][1]
    assert read[-1][1] == sum(bool(row["gt_similarity"]) for row in rows_of(out, "images"))
    assert sum(n_in - n_out for n_in, n_out, _ in found + read) == lost
    assert all(why.startswith(f"{reason}:") for *_, why in found + read if why)
    recent = [row for row in rows_of(out, "lesions") if row["visit"] == "recent"]
    assert steps["outlined in the recent exam", "lesion"][0][0] == len(recent)


def check_masks(out) -> None:
    """The masks that lie there are those the tables name."""
    named = {row["mask_file"] for table in ("lesions", "rois") for row in rows_of(out, table)} - {""}
    assert {path.relative_to(out).as_posix() for path in (out / "masks").rglob("*.png")} == named


def check_others(good, out, touches) -> None:
    before, after = measured(good.out), measured(out)
    others = before.keys() - set(touches)
    assert others
    assert others == after.keys() - set(touches)
    for patient in others:
        assert after[patient] == before[patient], patient


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_fault_is_found_and_touches_no_other_patient(good, call, tmp_path, fault):
    out = run_fault(good, call, tmp_path, fault)
    check_found(out, fault)
    check_flow(out, fault.lost, fault.why or fault.code)
    check_masks(out)
    check_others(good, out, fault.touches)


@pytest.mark.parametrize("fault", [f for f in FAULTS if f.name in AFRESH], ids=lambda fault: fault.name)
def test_fault_measured_afresh_gives_the_same_numbers(good, call, tmp_path, fault):
    out = run_fault(good, call, tmp_path, fault, afresh=True)
    check_others(good, out, fault.touches)


@pytest.mark.parametrize(("name", "plant", "words"), REFUSED, ids=[name for name, *_ in REFUSED])
def test_what_leaves_no_release_is_one_line_and_status_1(good, call, tmp_path, name, plant, words):
    ended = call(good.words(plant(good.copy_release(tmp_path)), tmp_path / "out"))
    assert ended.status == 1
    assert ended.printed.startswith("error: ")
    assert words in ended.printed
    assert "Traceback" not in ended.printed


def test_folder_with_an_odd_name_is_used_as_any_other(good, call, tmp_path):
    out = tmp_path / "résults, \"of\" 2024 'x'"
    good.copy_out(tmp_path).rename(out)
    assert call(good.words(good.release, out)).status == 0
    assert measured(out) == measured(good.out)


@pytest.mark.nightly
def test_every_fault_measured_afresh(good, call, tmp_path_factory):
    for fault in FAULTS:
        folder = tmp_path_factory.mktemp("fault")
        out = run_fault(good, call, folder, fault, afresh=True)
        check_found(out, fault)
        check_others(good, out, fault.touches)
    print(f"\nfaults tried and survived: {len(FAULTS)}, and {len(REFUSED)} refused")  # noqa: T201 - nightly shows it
