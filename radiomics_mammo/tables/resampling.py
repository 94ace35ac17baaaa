"""Bootstrap of patients: whole women are drawn, with all their rows, within each class; and the one interval of it."""

from __future__ import annotations

from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

CONFIDENCE = 0.95
WIDENING = 1.5
"""Every end of a resampling interval is moved away from the estimate by this factor.

Resampling out-of-fold predictions draws other patients and leaves the models as they are; the interval is to hold the
figure of models trained on other patients of this number as well. The factor was fixed by simulation
(``benchmarks/simulate_power.py widening``, table by effect and number of patients in docs/modeling-measured.md).
"""


def bootstrap_generator(seed: int, unit: str) -> np.random.Generator:
    """Generator of the resampled patients of a study: the same wherever an interval of one unit is made.

    Examples
    --------
    >>> bool(bootstrap_generator(1, "patient").random() == bootstrap_generator(1, "patient").random())
    True
    """
    return np.random.default_rng([seed, crc32(b"bootstrap"), crc32(unit.encode())])


def widened_bounds(figures: NDArray[np.float64], *, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Bootstrap percentile interval, its ends moved away from the estimate by `WIDENING`.

    Parameters
    ----------
    figures : ndarray of shape (draws + 1,)
        Under `patient_weights`; the first is the estimate. Draws that are not finite are left out.
    confidence : float

    Examples
    --------
    >>> widened_bounds(np.array([0.5, 0.4, 0.5, 0.6]), confidence=0.999)[0] < 0.36
    True
    """
    estimate, drawn = float(figures[0]), figures[1:][np.isfinite(figures[1:])]
    if not len(drawn) or not np.isfinite(estimate):
        return float("nan"), float("nan")
    low, high = np.quantile(drawn, [(1 - confidence) / 2, (1 + confidence) / 2])
    low, high = estimate - WIDENING * (estimate - low), estimate + WIDENING * (high - estimate)
    return float(min(low, estimate)), float(max(high, estimate))


def share_bounds(figures: NDArray[np.float64], *, patients: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The same of a share or an AUC, inside 0 and 1; where resampling cannot vary, the exact binomial end is used.

    The end of Clopper and Pearson 1934 for the patients the share rests on (of the smaller class for an AUC).

    Examples
    --------
    >>> low, high = share_bounds(np.ones(101), patients=15)
    >>> round(low, 3), high
    (0.782, 1.0)
    """
    estimate, (low, high) = float(figures[0]), widened_bounds(figures, confidence=confidence)
    open_end = float(beta.ppf((1 - confidence) / 2, patients, 1))
    if estimate == 1.0:
        return min(low, open_end), 1.0
    if estimate == 0.0:
        return 0.0, max(high, 1 - open_end)
    return max(low, 0.0), min(high, 1.0)


def patient_weights(
    patients: NDArray[np.str_], malignant: NDArray[np.bool_], *, draws: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Cluster bootstrap: how often each row is taken when patients are drawn with replacement within each class.

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
    Drawn within each class because the release fixed how many patients of each class it holds (stratified bootstrap,
    Davison and Hinkley 1997, section 3.2).

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
    return np.asarray(counts[:, owner], dtype=np.float64)
