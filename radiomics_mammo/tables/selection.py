"""``selection.csv``: one row per feature kept in folds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from radiomics_mammo.tables.schema import Table


@dataclass(frozen=True, kw_only=True)
class SelectionRow:
    """One feature kept in folds."""

    model: Annotated[str, "candidate model"]
    feature_set: Annotated[str, "named set of features"]
    feature: Annotated[str, "feature"] = ""
    frequency: Annotated[float | None, "share of outer fits that kept it"] = None


SELECTION = Table("selection.csv", SelectionRow, "feature kept in folds")
