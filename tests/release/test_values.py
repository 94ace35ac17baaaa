from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radiomics_mammo.core.vocabulary import Density, Laterality
from radiomics_mammo.release.cells import Mark
from radiomics_mammo.release.values import (
    birads_number,
    cell_text,
    decimals_shown,
    folder_key,
    read_density,
    read_laterality,
    read_number,
    read_text,
    round_to,
    shown,
)

MISSING = (None, "", "  ", "-", "N/A", "na", "NOT AVAILABLE", "Not\u00a0available ", "unknown", "nan")


@pytest.mark.parametrize("cell", MISSING)
def test_missing_is_neither_value_nor_problem(cell):
    for read in (read_number, read_density, read_laterality, read_text):
        assert (read(cell).value, read(cell).problem) == (None, "")


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        (56, "56"),
        (56.0, "56"),
        (2.4, "2.4"),
        (0.1 + 0.2, "0.3"),
        ("56 years", "56"),
        ("56 y.o.", "56"),
        ("2,4", "2.4"),
        (" 2.40 ", "2.4"),
        ("-2", "-2"),
        (100, "100"),
        ("1 year", "1"),
    ],
)
def test_numbers(cell, number):
    assert str(read_number(cell).value) == number


@pytest.mark.parametrize(
    "cell", ["about 56", "50-55", "56 months", "<50", "1,234.5", True, Mark.ERROR, datetime(2013, 5, 7)]
)
def test_no_numbers(cell):
    assert read_number(cell).value is None
    assert read_number(cell).problem


@pytest.mark.parametrize(
    "cell", ["b", " B ", "ACR b", "BI-RADS B", "Type b", "(b)", "b.", 2, 2.0, "2", "II", "ii", "Density: B"]
)
def test_densities(cell):
    assert read_density(cell).value is Density.B


@pytest.mark.parametrize("cell", ["b/c", "a-b", "e", "5", 0, "dense", 2.5, True, Mark.FORMULA, datetime(2013, 5, 7)])
def test_no_densities(cell):
    assert read_density(cell).value is None
    assert read_density(cell).problem


@pytest.mark.parametrize("cell", ["Right", "R", "r ", "RIGHT BREAST", "Right side"])
def test_right(cell):
    assert read_laterality(cell).value is Laterality.RIGHT


@pytest.mark.parametrize("cell", ["both", "R/L", "Right/Left", 1, Mark.ERROR])
def test_no_side(cell):
    assert read_laterality(cell).value is None
    assert read_laterality(cell).problem


@pytest.mark.parametrize(
    ("cell", "key"), [(7, "7"), (7.0, "7"), ("7", "7"), ("007", "7"), ("Case A", "case a"), (None, "")]
)
def test_folder_keys(cell, key):
    assert folder_key(cell) == key


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("6", 6),
        ("4a", 4),
        ("BI-RADS 2", 2),
        ("BI-RADS 6 - known biopsy", 6),
        ("4-5", None),
        ("", None),
        ("benign", None),
    ],
)
def test_birads_numbers(text, number):
    assert birads_number(text) == number


def test_text_is_kept_as_printed():
    assert read_text("  Invasive  ductal\ncarcinoma ").value == "Invasive ductal carcinoma"
    assert read_text(4.0).value == "4"
    assert read_text(Mark.FORMULA).problem == "a formula without a stored result"
    assert cell_text(datetime(2013, 5, 7)) == "2013-05-07"


def test_messages_quote_little():
    assert len(shown("x" * 1000)) < 60
    assert "\n" not in shown("a\nb")


@pytest.mark.parametrize(
    ("values", "places"),
    [
        (["2", "3", "1"], 0),
        (["2.4", "2", "1.9", "3.1"], 1),
        (["2", "3", "1", "2.5"], 0),
        (["2.43", "1.87"], 2),
        (["2.4", "2"], 1),
        ([], 0),
    ],
)
def test_precision_of_a_column(values, places):
    assert decimals_shown([Decimal(value) for value in values]) == places


@pytest.mark.parametrize(
    ("value", "places", "rounded"), [("0.5", 0, 1.0), ("1.5", 0, 2.0), ("2.5", 0, 3.0), ("2.45", 1, 2.5)]
)
def test_halves_go_up(value, places, rounded):
    assert round_to(Decimal(value), places) == rounded


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 110), st.sampled_from(["{}", "{} years", " {} y.o. ", "{}.0", "{},0 yrs"]))
def test_ages_survive_every_way_of_writing_them(age, pattern):
    assert read_number(pattern.format(age)).value == age


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(st.text(max_size=30), st.floats(), st.integers(), st.booleans(), st.datetimes(), st.sampled_from(Mark))
)
def test_any_cell_is_a_value_or_missing_or_a_problem(cell):
    for read in (read_number, read_density, read_laterality, read_text):
        reading = read(cell)
        assert reading.value is None or reading.problem == ""
    assert isinstance(shown(cell), str)
    assert isinstance(folder_key(cell), str)
