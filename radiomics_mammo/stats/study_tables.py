"""Every statistical table of a study, in the order of the report, and the few sentences they come down to.

A new table is one `StatisticalTable` in the chapter of its question, and one name in `TABLES`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from radiomics_mammo.config.analysis import StatisticsConfig
from radiomics_mammo.stats.by_strata import BY_AGE, BY_DENSITY, STRIP_POINTS
from radiomics_mammo.stats.clustered_models import MODELS_LESION, MODELS_MIXED
from radiomics_mammo.stats.clusters import CLUSTER_CORRELATION, FEATURE_CLUSTERS
from radiomics_mammo.stats.cohort import COHORT, COHORT_DIFFERENCES, FLOW_KEPT
from radiomics_mammo.stats.confounders import CONFOUNDERS
from radiomics_mammo.stats.fairness import FAIRNESS
from radiomics_mammo.stats.families import across_questions, follow_up
from radiomics_mammo.stats.measurements import lay_out
from radiomics_mammo.stats.methods import STATISTICAL_METHODS
from radiomics_mammo.stats.paired_change import PAIRED_CHANGE
from radiomics_mammo.stats.patient_models import INTERACTIONS, MODELS_PATIENT
from radiomics_mammo.stats.power import POWER
from radiomics_mammo.stats.statistical_table import StatisticalTable
from radiomics_mammo.stats.two_groups import (
    CLASS_BY_AGE,
    CLASS_BY_DENSITY,
    UNIVARIATE,
    UNIVARIATE_OUTLINED_FIRST,
    UNIVARIATE_REGISTERED,
)
from radiomics_mammo.tables.study import MeasuredStudy, NamedTable

TABLES: tuple[StatisticalTable, ...] = (
    COHORT_DIFFERENCES, COHORT, FLOW_KEPT,
    UNIVARIATE, UNIVARIATE_REGISTERED, UNIVARIATE_OUTLINED_FIRST,
    *BY_DENSITY, CLASS_BY_DENSITY, *BY_AGE, CLASS_BY_AGE,
    INTERACTIONS, PAIRED_CHANGE, MODELS_PATIENT, MODELS_LESION, MODELS_MIXED,
    FAIRNESS, CONFOUNDERS, POWER, FEATURE_CLUSTERS, CLUSTER_CORRELATION, STRIP_POINTS, STATISTICAL_METHODS,
)  # fmt: skip
"""Order of the report. Tables that ask are made first, then the others; one stands after those it is made from."""

NAMED_BY = (
    "source", "quantity", "test", "case_class", "stratum", "variable", "stratification", "modifier", "feature", "term",
    "metric",
)  # fmt: skip
"""Key columns that name a finding, in this order."""
MOST_NAMED = 3
"""Features named in one sentence."""


def statistics_tables(
    study: MeasuredStudy, *, predictions: pd.DataFrame | None, config: StatisticsConfig, seed: int
) -> tuple[NamedTable, ...]:
    """All tables of ``statistics/``, in the order of the report.

    Parameters
    ----------
    study : MeasuredStudy
    predictions : DataFrame or None
        ``predictions.csv``; without it fairness says so in words.
    config : StatisticsConfig
    seed : int
        Of the permutations, bootstraps and simulations; same seed, same tables.

    Returns
    -------
    tuple of NamedTable
        Every table has n, effect, ci_low, ci_high, p_value and q_value; see ``docs/statistics.md``.
    """
    analysis = lay_out(study, config, predictions=predictions, seed=seed)
    asking = {table.name: table.of(analysis) for table in TABLES if table.asks}
    asked, questions = across_questions(TABLES, asking)
    analysis = replace(analysis, made=asked)
    for table in (one for one in TABLES if not one.asks):
        found = follow_up(table, table.of(analysis), questions)
        analysis = replace(analysis, made={**analysis.made, table.name: found})
    return tuple(table.named(analysis.made[table.name], config) for table in TABLES)


def key_findings(tables: Sequence[NamedTable], *, false_discovery_rate: float = 0.05) -> tuple[str, ...]:
    """Plain sentences on classes, density, age, models and fairness; "none" is said as well.

    Examples
    --------
    >>> row = {"source": "lesion", "feature": "f", "effect_name": "AUC", "effect": 0.9, "ci_low": 0.8, "ci_high": 0.95}
    >>> table = pd.DataFrame([{**row, "p_value": 0.001, "q_value": 0.002, "n": 65}])
    >>> print(key_findings([NamedTable(name="univariate", caption="", table=table)])[0])
    Malignant against benign: 1 of 1 comparisons at q <= 0.05: lesion f (AUC 0.90, 0.80 to 0.95, n = 65, q = 0.002).
    """
    made = {table.name: table.table for table in tables}
    return tuple(
        f"{table.subject}: {_said(table, made[table.name], false_discovery_rate)}"
        for table in TABLES
        if table.subject and table.name in made
    )


def _said(table: StatisticalTable, made: pd.DataFrame, rate: float) -> str:
    rows = table.counted(made)
    return _sentence(rows, rate) if table.question else _warning(rows)


def _warning(rows: pd.DataFrame) -> str:
    """A table that belongs to no question warns of its smallest p: correcting a warning away helps nobody."""
    tested = rows[rows["p_value"].notna()]
    if tested.empty:
        return "nothing could be tested."
    first = tested.sort_values("p_value").iloc[0]
    known = f"smallest of {len(tested)} uncorrected p {first['p_value']:.2g}"
    return f"{known}, {_named(first).partition(', q =')[0]}); a warning, not a finding."


def _sentence(rows: pd.DataFrame, rate: float) -> str:
    tested = rows[rows["p_value"].notna()]
    if tested.empty:
        return "nothing could be tested."
    found = tested[tested["q_value"] <= rate].sort_values("p_value")
    if found.empty:
        return f"none of {len(tested)} comparisons at q <= {rate:g}."
    named = "; ".join(_named(row) for _, row in found.head(MOST_NAMED).iterrows())
    more = ", first of all" if len(found) > MOST_NAMED else ""
    return f"{len(found)} of {len(tested)} comparisons at q <= {rate:g}{more}: {named}."


def _named(row: pd.Series) -> str:
    words = " ".join(str(row[name]) for name in NAMED_BY if row.get(name))
    effect = str(row["effect_name"]).split(",")[0]
    known = pd.notna(row["ci_low"]) and pd.notna(row["ci_high"])
    interval = f"{row['ci_low']:.2f} to {row['ci_high']:.2f}" if known else "no interval"
    return f"{words} ({effect} {row['effect']:.2f}, {interval}, n = {row['n']}, q = {row['q_value']:.2g})"
