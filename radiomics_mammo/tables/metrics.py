"""``metrics.csv``: one row per figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from radiomics_mammo.core.vocabulary import PriorPolicy
from radiomics_mammo.tables.schema import Table


@dataclass(frozen=True, kw_only=True)
class MetricRow:
    """One figure."""

    unit: Annotated[str, "lesion, mass or patient"]
    view: Annotated[str, "CC, MLO or both"] = ""
    model: Annotated[str, "candidate model"]
    feature_set: Annotated[str, "named set of features"]
    prior_policy: Annotated[PriorPolicy | None, "regional, registered or outlined-first"] = None
    protocol: Annotated[str, "cross-validation protocol"] = ""
    role: Annotated[str, "primary or exploratory"] = ""
    metric: Annotated[str, "name of the figure"]
    estimate: Annotated[float | None, "estimate"] = None
    ci_low: Annotated[float | None, "lower end of the 95 percent interval"] = None
    ci_high: Annotated[float | None, "upper end of the 95 percent interval"] = None
    n_patients: Annotated[int | None, "patients"] = None
    n_malignant: Annotated[int | None, "malignant patients"] = None


METRICS = Table("metrics.csv", MetricRow, "figure")
