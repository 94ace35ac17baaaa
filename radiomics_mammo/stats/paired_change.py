"""Change from prior to recent within a class: Wilcoxon's signed-rank test and the pseudo-median, one value a woman."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm, wilcoxon

from radiomics_mammo.stats.measurements import DELTA, Layout
from radiomics_mammo.stats.ranks import (
    MAX_EXACT_DIFFERENCES,
    BoolArray,
    Cells,
    FloatArray,
    compare_columns,
    interval_order,
    median_with_bounds,
    signed_rank_cdf,
    untied_columns,
)
from radiomics_mammo.stats.statistical_table import ALL_MISSING, CHANGED, FDR, TOO_FEW, StatisticalTable, count_text

EXACT = "Wilcoxon signed-rank, exact"
ASYMPTOTIC = "Wilcoxon signed-rank, normal approximation with ties and continuity correction, zeros left out"
NO_CHANGE = "no change in any patient"
EFFECT = "pseudo-median of the change, recent minus prior"
NUMBERS = ("n", "statistic", "effect", "ci_low", "ci_high", "p_value", "rank_biserial")


def paired_change(differences: pd.DataFrame, *, min_cell: int, confidence: float = 0.95) -> pd.DataFrame:
    """Wilcoxon signed-rank test of whether changes are centred on zero, feature by feature.

    Parameters
    ----------
    differences : DataFrame of shape (patients, features)
        One change per patient.
    min_cell : int
        Patients below which a feature is not tested.
    confidence : float
        Of the interval of the pseudo-median.

    Returns
    -------
    DataFrame, one row per feature
        `n`, `statistic` (W+), `effect` (pseudo-median: median of the Walsh averages) with the interval of Tukey,
        `p_value` (exact without ties and zeros), `rank_biserial` (share of positive minus share of negative ranks),
        `method`, `note`.

    Examples
    --------
    >>> changes = pd.DataFrame({"f": [1.0, 2.0, 3.0, 4.0, 5.0, -0.5]})
    >>> paired_change(changes, min_cell=5)[["statistic", "effect", "p_value"]].iloc[0].tolist()
    [20.0, 2.5, 0.0625]
    """

    def cells(rows: BoolArray) -> Cells:
        """Patients, and whether they are enough."""
        n = int(rows.sum())
        enough = n >= min_cell
        return {"n": n, "note": "" if enough else TOO_FEW if n else ALL_MISSING}, rows if enough else None

    def test(block: FloatArray, _rows: BoolArray) -> Mapping[str, NDArray[np.generic]]:
        """Test and effect."""
        return _signed_rank(block) | pseudo_median(block, confidence=confidence)

    def still(block: FloatArray) -> BoolArray:
        """Features that changed in no patient."""
        return np.asarray(~block.any(axis=0), dtype=np.bool_)

    found = compare_columns(differences, cells, test, numbers=NUMBERS, flat=(still, NO_CHANGE))
    return found.drop(columns="n_per_group")


def _signed_rank(differences: FloatArray) -> dict[str, NDArray[np.generic]]:
    used = (differences != 0).sum(axis=0)
    one_sided = wilcoxon(differences, method="asymptotic", alternative="greater", axis=0)
    p_value = np.array(wilcoxon(differences, method="asymptotic", correction=True, axis=0).pvalue)
    exact = untied_columns(np.abs(differences)) & (used == len(differences))
    exact &= len(differences) <= MAX_EXACT_DIFFERENCES
    if exact.any():
        p_value[exact] = wilcoxon(differences[:, exact], method="exact", axis=0).pvalue
    return {
        "statistic": one_sided.statistic,
        "p_value": p_value,
        "rank_biserial": 2 * one_sided.statistic / (used * (used + 1) / 2) - 1,
        "method": np.where(exact, EXACT, ASYMPTOTIC),
    }


def pseudo_median(differences: FloatArray, *, confidence: float = 0.95) -> dict[str, FloatArray]:
    """Hodges-Lehmann pseudo-median: median of all pairwise (Walsh) averages, with Tukey's interval, column by column.

    Returns
    -------
    dict
        `effect`, `ci_low`, `ci_high`; bounds are NaN where there are too few differences for the confidence.

    Examples
    --------
    >>> pseudo_median(np.array([[1.0], [2.0], [6.0]]), confidence=0.5)["effect"].tolist()
    [2.75]
    """
    n = len(differences)
    first, second = np.triu_indices(n)
    if n <= MAX_EXACT_DIFFERENCES:
        order = interval_order(signed_rank_cdf(n), confidence=confidence)
    else:
        spread = np.sqrt(n * (n + 1) * (2 * n + 1) / 24)
        order = max(0, int(np.floor(n * (n + 1) / 4 - norm.ppf((1 + confidence) / 2) * spread)))
    bounds = median_with_bounds((differences[first] + differences[second]) / 2, order)
    return dict(zip(("effect", "ci_low", "ci_high"), bounds, strict=True))


def change_by_class(study: Layout) -> list[pd.DataFrame]:
    """Differences of lesions by label and of breast tissue by case class, tested against zero."""
    tables = []
    for one in (study.lesion[DELTA], study.tissue[DELTA]):
        column, classes = one.classes
        member = study.patients[column].reindex(one.values.index)
        for name in classes:
            inside = one.values[member == name]
            found = paired_change(inside, min_cell=study.config.min_cell, confidence=study.config.confidence)
            counts = [count_text({name: int(count)}) for count in found["n"]]
            found = found.assign(case_class=name, n_per_group=counts, effect_name=EFFECT)
            tables.append(one.rows(found))
    return tables


PAIRED_CHANGE = StatisticalTable(
    name="paired_change",
    chapter="Change over time",
    caption=f"Recent minus prior within each class by patient, Wilcoxon signed-rank with pseudo-median; {FDR}",
    keys=("source", "quantity", "feature", "feature_class", "family", "case_class"),
    make=change_by_class,
    question=CHANGED,
    asks=True,
    subject="Change from prior to recent within a class",
)
