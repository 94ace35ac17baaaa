"""Tables are typed by their row type; missing stays missing in every kind, made and read back alike."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import numpy as np
import pandas as pd
import pytest

from radiomics_mammo.core.errors import TableError
from radiomics_mammo.tables import schema
from radiomics_mammo.tables.schema import Table, unique
from radiomics_mammo.tables.study import EVERY


class Side(StrEnum):
    LEFT = "L"
    RIGHT = "R"


@dataclass(frozen=True, kw_only=True)
class Thing:
    name: Annotated[str, "name"] = ""
    n: Annotated[int | None, "count"] = None
    x_mm: Annotated[float | None, "length"] = None
    ok: Annotated[bool | None, "yes or no"] = None
    side: Annotated[Side | None, "which side"] = None


THINGS = Table("t.csv", Thing, "thing")
OPEN = Table("t.csv", Thing, "thing", open_ended=True)
FULL = Thing(name="a, quoted", n=2, x_mm=0.1, ok=False, side=Side.RIGHT)


def test_a_row_written_is_the_row_read():
    frame = THINGS.of([FULL, Thing(name="b"), Thing()])
    text = THINGS.csv(frame)
    assert text.splitlines() == ["name,n,x_mm,ok,side", '"a, quoted",2,0.1,False,R', "b,,,,", ",,,,"]
    assert THINGS.rows(THINGS.parse(text.encode())) == (FULL, Thing(name="b"), Thing())
    pd.testing.assert_frame_equal(THINGS.parse(text.encode()), frame)


def test_no_rows_is_still_a_table():
    assert THINGS.of([]).empty
    assert list(THINGS.empty().columns) == THINGS.names
    assert THINGS.rows(THINGS.empty()) == ()


def test_unknown_column_of_a_closed_table_is_refused():
    with pytest.raises(TableError, match="also"):
        THINGS.conform(pd.DataFrame({"name": ["a"], "oops": [1]}))


def test_an_open_table_keeps_measured_columns_behind_the_named_ones():
    frame = OPEN.of([FULL], values=pd.DataFrame({"f": [1.5]}))
    assert list(frame.columns) == [*THINGS.names, "f"]
    pd.testing.assert_frame_equal(OPEN.parse(OPEN.csv(frame).encode()), frame)


@pytest.mark.parametrize(
    ("column", "value"), [("n", "many"), ("x_mm", "long"), ("n", 1.5), ("n", float("inf")), ("n", 1e308)]
)
def test_value_of_the_wrong_kind_is_refused(column, value):
    with pytest.raises(TableError, match=column):
        THINGS.conform(pd.DataFrame({column: [value]}))


def test_reading_is_strict_about_columns_words_and_kinds():
    for text, match in (
        ("name,n\na,1\n", "no x_mm"),
        ("name,n,x_mm,ok,side\na,1,2,True,up\n", "one of L, R, found 'up'"),
        ('name,n,x_mm,ok,side\n"a', "a CSV table"),
    ):
        with pytest.raises(TableError, match=match):
            THINGS.parse(text.encode())
    with pytest.raises(TableError, match="text in f"):
        OPEN.parse(b"name,n,x_mm,ok,side,f\na,1,2,True,L,high\n")
    with pytest.raises(TableError, match="one of L, R"):
        THINGS.rows(pd.DataFrame({"side": ["up"]}))


def test_an_empty_table_of_any_kind_reads_back_as_it_was_made():
    for table in EVERY:
        made = table.empty()
        pd.testing.assert_frame_equal(table.parse(table.csv(made).encode()), made, check_index_type=False)


def test_columns_are_named_once_explained_and_carry_their_unit():
    bare = {"spacing", "area", "distance", "shift", "age", "interval", "centroid_row", "centroid_col"}
    for table in EVERY:
        assert len(set(table.names)) == len(table.names), table.file
        assert all(column.meaning and column.name == column.name.lower() for column in table.columns), table.file
        assert not bare & set(table.names), table.file


def test_duplicates_are_named():
    table = pd.DataFrame({"a": ["x", "y", "x", np.nan, np.nan], "b": [1, 1, 1, 2, 2]})
    assert unique(table, ["a", "b"]) == ["(empty)", "x"]
    assert unique(table.head(2), ["a"]) == []


def test_columns_of_a_row_are_looked_up_once_however_wide_a_table_is(monkeypatch):
    @dataclass(frozen=True)
    class Wide:
        """A row with a name."""

        name: Annotated[str, "name"]

    asked = []
    plain = schema.get_type_hints
    monkeypatch.setattr(schema, "get_type_hints", lambda *args, **kwargs: asked.append(1) or plain(*args, **kwargs))
    table = Table("wide.csv", Wide, "row", open_ended=True)
    frame = pd.DataFrame({"name": ["a"], **{f"f{number}": [0.5] for number in range(50)}})
    assert table.conform(table.conform(frame)).shape == (1, 51)
    assert len(asked) == 1
