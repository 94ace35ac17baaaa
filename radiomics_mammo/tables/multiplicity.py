"""Multiplicity: p values adjusted within families declared beforehand (Benjamini-Hochberg, Holm)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import false_discovery_control

FloatArray = NDArray[np.float64]

BENJAMINI_HOCHBERG = "Benjamini-Hochberg"
HOLM = "Holm"


def adjust_fdr(p_values: FloatArray) -> FloatArray:
    """Benjamini-Hochberg q values; missing p values stay missing and do not count.

    Examples
    --------
    >>> adjust_fdr(np.array([0.01, np.nan, 0.04, 0.03])).round(3).tolist()
    [0.03, nan, 0.04, 0.04]
    """
    adjusted, known = np.full(len(p_values), np.nan), np.isfinite(p_values)
    if known.any():
        adjusted[known] = false_discovery_control(p_values[known])
    return adjusted


def adjust_holm(p_values: FloatArray) -> FloatArray:
    """Holm's step-down adjusted p values; missing p values stay missing and do not count.

    Notes
    -----
    The i-th smallest of m: largest of ``(m - j + 1) p_j`` over j up to i, at most 1 (Holm, Scand J Stat 1979;6:65).
    Not taken from statsmodels, which collects garbage at every call (0.3 s).

    Examples
    --------
    >>> adjust_holm(np.array([0.01, 0.04, 0.03])).round(3).tolist()
    [0.03, 0.06, 0.06]
    """
    adjusted, known = np.full(len(p_values), np.nan), np.isfinite(p_values)
    tested = p_values[known]
    order = np.argsort(tested)
    steps = np.maximum.accumulate(tested[order] * np.arange(len(tested), 0, -1))
    stepped = np.empty_like(tested)
    stepped[order] = np.minimum(1.0, steps)
    adjusted[known] = stepped
    return adjusted


def within_families(table: pd.DataFrame, family: str = "family", *, holm: bool = False) -> pd.DataFrame:
    """The table with `q_value` and `q_method` filled, family by family.

    Parameters
    ----------
    table : DataFrame
        With `p_value` and the column `family`, whose words were fixed before any p value was seen.
    family : str
        Name of that column.
    holm : bool
        Holm (few confirmatory tests) in place of Benjamini-Hochberg.

    Examples
    --------
    >>> table = pd.DataFrame({"family": ["a", "a", "b"], "p_value": [0.02, 0.04, 0.04]})
    >>> within_families(table)["q_value"].tolist()
    [0.04, 0.04, 0.04]
    """
    adjusted = table.copy()
    adjust, word = (adjust_holm, HOLM) if holm else (adjust_fdr, BENJAMINI_HOCHBERG)
    q_values = np.full(len(table), np.nan)
    for places in table.reset_index(drop=True).groupby(family, sort=False).indices.values():
        q_values[places] = adjust(table["p_value"].to_numpy(np.float64)[places])
    adjusted["q_value"] = q_values
    tested = table["p_value"].notna()
    adjusted["q_method"] = [
        f"{word} within {name}" if known else "" for name, known in zip(table[family], tested, strict=True)
    ]
    return adjusted
