"""Chapter with the statistical tables, by density, by age and beyond, each with its caption and drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from radiomics_mammo.core.results import NamedTable
from radiomics_mammo.report.blocks import Block, Section, TextBlock
from radiomics_mammo.report.material import ReportMaterial
from radiomics_mammo.report.tables import EMPTY, format_number, table_block

_OPEN_ROWS = 12
"""Tables with more rows wait behind their caption."""
_ELSEWHERE = ("cohort", "cohort_differences", "flow", "strip_points", "cluster_correlation")
"""Shown in another chapter, or as a drawing only."""
_INTERVAL = ["effect", "ci_low", "ci_high"]
_PARTS: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("By breast density", ("density_", "class_by_density"), ("strip-density-tissue", "strip-density-lesion")),
    ("By age", ("age_", "class_by_age"), ("strip-age-tissue", "strip-age-lesion")),
    ("Interactions with density and age", ("interactions",), ("effects-interactions",)),
    (
        "Benign against malignant",
        ("univariate", "models_patient", "models_lesion"),
        ("volcano", "effects-models-patient"),
    ),
    ("Change over time", ("paired_change", "models_mixed"), ()),
    ("Fairness of the classifier", ("fairness",), ("effects-fairness",)),
    ("Confounders and power", ("confounders", "power"), ()),
    ("Clusters of features", ("feature_clusters",), ("feature-clusters",)),
)
"""Title of each part, how the names of its tables begin, its drawings."""


def statistics_section(material: ReportMaterial) -> Section:
    """All statistical tables, grouped; tables under names not known here come last."""
    if not material.statistics:
        text = "This folder holds no statistical tables; `radiomics-mammo statistics DIR` makes them."
        return Section("Statistics", (TextBlock(text, "missing"),))
    intro = TextBlock(
        "Every figure stands with its n, effect, interval, p and q. A stratum with too few patients is printed with "
        "its n "
        "and not tested. Strata by density and age hold all women with a known value; tests by class use two strata "
        "only."
    )
    limit = material.config.table_rows
    left = [table for table in material.statistics if table.name not in _ELSEWHERE]
    parts: list[Section] = []
    for title, beginnings, drawings in _PARTS:
        mine = [table for table in left if table.name.startswith(beginnings)]
        left = [table for table in left if table not in mine]
        blocks: list[Block] = [*material.drawn(*drawings), *(statistics_block(table, limit) for table in mine)]
        if blocks:
            parts.append(Section(title, tuple(blocks)))
    if left:
        parts.append(Section("Further tables", tuple(statistics_block(table, limit) for table in left)))
    return Section("Statistics", (intro,), tuple(parts))


def statistics_block(named: NamedTable, limit: int, *, folder: str = "statistics") -> Block:
    """One table made readable: intervals beside their effect, empty columns left out, constant words in the note.

    Parameters
    ----------
    named : NamedTable
    limit : int
        Rows shown; of longer tables, those with the smallest p.
    folder : str
        Where the file of the table lies.

    Examples
    --------
    >>> statistics_block(NamedTable("power", "What n allows.", pd.DataFrame({"n": [65]})), 10).title
    'Power'
    """
    if named.table.empty:
        return TextBlock(f"{named.caption} The table is empty.", "missing")
    table = named.table
    if len(table) > limit and "p_value" in table:
        table = table.sort_values("p_value", kind="stable")
    table = _with_intervals(table.dropna(axis=1, how="all"))
    constant = [name for name in _texts(table) if len(table) > 1 and table[name].nunique(dropna=False) == 1]
    block = table_block(
        table.drop(columns=constant),
        named.caption,
        limit=limit,
        source=f"{folder}/{named.name}.csv",
        folded=len(table) > _OPEN_ROWS,
    )
    words = " ".join(f"{name.replace('_', ' ').capitalize()}: {table[name].iloc[0]}." for name in constant)
    order = " Smallest p first." if len(table) > limit and "p_value" in table else ""
    note = f"{words} {block.note}{order}".strip()
    return replace(block, note=note, title=named.name.replace("_", " ").capitalize())


def _texts(table: pd.DataFrame) -> Sequence[str]:
    return [str(name) for name in table.columns if not pd.api.types.is_numeric_dtype(table[name])]


def _with_intervals(table: pd.DataFrame) -> pd.DataFrame:
    if not set(_INTERVAL) <= set(table.columns):
        return table
    texts = [
        EMPTY
        if pd.isna(row.effect)
        else format_number(row.effect)
        + ("" if pd.isna(row.ci_low) else f" ({format_number(row.ci_low)} to {format_number(row.ci_high)})")
        for row in table[_INTERVAL].itertuples()
    ]
    place = list(table.columns).index("effect")
    merged = table.drop(columns=_INTERVAL)
    merged.insert(place, "effect (interval)", texts)
    return merged
