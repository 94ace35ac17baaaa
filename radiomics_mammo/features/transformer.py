"""Deltas as a scikit-learn transformer, for pipelines of one's own; apart from `deltas` so that no worker loads it."""

from __future__ import annotations

from typing import Literal, Self, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from radiomics_mammo.core.errors import UsageError

Change = Literal["difference", "relative", "log-ratio"]
_PREFIX = {"difference": "delta", "relative": "relative", "log-ratio": "logratio"}
"""First word of the columns, as in ``deltas.csv``."""


class DeltaTransformer(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Turn recent and prior features side by side into their change.

    Parameters
    ----------
    change : {"difference", "relative", "log-ratio"}
        ``recent - prior``, ``(recent - prior) / abs(prior)``, or ``ln(recent / prior)``; NaN where undefined.

    Attributes
    ----------
    n_features_in_ : int
        Twice the number of features: first all recent ones, then all prior ones in the same order.

    Examples
    --------
    >>> DeltaTransformer().fit_transform([[3.0, 10.0, 1.0, 4.0]])
    array([[2., 6.]])
    """

    def __init__(self, change: Change = "difference") -> None:
        self.change = change

    def fit(self, X: ArrayLike, y: object = None) -> Self:  # noqa: N803 - the names of scikit-learn
        """Check the number of columns; nothing is learned.

        Parameters
        ----------
        X : array-like of shape (n_samples, 2 * n_features)
        y : ignored

        Raises
        ------
        UsageError
            If the number of columns is odd or the change is unknown.
        """
        validate_data(self, X, ensure_all_finite="allow-nan")
        if self.n_features_in_ % 2:
            raise UsageError(
                "DeltaTransformer", "as many recent as prior columns", str(self.n_features_in_), "pair them"
            )
        if self.change not in get_args(Change):
            raise UsageError("change", "difference, relative or log-ratio", repr(self.change), "choose one of them")
        return self

    def transform(self, X: ArrayLike) -> NDArray[np.float64]:  # noqa: N803 - the names of scikit-learn
        """Change of every feature.

        Parameters
        ----------
        X : array-like of shape (n_samples, 2 * n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_features)
        """
        check_is_fitted(self)
        values = validate_data(self, X, reset=False, ensure_all_finite="allow-nan", dtype=np.float64)
        recent, prior = np.hsplit(values, 2)
        if self.change == "difference":
            return np.asarray(recent - prior)
        if self.change == "relative":
            return np.asarray(
                np.divide(recent - prior, np.abs(prior), out=np.full_like(recent, np.nan), where=prior != 0)
            )
        positive = (recent > 0) & (prior > 0)
        ratio = np.divide(recent, prior, out=np.ones_like(recent), where=positive)
        return np.where(positive, np.log(ratio), np.nan)

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> NDArray[np.object_]:
        """Names of the changes, so that ``set_output(transform="pandas")`` gives the columns of ``deltas.csv``.

        Parameters
        ----------
        input_features : array-like of str, optional
            Names of the columns; by default those seen in `fit`, else ``x0``, ``x1``, ...; a leading ``recent_`` is
            left out.
        """
        check_is_fitted(self)
        own = getattr(self, "feature_names_in_", [f"x{number}" for number in range(self.n_features_in_)])
        names = list(own if input_features is None else np.asarray(input_features))[: self.n_features_in_ // 2]
        kept = [f"{_PREFIX[self.change]}_{str(name).removeprefix('recent_')}" for name in names]
        return np.asarray(kept, dtype=object)

    def __sklearn_tags__(self) -> object:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags
