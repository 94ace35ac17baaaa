"""The output folder: one run at a time, files that are complete or absent, records that let a run go on."""

from __future__ import annotations

import hashlib
import io
import json
import math
import os
import shutil
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np
import pandas as pd

from radiomics_mammo.core.errors import InvariantError, StoreError, TableError
from radiomics_mammo.pipeline.platforms import hold
from radiomics_mammo.tables.schema import AGAIN, Table, csv_text

T = TypeVar("T")
RECORDS = ".records"
"""Folder of resumable records below the output folder."""
MOST_REMEMBERED, MOST_REMEMBERED_BYTES = 32, 50_000_000
"""Tables that stay parsed, and the size of a file above which none does: memory must not grow with the cohort."""


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
                hold(lock)
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

    def write_table(self, table: Table[Any], frame: pd.DataFrame, *, parquet: bool = False) -> None:
        """Write a frame under its table's name, and its Parquet twin where asked.

        Raises
        ------
        TableError
            If the frame does not fit the table.
        """
        typed = table.conform(frame)
        self.write_text(table.file, csv_text(typed))
        if parquet:
            buffer = io.BytesIO()
            typed.to_parquet(buffer, index=False)
            self.write_bytes(str(Path(table.file).with_suffix(".parquet")), buffer.getvalue())

    def read_table(self, table: Table[Any]) -> pd.DataFrame:
        """Read a table back, typed and strict.

        Raises
        ------
        TableError
            If it is missing, not a table, or not this one.
        """
        try:
            data = (self.root / table.file).read_bytes()
        except FileNotFoundError as error:
            raise TableError(table.file, "the table in this folder", "no such file", AGAIN) from error
        except OSError as error:
            raise TableError(table.file, "a CSV table", " ".join(str(error).split())[:160], AGAIN) from error
        return _parsed(table, data)

    def read_or_empty(self, table: Table[Any]) -> pd.DataFrame:
        """As `read_table`, but an absent table is an empty one."""
        return self.read_table(table) if (self.root / table.file).is_file() else table.empty()

    def hashes(self, names: Iterable[str]) -> dict[str, str]:
        """Hash (sha256, hex) of files below the folder; empty for one that is not there."""
        paths = {name: self.root / name for name in names}
        return {name: hashlib.sha256(p.read_bytes()).hexdigest() if p.is_file() else "" for name, p in paths.items()}

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


def key_of(*parts: str) -> str:
    """Short content address of the parts a result depends on (sha256, 40 hex digits).

    Examples
    --------
    >>> len(key_of("a", "b")), key_of("a", "b") == key_of("ab")
    (40, False)
    """
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:40]


_PARSED: OrderedDict[tuple[Table[Any], str], pd.DataFrame] = OrderedDict()
"""Tables read last, by name and content: classification, statistics, report and result all start from the same."""


def _parsed(table: Table[Any], data: bytes) -> pd.DataFrame:
    """A table of its own, parsed unless these bytes were among the last."""
    if len(data) > MOST_REMEMBERED_BYTES:
        return table.parse(data)
    key = table, hashlib.sha256(data).hexdigest()
    if key not in _PARSED:
        _PARSED[key] = table.parse(data)
        while len(_PARSED) > MOST_REMEMBERED:
            _PARSED.popitem(last=False)
    _PARSED.move_to_end(key)
    return _PARSED[key].copy()


def to_record(value: object) -> str:
    """JSON text of a frozen value; floats are written so that they come back exactly.

    Examples
    --------
    >>> to_record((1, 0.1, None))
    '[1,0.1,null]'
    """
    return json.dumps(plain(value), separators=(",", ":"), ensure_ascii=False)


def from_record(kind: type[T], text: str) -> T:
    """Rebuild a value of a known type from its JSON text.

    Parameters
    ----------
    kind : type
        The dataclass that was written.
    text : str

    Raises
    ------
    StoreError
        If the text is not a record of that type.

    Examples
    --------
    >>> from radiomics_mammo.core.identity import ImageKey
    >>> key = ImageKey.parse("benign-01_CC_prior")
    >>> from_record(ImageKey, to_record(key)) == key
    True
    """
    try:
        rebuilt: T = _rebuild(kind, json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError, InvariantError) as error:
        raise StoreError("stored record", kind.__name__, str(error)[:120], "run again with --fresh") from error
    return rebuilt


def plain(value: object) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """A frozen value as mappings, lists, texts and numbers."""
    if isinstance(value, Enum):
        return value.value if isinstance(value, str | int) else value.name
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def _rebuild(kind: Any, data: Any) -> Any:  # noqa: ANN401 - a type hint can be anything
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return None if data is None else _rebuild(next(part for part in arguments if part is not NoneType), data)
    if origin is np.ndarray:
        return np.asarray(data, dtype=get_args(arguments[1])[0] if len(arguments) > 1 else np.float64)
    if origin is tuple:
        parts = arguments[:1] * len(data) if arguments[-1] is Ellipsis else arguments
        return tuple(_rebuild(part, item) for part, item in zip(parts, data, strict=True))
    if origin is not None and issubclass(origin, Mapping):
        return {key: _rebuild(arguments[1], item) for key, item in data.items()}
    if isinstance(kind, type) and is_dataclass(kind):
        hints = _hints_of(kind)
        make: Any = kind
        return make(**{name: _rebuild(hints[name], item) for name, item in data.items()})
    return _scalar(kind, data)


@cache
def _hints_of(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _scalar(kind: Any, data: Any) -> Any:  # noqa: ANN401 - a type hint can be anything
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(data) if issubclass(kind, str | int) else kind[data]
    if kind is float:
        return math.nan if data is None else float(data)
    return data
