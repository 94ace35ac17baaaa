"""The output folder: one run at a time, files that are complete or absent, records that let a run go on."""

from __future__ import annotations

import fcntl
import hashlib
import io
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pandas as pd

from radiomics_mammo.core.errors import StoreError, TableError
from radiomics_mammo.core.schema import TableSchema
from radiomics_mammo.pipeline.records import from_record, to_record

T = TypeVar("T")
RECORDS = ".records"
"""Folder of resumable records below the output folder."""


@dataclass(frozen=True)
class Store:
    """An output folder.

    Parameters
    ----------
    root : Path
        Created when first written to.
    """

    root: Path

    @contextmanager
    def locked(self, *, fresh: bool = False) -> Iterator[None]:
        """Hold the folder for one run.

        Parameters
        ----------
        fresh : bool
            Forget the records an earlier run left.

        Raises
        ------
        StoreError
            If the folder cannot be written, or another run holds it.
        """
        with writing(self.root):
            self.root.mkdir(parents=True, exist_ok=True)
            lock = (self.root / ".lock").open("a")
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                remedy = "wait for the other run, or choose another --out"
                raise StoreError(str(self.root), "no other run in this folder", "one running", remedy) from error
            self._sweep()
            if fresh:
                shutil.rmtree(self.root / RECORDS, ignore_errors=True)
            yield

    def _sweep(self) -> None:
        for leftover in self.root.rglob(".*.part"):
            leftover.unlink(missing_ok=True)

    def write_bytes(self, name: str, data: bytes) -> None:
        """Write a file that is complete under its final name or not there at all.

        Raises
        ------
        StoreError
            If the file cannot be written (read-only folder, full disk).
        """
        target = self.root / name
        part = target.with_name(f".{target.name}.{os.getpid()}.part")
        with writing(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                with part.open("wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                part.replace(target)
            finally:
                part.unlink(missing_ok=True)

    def write_text(self, name: str, text: str) -> None:
        """Write UTF-8 text, complete or not at all."""
        self.write_bytes(name, text.encode("utf-8"))

    def write_table(self, schema: TableSchema, table: pd.DataFrame, *, parquet: bool = False) -> None:
        """Write a table under its schema's name, and its Parquet twin where asked.

        Raises
        ------
        TableError
            If the table does not fit the schema.
        """
        typed = schema.conform(table)
        self.write_text(schema.file, csv_text(typed))
        if parquet:
            buffer = io.BytesIO()
            typed.to_parquet(buffer, index=False)
            self.write_bytes(str(Path(schema.file).with_suffix(".parquet")), buffer.getvalue())

    def read_table(self, schema: TableSchema) -> pd.DataFrame:
        """Read a table back, typed by its schema.

        Raises
        ------
        TableError
            If it is missing, not a table, or lacks a column.
        """
        path = self.root / schema.file
        remedy = "run the stage that makes it again"
        try:
            table = pd.read_csv(
                path, encoding="utf-8", keep_default_na=False, na_values=[""],
                dtype={column.name: "str" for column in schema.columns if column.kind == "text"},
            )  # fmt: skip
        except FileNotFoundError as error:
            raise TableError(schema.file, "the table in this folder", "no such file", remedy) from error
        except (ValueError, OSError, UnicodeError, pd.errors.ParserError) as error:
            raise TableError(schema.file, "a CSV table", " ".join(str(error).split())[:160], remedy) from error
        missing = [name for name in schema.names if name not in table.columns]
        if missing:
            raise TableError(schema.file, f"columns {schema.names}", f"no {', '.join(missing)}", remedy)
        typed = schema.conform(table)
        words = [
            name for name in typed.columns[len(schema.columns) :] if not pd.api.types.is_numeric_dtype(typed[name])
        ]
        if words:
            raise TableError(schema.file, "numbers in measured columns", f"text in {words[0]}", remedy)
        return typed

    def read_or_empty(self, schema: TableSchema) -> pd.DataFrame:
        """As `read_table`, but an absent table is an empty one."""
        return self.read_table(schema) if (self.root / schema.file).is_file() else schema.empty()

    def recall(self, kind: type[T], stage: str, key: str) -> T | None:
        """A record of an earlier run, or None."""
        path = self._record(stage, key)
        if not path.is_file():
            return None
        try:
            return from_record(kind, path.read_text(encoding="utf-8"))
        except (StoreError, OSError, UnicodeError):
            return None

    def recall_or_make(self, kind: type[T], stage: str, key: str, *, make: Callable[[], T]) -> T:
        """The record of an earlier run, or what `make` returns, recorded."""
        known = self.recall(kind, stage, key)
        if known is not None:
            return known
        made = make()
        self.record(stage, key, made)
        return made

    def record(self, stage: str, key: str, value: object) -> None:
        """Keep a value for a later run."""
        self.write_text(str(self._record(stage, key).relative_to(self.root)), to_record(value))

    def _record(self, stage: str, key: str) -> Path:
        return self.root / RECORDS / stage / f"{key}.json"


@contextmanager
def writing(target: Path) -> Iterator[None]:
    """Turn what the file system refuses into a `StoreError`.

    Raises
    ------
    StoreError
        On any `OSError` inside the block.
    """
    try:
        yield
    except OSError as error:
        found = error.strerror or type(error).__name__
        remedy = "check permissions and free space, or choose another --out"
        raise StoreError(str(target), "a place that can be written to", found, remedy) from error


def csv_text(table: pd.DataFrame) -> str:
    r"""A table as the contract's CSV: comma, header, ``.`` decimals, empty for missing, shortest exact floats.

    Examples
    --------
    >>> csv_text(pd.DataFrame({"a": [0.1, float("nan")], "b": ["x", None]}))
    'a,b\n0.1,x\n,\n'
    """
    return str(table.to_csv(index=False, lineterminator="\n"))


def key_of(*parts: str) -> str:
    """Short content address of the parts a result depends on (sha256, 40 hex digits).

    Examples
    --------
    >>> len(key_of("a", "b")), key_of("a", "b") == key_of("ab")
    (40, False)
    """
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:40]
