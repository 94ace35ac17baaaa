"""The few sentences that the tables come down to."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from radiomics_mammo.core.results import NamedTable

MOST_NAMED = 3
"""Features named in one sentence."""


def key_findings(tables: Sequence[NamedTable], *, false_discovery_rate: float = 0.05) -> tuple[str, ...]:
    """Plain sentences on classes, density, age, models and fairness; "none" is said as well.

    Parameters
    ----------
    tables : sequence of NamedTable
        Of `statistics_tables`.
    false_discovery_rate : float
        As declared in the configuration.

    Examples
    --------
    >>> row = {"source": "lesion", "feature": "f", "effect_name": "AUC", "effect": 0.9, "ci_low": 0.8, "ci_high": 0.95}
    >>> table = pd.DataFrame([{**row, "p_value": 0.001, "q_value": 0.002, "n": 65}])
    >>> print(key_findings([NamedTable("univariate", "", table)])[0])
    Malignant against benign: 1 of 1 comparisons at q <= 0.05: lesion f (AUC 0.90, 0.80 to 0.95, n = 65, q = 0.002).
    """
    by_name = {table.name: table.table for table in tables}
    sentences = []
    subjects = {
        "univariate": "Malignant against benign",
        "density_tests": "By BI-RADS density",
        "age_tests": "By age band",
        "class_by_density": "Malignant against benign within density halves",
        "class_by_age": "Malignant against benign within age halves",
        "interactions": "Effect of a feature changed by density or age",
        "paired_change": "Change from prior to recent within a class",
        "models_patient": "Adjusted odds ratios by patient",
        "models_mixed": "Mixed models, visit by class",
        "fairness": "Performance differing between strata",
        "confounders": "Technical characteristics going with the label",
    }
    for name, subject in subjects.items():
        if name in by_name:
            rows = by_name[name]
            rows = rows[rows["analysis"].str.startswith("association")] if name == "confounders" else rows
            rows = rows[rows["term"].str.contains(" x ")] if name == "models_mixed" else rows
            sentences.append(f"{subject}: {_sentence(rows, false_discovery_rate)}")
    return tuple(sentences)


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
    keys = (
        "source",
        "quantity",
        "test",
        "case_class",
        "stratum",
        "variable",
        "stratification",
        "modifier",
        "feature",
        "term",
        "metric",
    )
    words = " ".join(str(row[name]) for name in keys if row.get(name))
    effect = str(row["effect_name"]).split(",")[0]
    known = pd.notna(row["ci_low"]) and pd.notna(row["ci_high"])
    interval = f"{row['ci_low']:.2f} to {row['ci_high']:.2f}" if known else "no interval"
    return f"{words} ({effect} {row['effect']:.2f}, {interval}, n = {row['n']}, q = {row['q_value']:.2g})"
