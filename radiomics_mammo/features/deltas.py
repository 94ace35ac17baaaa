"""How the features of a lesion changed since the prior exam: deltas.csv.

With recent value r, prior value p, d = r - p and t years between the screenings:

==============  ======================================================================================================
``delta_``      d
``relative_``   d / abs(p); empty where p is 0
``logratio_``   ln(r / p); empty unless both are positive: a signed or zero feature has no logarithm
``rate_``       d / t; empty where the interval is unknown or not positive
``z_``          (d - median) / (1.4826 * median absolute deviation) of lesion-free places, see `standardise`; under
                ``regional`` d over that of the windows of the zone, whose median p is (`features.zones`)
==============  ======================================================================================================

A row stands for every recent lesion and policy. Where the prior region is missing, not trusted, or measured at
another spacing than the recent one (that of just one exam is known), the row is there and its changes are empty.
Changes of ``shape2D`` exist only where both contours were drawn: a propagated contour has the shape it was given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from radiomics_mammo.config.features import FeatureConfig
from radiomics_mammo.core.errors import TableError
from radiomics_mammo.core.vocabulary import CaseClass, Density, PriorPolicy, RoiSource, Visit
from radiomics_mammo.features.similarity import SIMILARITY_COLUMNS, RoiSimilarity
from radiomics_mammo.tables.deltas import DELTAS
from radiomics_mammo.tables.features import FEATURES
from radiomics_mammo.tables.trust import with_trusted_prior

CHANGES = ("delta", "relative", "logratio", "rate", "z")
"""Kinds of change, in column order."""

SIMILAR_DENSITY_STEPS = 1
"""BI-RADS categories that two densities may lie apart and still be similar."""

SIMILAR_INTERVAL_YEARS = 1.0
"""Years that two intervals may lie apart and still be similar."""

MAD_TO_SD = 1.4826
"""Median absolute deviation of a normal distribution to its standard deviation."""

_KEY = "pair_key"
_DENSITY_STEPS = {str(density): float(step) for step, density in enumerate(Density)}


def delta_table(
    features: pd.DataFrame,
    rois: pd.DataFrame,
    patients: pd.DataFrame,
    *,
    similarity: Sequence[RoiSimilarity],
    spreads: Mapping[str, Mapping[str, float]] | None = None,
    config: FeatureConfig,
) -> pd.DataFrame:
    """Table ``deltas.csv``.

    Parameters
    ----------
    features, rois, patients : DataFrame
        ``features.csv``, ``rois.csv`` and ``patients.csv``.
    similarity : sequence of RoiSimilarity
        As `measure_similarity` gives it; a pair it does not hold has no similarity.
    spreads : mapping of str to mapping, optional
        Robust spread of every feature over the zone, by the id of the prior region (`measure_zones`): what ``z_`` of
        that region is measured in, where there are no lesion-free places to be compared with.
    config : FeatureConfig

    Returns
    -------
    DataFrame
        One row a recent lesion and prior policy, in the order of `rois`.
    """
    pairs = pair_lesions(features, rois, patients)
    rows, usable = pairs.rows, pairs.rows["usable"].to_numpy(dtype=bool)
    drawn = rows["prior_source"].eq(str(RoiSource.OUTLINED)).fillna(False).to_numpy(dtype=bool)
    shape = np.array(["_shape2D_" in name for name in pairs.features], dtype=bool)
    prior = np.where(usable[:, None] & (~shape[None, :] | drawn[:, None]), pairs.prior, np.nan)
    blocks = changes(pairs.recent, prior, rows["interval_years"].to_numpy(dtype=np.float64))
    nulls = pair_null_places(features, rois, patients)
    blocks["z"] = standardise(blocks["delta"], rows, nulls=nulls, least=config.min_null_places)
    regional = rows["prior_policy"].eq(str(PriorPolicy.REGIONAL)).to_numpy(dtype=bool)
    blocks["z"][regional] = blocks["delta"][regional] / _spread(rows[regional], spreads or {}, pairs.features)
    wide = pd.DataFrame(
        np.hstack([blocks[kind] for kind in CHANGES]),
        columns=[f"{kind}_{name}" for kind in CHANGES for name in pairs.features],
    )
    known = {(one.recent_roi_id, one.prior_roi_id): one for one in reversed(similarity)}
    nothing = RoiSimilarity(recent_roi_id="", prior_roi_id="")
    places = zip(rows["recent_roi_id"], rows["prior_roi_id"], usable, strict=True)
    found = [known.get((recent, old), nothing) if used else nothing for recent, old, used in places]
    alike = pd.DataFrame({name: [getattr(one, name) for one in found] for name in SIMILARITY_COLUMNS}, dtype="float64")
    return pd.concat([DELTAS.conform(rows[DELTAS.names]), wide, alike], axis=1)


def _spread(
    rows: pd.DataFrame, spreads: Mapping[str, Mapping[str, float]], features: Sequence[str]
) -> NDArray[np.float64]:
    """Spread over the zone of every row and feature, NaN where it is not known or zero."""
    known = [spreads.get(name, {}) for name in rows["prior_roi_id"].fillna("")]
    values = np.array([[one.get(feature, np.nan) for feature in features] for one in known], dtype=np.float64)
    return np.asarray(np.where(values > 0, values, np.nan)).reshape(len(rows), len(features))


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
        prior_source, the patient's case_class, density and interval_years, and usable: whether there is a prior
        region, it is trusted, and both were measured at the same spacing (a region without an area in mm2 was
        measured on an image of unknown spacing, at its own resolution).
    recent, prior : ndarray of shape (n_rows, n_features)
        Values; NaN where missing.
    features : tuple of str
    """

    rows: pd.DataFrame = field(repr=False)
    recent: NDArray[np.float64] = field(repr=False)
    prior: NDArray[np.float64] = field(repr=False)
    features: tuple[str, ...] = field(repr=False)


