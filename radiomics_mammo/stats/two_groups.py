"""Benign against malignant, one value per woman: Mann-Whitney, common-language effect, Hodges-Lehmann shift."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np
import pandas as pd
from scipy.stats import mannwhitneyu, norm

from radiomics_mammo.config.analysis import StatisticsConfig
from radiomics_mammo.core.vocabulary import PriorPolicy
from radiomics_mammo.stats.measurements import PRIOR, RECENT, SIMILARITY, Layout, Measurements, lesion_measurements
from radiomics_mammo.stats.ranks import (
    MAX_EXACT_PAIRS,
    BoolArray,
    Cells,
    FloatArray,
    IntArray,
    bisect,
    compare_columns,
    interval_order,
    mann_whitney_cdf,
    median_with_bounds,
    untied_columns,
)
from radiomics_mammo.stats.statistical_table import ALL_MISSING, BY_CLASS, FDR, TOO_FEW, StatisticalTable, count_text
from radiomics_mammo.stats.strata import LABELS
from radiomics_mammo.tables.primary import PRIMARY_POLICY

BISECTIONS = 60
"""Halvings of an interval of length one: beyond the precision of a double."""
ASYMPTOTIC = "Mann-Whitney, normal approximation with ties and continuity correction"
EXACT = "Mann-Whitney, exact"
EFFECT = "common-language effect, P(malignant > benign) + P(equal) / 2"
KEYS = ("source", "quantity", "prior_policy", "feature", "feature_class", "family", "comparison")
HALF_KEYS = ("source", "quantity", "feature", "feature_class", "family", "stratum", "comparison")

Count = int | IntArray
"""Size of a group: one for all columns, or one a column."""
NUMBERS = ("n_first", "n_second", "statistic", "effect", "ci_low", "ci_high", "shift", "shift_low", "shift_high")


def compare_two_groups(
    values: pd.DataFrame, in_second: BoolArray, *, min_cell: int, confidence: float = 0.95
) -> pd.DataFrame:
    """Mann-Whitney test (Wilcoxon rank-sum) of two groups of patients, feature by feature.

    Parameters
    ----------
    values : DataFrame of shape (patients, features)
        One row per patient; missing and infinite values are left out of their feature.
    in_second : ndarray of bool, shape (patients,)
        Membership of the second group (malignant); the others are the first (benign).
    min_cell : int
        Patients per group below which a feature is not tested.
    confidence : float
        Of both intervals.

    Returns
    -------
    DataFrame, one row per feature
        `n_first`, `n_second`; `statistic` (U of the second group); `effect` = P(second > first) + P(equal) / 2 with
        the interval of Newcombe (2006, method 5); `shift` = median of all differences second minus first with the
        interval of Moses; `p_value` (exact without ties, else normal with ties and continuity correction); `method`;
        `note`, which says why a p value is absent.

    Examples
    --------
    >>> values = pd.DataFrame({"area": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]})
    >>> second = np.array([False, False, False, True, True, True])
    >>> compare_two_groups(values, second, min_cell=3)[["effect", "shift", "p_value"]].iloc[0].round(3).tolist()
    [1.0, 3.0, 0.1]
    """

    def cells(rows: BoolArray) -> Cells:
        """Patients of both groups, and whether they are enough."""
        n_first, n_second = int((rows & ~in_second).sum()), int((rows & in_second).sum())
        enough = min(n_first, n_second) >= min_cell
        note = "" if enough else TOO_FEW if rows.any() else ALL_MISSING
        return {"n_first": n_first, "n_second": n_second, "note": note}, rows if enough else None

    def test(block: FloatArray, rows: BoolArray) -> Mapping[str, FloatArray]:
        """The groups apart."""
        return _mann_whitney(block[~in_second[rows]], block[in_second[rows]], confidence=confidence)

    return compare_columns(values, cells, test, numbers=(*NUMBERS, "p_value"))


def _mann_whitney(first: FloatArray, second: FloatArray, *, confidence: float) -> dict[str, FloatArray]:
    n_first, n_second = len(first), len(second)
    exact = untied_columns(np.vstack([first, second])) & (n_first * n_second <= MAX_EXACT_PAIRS)
    statistic, p_value = np.empty((2, first.shape[1]))
    for columns, method in ((exact, "exact"), (~exact, "asymptotic")):
        if columns.any():
            found = mannwhitneyu(second[:, columns], first[:, columns], method=method, axis=0)
            statistic[columns], p_value[columns] = found.statistic, found.pvalue
    effect = statistic / (n_first * n_second)
    low, high = auc_interval(effect, n_first=n_first, n_second=n_second, confidence=confidence)
    shift, shift_low, shift_high = hodges_lehmann(first, second, confidence=confidence)
    return {
        "statistic": statistic,
        "effect": effect,
        "ci_low": low,
        "ci_high": high,
        "shift": shift,
        "shift_low": shift_low,
        "shift_high": shift_high,
        "p_value": p_value,
        "method": np.where(exact, EXACT, ASYMPTOTIC),
    }


def auc_interval(
    auc: FloatArray, *, n_first: Count, n_second: Count, confidence: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Score-type interval of an area under the curve (Newcombe, Stat Med 2006;25:559, method 5).

    Stays inside [0, 1] and has positive width even when the groups do not overlap.

    Parameters
    ----------
    auc : ndarray
        P(second > first) + P(equal) / 2.
    n_first, n_second : int or ndarray
        Group sizes.
    """
    z = float(norm.ppf((1 + confidence) / 2))
    auc = np.asarray(auc, dtype=np.float64)

    def lower(found: FloatArray) -> FloatArray:
        """Smallest true area whose score interval still holds the one found."""
        return bisect(
            lambda true: (found - true) ** 2 <= z**2 * newcombe_variance(true, n_first=n_first, n_second=n_second),
            inside=found,
            outside=np.zeros_like(found),
            halvings=BISECTIONS,
        )

    return lower(auc), 1 - lower(1 - auc)


