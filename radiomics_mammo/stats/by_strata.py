"""Features by density and by age: descriptions, differences between strata, trend over strata, pairs of strata."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import binom

from radiomics_mammo.config.statistics import StatisticsConfig
from radiomics_mammo.stats.many_groups import compare_many_groups, compare_pairs
from radiomics_mammo.stats.measurements import Measurements, family_of, feature_class, representatives
from radiomics_mammo.stats.multiplicity import HOLM, within_families
from radiomics_mammo.stats.ranks import FloatArray, IntArray
from radiomics_mammo.stats.rows import DESCRIPTIVE, TOO_FEW, result_table, stack_tables
from radiomics_mammo.stats.strata import LABELS, Stratification, stratum_numbers
from radiomics_mammo.stats.trend import trend_over_groups

TEST_KEYS = ("source", "quantity", "feature", "feature_class", "family", "test", "comparison")
PAIR_KEYS = ("source", "quantity", "feature", "feature_class", "comparison")
DESCRIPTIVE_KEYS = ("source", "quantity", "feature", "feature_class", "stratum")
UNKNOWN = "unknown"
"""Printed stratum of women whose density or age is missing."""

NO_INTERVAL = "too few for an interval"


def strata_of(measured: Measurements, patients: pd.DataFrame, by: Stratification) -> tuple[pd.DataFrame, IntArray]:
    """Values of the women concerned and the number of their stratum (-1 unknown).

    Lesion values are those of patients with a confirmed label; tissue values those of every woman.
    """
    known = measured.values.index.intersection(patients.index, sort=False)
    if measured.source == "lesion":
        known = known[patients.loc[known, "label"].isin(LABELS).to_numpy(dtype=np.bool_)]
    return measured.values.loc[known], stratum_numbers(patients.loc[known, by.column], by.names)


def strata_tests(
    measured: Sequence[Measurements], patients: pd.DataFrame, by: Stratification, *, config: StatisticsConfig
) -> pd.DataFrame:
    """Kruskal-Wallis with epsilon squared, and Jonckheere's trend with Somers' D, for every feature.

    Parameters
    ----------
    measured : sequence of Measurements
    patients : DataFrame
        Of `stratify`.
    by : Stratification
    config : StatisticsConfig
    """
    tables = []
    for one in measured:
        values, group = strata_of(one, patients, by)
        cell, confidence = config.min_cell, config.confidence
        difference = compare_many_groups(values, group, names=by.names, min_cell=cell, confidence=confidence).assign(
            test="difference", effect_name="epsilon squared", comparison=" vs ".join(by.names)
        )
        trend = trend_over_groups(values, group, names=by.names, min_cell=cell, confidence=confidence).assign(
            test="trend", effect_name="Somers' D, positive when rising", comparison=" < ".join(by.names)
        )
        both = pd.concat([difference, trend])
        features = [str(name) for name in both.index]
        tables.append(
            both.assign(
                source=one.source,
                quantity=one.quantity,
                feature=features,
                feature_class=[feature_class(name) for name in features],
                family=[f"by {by.name}, {family_of(one, name)}" for name in features],
            )
        )
    return within_families(stack_tables(tables, TEST_KEYS))


def strata_pairs(
    measured: Sequence[Measurements],
    patients: pd.DataFrame,
    tests: pd.DataFrame,
    *,
    by: Stratification,
    config: StatisticsConfig,
) -> pd.DataFrame:
    """Dunn's pairs of strata for features that differ at the declared rate, and for the declared ones in any case.

    Parameters
    ----------
    tests : DataFrame
        Of `strata_tests`: only features whose Kruskal-Wallis q is at most the declared rate are followed up.
    """
    tables = []
    found = tests[(tests["test"] == "difference") & (tests["q_value"] <= config.false_discovery_rate)]
    for one in measured:
        values, group = strata_of(one, patients, by)
        here = found[(found["source"] == one.source) & (found["quantity"] == one.quantity)]
        declared = set(representatives(values.columns, declared=config.representative_features))
        followed = [name for name in values.columns if name in declared | set(here["feature"])]
        pairs = compare_pairs(
            values[followed], group, names=by.names, min_cell=config.min_cell, confidence=config.confidence
        )
        tables.append(
            pairs.assign(
                source=one.source,
                quantity=one.quantity,
                feature_class=[feature_class(str(name)) for name in pairs["feature"]],
                effect_name="common-language effect of the later stratum",
                q_method=f"{HOLM} within the pairs of one feature",
            )
        )
    return stack_tables(tables, PAIR_KEYS)


def strata_descriptive(
    measured: Sequence[Measurements], patients: pd.DataFrame, by: Stratification, *, config: StatisticsConfig
) -> pd.DataFrame:
    """Median with interval, quartiles, mean, range and missing of the declared features in every stratum."""
    rows: list[dict[str, object]] = []
    for one in measured:
        values, group = strata_of(one, patients, by)
        for feature in representatives(values.columns, declared=config.representative_features):
            value = values[feature].to_numpy(dtype=np.float64)
            for number, name in [*enumerate(by.names), (-1, UNKNOWN)]:
                row = _describe(value[group == number], config)
                words = (one.source, one.quantity, feature, feature_class(feature), name)
                rows.append({**dict(zip(DESCRIPTIVE_KEYS, words, strict=True)), **row})
    return result_table(rows, DESCRIPTIVE_KEYS)


def _describe(value: FloatArray, config: StatisticsConfig) -> dict[str, object]:
    known = np.sort(value[np.isfinite(value)])
    row: dict[str, object] = {"n": len(known), "missing": len(value) - len(known), "effect_name": "median"}
    row["method"] = "median with order-statistic interval"
    row["note"] = TOO_FEW if len(known) < config.min_cell else DESCRIPTIVE
    names = ("effect", "ci_low", "ci_high", "q1", "q3", "mean", "sd", "minimum", "maximum")
    if len(known) == 0:
        return row | dict.fromkeys(names, np.nan)
    low, high = median_interval(known, confidence=config.confidence)
    if np.isnan(low):
        row["note"] = f"{row['note']}; {NO_INTERVAL}"
    q1, middle, q3 = np.quantile(known, [0.25, 0.5, 0.75])
    spread = float(known.std(ddof=1)) if len(known) > 1 else np.nan
    figures = (middle, low, high, q1, q3, known.mean(), spread, known[0], known[-1])
    return row | dict(zip(names, figures, strict=True))


def median_interval(ordered: FloatArray, *, confidence: float) -> tuple[float, float]:
    """Distribution-free interval of a median from order statistics; NaN where n is too small for the confidence.

    Parameters
    ----------
    ordered : ndarray
        Ascending, no missing values.

    Examples
    --------
    >>> median_interval(np.arange(1.0, 11.0), confidence=0.95)
    (2.0, 9.0)
    """
    n = len(ordered)
    order = int(np.searchsorted(binom.cdf(np.arange(n), n, 0.5), (1 - confidence) / 2, side="right"))
    return (float(ordered[order - 1]), float(ordered[n - order])) if order else (float("nan"), float("nan"))
