"""Filters, steps that learn from the training side only: imputation, screening, selection, adjustment for area."""

from __future__ import annotations

from typing import Literal, Self
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.linear_model import lars_path

from radiomics_mammo.modeling.design import Flags, Floats

Method = Literal["anova", "lasso", "mrmr"]
Order = NDArray[np.intp]
_ROUNDING = 1e-9
"""Residuals below this share of the largest deviation of a column are rounding, which scaling would blow up."""


def class_separation(values: Floats, malignant: Flags) -> Floats:
    """Two-class ANOVA F of each column of values (n, p) without gaps; 0 for a constant one.

    Examples
    --------
    >>> values = np.array([[0.0, 1], [1, 1], [2, 1], [3, 1]])
    >>> class_separation(values, np.array([False, False, True, True])).tolist()
    [8.0, 0.0]
    """
    groups = (values[malignant], values[~malignant])
    centre = values.mean(axis=0)
    between = sum(len(group) * (group.mean(axis=0) - centre) ** 2 for group in groups)
    within = sum(((group - group.mean(axis=0)) ** 2).sum(axis=0) for group in groups)
    floor = np.finfo(float).eps * np.maximum(1.0, (values**2).sum(axis=0))
    ratio = np.where(between > floor, between / np.maximum(within, floor), 0.0)
    return np.asarray(ratio * (len(values) - 2), dtype=np.float64)


def absolute_correlations(values: Floats) -> Floats:
    """Absolute Pearson correlation of all pairs of columns, shape (p, p); 0 for a constant column."""
    centred = values - values.mean(axis=0)
    norm = np.sqrt((centred**2).sum(axis=0))
    unit = centred / np.where(norm > 0, norm, 1.0)
    return np.asarray(np.abs(unit.T @ unit), dtype=np.float64)