def newcombe_variance(auc: FloatArray, *, n_first: Count, n_second: Count) -> FloatArray:
    """Variance of an AUC estimate as a function of the true AUC, symmetric in the two groups.

    Hanley and McNeil's variance with both groups' excess replaced by their mean (Newcombe 2006, method 5).

    Examples
    --------
    >>> bool(np.isclose(newcombe_variance(np.array(0.5), n_first=10, n_second=10), 21 / 1200))
    True
    """
    excess = (n_first + n_second) / 2 - 1
    factor = 1 + excess * (1 - auc) / (2 - auc) + excess * auc / (1 + auc)
    return np.asarray(auc * (1 - auc) * factor / (n_first * n_second), dtype=np.float64)


def hodges_lehmann(
    first: FloatArray, second: FloatArray, *, confidence: float = 0.95
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Hodges-Lehmann shift: median of all differences second minus first, with the interval of Moses, by column.

    Parameters
    ----------
    first, second : ndarray of shape (n, columns)
        No missing values.

    Returns
    -------
    tuple of ndarray
        Shift, lower and upper bound; bounds are NaN where the groups are too small for the confidence.

    Examples
    --------
    >>> first, second = np.array([[1.0], [2.0], [4.0]]), np.array([[3.0], [8.0]])
    >>> hodges_lehmann(first, second, confidence=0.7)[0].item()
    3.0
    """
    n_first, n_second = len(first), len(second)
    if n_first * n_second <= MAX_EXACT_PAIRS:
        order = interval_order(mann_whitney_cdf(n_first, n_second), confidence=confidence)
    else:
        spread = np.sqrt(n_first * n_second * (n_first + n_second + 1) / 12)
        order = max(0, int(np.floor(n_first * n_second / 2 - norm.ppf((1 + confidence) / 2) * spread)))
    return median_with_bounds((second[:, None, :] - first[None, :, :]).reshape(-1, first.shape[1]), order)


def compare_classes(measured: Measurements, patients: pd.DataFrame, *, config: StatisticsConfig) -> pd.DataFrame:
    """Benign against malignant patients, feature by feature, without adjustment.

    Patients whose lesions are all unconfirmed, and patients outside `patients`, take no part.
    """
    label = patients["label"].reindex(measured.values.index)
    values = measured.values[label.isin(LABELS)]
    malignant: BoolArray = (label[label.isin(LABELS)] == LABELS[1]).to_numpy(dtype=np.bool_)
    found = compare_two_groups(values, malignant, min_cell=config.min_cell, confidence=config.confidence)
    counts = zip(found["n_first"], found["n_second"], strict=True)
    rows = found.drop(columns=["n_first", "n_second"]).assign(
        comparison="malignant vs benign",
        n=found["n_first"] + found["n_second"],
        n_per_group=[count_text(dict(zip(LABELS, sizes, strict=True))) for sizes in counts],
        effect_name=EFFECT,
        median_benign=values[~malignant].median().to_numpy(dtype=np.float64),
        median_malignant=values[malignant].median().to_numpy(dtype=np.float64),
    )
    return measured.rows(rows)


def univariate(study: Layout, *, policy: PriorPolicy = PRIMARY_POLICY) -> list[pd.DataFrame]:
    """Benign against malignant for recent, prior, every change and similarity, under one prior policy."""
    config = study.config
    kinds = list(dict.fromkeys((RECENT, PRIOR, *config.change_kinds, SIMILARITY)))
    if policy is PRIMARY_POLICY:
        measured = [study.lesion[kind] for kind in kinds]
    else:
        measured = [lesion_measurements(study.tables, kind, config=config, policy=policy) for kind in kinds[1:]]
    return [compare_classes(one, study.patients, config=config).assign(prior_policy=str(policy)) for one in measured]


def class_by_half(study: Layout, *, by: str) -> list[pd.DataFrame]:
    """Benign against malignant inside each half of a stratification; too small cells show their n and the words."""
    tables, strata = [], study.strata[by]
    for half in strata.half_names:
        inside = study.patients[study.patients[strata.half_column] == half]
        for one in study.by_class:
            tables.append(compare_classes(one, inside, config=study.config).assign(stratum=half))
    return tables


FOLLOWS = "found only where the classes differ over all women"
UNIVARIATE = StatisticalTable(
    name="univariate",
    chapter="Benign against malignant",
    caption="Malignant against benign by patient, Mann-Whitney with common-language effect and Hodges-Lehmann shift; "
    + FDR,
    keys=KEYS,
    make=univariate,
    question=BY_CLASS,
    asks=True,
    subject="Malignant against benign",
)
UNIVARIATE_REGISTERED = StatisticalTable(
    name="univariate_registered",
    chapter="Benign against malignant",
    caption="Sensitivity analysis with the lesion carried to one place in the prior, where that place is sure enough; "
    f"Mann-Whitney; {FDR}",
    keys=KEYS,
    make=partial(univariate, policy=PriorPolicy.REGISTERED),
)
UNIVARIATE_OUTLINED_FIRST = StatisticalTable(
    name="univariate_outlined_first",
    chapter="Benign against malignant",
    caption="Sensitivity analysis with outlined priors where there are any (they tell the class by being there); "
    f"Mann-Whitney; {FDR}",
    keys=KEYS,
    make=partial(univariate, policy=PriorPolicy.OUTLINED_FIRST),
    question=BY_CLASS,
)
CLASS_BY_DENSITY = StatisticalTable(
    name="class_by_density",
    chapter="By breast density",
    caption=f"Malignant against benign within density a-b and c-d, Mann-Whitney; {FDR}; " + FOLLOWS,
    keys=HALF_KEYS,
    make=partial(class_by_half, by="density"),
    question=BY_CLASS,
    subject="Malignant against benign within density halves",
)
CLASS_BY_AGE = StatisticalTable(
    name="class_by_age",
    chapter="By age",
    caption=f"Malignant against benign on either side of the age cut, Mann-Whitney; {FDR}; " + FOLLOWS,
    keys=HALF_KEYS,
    make=partial(class_by_half, by="age"),
    question=BY_CLASS,
    subject="Malignant against benign within age halves",
)
