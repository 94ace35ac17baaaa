"""Numbers, intervals and data frames in words: what a reader sees of a table."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from radiomics_mammo.report.blocks import Block, TableBlock, TextBlock
from radiomics_mammo.report.titles import title_of
from radiomics_mammo.tables.study import NamedTable

_MOST_DECIMALS = 3
_SMALLEST_HALF_WIDTH, _LARGEST_PLAIN = 0.005, 1e5
"""Between these, an interval is written with fixed decimals."""
RATIO_LIMITS = (1e-3, 1e3)
"""Odds beyond are separation, not knowledge."""
EMPTY = "–"
"""What stands in an empty cell."""
SMALLEST_P = 0.001
"""Smaller p values are not told apart."""
_PROBABILITIES = ("p_value", "q_value")
_INTERVAL = ["effect", "ci_low", "ci_high"]
_OPEN_ROWS = 12
"""Named tables with more rows wait behind their caption."""
_MOST_COLUMNS = 9
"""Columns of a statistical table beyond which it leaves medians and the names of the groups to the file."""
MOST_CARRIED = 1000
"""Rows of one table that the page carries, so that it can be searched and sorted whole; the file holds all."""
_IN_FILE = (
    "feature_class", "family", "q_method", "statistic", "method", "shift", "shift_low", "shift_high", "q1", "q3",
    "mean", "sd", "minimum", "maximum", "largest_vif", "events_per_variable", "standardised_difference",
    "width", "coverage",
)  # fmt: skip
"""Columns of statistical tables that the page leaves to the file, unless one value stands for all rows."""
_SAID_ELSEWHERE = ("feature_class", "family", "q_method")
"""Columns that the caption of the table says in other words."""


def format_number(value: float) -> str:
    """A number with three significant digits and no exponent where a reader can do without.

    Examples
    --------
    >>> [format_number(x) for x in (0.12345, 12.0, 4096.4, 0.00001234, -0.5)]
    ['0.123', '12', '4096', '1.23e-05', '-0.5']
    """
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def decimals(low: float | None, high: float | None) -> int:
    """Decimals that an interval allows: two digits of half its width, three at most.

    Examples
    --------
    >>> [decimals(*ends) for ends in ((0.3, 0.9), (0.80, 0.84), (-20, 30), (None, None))]
    [2, 3, 0, 3]
    """
    if low is None or high is None or pd.isna(low) or pd.isna(high) or high <= low:
        return _MOST_DECIMALS
    return int(np.clip(1 - math.floor(math.log10((high - low) / 2)), 0, _MOST_DECIMALS))


def format_signed(difference: float, places: int = 3) -> str:
    """A difference with its sign, three decimals.

    Examples
    --------
    >>> format_signed(0.05), format_signed(-0.04)
    ('+0.050', '−0.040')
    """
    return f"{difference:+.{places}f}".replace("-", "−")


def format_p(value: float) -> str:
    """A p or q value.

    Examples
    --------
    >>> format_p(0.0123), format_p(0.00001)
    ('0.012', '< 0.001')
    """
    return f"< {SMALLEST_P}" if value < SMALLEST_P else f"{value:.3f}"


def format_interval(estimate: float, low: float, high: float) -> str:
    """An estimate with its 95 % interval, with as many decimals as the interval allows.

    Examples
    --------
    >>> format_interval(0.812, 0.7, 0.9)
    '0.81 (0.70 to 0.90)'
    """
    if pd.isna(estimate):
        return EMPTY
    certain = pd.notna(low) and pd.notna(high)
    places = decimals(low, high)
    return f"{estimate:.{places}f} ({low:.{places}f} to {high:.{places}f})" if certain else f"{estimate:.{places}f}"


def format_effect(effect: float, low: float, high: float, *, ratio: bool = False) -> str:
    """An effect of any size with its interval, in the digits that the interval allows.

    A `ratio` beyond `RATIO_LIMITS` comes from classes that are separated, and is only said to be beyond.

    Examples
    --------
    >>> format_effect(1.85e-11, 1.7e-56, 0.00442, ratio=True)
    '< 0.001 (< 0.001 to 0.00442)'
    >>> format_effect(0.1234, 0.01, 0.9), format_effect(430.89, 413.99, 520.77), format_effect(3e-6, 1e-6, 5e-6)
    ('0.12 (0.01 to 0.90)', '431 (414 to 521)', '3e-06 (1e-06 to 5e-06)')
    """
    if pd.isna(effect):
        return EMPTY
    if pd.isna(low) or pd.isna(high):
        return _ratio(effect) if ratio else format_number(effect)
    if ratio and not (RATIO_LIMITS[0] <= min(effect, low) and max(effect, high) <= RATIO_LIMITS[1]):
        return f"{_ratio(effect)} ({_ratio(low)} to {_ratio(high)})"
    if (high - low) / 2 >= _SMALLEST_HALF_WIDTH and max(abs(low), abs(high)) < _LARGEST_PLAIN:
        return format_interval(effect, low, high)
    return f"{format_number(effect)} ({format_number(low)} to {format_number(high)})"


def _ratio(value: float) -> str:
    low, high = RATIO_LIMITS
    return f"< {low:g}" if value < low else f"> {high:g}" if value > high else format_number(value)


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

    Columns without a heading in `names` are headed by their own name. The page opens with `limit` rows and carries up
    to `MOST_CARRIED`; the note says so, with the `source`, the file that holds all.

    Examples
    --------
    >>> table_block(pd.DataFrame({"n": [1, 2, 3]}), "Counts", limit=2, source="flow.csv").note
    'Opens with 2 of 3 rows; “Show all” brings the others. All columns are in flow.csv.'
    """
    carried = table.head(MOST_CARRIED) if limit is not None else table
    columns = [str(column) for column in table.columns]
    rows = (zip(columns, row, strict=True) for row in carried.itertuples(index=False, name=None))
    note = f"All columns are in {source}." if source else ""
    if limit is not None and limit < len(carried):
        note = f"Opens with {limit} of {len(table)} rows; “Show all” brings the others. {note}".strip()
    if len(carried) < len(table):
        note = f"{note} The page carries the first {len(carried)}; all {len(table)} are in the file.".strip()
    return TableBlock(
        caption=caption,
        header=tuple((names or {}).get(column, column.replace("_", " ")) for column in columns),
        rows=tuple(tuple(format_cell(value, column) for column, value in row) for row in rows),
        numeric=tuple(bool(pd.api.types.is_numeric_dtype(table[column])) for column in table.columns),
        note=note,
        folded=folded,
        total=len(table),
        shown=0 if limit is None or limit >= len(carried) else limit,
    )


