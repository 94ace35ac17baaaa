"""What change is usual in normal tissue: the null distribution behind the ``z_`` columns."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from radiomics_mammo.config.features import FeatureConfig
from radiomics_mammo.core.vocabulary import CaseClass, Density
from radiomics_mammo.features.pairing import MeasuredPairs

SIMILAR_DENSITY_STEPS = 1
"""BI-RADS categories that two densities may lie apart and still be similar."""

SIMILAR_INTERVAL_YEARS = 1.0
"""Years that two intervals may lie apart and still be similar."""

MAD_TO_SD = 1.4826
"""Median absolute deviation of a normal distribution to its standard deviation."""


@dataclass(frozen=True, eq=False)
class NullChanges:
    """Changes at lesion-free places, whose they are, and how many are enough.

    Notes
    -----
    The reference of a lesion is made of (1) the lesion-free places of its own pair and (2) those of all normal
    patients in the same view whose density lies at most one category and whose interval at most one year away (an
    unknown density or interval is similar to any). Where fewer than `min_places` are left, density and interval are
    no longer asked for; where that is still too few, there is no ``z``. A patient's own places never serve as those
    of another group: a normal patient is always compared with the others and her own pair. Location is the median,
    scale 1.4826 times the median absolute deviation; a scale of zero gives no ``z``. No label is used.
    """

    rows: pd.DataFrame = field(repr=False)
    delta: NDArray[np.float64] = field(repr=False)
    min_places: int

    @classmethod
    def measured(cls, pairs: MeasuredPairs, patients: pd.DataFrame, *, config: FeatureConfig) -> NullChanges:
        """From measured lesion-free places; those that cannot be used are left out."""
        usable = pairs.rows["usable"].to_numpy(dtype=bool)
        rows = _described(pairs.rows[usable], patients)
        return cls(rows, (pairs.recent - pairs.prior)[usable], config.min_null_places)

    def standardise(
        self, delta: NDArray[np.float64], rows: pd.DataFrame, patients: pd.DataFrame
    ) -> NDArray[np.float64]:
        """How unusual changes are, same shape as `delta`; NaN where there are too few places to tell.

        Parameters
        ----------
        delta : ndarray of shape (n_rows, n_features)
        rows : DataFrame
            patient_id and view of each row.
        patients : DataFrame
            ``patients.csv``.
        """
        z = np.full(delta.shape, np.nan)
        for (_, _), group in _described(rows, patients).reset_index(drop=True).groupby(["patient_id", "view"]):
            location, scale = self._reference(group.iloc[0])
            z[group.index] = (delta[group.index] - location) / scale
        return z

    def _reference(self, row: pd.Series) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Location and scale per feature; scale NaN where there is none."""
        view = self.rows["view"] == row["view"]
        own = view & (self.rows["patient_id"] == row["patient_id"])
        normal = view & (self.rows["case_class"] == str(CaseClass.NORMAL))
        near = normal & _close(self.rows["density_step"], row["density_step"], SIMILAR_DENSITY_STEPS)
        near &= _close(self.rows["interval_years"], row["interval_years"], SIMILAR_INTERVAL_YEARS)
        chosen = own | near
        if int(chosen.sum()) < self.min_places:
            chosen = own | normal
        sample = self.delta[chosen.to_numpy(dtype=bool)]
        return robust_location_scale(sample, least=self.min_places)


def robust_location_scale(
    sample: NDArray[np.float64], *, least: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Median and scaled median absolute deviation of every column, from its finite values.

    Parameters
    ----------
    sample : ndarray of shape (n, n_features)
    least : int
        Finite values a column must have.

    Returns
    -------
    tuple of ndarray of shape (n_features,)
        Scale is NaN where there are too few values or no spread.

    Examples
    --------
    >>> location, scale = robust_location_scale(np.array([[1.0], [2.0], [4.0]]), least=3)
    >>> location.tolist(), scale.round(4).tolist()
    ([2.0], [1.4826])
    """
    enough = np.isfinite(sample).sum(axis=0) >= max(least, 1)
    location, scale = np.full(sample.shape[1], np.nan), np.full(sample.shape[1], np.nan)
    if enough.any():
        location[enough] = np.nanmedian(sample[:, enough], axis=0)
        spread = MAD_TO_SD * np.nanmedian(np.abs(sample[:, enough] - location[enough]), axis=0)
        scale[enough] = np.where(spread > 0, spread, np.nan)
    return location, scale


def _described(rows: pd.DataFrame, patients: pd.DataFrame) -> pd.DataFrame:
    facts = patients.set_index("patient_id")[["case_class", "density", "interval_years"]]
    facts = facts.reindex(rows["patient_id"]).reset_index(drop=True)
    steps = {str(density): float(step) for step, density in enumerate(Density)}
    return pd.DataFrame(
        {
            "patient_id": rows["patient_id"].to_numpy(),
            "view": rows["view"].to_numpy(),
            "case_class": facts["case_class"].to_numpy(),
            "density_step": facts["density"].map(steps).astype("float64"),
            "interval_years": facts["interval_years"].astype("float64"),
        }
    )


def _close(values: pd.Series, own: float, within: float) -> pd.Series:
    """Whether values lie within a distance of one's own; what is unknown is similar to anything."""
    return ((values - own).abs() <= within) | values.isna() | bool(np.isnan(own))
