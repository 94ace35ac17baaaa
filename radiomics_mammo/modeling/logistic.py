"""Penalised logistic regression by Newton's method, many fits at once.

A permutation test fits some hundred thousand small models (40 to 60 rows, 5 to 15 columns); nearly all of the time of
scikit-learn's fits goes into checks around a few multiplications. Here the fits of all points of a grid on all inner
folds are one stack of arrays. The minimum is that of `LogisticRegression`: for labels y of 0 and 1, scores s = Xw + b
and weights c of the rows, ``C sum(c (log(1 + exp(s)) - y s)) + w'w / 2``; the intercept b is not penalised.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from radiomics_mammo.modeling.design import Flags, Floats

SOLVER, TOLERANCE = "newton-cholesky", 1e-9
"""Solver and tolerance with which `LogisticRegression` goes on to the minimum, as the stack does."""
_USUAL = LogisticRegression(solver=SOLVER, tol=TOLERANCE).get_params()
_FREE = ("C", "class_weight", "max_iter", "random_state", "n_jobs", "verbose")
"""Settings that are taken over, or change nothing at the minimum."""
_STEPS = 100
_HALVINGS = 30
_SMALLEST_STEP = 1e-12
"""Largest change of a coefficient, over the largest coefficient or one, below which a fit stands still."""


@dataclass(frozen=True, eq=False)
class Training:
    """One model to fit.

    Parameters
    ----------
    values : ndarray of shape (n, p)
        Without gaps.
    malignant : ndarray of bool, shape (n,)
    inverse_penalty : float
        C of scikit-learn: how much the data count beside the penalty.
    """

    values: Floats
    malignant: Flags
    inverse_penalty: float


@dataclass(frozen=True, eq=False)
class LinearScore:
    """Coefficients of shape (p,) and intercept of a fitted model."""

    coefficients: Floats
    intercept: float

    def probability(self, values: Floats) -> Floats:
        """Probability of malignant for rows of shape (n, p).

        Examples
        --------
        >>> LinearScore(np.array([1.0]), 0.0).probability(np.array([[0.0]])).tolist()
        [0.5]
        """
        return np.asarray(expit(values @ self.coefficients + self.intercept), dtype=np.float64)


def is_penalised_logistic(model: object) -> bool:
    """Whether a step is a logistic regression that `fit_stack` fits as well: ridge penalty, solved to the minimum.

    Examples
    --------
    >>> is_penalised_logistic(LogisticRegression(solver="newton-cholesky", tol=1e-9)), is_penalised_logistic(None)
    (True, False)
    """
    if type(model) is not LogisticRegression:
        return False
    asked = vars(model)
    same = all(asked[name] == value for name, value in _USUAL.items() if name not in _FREE)
    return same and asked["class_weight"] in (None, "balanced")


def fit_stack(trainings: Sequence[Training], *, balanced: bool = False) -> tuple[LinearScore, ...]:
    """Fit every model to its minimum, in their order.

    Parameters
    ----------
    trainings : sequence of Training
    balanced : bool
        Whether rows weigh n / (2 n_class), as ``class_weight="balanced"`` does.

    Notes
    -----
    Newton steps with halving (Boyd and Vandenberghe 2004, section 9.5); models of fewer rows or columns are filled up
    with rows of weight 0 and columns of zeros, which the penalty keeps at 0.

    Examples
    --------
    >>> values, labels = np.array([[-1.0], [0.0], [1.0], [2.0]]), np.array([False, True, False, True])
    >>> (found,) = fit_stack([Training(values, labels, 1.0)])
    >>> bool(abs(found.coefficients[0] - LogisticRegression(tol=1e-10).fit(values, labels).coef_[0, 0]) < 1e-6)
    True
    """
    stack = _Stack.of(trainings, balanced=balanced)
    solved = stack.solve()
    widths = [training.values.shape[1] for training in trainings]
    return tuple(LinearScore(one[1 : width + 1], float(one[0])) for one, width in zip(solved, widths, strict=True))


@dataclass(frozen=True, eq=False, kw_only=True)
class _Stack:
    """Arrays of m models: rows (m, n, p + 1), a first column of ones; labels, weights (m, n); penalty (m, p + 1)."""

    rows: Floats
    labels: Floats
    weights: Floats
    penalty: Floats

    @classmethod
    def of(cls, trainings: Sequence[Training], *, balanced: bool) -> _Stack:
        """The arrays of some models, filled up with rows of weight 0 and columns of zeros."""
        most, widest = (max(training.values.shape[axis] for training in trainings) for axis in (0, 1))
        rows = np.zeros((len(trainings), most, widest + 1))
        labels, weights = np.zeros(rows.shape[:2]), np.zeros(rows.shape[:2])
        for place, training in enumerate(trainings):
            n, p = training.values.shape
            rows[place, :n, 0], rows[place, :n, 1 : p + 1] = 1.0, training.values
            labels[place, :n], weights[place, :n] = training.malignant, 1.0
            if balanced:
                share = training.malignant.mean()
                weights[place, :n] = np.where(training.malignant, 0.5 / share, 0.5 / (1 - share))
        penalty = np.zeros((len(trainings), widest + 1))
        penalty[:, 1:] = 1 / np.array([training.inverse_penalty for training in trainings])[:, None]
        return cls(rows=rows, labels=labels, weights=weights, penalty=penalty)

    def solve(self) -> Floats:
        """Coefficients at the minimum, intercept first, shape (m, p + 1)."""
        found = np.zeros(self.penalty.shape)
        loss = self.loss(found)
        for _ in range(_STEPS):
            step = self.newton_step(found)
            if (np.abs(step).max(axis=1) <= _SMALLEST_STEP * np.maximum(1.0, np.abs(found).max(axis=1))).all():
                break
            found, loss = self._downhill(found, step, loss)
        return found

    def _downhill(self, found: Floats, step: Floats, loss: Floats) -> tuple[Floats, Floats]:
        """Every model moved by its step, halved until its loss does not grow by more than rounding."""
        share, rounding = np.ones(len(found)), 1e-13 * np.abs(loss)
        for _ in range(_HALVINGS):
            moved = found - share[:, None] * step
            after = self.loss(moved)
            worse = ~(after <= loss + rounding)
            if not worse.any():
                return moved, after
            share[worse] /= 2
        share[worse] = 0.0
        moved = found - share[:, None] * step
        return moved, self.loss(moved)

    def loss(self, found: Floats) -> Floats:
        """What is made small, of every model, shape (m,)."""
        score = (self.rows @ found[:, :, None])[:, :, 0]
        misfit = (self.weights * (np.logaddexp(0, score) - self.labels * score)).sum(axis=1)
        return np.asarray(misfit + (self.penalty * found**2).sum(axis=1) / 2)

    def newton_step(self, found: Floats) -> Floats:
        """Inverse of the curvature times the slope, shape (m, p + 1)."""
        fitted = expit((self.rows @ found[:, :, None])[:, :, 0])
        across = self.rows.transpose(0, 2, 1)
        slope = (across @ (self.weights * (fitted - self.labels))[:, :, None])[:, :, 0] + self.penalty * found
        curvature = across @ (self.rows * (self.weights * fitted * (1 - fitted))[:, :, None])
        places = np.arange(curvature.shape[1])
        curvature[:, places, places] += self.penalty
        return np.asarray(np.linalg.solve(curvature, slope[:, :, None])[:, :, 0])
