"""Chapter with the statistical tables, by density, by age and beyond, each with its caption and drawing."""

from __future__ import annotations

from collections.abc import Sequence

from radiomics_mammo.core.results import NamedTable
from radiomics_mammo.report.blocks import Block, Section, TextBlock
from radiomics_mammo.report.material import ReportMaterial
from radiomics_mammo.report.tables import table_block

_OPEN_ROWS = 12
"""Tables with more rows wait behind their caption."""
_CHAPTERS: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("By breast density", ("density",), ("change-by-density", "fairness-density")),
    ("By age", ("age",), ("change-by-age", "fairness-age")),
    (
        "Benign against malignant",
        ("univariate", "model", "paired", "mixed"),
        ("volcano", "effects", "feature-clusters"),
    ),
    ("Confounders and power", ("confound", "power", "fairness"), ()),
)
"""Title of each part, words by which a table's name (between underscores and hyphens) belongs to it, its drawings."""


def statistics_section(material: ReportMaterial) -> Section:
    """All statistical tables but the cohort's, grouped; nothing is left out, unknown names come last."""
    tables = [table for table in material.statistics if not {"cohort", "methods"} & words_of(table.name)]
    if not tables:
        text = "This folder holds no statistical tables; `radiomics-mammo statistics DIR` makes them."
        return Section("Statistics", (TextBlock(text, "missing"),))
    intro = TextBlock(
        "Every figure stands with its n, effect, interval, p and q. A stratum with too few patients is printed with "
        "its n "
        "and not tested. Strata by density and age hold all women with a known value; tests by class use two strata "
        "only."
    )
    parts: list[Section] = []
    left = list(tables)
    for title, words, drawings in _CHAPTERS:
        mine = [table for table in left if any(_begins(words_of(table.name), word) for word in words)]
        left = [table for table in left if table not in mine]
        blocks = (*material.drawn(*drawings), *_tables(mine, material.config.table_rows))
        if blocks:
            parts.append(Section(title, blocks))
    if left:
        parts.append(Section("Further tables", _tables(left, material.config.table_rows)))
    return Section("Statistics", (intro,), tuple(parts))


def words_of(name: str) -> set[str]:
    """The words of a table's name.

    Examples
    --------
    >>> sorted(words_of("change_by-density"))
    ['by', 'change', 'density']
    """
    return set(name.replace("-", "_").split("_"))


def _begins(words: set[str], wanted: str) -> bool:
    return any(word.startswith(wanted) for word in words) if len(wanted) > 3 else wanted in words


def _tables(tables: Sequence[NamedTable], limit: int) -> tuple[Block, ...]:
    return tuple(
        TextBlock(f"{table.caption} The table is empty.", "missing")
        if table.table.empty
        else table_block(
            table.table,
            table.caption,
            limit=limit,
            source=f"statistics/{table.name}.csv",
            folded=len(table.table) > _OPEN_ROWS,
        )
        for table in tables
    )
