"""Numbers, intervals and data frames in words: what a reader sees of a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from radiomics_mammo.report.blocks import Block, TableBlock, TextBlock
from radiomics_mammo.tables.study import NamedTable

EMPTY = "–"
"""What stands in an empty cell."""
SMALLEST_P = 0.001
"""Smaller p values are not told apart."""
_PROBABILITIES = ("p_value", "q_value")
_INTERVAL = ["effect", "ci_low", "ci_high"]
_OPEN_ROWS = 12
"""Named tables with more rows wait behind their caption."""


def format_number(value: float) -> str:
    """A number with three significant digits and no exponent where a reader can do without.

    Examples
    --------
    >>> [format_number(x) for x in (0.12345, 12.0, 4096.4, 0.00001234, -0.5)]
    ['0.123', '12', '4096', '1.23e-05', '-0.5']
    """
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def format_signed(difference: float) -> str:
    """A difference with its sign, three decimals.

    Examples
    --------
    >>> format_signed(0.05), format_signed(-0.04)
    ('+0.050', '−0.040')
    """
    return f"{difference:+.3f}".replace("-", "−")


def format_p(value: float) -> str:
    """A p or q value.

    Examples
    --------
    >>> format_p(0.0123), format_p(0.00001)
    ('0.012', '< 0.001')
    """
    return f"< {SMALLEST_P}" if value < SMALLEST_P else f"{value:.3f}"


def format_interval(estimate: float, low: float, high: float) -> str:
    """An estimate with its 95 % interval.

    Examples
    --------
    >>> format_interval(0.812, 0.7, 0.9)
    '0.812 (0.700 to 0.900)'
    """
    if pd.isna(estimate):
        return EMPTY
    certain = pd.notna(low) and pd.notna(high)
    return f"{estimate:.3f} ({low:.3f} to {high:.3f})" if certain else f"{estimate:.3f}"


def format_cell(value: object, column: str = "") -> str:
    """Any cell in words; empty cells are a dash, flags are yes or no.

    Examples
    --------
    >>> [format_cell(x) for x in (None, True, 3, 2.5, "left")]
    ['–', 'yes', '3', '2.5', 'left']
    >>> format_cell(0.0004, "q_value")
    '< 0.001'
    """
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return EMPTY
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, float | np.floating):
        return format_p(float(value)) if column in _PROBABILITIES else format_number(float(value))
    return str(value) or EMPTY


def table_block(
    table: pd.DataFrame,
    caption: str,
    *,
    names: Mapping[str, str] | None = None,
    limit: int | None = None,
    source: str = "",
    folded: bool = False,
) -> TableBlock:
    """A data frame as a block.

    Columns without a heading in `names` are headed by their own name; rows beyond `limit` are said in the note, with
    the `source`, the file that holds all.

    Examples
    --------
    >>> table_block(pd.DataFrame({"n": [1, 2, 3]}), "Counts", limit=2, source="flow.csv").note
    'First 2 of 3 rows; all are in flow.csv.'
    """
    shown = table if limit is None else table.head(limit)
    columns = [str(column) for column in table.columns]
    rows = (zip(columns, row, strict=True) for row in shown.itertuples(index=False, name=None))
    note = f"All columns are in {source}." if source else ""
    if len(shown) < len(table):
        note = f"First {len(shown)} of {len(table)} rows" + (f"; all are in {source}." if source else ".")
    return TableBlock(
        caption=caption,
        header=tuple((names or {}).get(column, column.replace("_", " ")) for column in columns),
        rows=tuple(tuple(format_cell(value, column) for column, value in row) for row in rows),
        numeric=tuple(bool(pd.api.types.is_numeric_dtype(table[column])) for column in table.columns),
        note=note,
        folded=folded,
        total=len(table),
    )


def named_block(named: NamedTable, limit: int, *, folder: str = "statistics") -> Block:
    """A named table made readable: intervals beside their effect, no empty columns, constant words in the note.

    Of tables longer than `limit`, the rows with the smallest p are shown; the file lies in `folder`.

    Examples
    --------
    >>> named_block(NamedTable(name="power", caption="What n allows.", table=pd.DataFrame({"n": [65]})), 10).title
    'Power'
    """
    table = named.table
    if table.empty:
        return TextBlock(f"{named.caption} The table is empty.", "missing")
    ordered = len(table) > limit and "p_value" in table
    if ordered:
        table = table.sort_values("p_value", kind="stable")
    table = _with_intervals(table.dropna(axis=1, how="all"))
    texts = [name for name in table.columns if not pd.api.types.is_numeric_dtype(table[name])]
    constant = [name for name in texts if len(table) > 1 and table[name].nunique(dropna=False) == 1]
    block = table_block(
        table.drop(columns=constant),
        named.caption,
        limit=limit,
        source=f"{folder}/{named.name}.csv",
        folded=len(table) > _OPEN_ROWS,
    )
    words = " ".join(f"{name.replace('_', ' ').capitalize()}: {table[name].iloc[0]}." for name in constant)
    note = f"{words} {block.note}{' Smallest p first.' if ordered and 'p_value' in table else ''}".strip()
    return replace(block, note=note, title=named.name.replace("_", " ").capitalize())


def _with_intervals(table: pd.DataFrame) -> pd.DataFrame:
    if not set(_INTERVAL) <= set(table.columns):
        return table
    texts = [
        EMPTY
        if pd.isna(effect)
        else format_number(effect) + ("" if pd.isna(low) else f" ({format_number(low)} to {format_number(high)})")
        for effect, low, high in table[_INTERVAL].itertuples(index=False)
    ]
    place = table.columns.get_loc("effect")
    merged = table.drop(columns=_INTERVAL)
    merged.insert(place, "effect (interval)", texts)
    return merged


def counts_table(values: pd.DataFrame, row: str, column: str) -> pd.DataFrame:
    """How often each pair of words occurs: one row a value of `row`, one column a value of `column`, and all.

    Examples
    --------
    >>> words = pd.DataFrame({"quality": ["open", "open", "closed"], "label": ["benign", "malignant", "benign"]})
    >>> counts_table(words, "quality", "label").values.tolist()
    [['closed', 1, 0, 1], ['open', 1, 1, 2]]
    """
    plain = values[[row, column]].astype(object).where(values[[row, column]].notna(), EMPTY)
    counted = pd.crosstab(plain[row], plain[column])
    counted["all"] = counted.sum(axis=1)
    counted.columns.name = None
    return counted.reset_index()
