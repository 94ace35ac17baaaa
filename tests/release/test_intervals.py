from __future__ import annotations

from decimal import Decimal

import pytest

from radiomics_mammo.core.vocabulary import CaseClass
from radiomics_mammo.release.dates import ExamDate
from radiomics_mammo.release.intervals import ExamTiming, common_intervals

B, M = CaseClass.BENIGN, CaseClass.MALIGNANT


def timings(**given):
    """Timings from ``b1="3"``, ``m2="2.4"``: class letter, number, years as typed."""
    classes = {"b": B, "m": M}
    return [
        ExamTiming(name, classes[name[0]], None if years is None else Decimal(years)) for name, years in given.items()
    ]


def test_same_precision_is_left_alone():
    intervals, findings = common_intervals(timings(b1="2.1", b2="3", b3="1.9", m1="2.4", m2="2"))
    assert intervals == {"b1": 2.1, "b2": 3.0, "b3": 1.9, "m1": 2.4, "m2": 2.0}
    assert findings == ()


def test_whole_years_in_one_class_make_all_whole():
    intervals, findings = common_intervals(timings(b1="2", b2="3", m1="2.4", m2="1.5"))
    assert intervals == {"b1": 2.0, "b2": 3.0, "m1": 2.0, "m2": 2.0}
    (finding,) = findings
    assert finding.code == "INTERVAL_ROUNDED"
    assert "benign whole years, malignant one decimal" in finding.message


def test_precision_can_no_longer_tell_the_class():
    given = timings(b1="2", b2="3", b3="4", m1="2.43", m2="1.87", m3="3.21")
    intervals, _ = common_intervals(given)
    assert all(value.is_integer() for value in intervals.values())


def test_a_stray_half_year_does_not_refine_a_class_of_whole_years():
    intervals, _ = common_intervals(timings(b1="2", b2="3", b3="2.5", m1="2.4", m2="1.9"))
    assert intervals["b3"] == 3.0


def test_missing_and_vanishing_intervals_are_said():
    intervals, findings = common_intervals(timings(b1="2", b2=None, m1="0.4"))
    assert intervals == {"b1": 2.0}
    assert [(f.code, f.patient_id) for f in findings if f.code != "INTERVAL_ROUNDED"] == [
        ("INTERVAL_MISSING", "b2"),
        ("INTERVAL_MISSING", "m1"),
    ]


@pytest.mark.parametrize(
    ("prior", "recent", "years", "code"),
    [
        (ExamDate(2013), ExamDate(2015), "2", None),
        (ExamDate(2013), ExamDate(2015), "2.9", None),
        (ExamDate(2012), ExamDate(2013), "2", None),
        (ExamDate(2012, 12), ExamDate(2013, 1), "1", None),
        (ExamDate(2013), ExamDate(2015), "3.5", "INTERVAL_DISAGREES"),
        (ExamDate(2013, 5, 7), ExamDate(2015, 6, 10), "2.1", None),
        (ExamDate(2013, 5, 7), ExamDate(2015, 6, 10), "4", "INTERVAL_DISAGREES"),
        (ExamDate(2015), ExamDate(2013), "2", "INTERVAL_NEGATIVE"),
        (ExamDate(2015, 6, 10), ExamDate(2015, 5, 7), "1", "INTERVAL_NEGATIVE"),
        (ExamDate(2015, 6), ExamDate(2015, 5), "1", "INTERVAL_NEGATIVE"),
        (ExamDate(2015, 6, 10), ExamDate(2015), "1", None),
        (ExamDate(2015), None, "1", None),
    ],
)
def test_dates_are_compared_with_the_interval(prior, recent, years, code):
    _, findings = common_intervals([ExamTiming("b1", B, Decimal(years), prior, recent)])
    assert [finding.code for finding in findings] == ([code] if code else [])


def test_nobody_is_fine():
    assert common_intervals([]) == ({}, ())
