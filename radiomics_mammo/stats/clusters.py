"""Which features say the same: clusters by rank correlation, their medoids, and the heat map between medoids."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import fcluster, leaves_list, linkage
from scipy.spatial.distance import squareform
from scipy.stats import norm

from radiomics_mammo.config.statistics import StatisticsConfig
from radiomics_mammo.stats.measurements import Measurements, feature_class
from radiomics_mammo.stats.ranks import FloatArray, IntArray, average_ranks, constant_columns
from radiomics_mammo.stats.rows import ALL_MISSING, CONSTANT, DESCRIPTIVE, result_table

CLUSTER_KEYS = ("feature", "feature_class")
HEAT_KEYS = ("feature_a", "feature_b")
MOST_MEDOIDS = 40
"""Medoids of the largest clusters that the heat map shows; more cannot be read."""

RHO = "Spearman's rho"
METHOD = "average linkage of 1 - |rho|; interval of Fisher's z with variance 1.06 / (n - 3)"
FEWEST = 4
"""Patients below which a correlation has no interval and no cluster is formed."""


def cluster_tables(measured: Measurements, *, config: StatisticsConfig) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Clusters of features, and the correlations between the medoids of the largest ones.

    Parameters
    ----------
    measured : Measurements
        One row per patient; patients with any missing value among the features kept are left out, features missing in
        more than half of the patients do not take part.
    config : StatisticsConfig

    Returns
    -------
    tuple of DataFrame
        Tables ``feature_clusters`` and ``cluster_correlation``.
    """
    values = measured.values.loc[:, measured.values.notna().mean() > 0.5].dropna()
    matrix = values.to_numpy(dtype=np.float64)
    if len(values) < FEWEST or matrix.shape[1] == 0:
        return _without_cluster(measured.values, values, ALL_MISSING), result_table([], HEAT_KEYS)
    kept = values.columns[~constant_columns(matrix)]
    rho = rank_correlation(values[kept].to_numpy(dtype=np.float64))
    cluster, order = _group(rho, config.cluster_correlation)
    medoids = {number: _medoid(rho, np.flatnonzero(cluster == number)) for number in np.unique(cluster)}
    own = np.array([rho[place, medoids[number]] for place, number in enumerate(cluster)])
    low, high = rho_interval(own, n=len(values), confidence=config.confidence)
    position = np.argsort(order)
    table = pd.DataFrame(
        {
            "feature": kept.astype(str),
            "feature_class": [feature_class(str(name)) for name in kept],
            "n": len(values),
            "effect_name": f"{RHO} with the medoid of the cluster",
            "effect": own,
            "ci_low": low,
            "ci_high": high,
            "method": METHOD,
            "note": DESCRIPTIVE,
            "cluster": cluster,
            "position": position,
            "medoid": [int(place == medoids[number]) for place, number in enumerate(cluster)],
        }
    ).sort_values("position")
    rest = _without_cluster(measured.values.drop(columns=kept), values, CONSTANT)
    heat = _heat_map(kept, rho, sorted(medoids.values(), key=lambda place: -int((cluster == cluster[place]).sum())))
    low, high = rho_interval(heat["effect"].to_numpy(np.float64), n=len(values), confidence=config.confidence)
    heat = heat.assign(n=len(values), effect_name=RHO, ci_low=low, ci_high=high, method=METHOD, note=DESCRIPTIVE)
    together = pd.concat([table, rest], ignore_index=True) if len(rest) else table
    return result_table(together, CLUSTER_KEYS), result_table(heat, HEAT_KEYS)


def _without_cluster(features: pd.DataFrame, complete: pd.DataFrame, note: str) -> pd.DataFrame:
    rows = [
        {
            "feature": str(name),
            "feature_class": feature_class(str(name)),
            "n": int(features[name].notna().sum()),
            "note": note if name in complete else "measured in too few patients",
        }
        for name in features.columns
    ]
    return result_table(rows, CLUSTER_KEYS)


def rank_correlation(values: FloatArray) -> FloatArray:
    """Spearman's rho between all columns; no missing values, no constant columns.

    Examples
    --------
    >>> rank_correlation(np.array([[1.0, 9.0], [2.0, 4.0], [3.0, 1.0]])).round(6).tolist()
    [[1.0, -1.0], [-1.0, 1.0]]
    """
    correlation = np.atleast_2d(np.corrcoef(average_ranks(values), rowvar=False))
    return np.clip(correlation, -1.0, 1.0)


def rho_interval(rho: FloatArray, *, n: int, confidence: float) -> tuple[FloatArray, FloatArray]:
    """Interval of Spearman's rho on the scale of Fisher's z (Fieller, Hartley and Pearson 1957); 1 stays 1.

    Examples
    --------
    >>> low, high = rho_interval(np.array([0.0, 1.0]), n=53, confidence=0.95)
    >>> low.round(2).tolist(), high.round(2).tolist()
    ([-0.28, 1.0], [0.28, 1.0])
    """
    half = float(norm.ppf((1 + confidence) / 2)) * np.sqrt(1.06 / (n - 3))
    z = np.arctanh(np.clip(rho, -1 + 1e-15, 1 - 1e-15))
    perfect = np.abs(rho) >= 1 - 1e-12
    return np.where(perfect, rho, np.tanh(z - half)), np.where(perfect, rho, np.tanh(z + half))


def _group(rho: FloatArray, least: float) -> tuple[IntArray, IntArray]:
    if len(rho) == 1:
        return np.ones(1, dtype=np.int64), np.zeros(1, dtype=np.int64)
    distance = 1 - np.abs(rho)
    np.fill_diagonal(distance, 0.0)
    tree = linkage(squareform((distance + distance.T) / 2, checks=False), method="average")
    number = np.asarray(fcluster(tree, 1 - least, criterion="distance"), dtype=np.int64)
    return number, np.asarray(leaves_list(tree), dtype=np.int64)


def _medoid(rho: FloatArray, members: IntArray) -> int:
    return int(members[np.abs(rho[np.ix_(members, members)]).sum(axis=0).argmax()])


def _heat_map(names: pd.Index, rho: FloatArray, medoids: list[int]) -> pd.DataFrame:
    shown = medoids[:MOST_MEDOIDS]
    return pd.DataFrame(
        [
            {
                "feature_a": str(names[a]),
                "feature_b": str(names[b]),
                "position_a": i,
                "position_b": j,
                "effect": rho[a, b],
            }
            for i, a in enumerate(shown)
            for j, b in enumerate(shown)
        ]
    )
