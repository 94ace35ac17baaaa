"""Which measured rows belong together: a recent region and its prior region, for lesions and lesion-free places."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from radiomics_mammo.core.errors import TableError
from radiomics_mammo.core.tables_features import FEATURES
from radiomics_mammo.core.vocabulary import PriorPolicy, RoiSource, Visit

KEY = "pair_key"


def delta_features(features: pd.DataFrame) -> list[str]:
    """Feature columns of ``features.csv`` that change over time: all but those of whole-breast tissue.

    Examples
    --------
    >>> delta_features(pd.DataFrame(columns=["roi_id", "original_glcm_Contrast", "tissue_area_mm2"]))
    ['original_glcm_Contrast']
    """
    known = set(FEATURES.names)
    return [name for name in features.columns if name not in known and not name.startswith("tissue_")]


@dataclass(frozen=True, eq=False)
class MeasuredPairs:
    """Rows of recent and prior regions side by side.

    Parameters
    ----------
    rows : DataFrame
        One row a pair: recent_lesion_id, recent_roi_id, prior_roi_id, patient_id, view, label, prior_policy,
        prior_source, usable. Prior columns are empty where there is no prior region; `usable` says whether there is
        one, it is trusted, and both regions were measured at the same spacing (a region without an area in mm2 was
        measured on an image of unknown spacing, at its own resolution).
    recent, prior : ndarray of shape (n_rows, n_features)
        Values; NaN where missing.
    features : tuple of str
    """

    rows: pd.DataFrame = field(repr=False)
    recent: NDArray[np.float64] = field(repr=False)
    prior: NDArray[np.float64] = field(repr=False)
    features: tuple[str, ...] = field(repr=False)


def pair_lesions(features: pd.DataFrame, rois: pd.DataFrame) -> MeasuredPairs:
    """Every recent lesion with its prior region, under both policies, in the order of `rois`.

    Parameters
    ----------
    features : DataFrame
        ``features.csv``.
    rois : DataFrame
        ``rois.csv``.

    Raises
    ------
    TableError
        If a lesion has two recent regions, or two prior regions under one policy.
    """
    recent = _regions(rois, Visit.RECENT, (RoiSource.OUTLINED,))
    prior = _regions(rois, Visit.PRIOR, (RoiSource.OUTLINED, RoiSource.REGISTERED, RoiSource.FALLBACK))
    policies = pd.DataFrame({"prior_policy": [str(policy) for policy in PriorPolicy]})
    wanted = recent.drop(columns=["prior_policy", "trusted", "source"]).merge(policies, how="cross")
    return _side_by_side(wanted, prior, features, keys=[KEY, "prior_policy"])


def pair_null_places(features: pd.DataFrame, rois: pd.DataFrame) -> MeasuredPairs:
    """Every lesion-free place of the recent exams with its prior region.

    Parameters
    ----------
    features, rois : DataFrame
        ``features.csv`` and ``rois.csv``.
    """
    recent = _regions(rois, Visit.RECENT, (RoiSource.NULL,))
    prior = _regions(rois, Visit.PRIOR, (RoiSource.NULL,)).drop_duplicates(KEY)
    wanted = recent.drop(columns=["trusted", "source", "prior_policy"]).drop_duplicates(KEY)
    return _side_by_side(wanted, prior, features, keys=[KEY])


def _regions(rois: pd.DataFrame, visit: Visit, sources: tuple[RoiSource, ...]) -> pd.DataFrame:
    chosen = rois[(rois["visit"] == str(visit)) & rois["source"].isin([str(source) for source in sources])]
    named = chosen["recent_lesion_id"].notna() & (chosen["recent_lesion_id"] != "")
    place = chosen["roi_id"].str.removesuffix(f"-{visit}")
    key = chosen["recent_lesion_id"].where(named, place)
    columns = ["roi_id", "recent_lesion_id", "patient_id", "view", "label", "source", "prior_policy", "trusted"]
    facts = {KEY: key, "in_mm": chosen["area_mm2"].notna()}
    return chosen[columns].assign(**facts).reset_index(drop=True)


def _side_by_side(
    wanted: pd.DataFrame, prior: pd.DataFrame, features: pd.DataFrame, *, keys: list[str]
) -> MeasuredPairs:
    offered = prior[[*keys, "roi_id", "source", "trusted", "in_mm"]].rename(
        columns={"roi_id": "prior_roi_id", "source": "prior_source", "in_mm": "prior_in_mm"}
    )
    for part, what in ((wanted, "recent"), (offered, "prior")):
        if part.duplicated(keys).any():
            twice = part.loc[part.duplicated(keys), keys[0]].iloc[0]
            raise TableError("rois.csv", f"one {what} region per lesion and policy", f"two for {twice}", "drop one")
    rows = wanted.rename(columns={"roi_id": "recent_roi_id"}).merge(offered, on=keys, how="left")
    usable = rows["trusted"].eq(True) & rows["prior_in_mm"].eq(rows["in_mm"])
    rows = rows.drop(columns=["trusted", "in_mm", "prior_in_mm"]).assign(usable=usable.fillna(False).astype(bool))
    names = tuple(delta_features(features))
    values = features.set_index("roi_id")[list(names)].astype("float64")
    recent, old = (values.reindex(rows[column]).to_numpy() for column in ("recent_roi_id", "prior_roi_id"))
    return MeasuredPairs(rows, recent, old, names)
