"""How far a feature depends on who drew the outline: ICC(2,1) over perturbed contours, robustness.csv."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import f as f_distribution

from radiomics_mammo.core.errors import TableError
from radiomics_mammo.core.tables_features import ROBUSTNESS

_KEYS = ("roi_id", "view", "copy")
_MIN_REGIONS = 3
"""Regions below which no coefficient is given."""

_ALPHA = 0.05


class Agreement(NamedTuple):
    """Intraclass correlation with its 95 percent interval and the number of subjects."""

    icc: float
    ci_low: float
    ci_high: float
    n: int


def icc_table(measurements: pd.DataFrame) -> pd.DataFrame:
    """Table ``robustness.csv``: ICC(2,1) of every feature in every view.

    Parameters
    ----------
    measurements : DataFrame
        roi_id, view, copy and the features, as `measure_perturbed` gives them; every region has the same copies.

    Returns
    -------
    DataFrame
        In the order of views and features; a region counts for a feature when all its copies have a value.

    Raises
    ------
    TableError
        If a column is missing, or a region has not every copy exactly once.
    """
    if measurements.empty:
        return ROBUSTNESS.empty()
    missing = [name for name in _KEYS if name not in measurements]
    if missing:
        raise TableError("perturbed measurements", f"columns {_KEYS}", f"no {missing}", "measure the copies again")
    features = [name for name in measurements.columns if name not in _KEYS]
    rows: list[dict[str, object]] = []
    for view, part in measurements.groupby("view", sort=True):
        ratings = _ratings(part, features)
        for index, feature in enumerate(features):
            rows.append({"feature": feature, "view": view, **icc_agreement(ratings[:, :, index])._asdict()})
    return ROBUSTNESS.from_rows(rows)


def icc_agreement(ratings: NDArray[np.float64]) -> Agreement:
    """ICC(2,1): two-way random effects, absolute agreement, one rating.

    Parameters
    ----------
    ratings : ndarray of shape (n_subjects, n_raters)
        Subjects with a missing rating are left out.

    Returns
    -------
    Agreement
        NaN with fewer than three subjects, or where nothing varies.

    Notes
    -----
    Shrout and Fleiss 1979, Psychological Bulletin 86:420; the interval is that of McGraw and Wong 1996,
    Psychological Methods 1:30, case 2A, ICC(A,1).

    Examples
    --------
    >>> judges = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    >>> round(icc_agreement(np.array(judges, dtype=float)).icc, 2)
    0.29
    """
    complete = ratings[np.isfinite(ratings).all(axis=1)]
    n, k = complete.shape
    nothing = Agreement(float("nan"), float("nan"), float("nan"), n)
    if n < _MIN_REGIONS or k < 2:
        return nothing
    rows, columns, error = _mean_squares(complete)
    total = rows + (k - 1) * error + k * (columns - error) / n
    noise = np.finfo(np.float64).eps ** 2 * float((complete**2).mean()) * n * k
    if not total > noise:
        return nothing
    icc = (rows - error) / total
    if max(columns, error) <= noise:
        return Agreement(1.0, 1.0, 1.0, n)
    low, high = _interval(icc, rows, columns, error, shape=(n, k))
    return Agreement(icc, low, high, n)


def _mean_squares(ratings: NDArray[np.float64]) -> tuple[float, float, float]:
    n, k = ratings.shape
    centred = ratings - ratings.mean()
    subjects, raters = centred.mean(axis=1), centred.mean(axis=0)
    left = centred - subjects[:, None] - raters[None, :]
    rows = k * float((subjects**2).sum()) / (n - 1)
    columns = n * float((raters**2).sum()) / (k - 1)
    return rows, columns, float((left**2).sum()) / ((n - 1) * (k - 1))


def _interval(icc: float, rows: float, columns: float, error: float, *, shape: tuple[int, int]) -> tuple[float, float]:
    n, k = shape
    a = k * icc / (n * (1 - icc))
    b = 1 + k * icc * (n - 1) / (n * (1 - icc))
    spread = (a * columns) ** 2 / (k - 1) + (b * error) ** 2 / ((n - 1) * (k - 1))
    degrees = (a * columns + b * error) ** 2 / spread
    f_low = float(f_distribution.ppf(1 - _ALPHA / 2, n - 1, degrees))
    f_high = float(f_distribution.ppf(1 - _ALPHA / 2, degrees, n - 1))
    shared = k * columns + (k * n - k - n) * error
    low = n * (rows - f_low * error) / (f_low * shared + n * rows)
    high = n * (f_high * rows - error) / (shared + n * f_high * rows)
    return low, high


def _ratings(part: pd.DataFrame, features: list[str]) -> NDArray[np.float64]:
    """Values of shape (regions, copies, features)."""
    regions, copies = part["roi_id"].unique(), part["copy"].unique()
    indexed = part.set_index(["roi_id", "copy"])
    if indexed.index.has_duplicates or len(indexed) != len(regions) * len(copies):
        found = f"{len(indexed)} rows for {len(regions)} regions and {len(copies)} copies"
        raise TableError("perturbed measurements", "every copy of every region once", found, "measure them again")
    wanted = pd.MultiIndex.from_product([regions, copies])
    values = indexed[features].reindex(wanted).to_numpy(dtype=np.float64)
    return np.asarray(values.reshape(len(regions), len(copies), len(features)))