def pair_lesions(features: pd.DataFrame, rois: pd.DataFrame, patients: pd.DataFrame) -> MeasuredPairs:
    """Every recent lesion with its prior region, under every policy, in the order of `rois`.

    Parameters
    ----------
    features, rois, patients : DataFrame
        ``features.csv``, ``rois.csv`` and ``patients.csv``.

    Raises
    ------
    TableError
        If a lesion has two recent regions, or two prior regions under one policy.
    """
    recent = _regions(rois, Visit.RECENT, (RoiSource.OUTLINED,)).drop(columns="prior_policy")
    policies = pd.DataFrame({"prior_policy": [str(policy) for policy in PriorPolicy]})
    wanted = recent.merge(policies, how="cross")
    prior = _regions(rois, Visit.PRIOR, (RoiSource.OUTLINED, RoiSource.REGISTERED, RoiSource.FALLBACK))
    return _measured(_side_by_side(wanted, prior, keys=[_KEY, "prior_policy"]), features, rois, patients)


def pair_null_places(features: pd.DataFrame, rois: pd.DataFrame, patients: pd.DataFrame) -> MeasuredPairs:
    """Every lesion-free place of the recent exams with its prior region; parameters as of `pair_lesions`."""
    recent, prior = (
        _regions(rois, visit, (RoiSource.NULL,)).drop_duplicates(_KEY) for visit in (Visit.RECENT, Visit.PRIOR)
    )
    return _measured(_side_by_side(recent, prior, keys=[_KEY]), features, rois, patients)


def _regions(rois: pd.DataFrame, visit: Visit, sources: tuple[RoiSource, ...]) -> pd.DataFrame:
    """Regions of one exam by the key that recent and prior share: the lesion, or the name of the place."""
    chosen = rois[(rois["visit"] == str(visit)) & rois["source"].isin([str(source) for source in sources])]
    lesion, place = chosen["recent_lesion_id"], chosen["roi_id"].str.removesuffix(f"-{visit}")
    columns = ["roi_id", "recent_lesion_id", "patient_id", "view", "label", "source", "prior_policy"]
    facts = {_KEY: lesion.where(lesion.notna(), place), "in_mm": chosen["area_mm2"].notna()}
    return chosen[columns].assign(**facts).reset_index(drop=True)


