"""``comparisons.csv``: one row per pair of feature sets or models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from radiomics_mammo.core.vocabulary import PriorPolicy
from radiomics_mammo.tables.schema import Table


@dataclass(frozen=True, kw_only=True)
class ComparisonRow:
    """One pair of feature sets or models."""

    a: Annotated[str, "first side"]
    b: Annotated[str, "second side"] = ""
    unit: Annotated[str, "lesion, mass or patient"]
    protocol: Annotated[str, "cross-validation protocol"] = ""
    prior_policy: Annotated[PriorPolicy | None, "regional, registered or outlined-first"] = None
    role: Annotated[str, "primary or exploratory"] = ""
    metric: Annotated[str, "figure compared"]
    difference: Annotated[float | None, "a minus b"] = None
    ci_low: Annotated[float | None, "lower end of the 95 percent interval"] = None
    ci_high: Annotated[float | None, "upper end of the 95 percent interval"] = None
    p_value: Annotated[float | None, "p value"] = None
    q_value: Annotated[float | None, "p adjusted within the declared family"] = None
    n_patients: Annotated[int | None, "patients"] = None
    n_usable: Annotated[int | None, "patients of them with a usable change from the prior exam"] = None
    note: Annotated[str, "why nothing was tested, or why there is no answer"] = ""


COMPARISONS = Table("comparisons.csv", ComparisonRow, "pair of feature sets or models")
