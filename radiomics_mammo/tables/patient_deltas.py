"""``patient_deltas.csv``: one row per patient with a lesion, and prior policy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from radiomics_mammo.core.vocabulary import Density, LesionLabel, PriorPolicy
from radiomics_mammo.tables.schema import Table


@dataclass(frozen=True, kw_only=True)
class PatientDeltaRow:
    """One patient with a lesion, and prior policy."""

    patient_id: Annotated[str, "class-qualified patient id"]
    label: Annotated[LesionLabel | None, "malignant if any recent lesion is, else benign, else unconfirmed"] = None
    density: Annotated[Density | None, "BI-RADS density a to d"] = None
    age_years: Annotated[float | None, "age at the recent exam, years"] = None
    n_lesions: Annotated[int | None, "measured masses, whatever their label; one seen in both views counts once"] = None
    prior_policy: Annotated[PriorPolicy | None, "regional, registered or outlined-first"] = None


PATIENT_DELTAS = Table(
    "patient_deltas.csv", PatientDeltaRow, "patient with a lesion, and prior policy", open_ended=True
)
