"""Tables as values: what a row is, which columns it has, what they mean, how it is written and read back."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Generic, Literal, TypeVar, get_args, get_origin, get_type_hints

import numpy as np
import pandas as pd

from radiomics_mammo.core.errors import TableError

R = TypeVar("R")
Kind = Literal["text", "integer", "number", "flag"]
"""Kind of a column; empty cells are allowed in every kind."""


def _text_type() -> Any:  # noqa: ANN401 - a type of pandas
    """Text with missing cells: what pandas 3 calls ``str``, by the name that the installed pandas knows.

    The ``str`` of pandas 2 is Python's: it makes the word "None" of a missing cell.
    """
    try:
        return pd.StringDtype(storage="pyarrow", na_value=np.nan)
    except TypeError:  # before pandas 2.3
        return pd.StringDtype(storage="pyarrow_numpy")


TEXT = _text_type()
"""Type of text columns."""
_DTYPES: dict[Kind, Any] = {"text": TEXT, "integer": "Int64", "number": "float64", "flag": "boolean"}
_KINDS: dict[type, Kind] = {str: "text", int: "integer", float: "number", bool: "flag"}
AGAIN = "run the stage that makes it again"


@dataclass(frozen=True)
class Column:
    """One column: its name (which carries the unit), kind, meaning, and its closed set of words if it has one."""

    name: str
    kind: Kind
    meaning: str
    words: type[StrEnum] | None = None


def columns_of(row_type: type[Any]) -> tuple[Column, ...]:
    """Columns of a row type: one a field, ``name: Annotated[type, meaning]``, in order.

    Examples
    --------
    >>> from radiomics_mammo.core.pairs import LesionLink
    >>> columns_of(LesionLink)[3]
    Column(name='distance_mm', kind='number', meaning='distance between the two after mapping, mm', words=None)
    """
    return _columns_of(row_type)  # type: ignore[arg-type]  # a class is hashable, whatever its instances are


@cache
def _columns_of(row_type: type[Any]) -> tuple[Column, ...]:
    hints = get_type_hints(row_type, include_extras=True)
    return tuple(_column(field.name, hints[field.name]) for field in fields(row_type))


def _column(name: str, hint: Any) -> Column:  # noqa: ANN401 - a type hint can be anything
    annotated, meaning = get_args(hint) if get_origin(hint) is Annotated else (hint, "")
    kinds = [part for part in (get_args(annotated) or (annotated,)) if part is not type(None)]
    words = kinds[0] if issubclass(kinds[0], StrEnum) else None
    return Column(name, "text" if words else _KINDS[kinds[0]], meaning, words)


@dataclass(frozen=True)
class Table(Generic[R]):
    """One output table.

    Parameters
    ----------
    file : str
        Path below the output folder.
    row_type : type
        Frozen dataclass of one row.
    row : str
        What one row stands for.
    open_ended : bool
        Whether measured (numeric) columns follow those of `row_type`: features, deltas.
    """

    file: str
    row_type: type[R]
    row: str
    open_ended: bool = False

    @property
    def stem(self) -> str:
        """The file's name without its ending; the attribute of results that holds the table."""
        return self.file.removesuffix(".csv")

    @property
    def columns(self) -> tuple[Column, ...]:
        """Named columns in file order."""
        return columns_of(self.row_type)

    @property
    def names(self) -> list[str]:
        """Column names in file order."""
        return [column.name for column in self.columns]

    def empty(self) -> pd.DataFrame:
        """The table without rows."""
        return self.conform(pd.DataFrame(columns=self.names))

    def of(self, rows: Iterable[R], values: pd.DataFrame | None = None) -> pd.DataFrame:
        """Rows to a frame in file order; None, an empty text and not-a-number are missing.

        Parameters
        ----------
        rows : iterable of rows
        values : DataFrame, optional
            Measured columns of an open-ended table, one row a row.
        """
        kept = list(rows)
        heads = {name: [_cell(getattr(row, name)) for row in kept] for name in self.names}
        frame = pd.DataFrame(heads, columns=self.names, index=None if values is None else values.index)
        return self.conform(frame if values is None else pd.concat([frame, values], axis=1))

    def rows(self, frame: pd.DataFrame) -> tuple[R, ...]:
        """Typed rows of a frame: words are members of their sets, missing cells are None, or empty where text is due.

        Raises
        ------
        TableError
            If a word is none of its set.
        """
        typed = self.conform(frame)[self.names]
        cells = [[_value(column, cell) for cell in typed[column.name]] for column in self.columns]
        make: Any = self.row_type
        return tuple(make(**dict(zip(self.names, row, strict=True))) for row in zip(*cells, strict=True))

    def conform(self, table: pd.DataFrame) -> pd.DataFrame:
        """The same rows with the schema's columns first, in order, typed.

        Raises
        ------
        TableError
            On an unknown column of a closed table, or a value of the wrong kind.
        """
        known = set(self.names)
        extra = [name for name in table.columns if name not in known]
        if extra and not self.open_ended:
            raise TableError(self.file, f"columns {self.names}", f"also {extra}", "add the column to the row type")
        typed = {column.name: self._typed(table, column) for column in self.columns}
        return pd.DataFrame(typed, index=table.index).join(table[extra]).copy()  # a copy lies in one piece

    def csv(self, frame: pd.DataFrame) -> str:
        """The contract's CSV of a frame that fits the table."""
        return csv_text(self.conform(frame))

    def parse(self, data: bytes) -> pd.DataFrame:
        """Read the contract's CSV back, typed; strict about columns, kinds and words.

        Raises
        ------
        TableError
            If it is not a table, lacks a column, or holds a value of another kind or a word that is none.
        """
        words = {column.name: TEXT for column in self.columns if column.kind == "text"}
        try:
            table = pd.read_csv(io.BytesIO(data), encoding="utf-8", keep_default_na=False, na_values=[""], dtype=words)
        except (ValueError, OSError, UnicodeError, pd.errors.ParserError) as error:
            raise TableError(self.file, "a CSV table", " ".join(str(error).split())[:160], AGAIN) from error
        missing = [name for name in self.names if name not in table.columns]
        if missing:
            raise TableError(self.file, f"columns {self.names}", f"no {', '.join(missing)}", AGAIN)
        typed = self.conform(table)
        measured = typed.columns[len(self.columns) :]
        text = [name for name in measured if not pd.api.types.is_numeric_dtype(typed[name])]
        if text:
            raise TableError(self.file, "numbers in measured columns", f"text in {text[0]}", AGAIN)
        for column in self.columns:
            self._known_words(column, typed[column.name])
        return typed

    def _typed(self, table: pd.DataFrame, column: Column) -> pd.Series:
        dtype = _DTYPES[column.kind]
        if column.name not in table:
            return pd.Series([None] * len(table), table.index, dtype=dtype)
        try:
            with np.errstate(invalid="raise"):  # infinite counts
                return table[column.name].astype(dtype)
        except (ValueError, TypeError, ArithmeticError) as error:
            subject = f"{self.file} column {column.name}"
            raise TableError(subject, column.kind, str(error)[:120], "correct the table or run it again") from error

    def _known_words(self, column: Column, values: pd.Series) -> None:
        if column.words is None:
            return
        known = [str(word) for word in column.words]
        strange = [value for value in values.dropna().unique() if not _is_word(value, column.words)]
        if strange:
            subject = f"{self.file} column {column.name}"
            raise TableError(subject, f"one of {', '.join(known)}", repr(strange[0]), "correct the table")


