"""What the models use: how often, how stably, how much it matters, and how many patients stand behind it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from scipy.stats import rankdata

from radiomics_mammo.core.results import NamedTable
from radiomics_mammo.modeling.crossval import CvResult
from radiomics_mammo.modeling.design import Design, Flags, Floats
from radiomics_mammo.modeling.filters import MedianImputer, absolute_correlations, used_columns
from radiomics_mammo.modeling.intervals import resampled_interval
from radiomics_mammo.modeling.scoring import pair_kernel, weighted_auc
from radiomics_mammo.modeling.search import TunedModel

CLUSTER_CORRELATION = 0.7
"""Average absolute Spearman correlation above which columns are shuffled together."""
ENOUGH_EVENTS = 10
"""Patients of the smaller class per column of a model; the usual rule of thumb."""


def selection_rows(result: CvResult) -> list[dict[str, object]]:
    """Rows of ``selection.csv``: share of outer fits in which a column reached the model; never-used ones left out."""
    share = result.frequency.mean(axis=0)
    order = np.argsort(-share, kind="stable")
    return [
        {
            "model": result.analysis.model,
            "feature_set": result.analysis.feature_set,
            "feature": result.columns[place],
            "frequency": float(share[place]),
        }
        for place in order[share[order] > 0]
    ]


def selection_stability(chosen: Flags) -> float:
    """Stability of a selection over fits (Nogueira, Sechidis and Brown 2018, equation 4); 1 always the same, 0 chance.

    Parameters
    ----------
    chosen : ndarray of bool, shape (fits, p)

    Returns
    -------
    float
        Not-a-number where every fit takes all columns or none.

    Examples
    --------
    >>> selection_stability(np.array([[True, False, False], [True, False, False]]))
    1.0
    """
    fits, columns = chosen.shape
    mean_size = chosen.sum(axis=1).mean()
    spread = mean_size / columns * (1 - mean_size / columns)
    if fits < 2 or spread == 0:
        return float("nan")
    share = chosen.mean(axis=0)
    return float(1 - (fits / (fits - 1) * share * (1 - share)).mean() / spread)


def stability_table(results: tuple[CvResult, ...]) -> NamedTable:
    """Stability index, size of the models and events per column, one row an analysis."""
    rows = []
    for result in results:
        ill = len(np.unique(result.patients[result.malignant]))
        events = min(ill, len(np.unique(result.patients)) - ill)
        size = float(result.frequency.sum(axis=1).mean())
        rows.append(
            {
                "unit": result.analysis.unit,
                "model": result.analysis.model,
                "feature_set": result.analysis.feature_set,
                "prior_policy": result.analysis.prior_policy,
                "protocol": result.analysis.protocol,
                "stability": selection_stability(result.frequency),
                "n_fits": len(result.frequency),
                "columns_offered": len(result.columns),
                "columns_used": size,
                "events_per_column": events / size,
            }
        )
    caption = (
        "Stability of the selection over outer fits (Nogueira 2018: 1 always the same columns, 0 as by chance) "
        f"and patients of the smaller class per column used; fewer than {ENOUGH_EVENTS} is a warning."
    )
    return NamedTable("stability", caption, pd.DataFrame(rows))


def correlation_clusters(design: Design) -> np.ndarray:
    """Cluster number of each column: average linkage on absolute Spearman correlation; looks at no label.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x = rng.normal(size=30)
    >>> values = np.column_stack([x, x**3, rng.normal(size=30)])
    >>> design = Design(np.arange(30).astype(str), x > 0, values, ("a_1", "a_2", "a_3"), np.full(3, np.nan))
    >>> [int(number) for number in correlation_clusters(design) == correlation_clusters(design)[0]]
    [1, 1, 0]
    """
    if len(design.columns) < 2:
        return np.ones(len(design.columns), dtype=np.intp)
    filled = MedianImputer().fit(design.values).transform(design.values)
    ranks = np.asarray(rankdata(filled, axis=0), dtype=np.float64)
    distance = np.clip(1 - absolute_correlations(ranks), 0.0, 1.0)
    np.fill_diagonal(distance, 0.0)
    tree = linkage(squareform(distance, checks=False), method="average")
    return np.asarray(fcluster(tree, 1 - CLUSTER_CORRELATION, criterion="distance"), dtype=np.intp)


def importance_table(result: CvResult, clusters: np.ndarray, weights: Floats) -> NamedTable:
    """Loss of AUC when all columns of a cluster are shuffled together over the patients of each test side.

    Parameters
    ----------
    result : CvResult
        Cross-validated with these clusters.
    clusters : ndarray of int, shape (p,)
    weights : ndarray of shape (draws + 1, n)
        As `patient_weights` draws them.
    """
    kernel = pair_kernel(result.probability, result.malignant)
    share = result.frequency.mean(axis=0)
    rows = []
    for cluster, shuffled in result.shuffled.items():
        members = np.flatnonzero(clusters == cluster)
        lost = kernel - pair_kernel(shuffled, result.malignant)
        interval = resampled_interval(weighted_auc(lost, result.malignant, weights))
        leader = members[np.argmax(share[members])]
        rows.append(
            {
                "cluster": cluster,
                "most_used_feature": result.columns[leader],
                "n_columns": len(members),
                "frequency": float(result.frequency[:, members].any(axis=1).mean()),
                "auc_loss": interval.estimate,
                "ci_low": interval.low,
                "ci_high": interval.high,
            }
        )
    names = ["cluster", "most_used_feature", "n_columns", "frequency", "auc_loss", "ci_low", "ci_high"]
    table = pd.DataFrame(rows, columns=names).sort_values(["auc_loss", "cluster"], ascending=[False, True])
    caption = (
        f"Permutation importance of the primary model by clusters of correlated columns (average absolute Spearman "
        f"correlation above {CLUSTER_CORRELATION}), on held-out patients; intervals by resampled patients."
    )
    return NamedTable("importance", caption, table.reset_index(drop=True))


def coefficient_table(model: TunedModel, columns: tuple[str, ...]) -> NamedTable:
    """Coefficients of the final linear model: change in log odds per standard deviation of a column."""
    used = used_columns(model.pipeline.steps[:-1], len(columns))
    weights = np.ravel(model.pipeline.steps[-1][1].coef_)
    table = pd.DataFrame({"feature": [columns[place] for place in used], "coefficient": weights})
    order = table["coefficient"].abs().sort_values(ascending=False, kind="stable").index
    caption = (
        "Coefficients of the final primary model, log odds of malignant per standard deviation; fitted on all "
        "patients, so they describe and do not test."
    )
    return NamedTable("coefficients", caption, table.loc[order].reset_index(drop=True))
