from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radiomics_mammo.release.cells import Mark
from radiomics_mammo.release.dates import DayOrder, ExamDate, day_order, doubtful_serials, read_dates


def iso(cell, **options):
    reading = read_dates(cell, **options)
    assert not reading.problem
    return [date.iso for date in reading.dates]


@pytest.mark.parametrize(
    "cell",
    [
        "2013-2015",
        "2013/2015",
        "2013 - 2015",
        "2013\u20132015",
        "2013,2015",
        "2013 and 2015",
        "2013\n2015",
        "prior 2013, recent 2015",
    ],
)
def test_pairs_of_years(cell):
    assert iso(cell) == ["2013", "2015"]


@pytest.mark.parametrize(
    "cell", ["07/05/2013-10/06/2015", "07-05-2013-10-06-2015", "7.5.2013 \u2013 10.6.2015", "07/05/2013 to 10/06/2015"]
)
def test_pairs_of_dates_take_the_order_the_column_proves(cell):
    assert iso(cell, order=DayOrder.DAY_FIRST) == ["2013-05-07", "2015-06-10"]
    assert iso(cell, order=DayOrder.MONTH_FIRST) == ["2013-07-05", "2015-10-06"]


@pytest.mark.parametrize(
    ("cell", "dates"),
    [
        ("2013-05-07 - 2015-06-10", ["2013-05-07", "2015-06-10"]),
        ("5/2013-6/2015", ["2013-05", "2015-06"]),
        ("May 2013 - Sept 2015", ["2013-05", "2015-09"]),
        ("7 May 2013", ["2013-05-07"]),
        ("2013-05-07 00:00:00", ["2013-05-07"]),
        ("7-may-2013", ["2013-05-07"]),
        (2013, ["2013"]),
        (2013.0, ["2013"]),
        (datetime(2013, 5, 7), ["2013-05-07"]),
        ("NOT AVAILABLE", []),
        (None, []),
    ],
)
def test_other_ways_of_writing(cell, dates):
    assert iso(cell) == dates


@pytest.mark.parametrize(
    "cell",
    [
        "2013-15",
        "2010-12",
        "31/02/2013",
        "13/14/2013",
        "about 2013",
        "20132015",
        "7/5/13",
        Mark.FORMULA,
        "Marbles 2013",
    ],
)
def test_unreadable_dates_are_problems(cell):
    assert read_dates(cell).problem
    assert read_dates(cell).dates == ()


def test_unclear_order_keeps_the_year_and_says_so():
    reading = read_dates("07/05/2013-25/06/2015")
    assert [date.iso for date in reading.dates] == ["2013", "2015-06-25"]
    assert reading.ambiguous


def test_equal_numbers_are_never_unclear():
    assert not read_dates("05/05/2013").ambiguous
    assert iso("05/05/2013") == ["2013-05-05"]


@pytest.mark.parametrize(
    ("cells", "order"),
    [
        (["07/05/2013-25/06/2015"], DayOrder.DAY_FIRST),
        (["05/25/2013", "01/02/2013"], DayOrder.MONTH_FIRST),
        (["25/05/2013", "05/25/2013"], DayOrder.UNKNOWN),
        (["01/02/2013"], DayOrder.UNKNOWN),
        ([datetime(2013, 5, 25), 2013, None], DayOrder.UNKNOWN),
    ],
)
def test_order_needs_proof(cells, order):
    assert day_order(cells) is order


def test_dates_a_spreadsheet_may_have_swapped_keep_the_year():
    column = ["25/03/2012", datetime(2013, 5, 7)]
    assert doubtful_serials(column)
    assert not doubtful_serials([*column, datetime(2013, 5, 27)])
    reading = read_dates(column[1], doubtful=True)
    assert [date.iso for date in reading.dates] == ["2013"]
    assert reading.ambiguous
    assert read_dates(datetime(2013, 5, 5), doubtful=True).dates[0].iso == "2013-05-05"


def test_precision_is_what_is_known():
    assert [ExamDate(2013, *rest).precision for rest in ((), (5,), (5, 7))] == ["year", "month", "day"]
    assert ExamDate(2013, 7, 2).ordinal_years == pytest.approx(ExamDate(2013).ordinal_years, abs=0.01)
    assert ExamDate(2013, 12, 31).ordinal_years < ExamDate(2014, 1, 1).ordinal_years


@settings(max_examples=80, deadline=None)
@given(st.dates(min_value=datetime(1980, 1, 1).date(), max_value=datetime(2030, 1, 1).date()), st.sampled_from("/-."))
def test_dates_come_back(day, separator):
    text = separator.join((f"{day.day:02d}", f"{day.month:02d}", str(day.year)))
    assert iso(text, order=DayOrder.DAY_FIRST) == [day.isoformat()]
    swapped = separator.join((str(day.month), str(day.day), str(day.year)))
    assert iso(swapped, order=DayOrder.MONTH_FIRST) == [day.isoformat()]


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="0123456789-/. ,MayJunand", max_size=24))
def test_any_text_is_dates_or_a_problem(text):
    reading = read_dates(text)
    assert not (reading.problem and reading.dates)
