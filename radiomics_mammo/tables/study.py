"""What a study leaves behind, as tables: what stages start from, and what they hand over."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import Any

import pandas as pd

from radiomics_mammo.tables.audit import AUDIT
from radiomics_mammo.tables.checklists import CHECKLISTS
from radiomics_mammo.tables.comparisons import COMPARISONS
from radiomics_mammo.tables.curves import CURVES
from radiomics_mammo.tables.deltas import DELTAS
from radiomics_mammo.tables.dictionary import DICTIONARY
from radiomics_mammo.tables.features import FEATURES
from radiomics_mammo.tables.flow import FLOW
from radiomics_mammo.tables.grey_levels import GREY_LEVELS
from radiomics_mammo.tables.images import IMAGES
from radiomics_mammo.tables.lesions import LESIONS, REVIEWED_OUT
from radiomics_mammo.tables.links import LINKS
from radiomics_mammo.tables.lost import LOST
from radiomics_mammo.tables.metrics import METRICS
from radiomics_mammo.tables.patient_deltas import PATIENT_DELTAS
from radiomics_mammo.tables.patients import PATIENTS
from radiomics_mammo.tables.predictions import PREDICTIONS
from radiomics_mammo.tables.registration import REGISTRATION
from radiomics_mammo.tables.rejected import REJECTED
from radiomics_mammo.tables.review import REVIEW
from radiomics_mammo.tables.robustness import ROBUSTNESS
from radiomics_mammo.tables.rois import ROIS
from radiomics_mammo.tables.schema import Table
from radiomics_mammo.tables.selection import SELECTION
from radiomics_mammo.tables.sentinels import SENTINELS

MEASURED: tuple[Table[Any], ...] = (
    AUDIT, FLOW, PATIENTS, IMAGES, LESIONS, LINKS, REGISTRATION, ROIS, FEATURES, DICTIONARY, ROBUSTNESS, GREY_LEVELS,
    DELTAS, PATIENT_DELTAS, REJECTED,
)  # fmt: skip
"""What `features` leaves."""
MODELED: tuple[Table[Any], ...] = (PREDICTIONS, METRICS, COMPARISONS, SENTINELS, CURVES, SELECTION)
"""What `classify` leaves."""
TOLD: tuple[Table[Any], ...] = (LOST, REVIEW, REVIEWED_OUT)
"""What a run tells beside: nothing is computed from these, and they may be absent."""
EVERY: tuple[Table[Any], ...] = (*MEASURED, *MODELED, *TOLD, CHECKLISTS)


@dataclass(frozen=True, eq=False, kw_only=True)
class MeasuredStudy:
    """The tables that classification and statistics start from, each of the `Table` of its name.

    `grey_levels`, `rejected`, `lost`, `review` and `reviewed_out` only tell of the measurement; nothing is computed
    from them, and they may be left out.
    """

    audit: pd.DataFrame = field(repr=False)
    flow: pd.DataFrame = field(repr=False)
    patients: pd.DataFrame = field(repr=False)
    images: pd.DataFrame = field(repr=False)
    lesions: pd.DataFrame = field(repr=False)
    links: pd.DataFrame = field(repr=False)
    registration: pd.DataFrame = field(repr=False)
    rois: pd.DataFrame = field(repr=False)
    features: pd.DataFrame = field(repr=False)
    dictionary: pd.DataFrame = field(repr=False)
    robustness: pd.DataFrame = field(repr=False)
    deltas: pd.DataFrame = field(repr=False)
    patient_deltas: pd.DataFrame = field(repr=False)
    grey_levels: pd.DataFrame = field(repr=False, default_factory=GREY_LEVELS.empty)
    rejected: pd.DataFrame = field(repr=False, default_factory=REJECTED.empty)
    lost: pd.DataFrame = field(repr=False, default_factory=LOST.empty)
    review: pd.DataFrame = field(repr=False, default_factory=REVIEW.empty)
    reviewed_out: pd.DataFrame = field(repr=False, default_factory=REVIEWED_OUT.empty)


@dataclass(frozen=True, eq=False, kw_only=True)
class NamedTable:
    """A table that only one room knows: file stem, caption (test, n and correction in words), rows, and its question.

    `chapter` is the heading of the report under which it stands.
    """

    name: str
    caption: str
    table: pd.DataFrame = field(repr=False)
    chapter: str = ""


@dataclass(frozen=True, eq=False, kw_only=True)
class Classification:
    """Everything `modeling` found; `splits_json` and `model_skops` are file contents, `summary` plain sentences.

    `tables` are further small tables: shortcut panel, stability, importance, coefficients, authors' protocol.
    """

    predictions: pd.DataFrame = field(repr=False)
    metrics: pd.DataFrame = field(repr=False)
    comparisons: pd.DataFrame = field(repr=False)
    sentinels: pd.DataFrame = field(repr=False)
    curves: pd.DataFrame = field(repr=False)
    selection: pd.DataFrame = field(repr=False)
    splits_json: str = field(repr=False)
    model_skops: bytes = field(repr=False)
    summary: tuple[str, ...] = ()
    tables: tuple[NamedTable, ...] = ()

    def _repr_html_(self) -> str:
        said = "".join(f"<li>{escape(words)}</li>" for words in self.summary)
        shown = self.metrics[self.metrics["metric"] == "auc"]
        columns = ["unit", "model", "feature_set", "role", "estimate", "ci_low", "ci_high", "n_patients", "n_malignant"]
        return f"<ul>{said}</ul>{shown[columns].to_html(index=False, float_format='%.3f')}"
