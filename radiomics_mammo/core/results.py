"""What a study leaves behind, as tables."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from radiomics_mammo.core.tables_features import GREY_LEVELS


@dataclass(frozen=True, eq=False)
class MeasuredStudy:
    """The tables that classification and statistics start from; each follows its schema in ``core.tables_*``.

    `grey_levels` only tells of the measurement; nothing is computed from it, and it may be left out.
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
    grey_levels: pd.DataFrame = field(repr=False, kw_only=True, default_factory=GREY_LEVELS.empty)


@dataclass(frozen=True, eq=False)
class NamedTable:
    """One statistical table: file stem, caption (test, n and correction in words) and rows."""

    name: str
    caption: str
    table: pd.DataFrame = field(repr=False)


@dataclass(frozen=True, eq=False)
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
