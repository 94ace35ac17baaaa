"""Whether a logistic regression can be estimated at all: separation and collinearity."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog

from radiomics_mammo.stats.ranks import BoolArray, FloatArray

HIGH_VIF = 10.0
"""Variance inflation above which a term is called collinear (a common rule; O'Brien 2007 discusses it)."""

TOLERANCE = 1e-7
"""Below this, in units of standardised columns, a margin or a residual counts as zero."""


def is_separated(design: FloatArray, outcome: BoolArray) -> bool:
    """Whether a combination of the columns separates the classes, completely or quasi-completely.

    Linear program of Konis (2007): maximise the sum of the signed margins within a unit box; a positive optimum means
    that the maximum-likelihood estimate is infinite.

    Parameters
    ----------
    design : ndarray of shape (n, terms)
        With the intercept.
    outcome : ndarray of bool, shape (n,)

    Examples
    --------
    >>> design = np.column_stack([np.ones(4), [1.0, 2.0, 3.0, 4.0]])
    >>> is_separated(design, np.array([False, False, True, True]))
    True
    >>> is_separated(design, np.array([False, True, False, True]))
    False
    """
    scale = np.abs(design).max(axis=0)
    signed = design / np.where(scale > 0, scale, 1.0) * np.where(outcome, 1.0, -1.0)[:, None]
    found = linprog(-signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(len(signed)), bounds=(-1, 1), method="highs")
    return found.fun is not None and bool(found.fun < -TOLERANCE * len(signed))


def variance_inflation(terms: FloatArray) -> FloatArray:
    """Variance inflation factor of every column, given the others and an intercept; infinite when determined by them.

    Examples
    --------
    >>> variance_inflation(np.array([[1.0, 1.0], [2.0, -1.0], [3.0, -1.0], [4.0, 1.0]])).round(3).tolist()
    [1.0, 1.0]
    """
    centred = terms - terms.mean(axis=0)
    total = (centred**2).sum(axis=0)
    inflation = np.full(terms.shape[1], np.inf)
    for column in range(terms.shape[1]):
        others = np.delete(centred, column, axis=1)
        residual = centred[:, column]
        if others.shape[1]:
            residual = residual - others @ np.linalg.lstsq(others, residual, rcond=None)[0]
        left = float((residual**2).sum())
        if left > TOLERANCE * total[column]:
            inflation[column] = total[column] / left
    return inflation


def independent_columns(terms: FloatArray) -> BoolArray:
    """Which columns add something to an intercept and the columns before them; constant ones never do.

    Examples
    --------
    >>> independent_columns(np.array([[1.0, 5.0, 2.0], [2.0, 5.0, 4.0], [4.0, 5.0, 8.0]])).tolist()
    [True, False, False]
    """
    kept = np.zeros(terms.shape[1], dtype=np.bool_)
    basis = np.ones((len(terms), 1))
    for column in range(terms.shape[1]):
        value = terms[:, column]
        residual = value - basis @ np.linalg.lstsq(basis, value, rcond=None)[0]
        spread = float(((value - value.mean()) ** 2).sum())
        if spread > 0 and float((residual**2).sum()) > TOLERANCE * spread:
            kept[column] = True
            basis = np.column_stack([basis, value])
    return kept
