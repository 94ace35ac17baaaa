"""A finished study, read back from its folder: every table as a DataFrame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

import pandas as pd

from radiomics_mammo.core import tables_cohort as cohort
from radiomics_mammo.core import tables_features as features
from radiomics_mammo.core import tables_lesions as lesions
from radiomics_mammo.core import tables_modeling as modeling
from radiomics_mammo.core.errors import StoreError
from radiomics_mammo.core.results import MeasuredStudy
from radiomics_mammo.core.schema import TableSchema
from radiomics_mammo.pipeline.named_tables import STATISTICS, read_named_tables
from radiomics_mammo.pipeline.store import Store

MEASURED_SCHEMAS: tuple[TableSchema, ...] = (
    cohort.AUDIT,
    cohort.FLOW,
    cohort.PATIENTS,
    cohort.IMAGES,
    lesions.LESIONS,
    lesions.LINKS,
    lesions.REGISTRATION,
    lesions.ROIS,
    features.FEATURES,
    features.DICTIONARY,
    features.ROBUSTNESS,
    features.DELTAS,
    features.PATIENT_DELTAS,
)
MODELING_SCHEMAS: tuple[TableSchema, ...] = (
    modeling.PREDICTIONS,
    modeling.METRICS,
    modeling.COMPARISONS,
    modeling.SENTINELS,
    modeling.CURVES,
    modeling.SELECTION,
)


@dataclass(frozen=True, eq=False)
class StudyResult(MeasuredStudy):
    """Every table of one study folder; a table whose stage has not run is empty.

    Parameters
    ----------
    out : Path
        The folder.
    statistics : mapping of str to DataFrame
        The files of ``statistics/`` by their stem.
    """

    out: Path
    predictions: pd.DataFrame = field(repr=False)
    metrics: pd.DataFrame = field(repr=False)
    comparisons: pd.DataFrame = field(repr=False)
    sentinels: pd.DataFrame = field(repr=False)
    curves: pd.DataFrame = field(repr=False)
    selection: pd.DataFrame = field(repr=False)
    checklists: pd.DataFrame = field(repr=False)
    statistics: Mapping[str, pd.DataFrame] = field(repr=False)

    @property
    def report(self) -> Path:
        """The page to open first."""
        return self.out / "report.html"

    @property
    def measured(self) -> MeasuredStudy:
        """The tables that classification and statistics start from."""
        return MeasuredStudy(**{part.name: getattr(self, part.name) for part in fields(MeasuredStudy)})

    def _repr_html_(self) -> str:
        rows = [(part.name, getattr(self, part.name)) for part in fields(self)]
        sizes = pd.DataFrame(
            [(name, len(table), table.shape[1]) for name, table in rows if isinstance(table, pd.DataFrame)],
            columns=["table", "rows", "columns"],
        )
        return str(sizes.to_html(index=False))


def read_measured(store: Store) -> MeasuredStudy:
    """The measured tables of a folder, every one of which must be there.

    Raises
    ------
    TableError
        If one is missing or damaged.
    """
    tables = {schema.stem: store.read_table(schema) for schema in MEASURED_SCHEMAS}
    return MeasuredStudy(**tables, grey_levels=store.read_or_empty(features.GREY_LEVELS))


def read_study(out: str | Path) -> StudyResult:
    """Read the tables of a study folder.

    Parameters
    ----------
    out : str or Path
        The folder given to ``run --out``.

    Raises
    ------
    StoreError
        If there is no such folder.
    TableError
        If a table is damaged.
    """
    store = Store(Path(out))
    if not store.root.is_dir():
        raise StoreError(str(out), "a folder that `run --out` made", "no such folder", "check the path")
    schemas = (*MEASURED_SCHEMAS, features.GREY_LEVELS, *MODELING_SCHEMAS, modeling.CHECKLISTS)
    tables = {schema.stem: store.read_or_empty(schema) for schema in schemas}
    statistics = {named.name: named.table for named in read_named_tables(store, STATISTICS)}
    return StudyResult(out=store.root, statistics=statistics, **tables)
