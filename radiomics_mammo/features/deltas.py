"""How the features of a lesion changed since the prior exam: deltas.csv.

With recent value r, prior value p, d = r - p and t years between the screenings:

==============  ======================================================================================================
``delta_``      d
``relative_``   d / abs(p); empty where p is 0
``logratio_``   ln(r / p); empty unless both are positive: a signed or zero feature has no logarithm
``rate_``       d / t; empty where the interval is unknown or not positive
``z_``          (d - median) / (1.4826 * median absolute deviation) of lesion-free places, see `null_changes`
==============  ======================================================================================================

A row stands for every recent lesion and both policies. Where the prior region is missing, not trusted, or measured at
another spacing than the recent one (that of just one exam is known), the row is there and its changes are empty.
Changes of ``shape2D`` exist only where both contours were drawn: a contour that was carried over has the shape it was
given.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from radiomics_mammo.config.features import FeatureConfig
from radiomics_mammo.core.tables_features import DELTAS
from radiomics_mammo.core.vocabulary import RoiSource
from radiomics_mammo.features.null_changes import NullChanges
from radiomics_mammo.features.pairing import MeasuredPairs, pair_lesions, pair_null_places
from radiomics_mammo.features.similarity import SIMILARITY_COLUMNS

CHANGES = ("delta", "relative", "logratio", "rate", "z")
"""Kinds of change, in column order."""


def delta_table(
    features: pd.DataFrame,
    rois: pd.DataFrame,
    patients: pd.DataFrame,
    *,
    similarity: pd.DataFrame,
    config: FeatureConfig,
) -> pd.DataFrame:
    """Table ``deltas.csv``.

    Parameters
    ----------
    features, rois, patients : DataFrame
        ``features.csv``, ``rois.csv`` and ``patients.csv``.
    similarity : DataFrame
        As `similarity_table` gives it; a pair it does not hold has no similarity.
    config : FeatureConfig

    Returns
    -------
    DataFrame
        One row a recent lesion and prior policy, in the order of `rois`.
    """
    pairs = pair_lesions(features, rois)
    interval = _intervals(pairs.rows, patients)
    usable = pairs.rows["usable"].to_numpy(dtype=bool)
    prior = np.where(usable[:, None] & _comparable(pairs), pairs.prior, np.nan)
    blocks = changes(pairs.recent, prior, interval)
    nulls = NullChanges.measured(pair_null_places(features, rois), patients, config=config)
    blocks["z"] = nulls.standardise(blocks["delta"], pairs.rows, patients)
    heads = DELTAS.conform(pairs.rows.assign(interval_years=interval)[DELTAS.names])
    wide = np.hstack([blocks[kind] for kind in CHANGES])
    names = [f"{kind}_{name}" for kind in CHANGES for name in pairs.features]
    similar = _similarities(pairs.rows, similarity, usable)
    return pd.concat([heads, pd.DataFrame(wide, columns=names, index=heads.index), similar], axis=1)


def changes(
    recent: NDArray[np.float64], prior: NDArray[np.float64], interval_years: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    """Change of features in every sense but ``z``.

    Parameters
    ----------
    recent, prior : ndarray of shape (n_rows, n_features)
    interval_years : ndarray of shape (n_rows,)
        NaN where unknown.

    Returns
    -------
    dict
        Arrays of shape (n_rows, n_features) by kind; NaN where a change is not defined.

    Examples
    --------
    >>> found = changes(np.array([[3.0, 1.0]]), np.array([[2.0, 0.0]]), np.array([2.0]))
    >>> found["relative"].tolist(), found["rate"].tolist()
    ([[0.5, nan]], [[0.5, 0.5]])
    """
    delta = recent - prior
    known = np.where(interval_years > 0, interval_years, np.nan)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratio = delta / np.abs(prior)
        relative = np.where(np.isfinite(ratio), ratio, np.nan)
        logratio = np.where((recent > 0) & (prior > 0), np.log(recent) - np.log(prior), np.nan)
    return {"delta": delta, "relative": relative, "logratio": logratio, "rate": delta / known[:, None]}


def _comparable(pairs: MeasuredPairs) -> NDArray[np.bool_]:
    """Where a change has a meaning: shape only where the prior contour was drawn, shape (n_rows, n_features)."""
    drawn = pairs.rows["prior_source"].eq(str(RoiSource.OUTLINED)).fillna(False).to_numpy(dtype=bool)
    shape = np.array(["_shape2D_" in name for name in pairs.features], dtype=bool)
    return np.asarray(~shape[None, :] | drawn[:, None])


def _intervals(rows: pd.DataFrame, patients: pd.DataFrame) -> NDArray[np.float64]:
    known = patients.set_index("patient_id")["interval_years"].astype("float64")
    return np.asarray(known.reindex(rows["patient_id"]).to_numpy(), dtype=np.float64)


def _similarities(rows: pd.DataFrame, similarity: pd.DataFrame, usable: NDArray[np.bool_]) -> pd.DataFrame:
    found = rows[["recent_roi_id", "prior_roi_id"]].merge(
        similarity.drop_duplicates(["recent_roi_id", "prior_roi_id"]), on=["recent_roi_id", "prior_roi_id"], how="left"
    )
    values = found[list(SIMILARITY_COLUMNS)].astype("float64")
    return values.where(pd.Series(usable, index=values.index), np.nan)
