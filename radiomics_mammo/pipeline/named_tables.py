"""Tables with captions in a folder of their own: ``statistics/`` and ``classification/``."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pandas as pd

from radiomics_mammo.core.errors import TableError
from radiomics_mammo.core.results import NamedTable
from radiomics_mammo.pipeline.store import Store, csv_text

STATISTICS = "statistics"
DETAILS = "classification"
CAPTIONS = "captions.json"
"""Captions of the tables beside it: test, n and correction in words; its order is the order of the report."""


def write_named_tables(store: Store, folder: str, tables: Sequence[NamedTable]) -> list[str]:
    """Write tables in place of those of an earlier run; the names written."""
    for old in (store.root / folder).glob("*.csv"):
        old.unlink()
    for table in tables:
        store.write_text(f"{folder}/{table.name}.csv", csv_text(table.table))
    captions = {table.name: table.caption for table in tables}
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
        captions: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        found = {name: pd.read_csv(store.root / folder / f"{name}.csv") for name in captions}
    except (OSError, ValueError, AttributeError, TypeError) as error:
        problem = " ".join(str(error).split())[:160]
        raise TableError(f"{folder}/", "the tables its captions name", problem, "run the stage again") from error
    return tuple(NamedTable(name, str(captions[name]), table) for name, table in found.items())
