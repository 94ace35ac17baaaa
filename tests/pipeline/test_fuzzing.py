"""Damaged tables given back to `classify` and `statistics`: results or one sentence, never anything else."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from radiomics_mammo.config.loading import parse_config
from radiomics_mammo.core.errors import RadiomicsMammoError
from radiomics_mammo.pipeline.folder import StudyFolder
from radiomics_mammo.pipeline.results import read_measured
from radiomics_mammo.pipeline.store import Store
from radiomics_mammo.tables.study import MEASURED

SHORT = settings(
    max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate]
)
WHOLE, LONG_READ, LONG_WHOLE = 2, 4_000, 200
CONFIG = parse_config(
    "modeling: {repeats: 1, outer_folds: 2, inner_folds: 2, bootstrap_draws: 100, permutations: 20, trees: 10}"
)
KEPT_FEATURES = ("firstorder_Mean", "glcm_Contrast", "firstorder_Entropy")
ODD = (
    "",
    "nan",
    "inf",
    "-inf",
    "1e308",
    "-1",
    "0",
    "1.5",
    "True",
    "malignant",
    "unconfirmed",
    "benign-01",
    "é;'\"",
    "\n",
)

Rows = list[list[str]]
WHERE = st.floats(0, 1, exclude_max=True)
CELLS = st.lists(st.tuples(WHERE, WHERE, st.sampled_from(ODD) | st.text(max_size=4)), min_size=1, max_size=6)
DAMAGE = st.one_of(
    st.tuples(st.just("cells"), CELLS),
    st.tuples(st.sampled_from(["drop rows", "double rows", "cut text"]), WHERE),
    st.tuples(st.sampled_from(["drop column", "empty column", "rename column", "swap column with next"]), WHERE),
)
TABLE = st.sampled_from([schema.file for schema in MEASURED])


def at(items: list, where: float) -> int:
    return int(where * len(items))


def set_cells(rows: Rows, cells) -> Rows:
    for row, column, value in cells:
        if len(rows) > 1:
            line = rows[1 + at(rows[1:], row)]
            line[at(line, column)] = value
    return rows


def set_column(rows: Rows, where: float, change: Callable[[list[str], int], list[str]]) -> Rows:
    column = at(rows[0], where)
    return [change(line, column) for line in rows]


def swap(line: list[str], column: int) -> list[str]:
    other = (column + 1) % len(line)
    line[column], line[other] = line[other], line[column]
    return line


OPERATIONS: dict[str, Callable[[Rows, float], Rows]] = {
    "cells": set_cells,
    "drop rows": lambda rows, where: rows[: 1 + at(rows[1:], where)],
    "double rows": lambda rows, where: rows + rows[1 + at(rows[1:], where) :],
    "drop column": lambda rows, where: set_column(rows, where, lambda line, k: line[:k] + line[k + 1 :]),
    "empty column": lambda rows, where: rows[:1] + set_column(rows[1:], where, lambda r, k: [*r[:k], "", *r[k + 1 :]]),
    "rename column": lambda rows, where: (
        set_column(rows[:1], where, lambda r, k: [*r[:k], "x", *r[k + 1 :]]) + rows[1:]
    ),
    "swap column with next": lambda rows, where: rows[:1] + set_column(rows[1:], where, swap),
}


def damaged(text: str, damage) -> str:
    kind, how = damage
    if kind == "cut text":
        return text[: at(list(text), how)]
    rows = OPERATIONS[kind](list(csv.reader(io.StringIO(text))), how)
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(rows)
    return stream.getvalue()


def thinned(text: str, names: list[str]) -> str:
    """An open-ended table with the columns of few features, so that a test takes a second."""
    rows = list(csv.reader(io.StringIO(text)))
    kept = [k for k, name in enumerate(rows[0]) if name in names or name.endswith(KEPT_FEATURES)]
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows([[row[k] for k in kept] for row in rows])
    return stream.getvalue()


class Tables(dict[str, str]):
    """Text of every measured table by its file; too long for what hypothesis prints."""

    def __repr__(self) -> str:
        return f"{len(self)} tables"


@pytest.fixture(scope="module")
def tables(small_study) -> Tables:
    """Those of the small study, with few features."""
    found = {schema.file: (small_study.out / schema.file).read_text(encoding="utf-8") for schema in MEASURED}
    wide = [schema for schema in MEASURED if schema.open_ended]
    return Tables(found | {schema.file: thinned(found[schema.file], schema.names) for schema in wide})


def written(folder: Path, tables: Tables, damage) -> Path:
    """A study folder of these tables, one of them damaged."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    name, how = damage
    for file, text in (tables | {name: damaged(tables[name], how)}).items():
        (folder / file).write_text(text, encoding="utf-8")
    return folder


def ends_well(stage: Callable[[], object]) -> bool:
    try:
        return stage() is not None
    except RadiomicsMammoError as error:
        return "\n" not in str(error)


def both_stages_end_well(folder: Path) -> bool:
    study = StudyFolder.open(folder, config=CONFIG)
    return ends_well(study.classify) and ends_well(study.describe)


@SHORT
@example(("flow.csv", ("cells", [(0.4, 0.7, "\n")])))
@given(st.tuples(TABLE, DAMAGE))
def test_damaged_table_is_read_or_refused(tables, tmp_path, damage):
    assert ends_well(lambda: read_measured(Store(written(tmp_path / "study", tables, damage))))


@settings(SHORT, max_examples=WHOLE)
@example(("images.csv", ("empty column", 0.0)))
@example(("images.csv", ("cells", [(0.0, 0.23, "-inf")])))
@given(st.tuples(TABLE, DAMAGE))
def test_damaged_tables_are_analysed_or_refused(tables, tmp_path, damage):
    assert both_stages_end_well(written(tmp_path / "study", tables, damage))


@pytest.mark.nightly
def test_damaged_tables_by_the_thousand(tables, tmp_path):
    counts = dict.fromkeys(("read", "analysed"), 0)

    @settings(SHORT, max_examples=LONG_READ)
    @given(st.tuples(TABLE, DAMAGE))
    def read(damage):
        assert ends_well(lambda: read_measured(Store(written(tmp_path / "study", tables, damage))))
        counts["read"] += 1

    @settings(SHORT, max_examples=LONG_WHOLE)
    @given(st.tuples(TABLE, DAMAGE))
    def analysed(damage):
        assert both_stages_end_well(written(tmp_path / "study", tables, damage))
        counts["analysed"] += 1

    read()
    analysed()
    print(f"\nfuzz inputs of the tables: {sum(counts.values())} ({counts})")  # noqa: T201 - the nightly run shows it
    assert min(counts.values()) >= LONG_WHOLE // 2
