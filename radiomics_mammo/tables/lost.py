"""``lost.csv``: who was lost on the way, by name; ``flow.csv`` counts the same losses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from radiomics_mammo.tables.schema import Table


@dataclass(frozen=True, order=True, kw_only=True)
class LostRow:
    """One patient, image or lesion that did not go on."""

    unit: Annotated[str, "patient, image or lesion"]
    patient_id: Annotated[str, "class-qualified patient id"]
    image_id: Annotated[str, "patient, view and visit; empty for a patient"] = ""
    lesion_id: Annotated[str, "image id and running number; empty for a patient or an image"] = ""
    step: Annotated[str, "step of flow.csv that lost it"]
    reason: Annotated[str, "why"]


LOST = Table("lost.csv", LostRow, "patient, image or lesion that was lost")
