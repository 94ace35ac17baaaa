"""Covariates of the regressions, standardised, and the words about collinearity and missing values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from radiomics_mammo.stats.ranks import BoolArray, FloatArray, constant_columns
from radiomics_mammo.stats.separation import HIGH_VIF, independent_columns, variance_inflation
from radiomics_mammo.stats.strata import DENSITY_GROUPS

LEAST_KNOWN = 0.5
"""Share of rows for which a covariate must be known; otherwise it would cost more patients than it explains."""


@dataclass(frozen=True, eq=False)
class Design:
    """Complete rows of a regression: intercept, the feature, then the covariates that add something.

    Parameters
    ----------
    matrix : ndarray of shape (complete rows, terms)
        Column 0 is the intercept, column 1 the standardised feature unless `note` says otherwise.
    terms : tuple of str
        Names of the columns.
    complete : ndarray of bool, shape (rows given,)
        Which of the given rows are in.
    largest_vif : float
    note : str
        Dropped terms, collinearity, rows with missing values.
    """

    matrix: FloatArray = field(repr=False)
    terms: tuple[str, ...]
    complete: BoolArray = field(repr=False)
    largest_vif: float
    note: str


def covariates(patients: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Age in decades, density c-d (0 or 1) and interval in years of the patients; NaN where unknown.

    Examples
    --------
    >>> known = pd.DataFrame({"age_years": [50.0], "density_group": ["c-d"], "interval_years": [2.0]})
    >>> covariates(known, ["age", "density"]).iloc[0].tolist()
    [5.0, 1.0]
    """
    dense = patients["density_group"].map({name: float(place) for place, name in enumerate(DENSITY_GROUPS)})
    columns = {
        "age": patients["age_years"] / 10,
        "density": dense.astype(np.float64),
        "interval": patients["interval_years"],
    }
    return pd.DataFrame({name: columns[name] for name in names}, index=patients.index)


def known_covariates(adjust: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Covariates known for at least half of the rows, and words about the others.

    Examples
    --------
    >>> known_covariates(pd.DataFrame({"age": [5.0, 6.0], "interval": [np.nan, np.nan]}))[1]
    'mostly missing, left out: interval'
    """
    share = adjust.notna().mean()
    kept = [name for name in adjust.columns if share[name] >= LEAST_KNOWN]
    lost = [str(name) for name in adjust.columns if name not in kept]
    return adjust[kept], f"mostly missing, left out: {', '.join(lost)}" if lost else ""


def standardise(values: FloatArray) -> FloatArray:
    """Mean 0 and standard deviation 1 over the finite entries; all zero when constant.

    Examples
    --------
    >>> standardise(np.array([1.0, 2.0, 3.0])).tolist()
    [-1.0, 0.0, 1.0]
    """
    known = values[np.isfinite(values)]
    if len(known) < 2 or constant_columns(known[:, None])[0]:
        return np.where(np.isfinite(values), 0.0, np.nan)
    return np.asarray((values - known.mean()) / known.std(ddof=1), dtype=np.float64)


def build_design(feature: FloatArray, adjust: pd.DataFrame) -> Design:
    """Standardise a feature and put the covariates beside it, leaving out what cannot be estimated.

    Parameters
    ----------
    feature : ndarray of shape (rows,)
    adjust : DataFrame of shape (rows, covariates)

    Examples
    --------
    >>> design = build_design(np.array([1.0, 2.0, 3.0, 5.0]), pd.DataFrame({"age": [5.0, 5.0, 5.0, np.nan]}))
    >>> design.terms, design.note
    (('intercept', 'feature'), '1 rows with missing values left out; no spread or collinear, left out: age')
    """
    adjust, lost = known_covariates(adjust)
    given = np.column_stack([feature, adjust.to_numpy(dtype=np.float64)])
    complete = np.isfinite(given).all(axis=1)
    terms = np.column_stack([standardise(column) for column in given[complete].T]) if complete.any() else given[:0]
    kept = independent_columns(terms) if len(terms) else np.zeros(given.shape[1], dtype=np.bool_)
    names = ["feature", *map(str, adjust.columns)]
    used = terms[:, kept]
    largest = float(variance_inflation(used).max()) if used.shape[1] else np.nan
    notes = [lost] if lost else []
    if not complete.all():
        notes.append(f"{int((~complete).sum())} rows with missing values left out")
    if not kept.all() and len(terms):
        left = ", ".join(name for name, keep in zip(names, kept, strict=True) if not keep)
        notes.append(f"no spread or collinear, left out: {left}")
    if largest > HIGH_VIF:
        notes.append(f"collinear: largest variance inflation {largest:.0f}")
    kept_names = tuple(name for name, keep in zip(names, kept, strict=True) if keep)
    matrix = np.column_stack([np.ones(len(used)), used])
    return Design(matrix, ("intercept", *kept_names), complete, largest, "; ".join(notes))
