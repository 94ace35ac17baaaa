"""CLEAR (58 items) and METRICS (30 weighted items), filled in as far as a run can."""

from __future__ import annotations

import io

import pandas as pd

from radiomics_mammo.core.results import Classification, MeasuredStudy, NamedTable
from radiomics_mammo.core.tables_modeling import CHECKLISTS
from radiomics_mammo.report.html import packaged_text

DONE = "done by the software"
AUTHOR = "to be filled by the author"
IMPOSSIBLE = "not possible with this study"

_ABSENT = {
    "classification": "this run holds no classification",
    "statistics": "this run holds no statistical tables",
    "robustness": "this run holds no robustness table",
    "features": "this run holds no features",
    "lesions": "this run holds no outlined lesion",
}


def checklist_items() -> pd.DataFrame:
    """The items as published.

    Returns
    -------
    DataFrame
        Columns checklist, number, category, item, weight (METRICS; the weights add up to 1), needs (what a run must
        hold for the item to be done; ``author`` and ``never`` where software cannot), where.

    Notes
    -----
    CLEAR: Kocak et al., Insights into Imaging 2023;14:75, doi 10.1186/s13244-023-01415-8. METRICS: Kocak et al.,
    Insights into Imaging 2024;15:8, doi 10.1186/s13244-023-01572-w, Table 1.

    Examples
    --------
    >>> checklist_items()["checklist"].value_counts().to_dict()
    {'CLEAR': 58, 'METRICS': 30}
    """
    return pd.read_csv(io.StringIO(packaged_text("checklists.csv")), keep_default_na=False)


def checklist_table(
    study: MeasuredStudy, classification: Classification | None, statistics: tuple[NamedTable, ...]
) -> pd.DataFrame:
    """``checklists.csv``: each item with what the run says to it.

    Parameters
    ----------
    study, classification, statistics : MeasuredStudy, Classification or None, tuple of NamedTable
        What the run left behind.
    """
    held = _held(study, classification, statistics)
    rows: list[dict[str, object]] = []
    for item in checklist_items().itertuples():
        status, where = _status(str(item.needs).split(), str(item.where), held)
        weight = f" (weight {item.weight})" if item.weight else ""
        rows.append(
            {
                "checklist": item.checklist,
                "item": f"{item.number}. {item.item}{weight}",
                "status": status,
                "where": where,
            }
        )
    return CHECKLISTS.from_rows(rows)


def covered_weight(
    study: MeasuredStudy, classification: Classification | None, statistics: tuple[NamedTable, ...]
) -> float:
    """Sum of the weights of the METRICS items that the run has done, 0 to 1."""
    items = checklist_items()
    done = checklist_table(study, classification, statistics)["status"] == DONE
    return float(pd.to_numeric(items.loc[done.to_numpy() & (items["checklist"] == "METRICS"), "weight"]).sum())


def _held(
    study: MeasuredStudy, classification: Classification | None, statistics: tuple[NamedTable, ...]
) -> frozenset[str]:
    there = {
        "always": True,
        "lesions": len(study.lesions) > 0,
        "features": len(study.features) > 0,
        "robustness": len(study.robustness) > 0,
        "classification": classification is not None and len(classification.metrics) > 0,
        "statistics": len(statistics) > 0,
    }
    return frozenset(name for name, is_there in there.items() if is_there)


def _status(needs: list[str], where: str, held: frozenset[str]) -> tuple[str, str]:
    if needs == ["author"]:
        return AUTHOR, where
    if needs == ["never"]:
        return IMPOSSIBLE, where
    absent = [_ABSENT[need] for need in needs if need not in held]
    return (IMPOSSIBLE, "; ".join(absent)) if absent else (DONE, where)
