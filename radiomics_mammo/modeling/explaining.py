"""What the models use: how often, how stably, how much it matters, and how many patients stand behind it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from scipy.stats import rankdata

from radiomics_mammo.modeling.design import CvResult, Design, Flags, Floats
from radiomics_mammo.modeling.filters import MedianImputer, absolute_correlations, used_columns
from radiomics_mammo.modeling.metrics import pair_kernel, resampled_interval, weighted_auc
from radiomics_mammo.modeling.nested_cv import TunedModel
from radiomics_mammo.tables.selection import SelectionRow
from radiomics_mammo.tables.study import NamedTable

CLUSTER_CORRELATION = 0.7
"""Average absolute Spearman correlation above which columns are shuffled together."""
ENOUGH_EVENTS = 10
"""Patients of the smaller class per column of a model; the usual rule of thumb."""
_CHAPTER = "Selected features"


def selection_rows(result: CvResult) -> list[SelectionRow]:
    """Rows of ``selection.csv``: share of outer fits in which a column reached the model; never-used ones left out."""
    share = result.frequency.mean(axis=0)
    order = np.argsort(-share, kind="stable")
    return [
        SelectionRow(
            model=result.analysis.model,
            feature_set=result.analysis.feature_set,
            feature=result.columns[place],
            frequency=float(share[place]),
        )
        for place in order[share[order] > 0]
    ]


def selection_stability(chosen: Flags) -> float:
    """Stability of a selection over fits (Nogueira, Sechidis and Brown 2018, equation 4); 1 always the same, 0 chance.

    Of flags of shape (fits, p); not-a-number where every fit takes all columns or none.

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
    rows = [
        {
            **{name: str(word) for name, word in vars(result.analysis).items()},
            "stability": selection_stability(result.frequency),
            "n_fits": len(result.frequency),
            "columns_offered": len(result.columns),
            "columns_used": result.mean_columns_used,
            "events_per_column": result.events_per_column,
        }
        for result in results
    ]
    caption = (
        "Stability of the selection over outer fits (Nogueira 2018: 1 always the same columns, 0 as by chance) "
        f"and patients of the smaller class per column used; fewer than {ENOUGH_EVENTS} is a warning."
    )
    return NamedTable(name="stability", caption=caption, table=pd.DataFrame(rows), chapter=_CHAPTER)


def correlation_clusters(design: Design) -> NDArray[np.intp]:
    """Hierarchical clustering of columns: average linkage on absolute Spearman correlation; looks at no label.

    Examples
    --------
    >>> x, y = np.random.default_rng(1).normal(size=(2, 30))
    >>> rows = {"patients": np.arange(30).astype(str), "malignant": x > 0, "values": np.column_stack([x, x**3, y])}
    >>> design = Design(**rows, columns=("a_1", "a_2", "a_3"), reliability=np.full(3, np.nan))
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


def importance_table(result: CvResult, clusters: NDArray[np.intp], weights: Floats) -> NamedTable:
    """Permutation importance: loss of AUC when the columns of a cluster are shuffled together over each test side.

    `result` was cross-validated with these clusters (p,); `weights` (draws + 1, n) are drawn by `patient_weights`.
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
                **interval.named("auc_loss"),
            }
        )
    table = pd.DataFrame(rows).sort_values(["auc_loss", "cluster"], ascending=[False, True])
    caption = (
        f"Permutation importance of the primary model by clusters of correlated columns (average absolute Spearman "
        f"correlation above {CLUSTER_CORRELATION}), on held-out patients; intervals by resampled patients."
    )
    table = table.reset_index(drop=True)
    return NamedTable(name="importance", caption=caption, table=table, chapter=_CHAPTER)


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
    table = table.loc[order].reset_index(drop=True)
    return NamedTable(name="coefficients", caption=caption, table=table, chapter=_CHAPTER)