def named_block(named: NamedTable, limit: int, *, folder: str = "statistics", folded: bool | None = None) -> Block:
    """A named table made readable: intervals beside their effect, no empty columns, repeated words in the caption.

    Longer tables have the rows with the smallest p first; the file lies in `folder`. `folded` tables wait behind their
    caption, by default the longer ones.

    Examples
    --------
    >>> named_block(NamedTable(name="power", caption="What n allows.", table=pd.DataFrame({"n": [65]})), 10).title
    'What this number of women can show'
    """
    table = named.table
    if table.empty:
        return TextBlock(f"{named.caption} The table is empty.", "missing")
    ordered = len(table) > _OPEN_ROWS and "p_value" in table and bool(table["p_value"].notna().any())
    if ordered:
        table = table.sort_values("p_value", kind="stable")
    table = _with_intervals(table.dropna(axis=1, how="all"))
    constant = [name for name in table.columns if len(table) > 1 and table[name].nunique(dropna=False) == 1]
    constant = constant if len(constant) < len(table.columns) else []
    said = [name for name in constant if name not in _SAID_ELSEWHERE]
    words = " ".join(f"{_spoken(name)}: {format_cell(table[name].iloc[0], name)}." for name in said)
    statistical = {"effect", "p_value", "q_value"} <= set(named.table.columns)
    left = [name for name in _IN_FILE if statistical and name in table]
    if statistical and len(table.columns) - len({*constant, *left}) > _MOST_COLUMNS:
        left += [name for name in table.columns if name == "comparison" or name.startswith("median_")]
    block = table_block(
        table.drop(columns=[*{*constant, *left}]),
        f"{named.caption} {words}".strip(),
        limit=limit,
        source=f"{folder}/{named.name}.csv",
        folded=len(table) > _OPEN_ROWS if folded is None else folded,
    )
    note = f"{block.note}{' Smallest p first.' if ordered else ''}"
    return replace(block, note=note, title=title_of(named.name))


def _spoken(name: str) -> str:
    plain = name.replace("_", " ")
    return plain[:1].upper() + plain[1:]


def _with_intervals(table: pd.DataFrame) -> pd.DataFrame:
    if not set(_INTERVAL) <= set(table.columns):
        return table
    names = table["effect_name"] if "effect_name" in table else pd.Series("", table.index)
    ratios = ["ratio" in str(name) for name in names]
    rows = table[_INTERVAL].itertuples(index=False, name=None)
    texts = [format_effect(*ends, ratio=ratio) for ends, ratio in zip(rows, ratios, strict=True)]
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
