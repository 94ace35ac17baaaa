"""Intervals by resampling patients, with all their rows and repeats."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import beta

from radiomics_mammo.modeling.design import Flags, Floats, Names

CONFIDENCE = 0.95
WIDENING = 1.5
"""Every end of a resampling interval is moved away from the estimate by this factor.

Resampling out-of-fold predictions leaves the models as they are and so misses what other training patients would
have changed. The factor was fixed by simulation (``benchmarks/simulate_coverage.py``, table in docs/modeling.md).
"""


@dataclass(frozen=True)
class Interval:
    """An estimate with its 95 percent interval.

    Examples
    --------
    >>> Interval(0.8, 0.7, 0.9).overlaps(Interval(0.6, 0.5, 0.71))
    True
    """

    estimate: float
    low: float
    high: float

    def overlaps(self, other: Interval) -> bool:
        """Whether the two intervals share a value."""
        return self.low <= other.high and other.low <= self.high

    def __str__(self) -> str:
        return f"{self.estimate:.2f} (95 % interval {self.low:.2f} to {self.high:.2f})"


def patient_weights(patients: Names, malignant: Flags, *, draws: int, rng: np.random.Generator) -> Floats:
    """How often each row is taken when whole patients are drawn with replacement, within each class.

    Parameters
    ----------
    patients : ndarray of str, shape (n,)
        Patient of each row; a patient is malignant if any of its rows is.
    malignant : ndarray of bool, shape (n,)
    draws : int
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of shape (draws + 1, n)
        The first row is all ones: the data as they are.

    Notes
    -----
    Drawn within each class because the release fixed how many patients of each class it holds.

    Examples
    --------
    >>> ids, labels = np.array(["a", "a", "b", "c"]), np.array([True, False, False, False])
    >>> weights = patient_weights(ids, labels, draws=3, rng=np.random.default_rng(1))
    >>> weights[0].tolist(), bool((weights[:, 0] == weights[:, 1]).all())
    ([1.0, 1.0, 1.0, 1.0], True)
    """
    names, owner = np.unique(patients, return_inverse=True)
    ill = np.zeros(len(names), dtype=bool)
    np.logical_or.at(ill, owner, malignant)
    counts = np.ones((draws + 1, len(names)))
    for group in (np.flatnonzero(ill), np.flatnonzero(~ill)):
        if len(group):
            counts[1:, group] = rng.multinomial(len(group), np.full(len(group), 1 / len(group)), size=draws)
    return counts[:, owner]


def resampled_interval(figures: Floats, *, bounds: tuple[float, float] = (-np.inf, np.inf)) -> Interval:
    """Widened percentile interval from the figures of `patient_weights` rows; the first is the estimate.

    Parameters
    ----------
    figures : ndarray of shape (draws + 1,)
    bounds : tuple of float
        Smallest and largest possible value.

    Examples
    --------
    >>> resampled_interval(np.array([0.5, 0.4, 0.5, 0.6]), bounds=(0, 1)).estimate
    0.5
    """
    estimate, drawn = float(figures[0]), figures[1:][np.isfinite(figures[1:])]
    if not len(drawn):
        return Interval(estimate, np.nan, np.nan)
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    low, high = estimate - WIDENING * (estimate - low), estimate + WIDENING * (high - estimate)
    return Interval(estimate, max(min(low, estimate), bounds[0]), min(max(high, estimate), bounds[1]))


def share_interval(figures: Floats, *, patients: int) -> Interval:
    """Interval of a share or an AUC; where resampling cannot vary (0 or 1), the exact binomial end is used.

    Parameters
    ----------
    figures : ndarray of shape (draws + 1,)
    patients : int
        Patients the share rests on (of the smaller class for an AUC); Clopper and Pearson 1934 gives the open end.

    Examples
    --------
    >>> interval = share_interval(np.ones(101), patients=15)
    >>> round(interval.low, 3), interval.high
    (0.782, 1.0)
    """
    interval = resampled_interval(figures, bounds=(0.0, 1.0))
    open_end = float(beta.ppf((1 - CONFIDENCE) / 2, patients, 1))
    if interval.estimate == 1.0:
        return Interval(1.0, min(interval.low, open_end), 1.0)
    if interval.estimate == 0.0:
        return Interval(0.0, 0.0, max(interval.high, 1 - open_end))
    return interval
