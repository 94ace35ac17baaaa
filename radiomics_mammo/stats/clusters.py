"""Which features say the same: clusters by rank correlation, their medoids, and the heat map between medoids."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import fcluster, leaves_list, linkage
from scipy.spatial.distance import squareform
from scipy.stats import norm, rankdata

from radiomics_mammo.config.analysis import StatisticsConfig
from radiomics_mammo.stats.measurements import RECENT, Measurements, feature_class
from radiomics_mammo.stats.ranks import CONSTANT, FloatArray, IntArray, constant_columns
from radiomics_mammo.stats.statistical_table import ALL_MISSING, DESCRIPTIVE, Result, StatisticalTable

MOST_MEDOIDS = 40
"""Medoids of the largest clusters that the heat map shows; more cannot be read."""
RHO = "Spearman's rho"
METHOD = "average linkage of 1 - |rho|; interval of Fisher's z with variance 1.06 / (n - 3)"
FEWEST = 4
"""Patients below which a correlation has no interval and no cluster is formed."""


def complete_cases(measured: Measurements) -> pd.DataFrame:
    """Patients with a value of every feature that is measured in more than half of the patients."""
    return measured.values.loc[:, measured.values.notna().mean() > 0.5].dropna()


def clusters(measured: Measurements, *, config: StatisticsConfig) -> list[Result]:
    """Average-linkage clusters of features by 1 - |rho|, with the medoid of each; the rest with the reason."""
    values = complete_cases(measured)
    matrix = values.to_numpy(dtype=np.float64)
    if len(values) < FEWEST or matrix.shape[1] == 0:
        return _without_cluster(measured.values, values, ALL_MISSING)
    kept = values.columns[~constant_columns(matrix)]
    rho = rank_correlation(values[kept].to_numpy(dtype=np.float64))
    cluster, order = _group(rho, config.cluster_correlation)
    medoids = {number: _medoid(rho, np.flatnonzero(cluster == number)) for number in np.unique(cluster)}
    own = np.array([rho[place, medoids[number]] for place, number in enumerate(cluster)])
    low, high = rho_interval(own, n=len(values), confidence=config.confidence)
    rows = []
    for position, place in enumerate(order):
        row = Result(n=len(values), effect=own[place], ci_low=low[place], ci_high=high[place], note=DESCRIPTIVE)
        more = {"cluster": int(cluster[place]), "position": position, "medoid": int(place == medoids[cluster[place]])}
        effect_name, about = f"{RHO} with the medoid of the cluster", measured.about(str(kept[place]))
        rows.append(replace(row, about=about, effect_name=effect_name, method=METHOD, more=more))
    return [*rows, *_without_cluster(measured.values.drop(columns=kept), values, CONSTANT)]


def _without_cluster(features: pd.DataFrame, complete: pd.DataFrame, note: str) -> list[Result]:
    return [
        Result(
            about={"feature": str(name), "feature_class": feature_class(str(name))},
            n=int(features[name].notna().sum()),
            note=note if name in complete else "measured in too few patients",
        )
        for name in features.columns
    ]


def medoid_pairs(measured: Measurements, clustered: pd.DataFrame, *, config: StatisticsConfig) -> list[Result]:
    """Spearman's correlation between the medoids of the largest clusters, ready for a heat map."""
    if "medoid" not in clustered:
        return []
    medoids = clustered[clustered["medoid"] == 1].sort_values("cluster")
    sizes = medoids["cluster"].map(clustered.groupby("cluster").size())
    largest = medoids.assign(size=sizes).sort_values("size", ascending=False, kind="stable")
    names = largest["feature"].tolist()[:MOST_MEDOIDS]
    values = complete_cases(measured)
    rho = rank_correlation(values[names].to_numpy(dtype=np.float64))
    low, high = rho_interval(rho, n=len(values), confidence=config.confidence)
    row = Result(n=len(values), effect_name=RHO, method=METHOD, note=DESCRIPTIVE)
    return [
        replace(
            row,
            about={"feature_a": names[a], "feature_b": names[b]},
            effect=float(rho[a, b]),
            ci_low=float(low[a, b]),
            ci_high=float(high[a, b]),
            more={"position_a": a, "position_b": b},
        )
        for a, b in np.ndindex(rho.shape)
    ]


def rank_correlation(values: FloatArray) -> FloatArray:
    """Spearman's rho between all columns; no missing values, no constant columns.

    Examples
    --------
    >>> rank_correlation(np.array([[1.0, 9.0], [2.0, 4.0], [3.0, 1.0]])).round(6).tolist()
    [[1.0, -1.0], [-1.0, 1.0]]
    """
    correlation = np.atleast_2d(np.corrcoef(rankdata(values, axis=0), rowvar=False))
    return np.asarray(np.clip(correlation, -1.0, 1.0), dtype=np.float64)


def rho_interval(rho: FloatArray, *, n: int, confidence: float) -> tuple[FloatArray, FloatArray]:
    """Interval of Spearman's rho on the scale of Fisher's z (Fieller, Hartley and Pearson 1957); 1 stays 1."""
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


FEATURE_CLUSTERS = StatisticalTable(
    name="feature_clusters",
    chapter="Clusters of features",
    caption="Clusters of recent lesion features by rank correlation, descriptive",
    keys=("feature", "feature_class"),
    make=lambda study: clusters(study.lesion[RECENT], config=study.config),
)
CLUSTER_CORRELATION = StatisticalTable(
    name="cluster_correlation",
    chapter="Clusters of features",
    caption="Spearman correlation between the medoids of the largest clusters, descriptive",
    keys=("feature_a", "feature_b"),
    make=lambda study: medoid_pairs(study.lesion[RECENT], study.made["feature_clusters"], config=study.config),
)
