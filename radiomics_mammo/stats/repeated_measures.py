"""A random intercept per woman, and what can be said of its fixed effects with few women of unequal variances."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.stats import t as student

from radiomics_mammo.core.geometry import frozen_array
from radiomics_mammo.stats.ranks import FloatArray, IntArray

LARGEST_SHARE = 1 - 1e-6
"""Largest share of the variance that lies between women; identical exams have all of it there."""
SMALLEST_SHARE = 1e-4
"""A share below counts as none: the fit is then that of independent rows."""


@dataclass(frozen=True, eq=False)
class RandomIntercept:
    """Linear mixed model with a random intercept per woman (Laird and Ware 1982), by restricted maximum likelihood.

    Only the ratio of the two variances has to be searched for, on a bounded line; there is nothing that could fail to
    converge, and a variance of zero between women is an answer.

    Parameters
    ----------
    value : ndarray of shape (rows,)
    design : ndarray of shape (rows, terms)
        With the intercept; columns linearly independent.
    women : ndarray of int, shape (rows,)

    Examples
    --------
    >>> women, visit = np.tile(np.arange(4), 2), np.repeat([1.0, 0.0], 4)
    >>> value = np.array([1.0, 2.0, 3.0, 5.0, 0.0, 1.5, 2.5, 3.0])
    >>> fit = RandomIntercept(value, np.column_stack([np.ones(8), visit]), women)
    >>> fit.estimate.round(3).tolist()
    [1.75, 1.0]
    """

    value: FloatArray = field(repr=False)
    design: FloatArray = field(repr=False)
    women: IntArray = field(repr=False)

    def __post_init__(self) -> None:
        for name in ("value", "design", "women"):
            object.__setattr__(self, name, frozen_array(getattr(self, name)))

    @cached_property
    def _sizes(self) -> FloatArray:
        """Rows of the woman of each row."""
        return np.bincount(self.women)[self.women].astype(np.float64)

    def _whitened(self, given: FloatArray, ratio: float) -> FloatArray:
        """Columns times the inverse root of I + ratio J of each woman: rows become uncorrelated."""
        counts = np.maximum(np.bincount(self.women), 1)
        means = np.stack([np.bincount(self.women, column) / counts for column in given.T], axis=1)[self.women]
        return np.asarray(given - (1 - 1 / np.sqrt(1 + self._sizes * ratio))[:, None] * means, dtype=np.float64)

    def _criterion(self, share: float) -> float:
        """Minus twice the restricted log likelihood, up to a constant, at a share of variance between women."""
        ratio = share / (1 - share)
        design = self._whitened(self.design, ratio)
        value = self._whitened(self.value[:, None], ratio)[:, 0]
        left = value - design @ np.linalg.lstsq(design, value, rcond=None)[0]
        freedom = len(value) - design.shape[1]
        spread = max(float(left @ left), 1e-300)
        determinant = np.linalg.slogdet(design.T @ design)[1]
        return float(freedom * np.log(spread) + determinant + (np.log1p(self._sizes * ratio) / self._sizes).sum())

    @cached_property
    def between_share(self) -> float:
        """Intraclass correlation: share of the variance left by the terms that lies between women."""
        found = minimize_scalar(self._criterion, bounds=(0.0, LARGEST_SHARE), method="bounded", options={"xatol": 1e-7})
        ends = {end: self._criterion(end) for end in (0.0, LARGEST_SHARE, float(found.x))}
        best = min(ends, key=lambda end: ends[end])
        return best if best >= SMALLEST_SHARE else 0.0

    @cached_property
    def _solved(self) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Whitened design and value, inverse of their cross product, estimates."""
        ratio = self.between_share / (1 - self.between_share)
        design = self._whitened(self.design, ratio)
        value = self._whitened(self.value[:, None], ratio)[:, 0]
        inverse = np.asarray(np.linalg.pinv(design.T @ design, hermitian=True), dtype=np.float64)
        return design, value, inverse, inverse @ design.T @ value

    @property
    def estimate(self) -> FloatArray:
        """Fixed effects, shape (terms,)."""
        return self._solved[3]

    @cached_property
    def robust(self) -> tuple[FloatArray, FloatArray]:
        """Standard errors clustered by woman with bias reduction (CR2), and Satterthwaite degrees of freedom.

        The random intercept weighs the rows; whether the classes change with the same spread is left open. Bell and
        McCaffrey, Surv Methodol 2002;28:169; Pustejovsky and Tipton, J Bus Econ Stat 2018;36:672, with the estimated
        model as working model. Checked against R's clubSandwich.
        """
        design, value, inverse, estimate = self._solved
        left = value - design @ estimate
        hat = design @ inverse @ design.T
        remaining = np.eye(len(value)) - hat
        scores, projected = [], []
        for woman in np.unique(self.women):
            rows = np.flatnonzero(self.women == woman)
            weights = _inverse_root(remaining[np.ix_(rows, rows)]) @ design[rows] @ inverse
            scores.append(left[rows] @ weights)
            projected.append(remaining[:, rows] @ weights)
        errors = np.sqrt((np.array(scores) ** 2).sum(axis=0))
        stacked = np.stack(projected)
        gram = np.einsum("anc,bnc->cab", stacked, stacked, optimize=True)
        total, squared = np.trace(gram, axis1=1, axis2=2), (gram**2).sum(axis=(1, 2))
        freedom = np.divide(total**2, squared, out=np.ones_like(total), where=squared > 0)
        return errors, freedom

    def wald(self, term: int, *, confidence: float) -> tuple[float, float, float, float]:
        """Estimate, interval and two-sided p of one term by Student's t."""
        errors, freedom = self.robust
        effect, error, degrees = float(self.estimate[term]), float(errors[term]), float(freedom[term])
        half = float(student.ppf((1 + confidence) / 2, degrees)) * error
        return effect, effect - half, effect + half, float(2 * student.sf(abs(effect / error), degrees))


def _inverse_root(matrix: FloatArray) -> FloatArray:
    """Symmetric inverse square root on the space where the matrix is not zero."""
    values, vectors = np.linalg.eigh(matrix)
    kept = values > 1e-10
    return np.asarray((vectors[:, kept] / np.sqrt(values[kept])) @ vectors[:, kept].T, dtype=np.float64)
