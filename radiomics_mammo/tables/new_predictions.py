"""``new_predictions.csv``: one row per recent lesion, or patient where the model is one of patients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from radiomics_mammo.tables.schema import Table


@dataclass(frozen=True, kw_only=True)
class NewPredictionRow:
    """One recent lesion, or patient where the model is one of patients."""

    patient_id: Annotated[str, "class-qualified patient id"]
    view: Annotated[str, "CC or MLO"] = ""
    recent_lesion_id: Annotated[str, "lesion id in the recent exam"] = ""
    probability: Annotated[float | None, "predicted probability of malignant"] = None


NEW_PREDICTIONS = Table(
    "new_predictions.csv", NewPredictionRow, "recent lesion, or patient where the model is one of patients"
)
