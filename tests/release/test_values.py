from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radiomics_mammo.core.vocabulary import Density, Laterality
from radiomics_mammo.release.sheets import Mark
from radiomics_mammo.release.values import (
    UNPROVEN,
    DateStyle,
    cell_text,
    date_style,
    dates_in,
    density_in,
    folder_key,
    laterality_in,
    number_in,
    shown,
    text_in,
)

READERS = (number_in, density_in, laterality_in, text_in)
DAY_FIRST, MONTH_FIRST = DateStyle(day_first=True), DateStyle(day_first=False)


def test_missing_is_neither_value_nor_problem():
    for cell in (
        None,
        "",
        "  ",
        "-",
        "N/A",
        "na",
        "NOT AVAILABLE",
        "Not\u00a0available ",
        "unknown",
        "nan",
        float("nan"),
    ):
        for read in READERS:
            assert (read(cell).value, read(cell).problem) == (None, ""), (read, cell)


READ = {
    number_in: {
        "56": (56, 56.0, "56 years", "56 y.o."),
        "2.4": (2.4, "2,4", " 2.40 "),
        "0.3": (0.1 + 0.2,),
        "-2": ("-2",),
        "100": (100,),
        "1": ("1 year",),
    },
    density_in: {
        Density.B: (
            *("b", " B ", "ACR b", "BI-RADS B", "Type b", "(b)", "b.", "Density: B"),
            *(2, 2.0, "2", "2.0", "II", "ii"),
        ),
    },
    laterality_in: {Laterality.RIGHT: ("Right", "R", "r ", "RIGHT BREAST", "Right side")},
}
UNREAD = {
    number_in: ("about 56", "50-55", "56 months", "<50", "1,234.5", True, Mark.ERROR, datetime(2013, 5, 7)),
    density_in: ("b/c", "a-b", "e", "5", 0, "dense", 2.5, True, Mark.FORMULA, datetime(2013, 5, 7)),
    laterality_in: ("both", "R/L", "Right/Left", 1, Mark.ERROR),
    text_in: (Mark.FORMULA,),
}


@pytest.mark.parametrize("read", READ)
def test_ways_of_writing_a_value(read):
    for value, cells in READ[read].items():
        assert {cell: str(read(cell).value) for cell in cells} == dict.fromkeys(cells, str(value))


@pytest.mark.parametrize("read", UNREAD)
def test_what_is_no_value_is_a_problem(read):
    for cell in UNREAD[read]:
        assert read(cell).value is None, cell
        assert read(cell).problem, cell


def test_folder_keys():
    cells = {7: "7", 7.5: "7.5", "7": "7", "007": "7", "000": "0", "Case A": "case a", None: ""}
    assert {cell: folder_key(cell) for cell in cells} == cells
    assert folder_key(7.0) == "7"


def test_text_is_kept_as_printed_and_quoted_short():
    assert text_in("  Invasive  ductal\ncarcinoma ").value == "Invasive ductal carcinoma"
    assert text_in(4.0).value == "4"
    assert text_in(Mark.FORMULA).problem == "a formula without a stored result"
    assert cell_text(datetime(2013, 5, 7)) == "2013-05-07"
    assert len(shown("x" * 1000)) < 60
    assert "\n" not in shown("a\nb")


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 110), st.sampled_from(["{}", "{} years", " {} y.o. ", "{}.0", "{},0 yrs"]))
def test_ages_survive_every_way_of_writing_them(age, pattern):
    assert number_in(pattern.format(age)).value == age


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(st.text(max_size=30), st.floats(), st.integers(), st.booleans(), st.datetimes(), st.sampled_from(Mark))
)
def test_any_cell_is_a_value_or_missing_or_a_problem(cell):
    for read in READERS:
        assert read(cell).value is None or read(cell).problem == ""
    assert isinstance(shown(cell) + folder_key(cell), str)


def dates(cell, style=UNPROVEN):
    reading = dates_in(cell, style=style)
    assert not reading.problem, cell
    return list(reading.dates)


def test_pairs_of_years():
    separators = ("-", "/", " - ", "\u2013", ",", " and ", "\n")
    for cell in (*(f"2013{between}2015" for between in separators), "prior 2013, recent 2015"):
        assert dates(cell) == ["2013", "2015"], cell


def test_pairs_of_dates_take_the_order_the_column_proves():
    pairs = ("07/05/2013-10/06/2015", "07-05-2013-10-06-2015", "7.5.2013 \u2013 10.6.2015", "07/05/2013 to 10/06/2015")
    for cell in pairs:
        assert dates(cell, DAY_FIRST) == ["2013-05-07", "2015-06-10"], cell
        assert dates(cell, MONTH_FIRST) == ["2013-07-05", "2015-10-06"], cell


def test_other_ways_of_writing_dates():
    days = ("7 May 2013", "2013-05-07 00:00:00", "7-may-2013", datetime(2013, 5, 7))
    ways = {cell: ["2013-05-07"] for cell in days} | {2013.0: ["2013"], "2013-05-00": ["2013-05"]}
    ways |= {"2013-05-07 - 2015-06-10": ["2013-05-07", "2015-06-10"], "5/2013-6/2015": ["2013-05", "2015-06"]}
    ways |= {"May 2013 - Sept 2015": ["2013-05", "2015-09"], "NOT AVAILABLE": [], None: []}
    assert {cell: dates(cell) for cell in ways} == ways


def test_unreadable_dates_are_problems():
    texts = ("2013-15", "2010-12", "31/02/2013", "13/14/2013", "about 2013", "20132015", "7/5/13", "Marbles 2013")
    for cell in (*texts, Mark.FORMULA):
        assert dates_in(cell).problem, cell
        assert dates_in(cell).dates == (), cell


def test_unclear_order_keeps_the_year_and_says_so():
    reading = dates_in("07/05/2013-25/06/2015")
    assert (reading.dates, reading.ambiguous) == (("2013", "2015-06-25"), True)
    assert not dates_in("05/05/2013").ambiguous
    assert dates("05/05/2013") == ["2013-05-05"]


def test_order_needs_proof():
    assert date_style(["07/05/2013-25/06/2015"]) == DAY_FIRST
    assert date_style(["05/25/2013", "01/02/2013"]) == MONTH_FIRST
    for cells in (["25/05/2013", "05/25/2013"], ["01/02/2013"], [datetime(2013, 5, 25), 2013, None]):
        assert date_style(cells) == UNPROVEN, cells


def test_dates_a_spreadsheet_may_have_swapped_keep_the_year():
    column = ["25/03/2012", datetime(2013, 5, 7)]
    assert date_style(column).doubtful
    assert not date_style([*column, datetime(2013, 5, 27)]).doubtful
    reading = dates_in(column[1], style=date_style(column))
    assert (reading.dates, reading.ambiguous) == (("2013",), True)
    assert dates(datetime(2013, 5, 5), date_style(column)) == ["2013-05-05"]


@settings(max_examples=80, deadline=None)
@given(st.dates(min_value=datetime(1980, 1, 1).date(), max_value=datetime(2030, 1, 1).date()), st.sampled_from("/-."))
def test_dates_come_back(day, separator):
    text = separator.join((f"{day.day:02d}", f"{day.month:02d}", str(day.year)))
    assert dates(text, DAY_FIRST) == [day.isoformat()]
    swapped = separator.join((str(day.month), str(day.day), str(day.year)))
    assert dates(swapped, MONTH_FIRST) == [day.isoformat()]


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="0123456789-/. ,MayJunand", max_size=24))
def test_any_text_is_dates_or_a_problem(text):
    reading = dates_in(text)
    assert not (reading.problem and reading.dates)
