"""``registration.csv``: one row per patient and view."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from radiomics_mammo.core.pairs import Registration
from radiomics_mammo.core.vocabulary import RegistrationMethod, View
from radiomics_mammo.tables.schema import Table, columns_of


@dataclass(frozen=True, kw_only=True)
class RegistrationRow:
    """One patient and view."""

    patient_id: Annotated[str, "class-qualified patient id"]
    view: Annotated[View, "CC or MLO"]
    method: Annotated[RegistrationMethod, "identity, affine or deformable"]
    trusted: Annotated[bool | None, "whether the alignment may be used"] = None
    similarity_before: Annotated[float | None, "similarity of the exams before alignment"] = None
    similarity_affine: Annotated[float | None, "similarity after the affine step"] = None
    similarity_after: Annotated[float | None, "similarity after the step that was kept"] = None
    negative_jacobian_fraction: Annotated[float | None, "share of folded places in the kept transform"] = None
    inverse_consistency_mm: Annotated[float | None, "median distance after mapping forward and backward, mm"] = None
    breast_dice: Annotated[float | None, "overlap of the two breasts after alignment"] = None
    expected_error_mm: Annotated[float | None, "expected distance to the true place, median over the breast, mm"] = None
    radius90_mm: Annotated[
        float | None, "radius that holds the true place nine times in ten, median over the breast, mm"
    ] = None
    error_mm: Annotated[
        float | None,
        "measured error on masses outlined in both exams, mm; empty where there is none",
    ] = None

    @classmethod
    def of(cls, registration: Registration) -> RegistrationRow:
        """Row of an alignment."""
        return cls(**{column.name: getattr(registration, column.name) for column in columns_of(cls)})


REGISTRATION = Table("registration.csv", RegistrationRow, "patient and view")
