"""``features.csv``: one row per measured region."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from radiomics_mammo.core.pairs import Roi
from radiomics_mammo.core.vocabulary import LesionLabel, PriorPolicy, RoiSource, View, Visit
from radiomics_mammo.tables.schema import Table


@dataclass(frozen=True, kw_only=True)
class FeatureRow:
    """One measured region."""

    roi_id: Annotated[str, "region id"]
    recent_lesion_id: Annotated[str, "lesion id in the recent exam"] = ""
    patient_id: Annotated[str, "class-qualified patient id"]
    view: Annotated[View, "CC or MLO"]
    visit: Annotated[Visit, "prior or recent"]
    source: Annotated[RoiSource, "outlined, registered, fallback, tissue or null"]
    prior_policy: Annotated[PriorPolicy | None, "regional, registered or outlined-first"] = None
    label: Annotated[LesionLabel | None, "benign, malignant or unconfirmed, of the recent lesion"] = None

    @classmethod
    def of(cls, roi: Roi) -> FeatureRow:
        """Who a measured region is; its values are further columns."""
        return cls(
            roi_id=roi.roi_id,
            recent_lesion_id=roi.recent_lesion_id,
            patient_id=roi.image.patient_id,
            view=roi.image.view,
            visit=roi.image.visit,
            source=roi.source,
            prior_policy=roi.prior_policy,
            label=LesionLabel(roi.label) if roi.label else None,
        )


FEATURES = Table("features.csv", FeatureRow, "measured region", open_ended=True)
