"""What regressions on few patients need: covariates, a design without collinear terms, separation, Firth's fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import brentq, linprog, minimize
from scipy.stats import chi2

from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.core.geometry import frozen_array
from radiomics_mammo.stats.ranks import BoolArray, FloatArray, constant_columns
from radiomics_mammo.stats.statistical_table import join_notes
from radiomics_mammo.tables.strata import DENSITY_GROUPS

LEAST_KNOWN = 0.5
"""Share of rows for which a covariate must be known; otherwise it would cost more patients than it explains."""
HIGH_VIF = 10.0
"""Variance inflation above which a term is called collinear (a common rule; O'Brien 2007 discusses it)."""
TOLERANCE = 1e-7
"""Below this, in units of standardised columns, a margin or a residual counts as zero."""
MAX_STEPS = 200
"""Newton steps before a fit counts as not converged."""
MAX_STEP_SIZE = 5.0
"""Largest change of one coefficient (of a standardised term) in one step, as in R's logistf."""
MAX_HALVINGS = 20
"""How often a step that lowers the penalised likelihood is halved."""
SCORE_TOLERANCE = 1e-6
"""Largest modified score at convergence, standardised terms; the likelihood is then exact to about its square."""
STEEP = 20.0
"""Log odds over the range of a column from which on a curve is steep, and its middle lies in one of many gaps."""
POLISHED = 4
"""Best ends that are polished."""
MOST_CUTS = 6
"""Places that are tried between the values where the classes meet."""
TURNED, MOST_TURNED = 2.0, 2
"""Log odds per standard deviation at which other terms are tried in either direction, and how many of them."""
WIDENINGS = 30
"""Doublings of the bracket of a profile bound before it is called infinite."""
BOUND_TOLERANCE = 1e-7
"""To which a profile bound is found, log odds of standardised terms."""
FAR_BELOW = -1e12
"""Stands for a likelihood of zero, where the root search needs a finite number."""


def covariates(patients: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Age in decades, density c-d (0 or 1) and interval in years of the patients; NaN where unknown."""
    dense = patients["density_group"].map({name: float(place) for place, name in enumerate(DENSITY_GROUPS)})
    columns = {
        "age": patients["age_years"] / 10,
        "density": dense.astype(np.float64),
        "interval": patients["interval_years"],
    }
    return pd.DataFrame({name: columns[name] for name in names}, index=patients.index)


def known_covariates(adjust: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Covariates known for at least half of the rows, and words about the others."""
    share = adjust.notna().mean()
    lost = [str(name) for name in adjust.columns if not share[name] >= LEAST_KNOWN]
    return adjust.drop(columns=lost), f"mostly missing, left out: {', '.join(lost)}" if lost else ""


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


@dataclass(frozen=True, eq=False, kw_only=True)
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

    @property
    def adjusted_for(self) -> str:
        """Names of the covariates."""
        return ", ".join(term for term in self.terms if term not in ("intercept", "feature"))


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
    names = np.array(["feature", *map(str, adjust.columns)])
    used = terms[:, kept]
    largest = float(variance_inflation(used).max()) if used.shape[1] else np.nan
    gone = ", ".join(names[~kept]) if len(terms) else ""
    note = join_notes(
        lost,
        "" if complete.all() else f"{int((~complete).sum())} rows with missing values left out",
        f"no spread or collinear, left out: {gone}" if gone else "",
        f"collinear: largest variance inflation {largest:.0f}" if largest > HIGH_VIF else "",
    )
    return Design(
        matrix=np.column_stack([np.ones(len(used)), used]),
        terms=("intercept", *names[kept].tolist()),
        complete=complete,
        largest_vif=largest,
        note=note,
    )


def variance_inflation(terms: FloatArray) -> FloatArray:
    """Variance inflation factor of every column, given the others and an intercept; infinite when they determine it."""
    total = ((terms - terms.mean(axis=0)) ** 2).sum(axis=0)
    left = np.array([_unexplained(np.delete(terms, place, axis=1), terms[:, place]) for place in range(terms.shape[1])])
    inflation: FloatArray = np.divide(total, left, out=np.full(len(left), np.inf), where=left > TOLERANCE * total)
    return inflation


def independent_columns(terms: FloatArray) -> BoolArray:
    """Which columns add something to an intercept and the columns before them; constant ones never do.

    Examples
    --------
    >>> independent_columns(np.array([[1.0, 5.0, 2.0], [2.0, 5.0, 4.0], [4.0, 5.0, 8.0]])).tolist()
    [True, False, False]
    """
    kept = np.zeros(terms.shape[1], dtype=np.bool_)
    for place, column in enumerate(terms.T):
        spread = float(((column - column.mean()) ** 2).sum())
        kept[place] = spread > 0 and _unexplained(terms[:, kept], column) > TOLERANCE * spread
    return kept


def _unexplained(others: FloatArray, column: FloatArray) -> float:
    """Residual sum of squares of a column on the others and an intercept."""
    design = np.column_stack([np.ones(len(column)), others])
    return float(((column - design @ np.linalg.lstsq(design, column, rcond=None)[0]) ** 2).sum())


def is_separated(design: FloatArray, outcome: BoolArray) -> bool:
    """Separation: whether a combination of the columns tells the classes apart, completely or quasi-completely.

    Linear program of Konis (2007): maximise the sum of the signed margins within a unit box; a positive optimum means
    that the maximum-likelihood estimate is infinite.

    Parameters
    ----------
    design : ndarray of shape (n, terms)
        With the intercept.
    outcome : ndarray of bool, shape (n,)
    """
    scale = np.abs(design).max(axis=0)
    signed = design / np.where(scale > 0, scale, 1.0) * np.where(outcome, 1.0, -1.0)[:, None]
    found = linprog(-signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(len(signed)), bounds=(-1, 1), method="highs")
    return found.fun is not None and bool(found.fun < -TOLERANCE * len(signed))


@dataclass(frozen=True, eq=False, kw_only=True)
class FirthFit:
    """Penalised estimates, their profile intervals and penalised likelihood-ratio p values, term by term.

    Parameters
    ----------
    estimate, ci_low, ci_high, p_value : ndarray of shape (terms,)
        Log odds ratios per unit of the design columns; bounds and p are NaN for terms that were not asked for.
    converged : bool
    """

    estimate: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray
    p_value: FloatArray
    converged: bool

    def __post_init__(self) -> None:
        for name in ("estimate", "ci_low", "ci_high", "p_value"):
            object.__setattr__(self, name, frozen_array(getattr(self, name)))


def fit_firth(
    design: FloatArray, outcome: BoolArray, *, terms: tuple[int, ...] | None = None, confidence: float = 0.95
) -> FirthFit:
    """Firth's logistic regression, penalised by Jeffreys' prior (Firth 1993; Heinze and Schemper 2002).

    Newton steps on the modified score with step halving; profile intervals and penalised likelihood-ratio tests.

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
    spread = design.std(axis=0)
    scale = np.where(spread > 0, spread, np.maximum(np.abs(design).max(axis=0), 1e-300))
    scaled, target = design / scale, outcome.astype(np.float64)
    (best,), (top,), (converged,) = _maximise(scaled, target, fixed=None, starts=np.zeros((1, design.shape[1])))
    low, high, p_value = (np.full(design.shape[1], np.nan) for _ in range(3))
    for term in range(design.shape[1]) if terms is None else terms:
        null = _profile(scaled, target, (term, 0.0), best)
        p_value[term] = chi2.sf(max(0.0, 2 * (top - null)), 1)
        drop = top - chi2.ppf(confidence, 1) / 2
        low[term] = _bound(scaled, target, (term, -1.0), (best, drop))
        high[term] = _bound(scaled, target, (term, 1.0), (best, drop))
    return FirthFit(
        estimate=best / scale, ci_low=low / scale, ci_high=high / scale, p_value=p_value, converged=converged
    )


def _probabilities(linear: FloatArray) -> FloatArray:
    return np.asarray(1 / (1 + np.exp(-np.clip(linear, -700, 700))), dtype=np.float64)


def _penalised_likelihood(design: FloatArray, target: FloatArray, beta: FloatArray) -> FloatArray:
    """Of one or more sets of coefficients, shape (..., columns); minus infinity where the information is singular."""
    linear = beta @ design.T
    probability = _probabilities(linear)
    weighted = design * np.sqrt(probability * (1 - probability))[..., None]
    sign, log_det = np.linalg.slogdet(np.swapaxes(weighted, -1, -2) @ weighted)
    likelihood = linear @ target - np.logaddexp(0, linear).sum(axis=-1)
    return np.asarray(np.where(sign > 0, likelihood + log_det / 2, -np.inf), dtype=np.float64)


def _maximise(
    design: FloatArray, target: FloatArray, *, fixed: int | None, starts: FloatArray
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Maxima of the penalised likelihood from starts of shape (k, columns), one coefficient possibly held.

    All starts climb together; places, heights and whether each converged.
    """
    free = np.array([column for column in range(design.shape[1]) if column != fixed], dtype=np.intp)
    beta, reached = starts.copy(), _penalised_likelihood(design, target, starts)
    converged, live = np.zeros(len(starts), dtype=bool), np.arange(len(starts))
    for _ in range(MAX_STEPS):
        score, step = _newton_step(design, target, beta[live], free, held=fixed is not None)
        steep = np.abs(score).max(axis=1, initial=0.0)
        converged[live[steep < SCORE_TOLERANCE]] = True
        live, step, steep = (one[steep >= SCORE_TOLERANCE] for one in (live, step, steep))
        if not len(live):
            break
        beta[live], reached[live], moved = _climb(design, target, (beta[live], reached[live]), (free, step))
        converged[live[~moved]] = steep[~moved] < np.sqrt(SCORE_TOLERANCE)
        live = live[moved]
    return beta, reached, converged


def _newton_step(
    design: FloatArray, target: FloatArray, beta: FloatArray, free: NDArray[np.intp], *, held: bool
) -> tuple[FloatArray, FloatArray]:
    """Modified score and Newton step of the free coefficients at each of several places."""
    probability = _probabilities(beta @ design.T)
    weighted = design * np.sqrt(probability * (1 - probability))[..., None]
    information = np.swapaxes(weighted, -1, -2) @ weighted
    inverse = np.linalg.pinv(information, hermitian=True)
    leverage = ((weighted @ inverse) * weighted).sum(axis=-1)
    score = (target - probability + leverage * (0.5 - probability)) @ design[:, free]
    inner = np.linalg.pinv(information[:, free[:, None], free], hermitian=True) if held else inverse
    step = (inner @ score[..., None])[..., 0]
    longest = np.abs(step).max(axis=1, initial=1e-300)
    return score, step * np.minimum(1.0, MAX_STEP_SIZE / longest)[:, None]


def _climb(
    design: FloatArray,
    target: FloatArray,
    place: tuple[FloatArray, FloatArray],
    move: tuple[NDArray[np.intp], FloatArray],
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """The longest of a step and its halves that does not descend, for each place; and whether there was one."""
    (beta, reached), (free, step) = place, move
    waiting = np.arange(len(beta))
    for halving in range(MAX_HALVINGS):
        trial = beta[waiting]
        trial[:, free] += step[waiting] / 2**halving
        likelihood = _penalised_likelihood(design, target, trial)
        fine = likelihood >= reached[waiting]
        beta[waiting[fine]], reached[waiting[fine]] = trial[fine], likelihood[fine]
        waiting = waiting[~fine]
        if not len(waiting):
            break
    moved = np.ones(len(beta), dtype=bool)
    moved[waiting] = False
    return beta, reached, moved


def _profile(design: FloatArray, target: FloatArray, held: tuple[int, float], best: FloatArray) -> float:
    """Penalised likelihood with one coefficient held, the others free.

    Newton steps from the maximum lose their way where the held value is far off: weights vanish there. Under separation
    the others grow with it, so the same direction made longer is a further start. Ends that converged at one height
    stand; where they differ, or one did not converge, every end is polished.
    """
    term, value = held
    starts = [best.copy(), np.zeros_like(best)]
    if best[term] * value > 0:
        starts.append(best * (value / best[term]))
    starts += _cut_starts(design, target, held, best)
    for start in starts:
        start[term] = value
    ends, heights, converged = _maximise(design, target, fixed=term, starts=np.stack(starts))
    if converged.all() and np.ptp(heights) < SCORE_TOLERANCE:
        return float(heights.max())
    order = np.argsort(heights, kind="stable")[-POLISHED:]
    free = np.array([column for column in range(design.shape[1]) if column != term], dtype=np.intp)

    def depth(others: FloatArray) -> float:
        """Minus the penalised likelihood; large where it is zero."""
        trial = np.full(design.shape[1], value)
        trial[free] = others
        return -max(float(_penalised_likelihood(design, target, trial)), FAR_BELOW)

    if not len(free):
        return max(float(heights.max()), FAR_BELOW)
    polished = [minimize(depth, end[free], method="BFGS", options={"gtol": SCORE_TOLERANCE}) for end in ends[order]]
    return max(float(heights.max()), *(-float(one.fun) for one in polished), FAR_BELOW)


def _cut_starts(design: FloatArray, target: FloatArray, held: tuple[int, float], best: FloatArray) -> list[FloatArray]:
    """Starts that put the middle of a steep curve anywhere between the values where the classes meet.

    A steep curve has a local maximum for every gap its middle may lie in, and more than one in a wide one. The other
    terms start at zero and at `best`, and in the middle also turned in either direction.
    """
    term, value = held
    column, constant = design[:, term], np.flatnonzero(np.ptp(design, axis=0) == 0)
    if not len(constant) or abs(value) * float(np.ptp(column)) < STEEP:
        return []
    malignant, benign = column[target > 0.5] * np.sign(value), column[target < 0.5] * np.sign(value)
    if not len(malignant) or not len(benign):
        return []
    values = np.unique(column * np.sign(value))
    low, high = np.searchsorted(values, sorted((malignant.min(), benign.max())))
    near = values[max(low - 1, 0) : high + 2]
    chosen = np.linspace(near[0], near[-1], MOST_CUTS + 2)[1:-1] * np.sign(value)
    free = [place for place in range(len(best)) if place not in (term, constant[0])][:MOST_TURNED]
    others = [np.zeros_like(best), best]
    for signs in product((-TURNED, TURNED), repeat=len(free)):
        others.append(np.zeros_like(best))
        others[-1][free] = signs
    pairs = [(cut, other) for cut in chosen for other in others[:2]]
    pairs += [(chosen[len(chosen) // 2], other) for other in others[2:]]
    starts = [other.copy() for _, other in pairs]
    for start, (cut, _) in zip(starts, pairs, strict=True):
        start[constant[0]] = -value * cut / design[0, constant[0]]
    return starts


def _bound(design: FloatArray, target: FloatArray, side: tuple[int, float], peak: tuple[FloatArray, float]) -> float:
    """Where the profile falls to the given likelihood on one side of the estimate; NaN when it never does."""
    (term, direction), (best, level) = side, peak

    def height(value: float) -> float:
        """Profile likelihood above the level."""
        return _profile(design, target, (term, value), best) - level

    inside, width = float(best[term]), 1.0
    for _ in range(WIDENINGS):
        outside = best[term] + direction * width
        if height(outside) < 0:
            return float(brentq(height, inside, outside, xtol=BOUND_TOLERANCE))
        inside, width = outside, width * 2
    return float("nan")
