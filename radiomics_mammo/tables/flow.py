"""``flow.csv``: one row per step and reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from radiomics_mammo.tables.schema import Table


@dataclass(frozen=True, kw_only=True)
class FlowRow:
    """One step and reason."""

    step: Annotated[str, "stage of the study"]
    unit: Annotated[str, "patient, image or lesion"]
    n_in: Annotated[int | None, "units before the step"] = None
    n_out: Annotated[int | None, "units after the step"] = None
    reason: Annotated[str, "why units were dropped; empty where none was"] = ""


FLOW = Table("flow.csv", FlowRow, "step and reason")
