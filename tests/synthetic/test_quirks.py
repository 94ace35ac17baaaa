import numpy as np
import pytest

from radiomics_mammo.core.vocabulary import CaseClass, View, Visit
from radiomics_mammo.synthetic.overlays import VIEWERS
from radiomics_mammo.synthetic.plan import ClassCounts, plan_patients
from radiomics_mammo.synthetic.quirks import PatientQuirks, deal_quirks

FULL = ClassCounts(35, 15, 50)


def dealt(counts=FULL, rows=4096, seed=1):
    plans = plan_patients(np.random.default_rng(seed), counts)
    return deal_quirks(np.random.default_rng(seed), plans, rows=rows)


@pytest.fixture(scope="module")
def full():
    return dealt()


def test_copies_come_in_several_sizes_down_to_a_fifth(full):
    shrinks = {quirks.copy.shrink for _, quirks in full}
    assert len(shrinks) >= 5
    assert 1.0 in shrinks
    assert max(shrinks) > 5


def test_small_pictures_are_not_shrunk_out_of_reach():
    assert max(quirks.copy.shrink for _, quirks in dealt(rows=512)) <= 512 / 420
    assert {quirks.copy.shrink for _, quirks in dealt(rows=128)} == {1.0}


def test_every_kind_of_quirk_is_dealt(full):
    copies, scans = [quirks.copy for _, quirks in full], [quirks.scan for _, quirks in full]
    assert {copy.ring for copy in copies} == {"closed", "broken", "dotted"}
    assert {copy.suffix for copy in copies} == {".jpg", ".JPG", ".jpeg"}
    assert {scan.suffix for scan in scans} == {".dcm", ".DCM", ""}
    assert {scan.bits for scan in scans} == {8, 12}
    assert len({scan.transfer_syntax for scan in scans}) == 3
    for flag in ("inverted", "mirrored", "marker"):
        assert 0 < sum(getattr(scan, flag) for scan in scans) < 50
    assert {quirks.edge for _, quirks in full} == {"", "open", "along"}
    assert all(70 <= copy.quality[0] <= copy.quality[1] <= 95 for copy in copies)


def test_quirks_that_need_an_outline_go_to_patients_who_have_one(full):
    for plan, quirks in full:
        if quirks.copy.ring != "closed" or quirks.copy.flipped or quirks.edge:
            assert plan.patient.case_class is not CaseClass.NORMAL
        if quirks.boxless_view:
            assert plan.scenario.unconfirmed > 0
            assert plan.scenario.unconfirmed_view is None
        if quirks.biopsy_missing:
            assert plan.patient.biopsy == "NOT AVAILABLE"


def test_a_mass_moved_to_the_edge_is_the_only_one(full):
    for plan, quirks in full:
        assert plan.scenario.at_edge == bool(quirks.edge)
        if quirks.edge:
            assert plan.scenario.only_view is View.CC
            assert plan.scenario.confirmed + plan.scenario.unconfirmed + plan.scenario.blue == 1


def test_what_is_left_on_copies_is_dealt_and_changes_nothing_else(full):
    copies = [quirks.copy for _, quirks in full]
    assert {copy.viewer for copy in copies} == {None, *VIEWERS}
    assert {copy.orientation for copy in copies} == {1, 3, 6, 8}
    assert (
        {copy.hard_pen for copy in copies}
        == {copy.edited for copy in copies}
        == {copy.patch for copy in copies}
        == {False, True}
    )
    assert 2 <= min(copy.marks for copy in copies if copy.marks) <= max(copy.marks for copy in copies) <= 29
    sizes = [quirks for _, quirks in full if quirks.shrinks]
    assert len(sizes) == 30
    assert max(max(quirks.shrinks) for quirks in sizes) == 6.291
    quirks = sizes[0]
    assert [quirks.copy_of(view, visit).shrink for view in View for visit in Visit] == list(quirks.shrinks)


def test_scan_quirks_do_not_tell_the_class():
    patients = dealt(ClassCounts(0, 400, 400))
    shares = [
        np.mean([quirks.copy.shrink for plan, quirks in patients if plan.patient.case_class is kind])
        for kind in (CaseClass.BENIGN, CaseClass.MALIGNANT)
    ]
    assert shares[0] == pytest.approx(shares[1], rel=0.1)


def test_no_quirks_is_the_plain_patient():
    plain = PatientQuirks()
    assert (plain.copy.shrink, plain.scan.bits, plain.edge) == (1.0, 8, "")


def test_a_release_of_normals_alone_can_be_dealt():
    assert len(dealt(ClassCounts(2, 0, 0))) == 2
