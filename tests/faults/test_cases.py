"""Each input that people reported gives its right result; ``python -m tests.faults.cases`` prints a line each."""

from __future__ import annotations

import csv

import pytest

from tests.faults import cases


@pytest.mark.skipif(not cases.CASES.is_dir(), reason="no folder of reported inputs (RADIOMICS_MAMMO_CASES names one)")
@pytest.mark.parametrize("name", sorted(cases.CHECKS))
def test_reported_input_gives_its_right_result(name):
    assert cases.verdict_of(name) == ""


@pytest.mark.skipif(not cases.CASES.is_dir(), reason="no folder of reported inputs (RADIOMICS_MAMMO_CASES names one)")
def test_every_reported_input_is_tried():
    with (cases.CASES / "INDEX.csv").open(encoding="utf-8") as index:
        assert {row["case"] for row in csv.DictReader(index)} == set(cases.CHECKS)


def test_a_verdict_says_what_was_found():
    assert cases.told((True, "a"), (False, "b"), (False, 3)) == "b; 3"
    assert cases.told((True, "a")) == ""
