"""Two sets of predictions of the same patients: difference in AUC, its interval and its p-value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm, rankdata

from radiomics_mammo.core.errors import ModelingError
from radiomics_mammo.modeling.crossval import CvResult
from radiomics_mammo.modeling.design import Flags, Floats, Names
from radiomics_mammo.modeling.figures import auc_draws
from radiomics_mammo.modeling.intervals import Interval, resampled_interval
from radiomics_mammo.modeling.scoring import pair_kernel

SIGNIFICANCE = 0.05
"""A p-value below is called shown; the interval must agree."""


@dataclass(frozen=True)
class Comparison:
    """AUC of `a` minus AUC of `b`, with a two-sided p-value."""

    difference: Interval
    p_value: float


def auc_difference(a: CvResult, b: CvResult, weights: Floats) -> Interval:
    """AUC of `a` minus AUC of `b`, on the same resampled patients.

    Raises
    ------
    ModelingError
        If the two do not hold the same rows.
    """
    if a.patients.tolist() != b.patients.tolist() or a.malignant.tolist() != b.malignant.tolist():
        raise ModelingError("comparison", "predictions of the same rows", "different rows", "compare within one unit")
    return resampled_interval(auc_draws(a, weights) - auc_draws(b, weights), bounds=(-1.0, 1.0))


def swap_p_value(a: CvResult, b: CvResult, *, draws: int, rng: np.random.Generator) -> float:
    """Two-sided p of equal AUC: each patient's ranks of `a` and `b` are swapped at random (Bandos et al. 2005).

    Parameters
    ----------
    a, b : CvResult
        Of the same rows.
    draws : int
    rng : numpy.random.Generator

    Notes
    -----
    Whole patients are swapped, in all rows and repeats at once. The models stay as they were trained, so the
    p-value speaks of these models and is used for exploratory comparisons only.
    """
    first, second = _ranks(a.probability), _ranks(b.probability)
    ill = a.malignant
    kernels = [[pair_kernel(x, ill, y) for y in (first, second)] for x in (first, second)]
    names, owner = np.unique(a.patients, return_inverse=True)
    swapped = rng.random((draws, len(names))) < 0.5
    swapped[0] = False
    z = swapped[:, owner].astype(float)
    drawn = np.abs(_swapped_auc(kernels, ill, z) - _swapped_auc(kernels, ill, 1 - z))
    return upper_p(float(drawn[0]), drawn[1:])


def _ranks(scores: Floats) -> Floats:
    return np.asarray(rankdata(scores, axis=1), dtype=np.float64)


def _swapped_auc(kernels: list[list[Floats]], ill: Flags, z: Floats) -> Floats:
    high, low = z[:, ill], z[:, ~ill]
    parts = [((np.abs(1 - i - high) @ kernels[i][j]) * np.abs(1 - j - low)).sum(axis=1) for i in (0, 1) for j in (0, 1)]
    return np.asarray(sum(parts) / (ill.sum() * (~ill).sum()), dtype=np.float64)


def upper_p(observed: float, null: Floats) -> float:
    """Share of permuted values at least as large, the observed one counted (Phipson and Smyth 2010).

    Examples
    --------
    >>> upper_p(0.9, np.array([0.5, 0.4, 0.6]))
    0.25
    """
    return float((1 + (null >= observed - 1e-12).sum()) / (1 + len(null)))


def two_sided_p(observed: float, null: Floats) -> float:
    """Twice the smaller one-sided permutation p, at most 1.

    Examples
    --------
    >>> two_sided_p(0.9, np.array([0.5, 0.4, 0.6]))
    0.5
    """
    return min(1.0, 2 * min(upper_p(observed, null), upper_p(-observed, -null)))


def delong(a: Floats, b: Floats, malignant: Flags) -> Comparison:
    """DeLong, DeLong and Clarke-Pearson 1988 for two scores of the same independent patients.

    Parameters
    ----------
    a, b : ndarray of shape (n,)
        One score a patient, averaged over repeats. Out-of-fold scores are not independent of each other, so the
        result is approximate.
    malignant : ndarray of bool, shape (n,)

    Examples
    --------
    >>> labels = np.array([False, False, True, True])
    >>> delong(np.array([1.0, 2, 3, 4]), np.array([1.0, 2, 3, 4]), labels).p_value
    1.0
    """
    kernel = pair_kernel(a[None, :], malignant) - pair_kernel(b[None, :], malignant)
    difference = float(kernel.mean())
    variance = kernel.mean(axis=1).var(ddof=1) / len(kernel) + kernel.mean(axis=0).var(ddof=1) / kernel.shape[1]
    if variance <= 0:
        return Comparison(Interval(difference, difference, difference), 1.0 if difference == 0 else 0.0)
    error = float(np.sqrt(variance))
    half = float(norm.ppf(0.975)) * error
    p_value = float(2 * norm.sf(abs(difference) / error))
    return Comparison(Interval(difference, difference - half, difference + half), p_value)


def mean_scores(result: CvResult) -> tuple[Floats, Flags]:
    """Score of each patient averaged over repeats and rows, and whether it is malignant."""
    names, owner = np.unique(result.patients, return_inverse=True)
    scores = np.bincount(owner, result.probability.mean(axis=0)) / np.bincount(owner)
    return scores, _any_malignant(names, owner, result.malignant)


def _any_malignant(names: Names, owner: np.ndarray, malignant: Flags) -> Flags:
    return np.bincount(owner, malignant, minlength=len(names)) > 0


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values adjusted for a declared family (Holm 1979).

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for rank, place in enumerate(np.argsort(p_values, kind="stable").tolist()):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = highest
    return adjusted