def _cell(value: object) -> object:
    if isinstance(value, StrEnum):
        return str(value)
    return None if value == "" else value


def _is_word(value: object, words: type[StrEnum]) -> bool:
    try:
        words(str(value))
    except ValueError:
        return False
    return True


def _value(column: Column, cell: Any) -> object:  # noqa: ANN401 - a cell can be anything
    if pd.isna(cell):
        return "" if column.kind == "text" and column.words is None else None
    if column.words is not None:
        try:
            return column.words(cell)
        except ValueError as error:
            known = ", ".join(column.words)
            raise TableError(column.name, f"one of {known}", repr(cell), "correct the table") from error
    return cell.item() if isinstance(cell, np.generic) else cell


def csv_text(table: pd.DataFrame) -> str:
    r"""A table as the contract's CSV: comma, header, ``.`` decimals, empty for missing, shortest exact floats.

    Examples
    --------
    >>> csv_text(pd.DataFrame({"a": [0.1, float("nan")], "b": ["x", None]}))
    'a,b\n0.1,x\n,\n'
    """
    return str(table.to_csv(index=False, lineterminator="\n"))


def unique(table: pd.DataFrame, keys: Sequence[str]) -> list[str]:
    """Values of the first key that stand in several rows of the same keys, sorted.

    Examples
    --------
    >>> unique(pd.DataFrame({"a": ["x", "y", "x"], "b": [1, 1, 1]}), ["a", "b"])
    ['x']
    """
    twice = table[table.duplicated(list(keys), keep=False)]
    return sorted(set(twice[keys[0]].fillna("(empty)").astype(str)))