class MedianImputer(TransformerMixin, BaseEstimator, auto_wrap_output_keys=None):  # type: ignore[misc,call-arg]
    """Fill missing cells with the median of the training side; a column without any value becomes 0.

    No column says *that* a value was missing: missing change values depend on registration, not on biology.
    A heap of medians says it, though, to a model that can cut one out, see `DrawImputer`.
    """

    def fit(self, values: Floats, y: object = None) -> Self:
        """Learn the medians of columns of shape (n, p)."""
        ordered = np.sort(values, axis=0)
        known = np.isfinite(values).sum(axis=0)
        columns = np.arange(values.shape[1])
        low, high = ordered[np.maximum(known - 1, 0) // 2, columns], ordered[known // 2, columns]
        self.median_ = np.where(known > 0, (low + high) / 2, 0.0)
        return self

    def transform(self, values: Floats) -> Floats:
        """Values without gaps."""
        return np.asarray(np.where(np.isnan(values), self.median_, values), dtype=np.float64)


class DrawImputer(MedianImputer):
    """Smoothed hot-deck imputation for trees: gaps are filled with values like those of the training side.

    A tree cuts out a heap of equal values; where one class misses more, the heap tells the class (AUC 0.67 on noise
    with 45 % against 5 % missing). Rows asked about are filled alike: with medians they would lie in the middle of all
    columns, where a forest calls the larger class (AUC 0.30 on the same noise, gaps cell by cell), and with a copy of
    one row they would meet the copies of the training side and their labels (AUC 0.67, gaps row by row). What is filled
    in is therefore the sum of two rows drawn, as deviations from the mean, over the root of two: mean and covariance of
    the training side, and no copy (smoothed bootstrap, Silverman and Young, Biometrika 1987;74:469). Which rows are
    drawn follows from the values of the row asked about, never from its place.

    Parameters
    ----------
    random_state : int
    """

    def __init__(self, *, random_state: int = 0) -> None:
        self.random_state = random_state

    def fit(self, values: Floats, y: object = None) -> Self:
        """Learn medians and means of columns of shape (n, p), and keep the rows that values are drawn from."""
        super().fit(values, y)
        self.donors_ = np.array(values, dtype=np.float64)
        known = np.isfinite(self.donors_)
        total = np.where(known, self.donors_, 0.0).sum(axis=0)
        self.mean_ = np.where(known.any(axis=0), total / np.maximum(known.sum(axis=0), 1), 0.0)
        return self

    def fit_transform(self, values: Floats, y: object = None) -> Floats:
        """Learn from the training side of shape (n, p), and fill every row by draws of its own."""
        self.fit(values)
        return np.array([self._filled(row, (1, place)) for place, row in enumerate(self.donors_)]).reshape(values.shape)

    def transform(self, values: Floats) -> Floats:
        """Fill rows of shape (n, p); rows of the same values alike."""
        rows = np.array(values, dtype=np.float64)
        return np.array([self._filled(row, (2, crc32(row.tobytes()))) for row in rows]).reshape(rows.shape)

    def _filled(self, row: Floats, key: tuple[int, int]) -> Floats:
        gaps = np.isnan(row)
        if not gaps.any():
            return row
        rng = np.random.default_rng([self.random_state, *key])
        drawn = self._drawn(row, rng) + self._drawn(row, rng) - 2 * self.mean_
        return np.asarray(np.where(gaps, self.mean_ + drawn / np.sqrt(2), row), dtype=np.float64)

    def _drawn(self, row: Floats, rng: np.random.Generator) -> Floats:
        """The row with its gaps from one donor that knows them, and what is then missing from the next."""
        made = row.copy()
        for donor in self.donors_[rng.permutation(len(self.donors_))]:
            needed = np.isnan(made)
            if not needed.any():
                break
            made[needed] = donor[needed]
        return np.asarray(np.where(np.isnan(made), self.median_, made), dtype=np.float64)


class AreaResidualizer(TransformerMixin, BaseEstimator, auto_wrap_output_keys=None):  # type: ignore[misc,call-arg]
    """Residualisation: every column less a line on the first (log area), fitted to the training side.

    The first column itself becomes 0, so that a later filter drops it.
    """

    def fit(self, values: Floats, y: object = None) -> Self:
        """Learn one line a column from values of shape (n, p)."""
        area = values[:, 0]
        self.centre_ = values.mean(axis=0)
        spread = ((area - self.centre_[0]) ** 2).sum()
        cross = (area - self.centre_[0]) @ (values - self.centre_)
        self.rounding_ = _ROUNDING * np.abs(values - self.centre_).max(axis=0)
        self.slope_ = cross / spread if spread > 0 else np.zeros(values.shape[1])
        return self

    def transform(self, values: Floats) -> Floats:
        """Residuals; the first column is exactly 0."""
        left = values - self.centre_ - np.outer(values[:, 0] - self.centre_[0], self.slope_)
        left[np.abs(left) <= self.rounding_] = 0.0
        left[:, 0] = 0.0
        return np.asarray(left, dtype=np.float64)


class _KeepsColumns(TransformerMixin, BaseEstimator, auto_wrap_output_keys=None):  # type: ignore[misc,call-arg]
    """A step whose `fit` leaves the indices of the columns that stay, best first."""

    kept_: Order

    def transform(self, values: Floats) -> Floats:
        """The kept columns, best first."""
        return values[:, self.kept_]

    def get_support(self, *, indices: bool = True) -> Order:
        """Indices of the kept columns, in the order of `transform`."""
        return self.kept_


class ColumnScreen(_KeepsColumns):
    """Keep the columns that vary, are repeatable, tell the classes apart best and do not repeat each other.

    Parameters
    ----------
    reliability : ndarray of shape (p,) or None
        ICC of each column, not-a-number where unknown (kept).
    min_icc : float
    max_columns : int
        Columns kept by the two-class ANOVA F.
    max_correlation : float
        Of two columns correlated more than this, the one with the smaller F goes.
    """

    def __init__(
        self,
        *,
        reliability: Floats | None = None,
        min_icc: float = 0.75,
        max_columns: int = 64,
        max_correlation: float = 0.9,
    ) -> None:
        self.reliability = reliability
        self.min_icc = min_icc
        self.max_columns = max_columns
        self.max_correlation = max_correlation

    def fit(self, values: Floats, malignant: Flags) -> Self:
        """Learn which columns stay, best first; if none varies, the first stays and the model sees a constant."""
        eligible = np.ptp(values, axis=0) > 0
        if self.reliability is not None:
            eligible &= ~(self.reliability < self.min_icc)
        strength = np.where(eligible, class_separation(values, malignant), -1.0)
        best = np.argsort(-strength, kind="stable")[: self.max_columns]
        best = best[eligible[best]]
        self.kept_ = self._uncorrelated(values, best) if len(best) else np.zeros(1, dtype=np.intp)
        self.width_ = values.shape[1]
        return self

    def _uncorrelated(self, values: Floats, best: Order) -> Order:
        close = absolute_correlations(values[:, best]) > self.max_correlation
        kept: list[int] = []
        repeats = np.zeros(len(best), dtype=np.bool_)
        for place in range(len(best)):
            if not repeats[place]:
                kept.append(place)
                repeats |= close[:, place]
        return np.asarray(best[kept], dtype=np.intp)


class ColumnSelector(_KeepsColumns):
    """Keep a number of columns by ANOVA F, by the order of entry on the LASSO path, or by mRMR.

    Parameters
    ----------
    method : {'anova', 'lasso', 'mrmr'}
        ``lasso``: order in which columns enter the least-angle LASSO path of the 0/1 label (Efron et al. 2004);
        ``mrmr``: greedy relevance minus redundancy, both as absolute correlation (Ding and Peng 2005).
    n_columns : int
    """

    def __init__(self, *, method: Method = "anova", n_columns: int = 10) -> None:
        self.method = method
        self.n_columns = n_columns

    def fit(self, values: Floats, malignant: Flags) -> Self:
        """Learn which columns stay."""
        ranking = {"anova": _by_separation, "lasso": _by_lasso_path, "mrmr": _by_relevance}[self.method]
        self.kept_ = ranking(values, malignant, min(self.n_columns, values.shape[1]))
        return self


def _by_separation(values: Floats, malignant: Flags, wanted: int) -> Order:
    return np.asarray(np.argsort(-class_separation(values, malignant), kind="stable")[:wanted], dtype=np.intp)


def _by_lasso_path(values: Floats, malignant: Flags, wanted: int) -> Order:
    centred = malignant - malignant.mean()
    _, entered, _ = lars_path(values - values.mean(axis=0), centred, method="lasso", max_iter=2 * wanted)
    rest = [place for place in _by_separation(values, malignant, values.shape[1]) if place not in set(entered)]
    return np.asarray([*dict.fromkeys(entered), *rest][:wanted], dtype=np.intp)


def _by_relevance(values: Floats, malignant: Flags, wanted: int) -> Order:
    correlation = absolute_correlations(np.column_stack([values, malignant.astype(float)]))
    relevance, redundancy = correlation[:-1, -1], correlation[:-1, :-1]
    kept = [int(np.argmax(relevance))]
    while len(kept) < wanted:
        gain = relevance - redundancy[:, kept].mean(axis=1)
        gain[kept] = -np.inf
        kept.append(int(np.argmax(gain)))
    return np.asarray(kept, dtype=np.intp)


def used_columns(steps: list[tuple[str, object]], width: int) -> Order:
    """Indices of the `width` input columns that reach the last of fitted pipeline steps.

    A step without ``get_support`` keeps its columns.
    """
    left = np.arange(width)
    for _, step in steps:
        if hasattr(step, "get_support"):
            left = left[step.get_support(indices=True)]
    return np.asarray(left, dtype=np.intp)
