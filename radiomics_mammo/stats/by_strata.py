"""Features by density and by age: descriptions, differences between strata, trend, pairs of strata, single values."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import binom

from radiomics_mammo.config.analysis import StatisticsConfig
from radiomics_mammo.stats.many_groups import compare_many_groups, compare_pairs, trend_over_groups
from radiomics_mammo.stats.measurements import Layout, Measurements
from radiomics_mammo.stats.ranks import FloatArray, IntArray
from radiomics_mammo.stats.statistical_table import (
    DESCRIPTIVE,
    FDR,
    TOO_FEW,
    WITH_AGE,
    WITH_DENSITY,
    Result,
    StatisticalTable,
    join_notes,
)
from radiomics_mammo.stats.strata import LABELS, Stratification, stratum_numbers
from radiomics_mammo.tables.multiplicity import HOLM

UNKNOWN = "unknown"
"""Printed stratum of women whose density or age is missing."""

NO_INTERVAL = "too few for an interval"
PAIRS_ADJUSTED = f"{HOLM} within the pairs of one feature, at least the q of its difference"


def strata_of(measured: Measurements, patients: pd.DataFrame, by: Stratification) -> tuple[pd.DataFrame, IntArray]:
    """Values of the women concerned and the number of their stratum (-1 unknown).

    Lesion values are those of patients with a confirmed label; tissue values those of every woman.
    """
    known = measured.values.index.intersection(patients.index, sort=False)
    if measured.source == "lesion":
        known = known[patients.loc[known, "label"].isin(LABELS).to_numpy(dtype=np.bool_)]
    return measured.values.loc[known], stratum_numbers(patients.loc[known, by.column], by.names)


def class_blocks(measured: Measurements, patients: pd.DataFrame, women: pd.Index) -> IntArray:
    """Class of the women in numbers: strata are compared within a class, for age and density go with the class."""
    column, classes = measured.classes
    return stratum_numbers(patients.loc[women, column], classes)


def strata_tests(study: Layout, *, by: str) -> list[pd.DataFrame]:
    """Kruskal-Wallis with epsilon squared, and Jonckheere's trend with Somers' D, for every feature."""
    tables, strata = [], study.strata[by]
    for one in study.by_strata:
        values, group = strata_of(one, study.patients, strata)
        how: dict[str, Any] = {
            "names": strata.names,
            "min_cell": study.config.min_cell,
            "confidence": study.config.confidence,
            "block": class_blocks(one, study.patients, values.index),
        }
        difference = compare_many_groups(values, group, **how).assign(
            test="difference", effect_name="epsilon squared", comparison=" vs ".join(strata.names)
        )
        trend = trend_over_groups(values, group, **how).assign(
            test="trend", effect_name="Somers' D, positive when rising", comparison=" < ".join(strata.names)
        )
        tables.append(one.rows(pd.concat([difference, trend])))
    return tables


def strata_pairs(study: Layout, *, by: str) -> list[pd.DataFrame]:
    """Dunn's pairs of strata for features that differ at the declared rate, and for the declared ones in any case."""
    tables, tests, strata = [], study.made[f"{by}_tests"], study.strata[by]
    differences = tests[tests["test"] == "difference"]
    found = differences[differences["q_value"] <= study.config.false_discovery_rate]
    for one in study.by_strata:
        values, group = strata_of(one, study.patients, strata)
        here = found[(found["source"] == one.source) & (found["quantity"] == one.quantity)]
        followed = {*study.declared(one), *here["feature"]}
        pairs = compare_pairs(
            values[[name for name in values.columns if name in followed]],
            group,
            names=strata.names,
            min_cell=study.config.min_cell,
            confidence=study.config.confidence,
            block=class_blocks(one, study.patients, values.index),
        ).set_index("feature")
        effect, adjusted = "common-language effect of the later stratum", PAIRS_ADJUSTED
        own = differences[(differences["source"] == one.source) & (differences["quantity"] == one.quantity)]
        least = own.set_index("feature")["q_value"].reindex(pairs.index).fillna(1.0)
        pairs = pairs.assign(effect_name=effect, q_method=adjusted, q_value=np.maximum(pairs["q_value"], least))
        tables.append(one.rows(pairs).drop(columns="family"))
    return tables


