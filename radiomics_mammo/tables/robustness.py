"""``robustness.csv``: one row per feature and view."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from radiomics_mammo.core.vocabulary import View
from radiomics_mammo.tables.schema import Table


@dataclass(frozen=True, kw_only=True)
class RobustnessRow:
    """One feature and view."""

    feature: Annotated[str, "feature"]
    view: Annotated[View, "CC or MLO"]
    icc: Annotated[float | None, "ICC(2,1) over perturbed contours"] = None
    ci_low: Annotated[float | None, "lower end of the 95 percent interval"] = None
    ci_high: Annotated[float | None, "upper end of the 95 percent interval"] = None
    n: Annotated[int | None, "lesions"] = None


ROBUSTNESS = Table("robustness.csv", RobustnessRow, "feature and view")
