"""Wilcoxon's signed-rank test and the pseudo-median of paired changes, for many features at once."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import norm

from radiomics_mammo.stats.rank_null import MAX_EXACT_DIFFERENCES, interval_order, signed_rank_cdf, two_sided_p
from radiomics_mammo.stats.ranks import FloatArray, average_ranks, columns_by_missing_rows, tie_sizes
from radiomics_mammo.stats.rows import ALL_MISSING, TOO_FEW

EXACT = "Wilcoxon signed-rank, exact"
ASYMPTOTIC = "Wilcoxon signed-rank, normal approximation with ties and continuity correction, zeros left out"
NO_CHANGE = "no change in any patient"


def paired_change(differences: pd.DataFrame, *, min_cell: int, confidence: float = 0.95) -> pd.DataFrame:
    """Test whether changes are centred on zero, feature by feature.

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
    matrix = differences.to_numpy(dtype=np.float64)
    names = ("n", "statistic", "effect", "ci_low", "ci_high", "p_value", "rank_biserial")
    numbers = {name: np.full(matrix.shape[1], np.nan) for name in names}
    method, note = (np.full(matrix.shape[1], "", dtype=object) for _ in range(2))
    for rows, columns in columns_by_missing_rows(matrix):
        n = int(rows.sum())
        numbers["n"][columns] = n
        if n < min_cell:
            note[columns] = TOO_FEW if n else ALL_MISSING
            continue
        block = matrix[np.ix_(rows, columns)]
        still = ~block.any(axis=0)
        note[columns[still]] = NO_CHANGE
        tested = columns[~still]
        found, method[tested] = _signed_rank(block[:, ~still])
        for name, value in (found | pseudo_median(block[:, ~still], confidence=confidence)).items():
            numbers[name][tested] = value
    return pd.DataFrame({**numbers, "method": method, "note": note}, index=differences.columns)


def _signed_rank(differences: FloatArray) -> tuple[dict[str, FloatArray], np.ndarray]:
    size = np.abs(differences)
    zeros = (size == 0).sum(axis=0)
    used = len(differences) - zeros
    ranks = np.where(size > 0, average_ranks(size) - zeros, 0.0)
    positive = np.where(differences > 0, ranks, 0.0).sum(axis=0)
    total = used * (used + 1) / 2
    ties = np.where(size > 0, tie_sizes(size) ** 2 - 1, 0.0).sum(axis=0)
    variance = used * (used + 1) * (2 * used + 1) / 24 - ties / 48
    excess = np.maximum(np.abs(positive - total / 2) - 0.5, 0.0)
    p_value = np.minimum(1.0, 2 * norm.sf(excess / np.sqrt(variance)))
    exact = (ties == 0) & (zeros == 0) & (len(differences) <= MAX_EXACT_DIFFERENCES)
    if exact.any():
        p_value[exact] = two_sided_p(signed_rank_cdf(len(differences)), positive[exact])
    found = {"statistic": positive, "p_value": p_value, "rank_biserial": 2 * positive / total - 1}
    return found, np.where(exact, EXACT, ASYMPTOTIC)


def pseudo_median(differences: FloatArray, *, confidence: float = 0.95) -> dict[str, FloatArray]:
    """Median of all pairwise (Walsh) averages with its distribution-free interval, column by column.

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
    walsh = np.sort((differences[first] + differences[second]) / 2, axis=0)
    if n <= MAX_EXACT_DIFFERENCES:
        order = interval_order(signed_rank_cdf(n), confidence=confidence)
    else:
        spread = np.sqrt(n * (n + 1) * (2 * n + 1) / 24)
        order = max(0, int(np.floor(n * (n + 1) / 4 - norm.ppf((1 + confidence) / 2) * spread)))
    unknown = np.full(differences.shape[1], np.nan)
    low, high = (walsh[order - 1], walsh[-order]) if order else (unknown, unknown)
    return {"effect": np.median(walsh, axis=0), "ci_low": low, "ci_high": high}
