"""One shape for every statistical table: what is compared, then n, effect, interval, p, q, method and note."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

RESULT_COLUMNS = (
    "n",
    "n_per_group",
    "effect_name",
    "effect",
    "ci_low",
    "ci_high",
    "statistic",
    "p_value",
    "q_value",
    "q_method",
    "method",
    "note",
)
"""Columns that every row of every table carries, in this order."""

TEXT = frozenset({"n_per_group", "effect_name", "q_method", "method", "note"})

TOO_FEW = "too few to test"
CONSTANT = "constant feature"
ALL_MISSING = "no value measured"
NO_STRATUM = "no value in any stratum"
ONE_STRATUM = "one stratum only"
DESCRIPTIVE = "descriptive, not tested"


def result_table(rows: Sequence[Mapping[str, object]] | pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Rows in the common shape: identifying columns, result columns, then whatever else the rows carry.

    Parameters
    ----------
    rows : sequence of mappings or DataFrame
        Missing result columns are added empty.
    keys : sequence of str
        Columns that say what a row is about; text.

    Returns
    -------
    DataFrame
        Text columns hold empty text where nothing is known, numeric ones NaN; `n` is a nullable integer.

    Examples
    --------
    >>> result_table([{"feature": "area", "n": 5, "p_value": 0.2}], ["feature"])[["feature", "n", "q_value"]]
      feature  n  q_value
    0    area  5      NaN
    """
    frame = (rows if isinstance(rows, pd.DataFrame) else pd.DataFrame([dict(row) for row in rows])).copy()
    for name in (*keys, *RESULT_COLUMNS):
        if name not in frame:
            frame[name] = "" if name in TEXT or name in keys else np.nan
    first = [*keys, *RESULT_COLUMNS]
    frame = frame[first + [name for name in frame.columns if name not in set(first)]]
    for name in first:
        if name in TEXT or name in keys:
            frame[name] = frame[name].astype(object).where(frame[name].notna(), "").astype(str)
        elif name != "n":
            frame[name] = frame[name].astype(np.float64)
    frame["n"] = frame["n"].astype("Int64")
    return frame.reset_index(drop=True)


def stack_tables(tables: Sequence[pd.DataFrame], keys: Sequence[str]) -> pd.DataFrame:
    """Several tables under each other in the common shape; none at all gives a table without rows.

    Examples
    --------
    >>> len(stack_tables([], ["feature"])), len(stack_tables([pd.DataFrame({"n": [1]})] * 2, ["feature"]))
    (0, 2)
    """
    filled = [table for table in tables if len(table)]
    return result_table(pd.concat(filled, ignore_index=True) if filled else [], keys)


def count_text(counts: Mapping[str, int]) -> str:
    """Counts of groups as text.

    Examples
    --------
    >>> count_text({"benign": 15, "malignant": 50})
    'benign=15; malignant=50'
    """
    return "; ".join(f"{name}={int(count)}" for name, count in counts.items())


def join_notes(*notes: str) -> str:
    """Notes that say something, joined.

    Examples
    --------
    >>> join_notes("", "too few to test", "collinear")
    'too few to test; collinear'
    """
    return "; ".join(note for note in notes if note)
