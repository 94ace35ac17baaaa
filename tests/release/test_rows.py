from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest

from radiomics_mammo.config.release import ReleaseConfig
from radiomics_mammo.core.vocabulary import Density, Laterality
from radiomics_mammo.release.cells import Mark
from radiomics_mammo.release.columns import Field
from radiomics_mammo.release.dates import DayOrder, ExamDate
from radiomics_mammo.release.rows import DateStyle, WorkbookRow, first_filled, read_row


def read(**cells):
    fields = {Field[name.upper()]: value if isinstance(value, tuple) else (value,) for name, value in cells.items()}
    row, problems = read_row(fields, style=DateStyle(DayOrder.DAY_FIRST))
    return row, [problem.code.name for problem in problems]


def test_a_whole_row():
    row, problems = read(
        laterality="Right ",
        age="56 years",
        density="C",
        birads=6.0,
        dates="07/05/2013-10/06/2015",
        interval="2,1",
        biopsy="DCIS",
    )
    assert problems == []
    assert row == WorkbookRow(
        Laterality.RIGHT, 56.0, Density.C, "6", ExamDate(2013, 5, 7), ExamDate(2015, 6, 10), Decimal("2.1"), "DCIS"
    )


def test_an_empty_row_is_no_problem():
    assert read() == (WorkbookRow(), [])
    assert read(age=None, biopsy="NOT AVAILABLE") == (WorkbookRow(), [])


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"age": "fifty"}, "CELL_UNREADABLE"),
        ({"age": 5}, "AGE_IMPLAUSIBLE"),
        ({"age": 1956}, "AGE_IMPLAUSIBLE"),
        ({"density": "x"}, "CELL_UNREADABLE"),
        ({"laterality": "both"}, "CELL_UNREADABLE"),
        ({"birads": Mark.FORMULA}, "CELL_UNREADABLE"),
        ({"biopsy": Mark.ERROR}, "CELL_UNREADABLE"),
        ({"interval": -2}, "INTERVAL_NEGATIVE"),
        ({"interval": 0}, "INTERVAL_NEGATIVE"),
        ({"interval": 2013}, "CELL_UNREADABLE"),
        ({"dates": "soon"}, "CELL_UNREADABLE"),
        ({"dates": "2013"}, "CELL_UNREADABLE"),
        ({"dates": "2011-2013-2015"}, "CELL_UNREADABLE"),
        ({"dates": "1013-1015"}, "CELL_UNREADABLE"),
        ({"prior_date": "2011-2013"}, "CELL_UNREADABLE"),
    ],
)
def test_what_cannot_be_read_is_missing_and_said(cells, code):
    assert read(**cells) == (WorkbookRow(), [code])


def test_unclear_dates_keep_the_year():
    row, problems = read_row({Field.DATES: ("07/05/2013-10/06/2015",)})
    assert (row.prior_date, row.recent_date) == (ExamDate(2013), ExamDate(2015))
    assert [problem.code.name for problem in problems] == ["DATE_AMBIGUOUS"]
    assert "07/05/2013" in problems[0].message


def test_two_columns_under_one_heading():
    row, problems = read(dates=(2013, datetime(2015, 6, 10)))
    assert (row.prior_date, row.recent_date, problems) == (ExamDate(2013), ExamDate(2015, 6, 10), [])


def test_two_columns_with_headings_of_their_own():
    row, problems = read(prior_date="2013", recent_date=2015)
    assert (row.prior_date, row.recent_date, problems) == (ExamDate(2013), ExamDate(2015), [])


def test_bounds_are_those_of_the_configuration():
    config = ReleaseConfig(plausible_age_years=(0, 20), max_interval_years=1)
    row, problems = read_row({Field.AGE: (12,), Field.INTERVAL: (2,)}, config=config)
    assert row.age_years == 12.0
    assert [problem.code.name for problem in problems] == ["CELL_UNREADABLE"]


def test_first_filled_cell_counts():
    assert first_filled({Field.AGE: (None, 56, 57)}, Field.AGE) == 56
    assert first_filled({}, Field.AGE) is None


@pytest.mark.parametrize("field", [Field.AGE, Field.DENSITY, Field.LATERALITY, Field.BIRADS, Field.INTERVAL])
def test_columns_of_one_field_that_disagree_give_nothing(field):
    said = {Field.AGE: (73, 50), Field.DENSITY: ("b", "D"), Field.LATERALITY: ("Left", "R")}
    row, problems = read_row({field: said.get(field, (2, 4))})
    assert row == WorkbookRow()
    assert [(problem.code.name, "columns disagree" in problem.message) for problem in problems] == [
        ("CELL_UNREADABLE", True)
    ]


def test_columns_of_one_field_that_agree_or_are_silent_give_the_value():
    row, problems = read_row({Field.AGE: (None, 73.0, "73 years"), Field.DENSITY: ("B", "b", "10-25")})
    assert (row.age_years, row.density, problems) == (73.0, Density.B, ())


def test_style_comes_from_all_date_columns_together():
    rows = [{Field.PRIOR_DATE: ("01/02/2013",)}, {Field.RECENT_DATE: ("25/02/2013",), Field.AGE: ("13/13/2013",)}]
    assert DateStyle.of(rows) == DateStyle(DayOrder.DAY_FIRST, doubtful=False)
