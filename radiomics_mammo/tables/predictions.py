"""``predictions.csv``: one row per out-of-fold prediction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from radiomics_mammo.core.vocabulary import LesionLabel, PriorPolicy
from radiomics_mammo.tables.schema import Table


@dataclass(frozen=True, kw_only=True)
class PredictionRow:
    """One out-of-fold prediction."""

    unit: Annotated[str, "lesion, mass or patient"]
    patient_id: Annotated[str, "class-qualified patient id"]
    recent_lesion_id: Annotated[str, "lesion id in the recent exam"] = ""
    view: Annotated[str, "CC, MLO, or both for masses and patients"] = ""
    model: Annotated[str, "candidate model"]
    feature_set: Annotated[str, "named set of features"]
    prior_policy: Annotated[PriorPolicy | None, "regional, registered or outlined-first"] = None
    protocol: Annotated[str, "cross-validation protocol"] = ""
    repeat: Annotated[int | None, "repeat of the folds, from 1"] = None
    fold: Annotated[int | None, "outer fold, from 1"] = None
    label: Annotated[LesionLabel | None, "benign, malignant or unconfirmed, of the recent lesion"] = None
    probability: Annotated[float | None, "predicted probability of malignant"] = None
    threshold: Annotated[
        float | None,
        "probability at or above which a row is called malignant, chosen in training",
    ] = None


PREDICTIONS = Table("predictions.csv", PredictionRow, "out-of-fold prediction")
