"""Firth's penalised logistic regression: finite estimates under separation, profile intervals, ratio tests."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import chi2

from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.core.geometry import frozen_array
from radiomics_mammo.stats.ranks import BoolArray, FloatArray

MAX_STEPS = 200
"""Newton steps before a fit counts as not converged."""

MAX_STEP_SIZE = 5.0
"""Largest change of one coefficient (of a standardised term) in one step, as in R's logistf."""

MAX_HALVINGS = 20
"""How often a step that lowers the penalised likelihood is halved."""

SCORE_TOLERANCE = 1e-6
"""Largest modified score at convergence, standardised terms; the likelihood is then exact to about its square."""

WIDENINGS = 30
"""Doublings of the bracket of a profile bound before it is called infinite."""

BOUND_TOLERANCE = 1e-7
"""To which a profile bound is found, log odds of standardised terms."""

FAR_BELOW = -1e12
"""Stands for a likelihood of zero, where the root search needs a finite number."""


@dataclass(frozen=True, eq=False)
class FirthFit:
    """Penalised estimates, their profile intervals and penalised likelihood-ratio p values, term by term.

    Parameters
    ----------
    estimate, ci_low, ci_high, p_value : ndarray of shape (terms,)
        Log odds ratios per unit of the design columns; bounds and p are NaN for terms that were not asked for.
    log_likelihood : float
        Penalised log likelihood.
    converged : bool
    """

    estimate: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray
    p_value: FloatArray
    log_likelihood: float
    converged: bool

    def __post_init__(self) -> None:
        for name in ("estimate", "ci_low", "ci_high", "p_value"):
            object.__setattr__(self, name, frozen_array(getattr(self, name)))


def fit_firth(
    design: FloatArray, outcome: BoolArray, *, terms: tuple[int, ...] | None = None, confidence: float = 0.95
) -> FirthFit:
    """Logistic regression penalised by Jeffreys' prior (Firth 1993; Heinze and Schemper 2002).

    Parameters
    ----------
    design : ndarray of shape (n, columns)
        With the intercept; columns linearly independent.
    outcome : ndarray of bool, shape (n,)
    terms : tuple of int, optional
        Columns for which interval and p value are wanted; all by default.
    confidence : float
        Of the profile intervals.

    Raises
    ------
    InvariantError
        If the columns are linearly dependent.

    Examples
    --------
    A 2 x 2 table: Firth's log odds ratio is that of the table with 1/2 added to every cell.

    >>> design = np.column_stack([np.ones(10), np.repeat([0.0, 1.0], 5)])
    >>> outcome = np.array([1, 0, 0, 0, 0, 1, 1, 1, 1, 0], dtype=bool)
    >>> fit = fit_firth(design, outcome)
    >>> bool(np.isclose(fit.estimate[1], np.log((4.5 / 1.5) / (1.5 / 4.5))))
    True
    """
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise InvariantError("design", "independent columns", "dependent ones", "drop collinear terms first")
    scale = _column_scale(design)
    scaled, target = design / scale, outcome.astype(np.float64)
    best, top, converged = _maximise(scaled, target, fixed=None, start=np.zeros(design.shape[1]))
    wanted = range(design.shape[1]) if terms is None else terms
    low, high, p_value = (np.full(design.shape[1], np.nan) for _ in range(3))
    for term in wanted:
        null = _profile(scaled, target, (term, 0.0), best)
        p_value[term] = chi2.sf(max(0.0, 2 * (top - null)), 1)
        drop = top - chi2.ppf(confidence, 1) / 2
        low[term] = _bound(scaled, target, (term, -1.0), (best, drop))
        high[term] = _bound(scaled, target, (term, 1.0), (best, drop))
    return FirthFit(best / scale, low / scale, high / scale, p_value, top, converged)


def _column_scale(design: FloatArray) -> FloatArray:
    spread = design.std(axis=0)
    return np.asarray(np.where(spread > 0, spread, np.maximum(np.abs(design).max(axis=0), 1e-300)))


def _penalised_likelihood(design: FloatArray, target: FloatArray, beta: FloatArray) -> float:
    linear = design @ beta
    weight = _weights(linear)
    sign, log_det = np.linalg.slogdet(design.T @ (design * weight[:, None]))
    likelihood = float(target @ linear - np.logaddexp(0, linear).sum())
    return likelihood + float(log_det) / 2 if sign > 0 else -np.inf


def _weights(linear: FloatArray) -> FloatArray:
    probability = 1 / (1 + np.exp(-np.clip(linear, -700, 700)))
    return np.asarray(probability * (1 - probability), dtype=np.float64)


def _maximise(
    design: FloatArray, target: FloatArray, *, fixed: int | None, start: FloatArray
) -> tuple[FloatArray, float, bool]:
    """Maximum of the penalised likelihood, one coefficient possibly held at its start."""
    free = np.array([column for column in range(design.shape[1]) if column != fixed], dtype=np.intp)
    beta, reached = start.copy(), _penalised_likelihood(design, target, start)
    for _ in range(MAX_STEPS):
        linear = design @ beta
        weight = _weights(linear)
        weighted = design * np.sqrt(weight)[:, None]
        information = weighted.T @ weighted
        inverse = np.linalg.pinv(information, hermitian=True)
        leverage = np.einsum("ij,jk,ik->i", weighted, inverse, weighted)
        probability = 1 / (1 + np.exp(-np.clip(linear, -700, 700)))
        score = design[:, free].T @ (target - probability + leverage * (0.5 - probability))
        if np.abs(score).max(initial=0.0) < SCORE_TOLERANCE:
            return beta, reached, True
        inner = inverse if fixed is None else np.linalg.pinv(information[np.ix_(free, free)], hermitian=True)
        step = inner @ score
        step *= min(1.0, MAX_STEP_SIZE / max(np.abs(step).max(), 1e-300))
        beta, reached, moved = _climb(design, target, (beta, reached), (free, step))
        if not moved:
            return beta, reached, bool(np.abs(score).max() < np.sqrt(SCORE_TOLERANCE))
    return beta, reached, False


def _climb(
    design: FloatArray, target: FloatArray, place: tuple[FloatArray, float], move: tuple[NDArray[np.intp], FloatArray]
) -> tuple[FloatArray, float, bool]:
    beta, reached = place
    free, step = move
    for halving in range(MAX_HALVINGS):
        trial = beta.copy()
        trial[free] += step / 2**halving
        likelihood = _penalised_likelihood(design, target, trial)
        if likelihood >= reached:
            return trial, likelihood, True
    return beta, reached, False


def _profile(design: FloatArray, target: FloatArray, held: tuple[int, float], best: FloatArray) -> float:
    start = best.copy()
    start[held[0]] = held[1]
    return max(_maximise(design, target, fixed=held[0], start=start)[1], FAR_BELOW)


def _bound(design: FloatArray, target: FloatArray, side: tuple[int, float], peak: tuple[FloatArray, float]) -> float:
    """Where the profile falls to the given likelihood on one side of the estimate; NaN when it never does."""
    (term, direction), (best, level) = side, peak
    inside, width = float(best[term]), 1.0
    for _ in range(WIDENINGS):
        outside = best[term] + direction * width
        if _profile(design, target, (term, outside), best) < level:
            break
        inside, width = outside, width * 2
    else:
        return float("nan")
    return float(
        brentq(
            lambda value: _profile(design, target, (term, value), best) - level, inside, outside, xtol=BOUND_TOLERANCE
        )
    )
