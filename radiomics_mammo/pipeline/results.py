"""A study read back from its folder: every table as a DataFrame, refused where they are of two makings."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

import pandas as pd

from radiomics_mammo.core.errors import StoreError, TableError
from radiomics_mammo.pipeline.journal import Journal
from radiomics_mammo.pipeline.store import Store
from radiomics_mammo.tables.grey_levels import GREY_LEVELS
from radiomics_mammo.tables.rejected import REJECTED
from radiomics_mammo.tables.schema import csv_text
from radiomics_mammo.tables.study import EVERY, MEASURED, Classification, MeasuredStudy, NamedTable

STATISTICS = "statistics"
DETAILS = "classification"
CAPTIONS = "captions.json"
"""Caption and chapter of the tables beside it; its order is the order of the report."""
SUMMARY = "classification.txt"
"""What `classify` had to say, in plain sentences."""
_TOLD = (GREY_LEVELS, REJECTED)
"""Tables that only tell of the measurement, and may be missing."""


@dataclass(frozen=True, eq=False, kw_only=True)
class StudyResult(MeasuredStudy):
    """Every table of one study folder; a table whose stage has not run is empty.

    Parameters
    ----------
    out : Path
        The folder.
    statistics : mapping of str to DataFrame
        The files of ``statistics/`` by their stem.
    """

    out: Path
    predictions: pd.DataFrame = field(repr=False)
    metrics: pd.DataFrame = field(repr=False)
    comparisons: pd.DataFrame = field(repr=False)
    sentinels: pd.DataFrame = field(repr=False)
    curves: pd.DataFrame = field(repr=False)
    selection: pd.DataFrame = field(repr=False)
    checklists: pd.DataFrame = field(repr=False)
    statistics: Mapping[str, pd.DataFrame] = field(repr=False)

    @property
    def report(self) -> Path:
        """The page to open first."""
        return self.out / "report.html"

    @property
    def measured(self) -> MeasuredStudy:
        """The tables that classification and statistics start from."""
        return MeasuredStudy(**{part.name: getattr(self, part.name) for part in fields(MeasuredStudy)})

    def _repr_html_(self) -> str:
        rows = [(part.name, getattr(self, part.name)) for part in fields(self)]
        sizes = pd.DataFrame(
            [(name, len(table), table.shape[1]) for name, table in rows if isinstance(table, pd.DataFrame)],
            columns=["table", "rows", "columns"],
        )
        return str(sizes.to_html(index=False))


def read_study(out: str | Path) -> StudyResult:
    """Read the tables of a study folder.

    Parameters
    ----------
    out : str or Path
        The folder given to ``run --out``.

    Raises
    ------
    StoreError
        If there is no such folder, or its tables are not of one finished run.
    TableError
        If a table is damaged.
    """
    store = Store(Path(out))
    if not store.root.is_dir():
        raise StoreError(str(out), "a folder that `run --out` made", "no such folder", "check the path")
    Journal(store).tables(table.file for table in MEASURED)
    tables = {table.stem: store.read_or_empty(table) for table in EVERY}
    statistics = {named.name: named.table for named in read_named_tables(store, STATISTICS)}
    return StudyResult(out=store.root, statistics=statistics, **tables)


def read_measured(store: Store) -> MeasuredStudy:
    """The measured tables of a folder, every one of which must be there.

    Raises
    ------
    TableError
        If one is missing or damaged.
    """
    tables = {table.stem: store.read_table(table) for table in MEASURED if table not in _TOLD}
    told = {table.stem: store.read_or_empty(table) for table in _TOLD}
    return MeasuredStudy(**tables, **told)


def read_classification(store: Store, result: StudyResult) -> Classification | None:
    """Classification of a folder, or None where it was not made or not possible."""
    if result.metrics.empty:
        return None
    words, splits = store.root / SUMMARY, store.root / "splits.json"
    return Classification(
        predictions=result.predictions,
        metrics=result.metrics,
        comparisons=result.comparisons,
        sentinels=result.sentinels,
        curves=result.curves,
        selection=result.selection,
        splits_json=splits.read_text(encoding="utf-8") if splits.is_file() else "{}",
        model_skops=b"",
        summary=tuple(words.read_text(encoding="utf-8").splitlines()) if words.is_file() else (),
        tables=read_named_tables(store, DETAILS),
    )


def write_named_tables(store: Store, folder: str, tables: Sequence[NamedTable]) -> list[str]:
    """Write tables that only one room knows in place of those of an earlier run; the names written."""
    for old in (store.root / folder).glob("*.csv"):
        old.unlink()
    for table in tables:
        store.write_text(f"{folder}/{table.name}.csv", csv_text(table.table))
    captions = {table.name: {"caption": table.caption, "chapter": table.chapter} for table in tables}
    store.write_text(f"{folder}/{CAPTIONS}", json.dumps(captions, indent=2, ensure_ascii=False) + "\n")
    return [*(f"{folder}/{table.name}.csv" for table in tables), f"{folder}/{CAPTIONS}"]


def read_named_tables(store: Store, folder: str) -> tuple[NamedTable, ...]:
    """Tables of a folder, in the order they were made; none where the stage has not run.

    Raises
    ------
    TableError
        If captions or a table are damaged.
    """
    path = store.root / folder / CAPTIONS
    if not path.is_file():
        return ()
    try:
        words: dict[str, dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))
        return tuple(
            NamedTable(
                name=name,
                caption=str(said["caption"]),
                chapter=str(said["chapter"]),
                table=pd.read_csv(store.root / folder / f"{name}.csv"),
            )
            for name, said in words.items()
        )
    except (OSError, ValueError, AttributeError, TypeError, KeyError) as error:
        problem = " ".join(str(error).split())[:160]
        raise TableError(f"{folder}/", "the tables its captions name", problem, "run the stage again") from error