def _side_by_side(recent: pd.DataFrame, prior: pd.DataFrame, *, keys: list[str]) -> pd.DataFrame:
    for part, what in ((recent, "recent"), (prior, "prior")):
        if part.duplicated(keys).any():
            twice = part.loc[part.duplicated(keys), keys[0]].iloc[0]
            raise TableError("rois.csv", f"one {what} region per lesion and policy", f"two for {twice}", "drop one")
    names = {"roi_id": "prior_roi_id", "source": "prior_source", "in_mm": "prior_in_mm"}
    offered = prior[[*keys, *names]].rename(columns=names)
    wanted = recent.drop(columns="source").rename(columns={"roi_id": "recent_roi_id"})
    return wanted.merge(offered, on=keys, how="left")


def _measured(rows: pd.DataFrame, features: pd.DataFrame, rois: pd.DataFrame, patients: pd.DataFrame) -> MeasuredPairs:
    facts = patients.set_index("patient_id")[["case_class", "density", "interval_years"]].reindex(rows["patient_id"])
    same_spacing = rows["prior_in_mm"].eq(rows["in_mm"]).fillna(False).astype(bool)
    rows = pd.concat([rows, facts.reset_index(drop=True)], axis=1)
    rows = rows.assign(usable=with_trusted_prior(rows, rois) & same_spacing)
    names = tuple(delta_features(features))
    values = features.set_index("roi_id")[list(names)].astype("float64")
    recent, old = (values.reindex(rows[column]).to_numpy() for column in ("recent_roi_id", "prior_roi_id"))
    return MeasuredPairs(rows, recent, old, names)


def standardise(
    delta: NDArray[np.float64], rows: pd.DataFrame, *, nulls: MeasuredPairs, least: int
) -> NDArray[np.float64]:
    """Robust z-score of changes against those of lesion-free places; NaN where there are too few places to tell.

    Parameters
    ----------
    delta : ndarray of shape (n_rows, n_features)
    rows : DataFrame
        As `MeasuredPairs` holds them.
    nulls : MeasuredPairs
        Lesion-free places; those that cannot be used are left out.
    least : int
        Places that are enough.

    Returns
    -------
    ndarray of shape (n_rows, n_features)

    Notes
    -----
    The reference of a lesion is made of (1) the lesion-free places of its own pair and (2) those of all normal
    patients in the same view whose density lies at most one category and whose interval at most one year away (an
    unknown density or interval is similar to any). Where fewer than `least` are left, density and interval are no
    longer asked for; where that is still too few, there is no ``z``. A patient's own places never serve as those
    of another group: a normal patient is always compared with the others and her own pair. Location is the median,
    scale 1.4826 times the median absolute deviation; a scale of zero gives no ``z``. No label is used.
    """
    usable = nulls.rows["usable"].to_numpy(dtype=bool)
    places, sample = nulls.rows[usable], (nulls.recent - nulls.prior)[usable]
    z = np.full(delta.shape, np.nan)
    for _, group in rows.reset_index(drop=True).groupby(["patient_id", "view"]):
        chosen = _reference_places(places, group.iloc[0], least)
        location, scale = robust_location_scale(sample[chosen], least=least)
        z[group.index] = (delta[group.index] - location) / scale
    return z


def _reference_places(places: pd.DataFrame, row: pd.Series, least: int) -> NDArray[np.bool_]:
    view = places["view"] == row["view"]
    own = view & (places["patient_id"] == row["patient_id"])
    normal = view & (places["case_class"] == str(CaseClass.NORMAL))
    steps = places["density"].map(_DENSITY_STEPS).astype("float64")
    near = normal & _close(steps, _DENSITY_STEPS.get(row["density"], np.nan), SIMILAR_DENSITY_STEPS)
    near &= _close(places["interval_years"], row["interval_years"], SIMILAR_INTERVAL_YEARS)
    chosen = own | near
    return np.asarray(chosen if int(chosen.sum()) >= least else own | normal, dtype=np.bool_)


def _close(values: pd.Series, own: float, within: float) -> pd.Series:
    """Whether values lie within a distance of one's own; what is unknown is similar to anything."""
    return ((values - own).abs() <= within) | values.isna() | bool(np.isnan(own))


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
