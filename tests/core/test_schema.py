"""Tables are typed by their schema; empty cells stay empty in every kind."""

import pandas as pd
import pytest

from radiomics_mammo.core.errors import TableError
from radiomics_mammo.core.schema import Column, TableSchema, columns

SCHEMA = TableSchema(
    "t.csv",
    "thing",
    (Column("name", "text", "name"), Column("n", "integer", "count"), Column("x_mm", "number", "length"),
     Column("ok", "flag", "yes or no")),
)  # fmt: skip


def test_rows_come_in_file_order_with_empty_cells():
    table = SCHEMA.from_rows([{"ok": True, "name": "a"}, {"n": 2, "x_mm": 0.5}])
    assert list(table.columns) == ["name", "n", "x_mm", "ok"]
    assert table.isna().sum().tolist() == [1, 1, 1, 1]
    assert table["n"].dtype == "Int64"


def test_no_rows_is_still_a_table():
    assert list(SCHEMA.from_rows([]).columns) == SCHEMA.names
    assert SCHEMA.empty().empty


def test_unknown_column_of_a_closed_table_is_refused():
    with pytest.raises(TableError, match="also"):
        SCHEMA.from_rows([{"name": "a", "oops": 1}])


def test_open_table_keeps_further_columns_behind_the_named_ones():
    schema = TableSchema("t.csv", "thing", columns("text", [("name", "name")]), open_ended=True)
    assert list(schema.conform(pd.DataFrame({"f": [1.0], "name": ["a"]})).columns) == ["name", "f"]


@pytest.mark.parametrize(
    ("column", "value"), [("n", "many"), ("x_mm", "long"), ("n", 1.5), ("n", float("inf")), ("n", 1e308)]
)
def test_value_of_the_wrong_kind_is_refused(column, value):
    with pytest.raises(TableError, match=column):
        SCHEMA.from_rows([{column: value}])
