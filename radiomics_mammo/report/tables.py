"""Data frames to tables in words: what a reader sees of a number."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from radiomics_mammo.report.blocks import TableBlock

EMPTY = "–"
"""What stands in an empty cell."""
SMALLEST_P = 0.001
"""Smaller p values are not told apart."""
_PROBABILITIES = ("p_value", "q_value")


def format_number(value: float) -> str:
    """A number with three significant digits and no exponent where a reader can do without.

    Examples
    --------
    >>> [format_number(x) for x in (0.12345, 12.0, 4096.4, 0.00001234, -0.5)]
    ['0.123', '12', '4096', '1.23e-05', '-0.5']
    """
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.3g}"


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
    if pd.isna(low) or pd.isna(high):
        return f"{estimate:.3f}"
    return f"{estimate:.3f} ({low:.3f} to {high:.3f})"


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

    Parameters
    ----------
    table : DataFrame
        Columns in the order to show.
    caption : str
    names : mapping of str to str, optional
        Heading of each column; without one, underscores become spaces.
    limit : int, optional
        Rows shown; the rest is said in the note.
    source : str
        File that holds all rows.
    folded : bool
        Whether the table waits behind its caption.

    Examples
    --------
    >>> table_block(pd.DataFrame({"n": [1, 2, 3]}), "Counts", limit=2, source="flow.csv").note
    'First 2 of 3 rows; all are in flow.csv.'
    """
    shown = table if limit is None else table.head(limit)
    known = names or {}
    rows = tuple(
        tuple(format_cell(value, str(column)) for column, value in zip(table.columns, row, strict=True))
        for row in shown.itertuples(index=False, name=None)
    )
    note = f"All columns are in {source}." if source else ""
    if len(shown) < len(table):
        note = f"First {len(shown)} of {len(table)} rows" + (f"; all are in {source}." if source else ".")
    header = tuple(known.get(str(column), str(column).replace("_", " ")) for column in table.columns)
    numeric = tuple(bool(pd.api.types.is_numeric_dtype(table[column])) for column in table.columns)
    return TableBlock(caption, header, rows, numeric, note, folded, total=len(table))


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