def strata_descriptive(study: Layout, *, by: str) -> list[Result]:
    """Median with interval, quartiles, mean, range and missing of the declared features in every stratum."""
    rows, strata = [], study.strata[by]
    for one in study.by_strata:
        values, group = strata_of(one, study.patients, strata)
        for feature in study.declared(one):
            value = values[feature].to_numpy(dtype=np.float64)
            for number, name in [*enumerate(strata.names), (-1, UNKNOWN)]:
                row = describe(value[group == number], study.config)
                rows.append(replace(row, about=one.about(feature) | {"stratum": name}))
    return rows


def describe(value: FloatArray, config: StatisticsConfig) -> Result:
    """Median with interval of the finite values, and in `more` their quartiles, mean, range and the missing."""
    known = np.sort(value[np.isfinite(value)])
    row = Result(
        n=len(known),
        effect_name="median",
        method="median with order-statistic interval",
        note=TOO_FEW if len(known) < config.min_cell else DESCRIPTIVE,
        more={"missing": len(value) - len(known)},
    )
    if len(known) == 0:
        return row
    low, high = median_interval(known, confidence=config.confidence)
    q1, middle, q3 = np.quantile(known, [0.25, 0.5, 0.75])
    spread = float(known.std(ddof=1)) if len(known) > 1 else np.nan
    more = {"q1": q1, "q3": q3, "mean": known.mean(), "sd": spread, "minimum": known[0], "maximum": known[-1]}
    note = join_notes(row.note, NO_INTERVAL if np.isnan(low) else "")
    return replace(row, effect=middle, ci_low=low, ci_high=high, note=note, more={**row.more, **more})


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


def strip_points(study: Layout) -> list[pd.DataFrame]:
    """One row per patient and declared feature; the effect is the value, n is 1, missing values have no row."""
    tables = []
    for one in study.by_strata:
        people = study.patients[["case_class", "density", "age_band", "age_years"]].reindex(one.values.index)
        for feature in study.declared(one):
            value = one.values[feature].to_numpy(dtype=np.float64)
            points = people.assign(effect=value, patient_id=people.index, feature=feature, n=1, effect_name="value")
            points = points.assign(source=one.source, quantity=one.quantity, note=DESCRIPTIVE)
            tables.append(points[np.isfinite(value)])
    return tables


def _tables_by(by: str, chapter: str, strata: str, pairs: str) -> tuple[StatisticalTable, ...]:
    keys = ("source", "quantity", "feature", "feature_class")
    return (
        StatisticalTable(
            name=f"{by}_descriptive",
            chapter=chapter,
            caption=f"Declared features by {strata}: median with interval, quartiles, range",
            keys=(*keys, "stratum"),
            make=partial(strata_descriptive, by=by),
        ),
        StatisticalTable(
            name=f"{by}_tests",
            chapter=chapter,
            caption=f"Features by {strata} within classes: Kruskal-Wallis with epsilon squared, Jonckheere-Terpstra "
            f"trend with Somers' D; {FDR}",
            keys=(*keys, "family", "test", "comparison"),
            make=partial(strata_tests, by=by),
            question=WITH_DENSITY if by == "density" else WITH_AGE,
            asks=True,
            subject=f"By {strata}",
        ),
        StatisticalTable(
            name=f"{by}_pairs",
            chapter=chapter,
            caption=f"Pairs of {pairs} within classes, Dunn's test; q: Holm within a feature, at least the q of the "
            "feature's difference; declared features, and those whose "
            "Kruskal-Wallis q is at most the declared rate",
            keys=(*keys, "comparison"),
            make=partial(strata_pairs, by=by),
        ),
    )


BY_DENSITY = _tables_by("density", "By breast density", "BI-RADS density", "densities")
BY_AGE = _tables_by("age", "By age", "age band", "age bands")
STRIP_POINTS = StatisticalTable(
    name="strip_points",
    chapter="Drawings",
    caption="Values of declared features by woman, for strip and violin plots",
    keys=("source", "quantity", "feature", "patient_id", "case_class", "density", "age_band"),
    make=strip_points,
    n_is_patients=False,
)
