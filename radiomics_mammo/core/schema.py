"""Tables as values: what a row is, which columns it has, what they mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from radiomics_mammo.core.errors import TableError

Kind = Literal["text", "integer", "number", "flag"]
"""Kind of a column; empty cells are allowed in every kind."""


@dataclass(frozen=True)
class Column:
    """One column: its name (which carries the unit), kind and meaning."""

    name: str
    kind: Kind
    meaning: str


@dataclass(frozen=True)
class TableSchema:
    """One output table.

    Parameters
    ----------
    file : str
        Path below the output folder.
    row : str
        What one row stands for.
    columns : tuple of Column
        In file order.
    open_ended : bool
        Whether further (numeric) columns follow the named ones: features, deltas.
    """

    file: str
    row: str
    columns: tuple[Column, ...]
    open_ended: bool = False

    @property
    def stem(self) -> str:
        """The file's name without its ending; the attribute of results that holds the table."""
        return self.file.removesuffix(".csv")

    @property
    def names(self) -> list[str]:
        """Column names in file order."""
        return [column.name for column in self.columns]

    def empty(self) -> pd.DataFrame:
        """The table without rows."""
        return self.conform(pd.DataFrame(columns=self.names))

    def from_rows(self, rows: Sequence[dict[str, object]]) -> pd.DataFrame:
        """Rows to a table in file order; an absent value is empty.

        Raises
        ------
        TableError
            If a row holds a column the schema does not know and the table is not open-ended.

        Examples
        --------
        >>> names = (Column("name", "text", "its name"), Column("n", "integer", "count"))
        >>> schema = TableSchema("t.csv", "thing", names)
        >>> schema.from_rows([{"name": "a", "n": 3}, {"name": "b"}])["n"].isna().tolist()
        [False, True]
        """
        return self.conform(pd.DataFrame(list(rows))) if rows else self.empty()

    def conform(self, table: pd.DataFrame) -> pd.DataFrame:
        """The same rows with the schema's columns first, in order, typed.

        Raises
        ------
        TableError
            On an unknown column of a closed table, or a value of the wrong kind.
        """
        extra = [name for name in table.columns if name not in set(self.names)]
        if extra and not self.open_ended:
            raise TableError(self.file, f"columns {self.names}", f"also {extra}", "add the column to the schema")
        typed = {column.name: self._typed(table, column) for column in self.columns}
        return pd.DataFrame(typed, index=table.index).join(table[extra]).copy()  # a copy lies in one piece

    def _typed(self, table: pd.DataFrame, column: Column) -> pd.Series:
        dtype = {"text": "str", "integer": "Int64", "number": "float64", "flag": "boolean"}[column.kind]
        if column.name not in table:
            return pd.Series([None] * len(table), table.index, dtype=dtype)
        values = table[column.name]
        try:
            with np.errstate(invalid="raise"):  # infinite counts
                return values.astype(dtype)
        except (ValueError, TypeError, ArithmeticError) as error:
            subject = f"{self.file} column {column.name}"
            raise TableError(
                subject, column.kind, str(error)[:120], "correct the table or run the stage again"
            ) from error


def columns(kind: Kind, described: Iterable[tuple[str, str]]) -> tuple[Column, ...]:
    """Several columns of one kind from (name, meaning) pairs.

    Examples
    --------
    >>> columns("number", [("area_mm2", "area in mm2")])[0].kind
    'number'
    """
    return tuple(Column(name, kind, meaning) for name, meaning in described)
