"""``deltas.csv``: one row per recent lesion in one view and prior policy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from radiomics_mammo.core.vocabulary import LesionLabel, PriorPolicy, RoiSource, View
from radiomics_mammo.tables.schema import Table


@dataclass(frozen=True, kw_only=True)
class DeltaRow:
    """One recent lesion in one view and prior policy."""

    recent_lesion_id: Annotated[str, "lesion id in the recent exam"]
    recent_roi_id: Annotated[str, "recent region"] = ""
    prior_roi_id: Annotated[str, "prior region"] = ""
    patient_id: Annotated[str, "class-qualified patient id"]
    view: Annotated[View, "CC or MLO"]
    label: Annotated[LesionLabel | None, "benign, malignant or unconfirmed, of the recent lesion"] = None
    prior_policy: Annotated[PriorPolicy | None, "regional, registered or outlined-first"] = None
    prior_source: Annotated[RoiSource | None, "outlined, registered or fallback"] = None
    interval_years: Annotated[float | None, "years between screenings"] = None


DELTAS = Table("deltas.csv", DeltaRow, "recent lesion in one view and prior policy", open_ended=True)
