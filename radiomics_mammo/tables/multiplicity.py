"""Multiplicity: p values adjusted within families declared beforehand (Benjamini-Hochberg, Holm, a tree)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import false_discovery_control

FloatArray = NDArray[np.float64]

BENJAMINI_HOCHBERG = "Benjamini-Hochberg"
HIERARCHICAL = "hierarchical Benjamini-Hochberg"
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


def adjust_tree(p_values: FloatArray, levels: Sequence[Sequence[str]]) -> FloatArray:
    """Hierarchical Benjamini-Hochberg: families of families, the outermost tested first, then what is inside.

    Parameters
    ----------
    p_values : ndarray of shape (n,)
        Missing ones stay missing and do not count.
    levels : sequence of sequence of str
        Family of every p value, one sequence of n words a level, the outermost level first.

    Returns
    -------
    ndarray of shape (n,)
        The smallest declared rate at which the tree rejects each hypothesis.

    Notes
    -----
    A family has the p value of Simes of what it holds (the smallest adjusted one inside). At rate r the families of one
    level are tested by Benjamini-Hochberg; inside a family that passes, the rate is r times the share of families that
    passed (TreeBH: Bogomolov, Peterson, Benjamini and Sabatti, Biometrika 2021;108:575; Benjamini and Bogomolov, J R
    Stat Soc B 2014;76:297). With nothing to be found anywhere, anything at all is found with probability r at most,
    for independent or positively dependent p values.

    Examples
    --------
    >>> adjust_tree(np.array([0.001, 0.8, 0.04, 0.9]), [["a", "a", "b", "b"]]).round(3).tolist()
    [0.004, 0.8, 0.08, 0.9]
    """
    if not levels:
        return adjust_fdr(p_values)
    words = np.asarray(levels[0], dtype=str)
    inside, family = np.full(len(p_values), np.nan), np.full(len(p_values), -1)
    smallest: list[float] = []
    for word in np.unique(words[np.isfinite(p_values)]):
        place = np.flatnonzero(words == word)
        inside[place] = adjust_tree(p_values[place], [np.asarray(one, dtype=str)[place].tolist() for one in levels[1:]])
        family[place] = len(smallest)
        smallest.append(float(np.nanmin(inside[place])))
    adjusted, known = np.full(len(p_values), np.nan), np.isfinite(inside)
    if smallest:
        passed = adjust_fdr(np.array(smallest))
        number = len(passed)
        share = number / np.arange(1, number + 1)
        # with k families passed: the family itself, k families, and the hypothesis at the share k / number of the rate
        asked = np.maximum(np.sort(passed)[None, :], inside[known][:, None] * share[None, :])
        adjusted[known] = np.minimum(1.0, np.maximum(passed[family[known]], asked.min(axis=1)))
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
