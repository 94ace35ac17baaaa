"""Tables of one's own through the analyses of a study: classification, statistics, a page of what there is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Literal

import pandas as pd

from radiomics_mammo.config.study import StudyConfig
from radiomics_mammo.core.errors import TableError, UsageError
from radiomics_mammo.core.vocabulary import LesionLabel, Visit
from radiomics_mammo.features import KINDS, changes
from radiomics_mammo.modeling import classify_own, default_sets, named_sets
from radiomics_mammo.pipeline.inputs import settings_of
from radiomics_mammo.pipeline.progress import progress_of
from radiomics_mammo.pipeline.results import DETAILS, STATISTICS, SUMMARY, write_named_tables
from radiomics_mammo.pipeline.store import Store
from radiomics_mammo.pipeline.workers import Progress, Workers
from radiomics_mammo.stats import key_findings, statistics_tables
from radiomics_mammo.tables.own import OwnTable, read_own_table
from radiomics_mammo.tables.primary import PRIMARY_POLICY
from radiomics_mammo.tables.study import MEASURED, MODELED, Classification, MeasuredStudy, NamedTable

Stratum = Literal["density", "age_years"]
_TABLE_OF: Mapping[str, str] = {"density": "density", "age_years": "age"}
"""How the tables of a stratum begin."""
NO_PRIOR = "No woman has a prior exam: whether a prior exam helps was not asked; the recent exam alone is told of."
"""Said of a study of one exam."""
_ENDINGS = (".csv", ".parquet", ".xlsx")


@dataclass(frozen=True, eq=False)
class TableStatistics:
    """Statistics of a table: ``tables["density_tests"]`` is a DataFrame.

    Parameters
    ----------
    named : tuple of NamedTable
        In the order of the report, each with its caption: test, n, correction.
    findings : tuple of str
        What they come down to, and what the table lacked, in words.
    """

    named: tuple[NamedTable, ...] = field(repr=False)
    findings: tuple[str, ...]

    def __getitem__(self, name: str) -> pd.DataFrame:
        return self.tables[name]

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table by its name."""
        return {one.name: one.table for one in self.named}

    def _repr_html_(self) -> str:
        said = "".join(f"<li>{escape(words)}</li>" for words in self.findings)
        rows = "".join(
            f"<tr><th>{escape(one.name)}</th><td>{len(one.table)} rows</td><td>{escape(one.caption)}</td></tr>"
            for one in self.named
            if len(one.table)
        )
        return f"<ul>{said}</ul><table>{rows}</table>"


def read_table(path: str | Path) -> pd.DataFrame:
    """A CSV, Parquet or XLSX file as a DataFrame.

    Raises
    ------
    TableError
        If it is none, or cannot be read.
    """
    file = Path(path)
    try:
        if file.suffix.casefold() == ".parquet":
            return pd.read_parquet(file)
        if file.suffix.casefold() == ".xlsx":
            return pd.read_excel(file)
        return pd.read_csv(file)
    except (OSError, ValueError, UnicodeError, KeyError) as error:
        found = "no such file" if not file.exists() else " ".join(str(error).split())[:120]
        raise TableError(file.name, f"a table ({', '.join(_ENDINGS)})", found, "check the file") from error


def classify(
    table: pd.DataFrame | str | Path,
    *,
    label: str = "label",
    groups: str = "patient_id",
    feature_sets: Mapping[str, Sequence[str]] | None = None,
    prior: pd.DataFrame | None = None,
    allow: Sequence[str] = (),
    config: StudyConfig | None = None,
    jobs: int = 1,
    progress: Progress | None = None,
) -> Classification:
    """Benign against malignant from a feature table, by the nested, patient-grouped, guarded analysis of a study.

    Parameters
    ----------
    table : DataFrame or path
        One row a lesion or a patient (CSV, Parquet or XLSX). Columns of numbers are features; ``prior_`` in front
        marks those of the prior exam; `age_years`, `density`, `view`, `interval_years` are known for what they are.
    label : str
        Column with benign, malignant or unconfirmed (never trained on), or 0 and 1.
    groups : str
        Column of the woman; she is never split. Several rows of hers are averaged.
    feature_sets : mapping of str to list of columns, optional
        By default ``recent``, ``recent+delta`` where there are prior columns, and ``clinical`` where age or density
        is known. ``recent+delta`` minus ``recent`` is the primary hypothesis; without them all is exploratory.
    prior : DataFrame, optional
        A second table with the same rows in the prior exam.
    allow : sequence of str
        Columns that look like ids or labels and are features all the same; ``labels-differ``; ``duplicates``.
    config : StudyConfig, optional
        Its `modeling` and `seed`.
    jobs : int
        Processes.
    progress : callable, optional
        Told stage, pieces done and pieces in all; by default a terminal or notebook shows it.

    Returns
    -------
    Classification
        ``metrics``, ``predictions``, ``comparisons``, ``sentinels``, ``curves``, ``selection`` as DataFrames.

    Raises
    ------
    TableError
        Naming row and column: duplicates, labels that disagree in one patient, ids among the features, ...
    ModelingError
        If a class has too few patients.

    Notes
    -----
    Protocol, intervals and checks: ``docs/modeling.md``.
    """
    frame, settings = _frame(table), settings_of(config)
    if frame.columns.duplicated().any():
        raise TableError(
            "table", "columns of different names", str(frame.columns[frame.columns.duplicated()][0]), "rename"
        )
    named = None if feature_sets is None else named_sets(frame, feature_sets)
    kept = frame if feature_sets is None else _only(frame, (label, groups), feature_sets)
    own = read_own_table(kept, label=label, groups=groups, name=_name(table), allow=allow, prior=prior)
    sets = default_sets(own, _changes(own)) if named is None else named
    with progress_of(progress) as shown:
        return classify_own(
            own,
            sets,
            config=settings.modeling,
            seed=settings.seed,
            run_many=Workers(jobs).run_all,
            progress=shown,
        )


def describe(
    table: pd.DataFrame | str | Path,
    *,
    label: str = "label",
    groups: str = "patient_id",
    strata: Sequence[Stratum] = ("density", "age_years"),
    prior: pd.DataFrame | None = None,
    allow: Sequence[str] = (),
    config: StudyConfig | None = None,
) -> TableStatistics:
    """Statistics of a feature table by class, breast density and age.

    Parameters
    ----------
    table, label, groups, prior, allow
        As of `classify`.
    strata : sequence of {'density', 'age_years'}
        By what the features are compared.
    config : StudyConfig, optional
        Its `statistics` and `seed`.

    Returns
    -------
    TableStatistics
        The tables of ``statistics/`` that the table allows; ``findings`` also say what it lacked.

    Raises
    ------
    TableError
        As of `classify`.
    UsageError
        If a stratum is unknown.

    Notes
    -----
    Tests, effects and corrections: ``docs/statistics.md``.
    """
    strange = [word for word in strata if word not in _TABLE_OF]
    if strange:
        raise UsageError("strata", " or ".join(_TABLE_OF), repr(strange[0]), "choose among them")
    settings = settings_of(config)
    own = read_own_table(_frame(table), label=label, groups=groups, name=_name(table), allow=allow, prior=prior)
    named = statistics_tables(as_study(own), predictions=None, config=settings.statistics, seed=settings.seed)
    left_out = [_TABLE_OF[word] for word in _TABLE_OF if word not in strata or getattr(own, word).isna().all()]
    kept = tuple(
        one for one in named if not any(one.name.startswith(f"{w}_") or one.name.endswith(f"_by_{w}") for w in left_out)
    )
    said = key_findings(kept, false_discovery_rate=settings.statistics.false_discovery_rate)
    return TableStatistics(kept, (*own.missing, *said))


def as_study(own: OwnTable) -> MeasuredStudy:
    """A table as the tables of a study that hold nothing but what it says: women, labels, one value a feature."""
    labels, empty = own.patient_labels(), {table.stem: table.empty() for table in MEASURED}
    women = pd.DataFrame({"patient_id": labels.index, "label": labels.to_numpy()})
    density, age, years = (
        own.first(one).reindex(labels.index) for one in (own.density, own.age_years, own.interval_years)
    )
    known = women["label"].where(women["label"] != str(LesionLabel.UNCONFIRMED))
    facts = {"density": density.to_numpy(), "age_years": age.to_numpy()}
    patients = women[["patient_id"]].assign(case_class=known, folder="", interval_years=years.to_numpy(), **facts)
    lesions = women.assign(
        lesion_id=women["patient_id"], image_id=women["patient_id"], view="CC", visit=str(Visit.RECENT)
    )
    lesions = lesions.assign(color="none", quality="closed")
    blocks = {"recent": own.features, "prior": own.prior}
    wide = [pd.DataFrame(own.by_patient(one.add_prefix(f"mean_{name}_"))) for name, one in blocks.items()]
    wide.append(pd.DataFrame(own.by_patient(_changes(own).add_prefix("mean_"))))
    values = pd.concat(wide, axis=1).reindex(labels.index).reset_index(drop=True)
    head = women.assign(**facts, n_lesions=own.patients.value_counts().reindex(labels.index).to_numpy())
    deltas = pd.concat([head.assign(prior_policy=str(PRIMARY_POLICY)), values], axis=1)
    made = {"patients": patients, "lesions": lesions, "patient_deltas": deltas}
    typed = {table.stem: table.conform(made[table.stem]) for table in MEASURED if table.stem in made}
    return MeasuredStudy(**{**empty, **typed})


def _changes(own: OwnTable) -> pd.DataFrame:
    if own.prior.shape[1] == 0:
        return pd.DataFrame(index=own.features.index)
    years = None if own.interval_years.isna().all() else own.interval_years.to_numpy()
    kinds = [kind for kind in KINDS if kind != "z" and (kind != "rate" or years is not None)]
    return changes(own.features[list(own.prior.columns)], own.prior, interval_years=years, kinds=kinds)


def classify_recent(study: MeasuredStudy, config: StudyConfig, workers: Workers) -> Classification:
    """Classification of a study without any prior exam: what the recent exam tells, and nothing on a change.

    Raises
    ------
    ModelingError
        If a class has too few patients.
    """
    prefix = f"{config.modeling.aggregation}_recent_"
    rows = study.patient_deltas.drop_duplicates("patient_id").reset_index(drop=True)
    names = [name for name in rows.columns if name.startswith(prefix) and "_tissue_" not in name]
    values = rows[names].rename(columns=lambda name: name.removeprefix(prefix)).astype("float64")
    values = values.loc[:, values.notna().any()]
    nothing = pd.Series([None] * len(rows), rows.index, dtype="float64")
    own = OwnTable(
        patients=rows["patient_id"].astype(str),
        labels=rows["label"].astype(object).fillna(str(LesionLabel.UNCONFIRMED)).astype(str),
        features=values,
        prior=pd.DataFrame(index=rows.index),
        age_years=rows["age_years"].astype("float64"),
        density=rows["density"],
        interval_years=nothing,
        missing=(NO_PRIOR,),
    )
    return classify_own(
        own,
        default_sets(own, _changes(own)),
        config=config.modeling,
        seed=config.seed,
        run_many=workers.run_all,
        progress=workers.progress,
    )


def has_changes(study: MeasuredStudy) -> bool:
    """Whether any recent lesion has a prior region at all."""
    return bool(study.deltas["prior_roi_id"].notna().any())


def _frame(table: pd.DataFrame | str | Path) -> pd.DataFrame:
    return table if isinstance(table, pd.DataFrame) else read_table(table)


def _name(table: pd.DataFrame | str | Path) -> str:
    return "table" if isinstance(table, pd.DataFrame) else Path(table).name


def _only(frame: pd.DataFrame, known: tuple[str, str], sets: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """The columns that any named set uses, and who and what; other columns are nobody's business."""
    used = {column for columns in sets.values() for column in columns} | {*known, "age_years", "density"}
    kept = frame[[column for column in frame.columns if column in used]]
    return kept.rename(columns=lambda name: f"old_{name}" if str(name).startswith("prior_") else name)


def write_classification(found: Classification, out: Path) -> Path:
    """Write the tables of a classification to a folder; the path of ``metrics.csv``."""
    store = Store(out)
    for table in MODELED:
        store.write_table(table, getattr(found, table.stem))
    store.write_text("splits.json", found.splits_json)
    store.write_text(SUMMARY, "".join(f"{line}\n" for line in found.summary))
    write_named_tables(store, DETAILS, found.tables)
    return out / "metrics.csv"


def write_statistics(found: TableStatistics, out: Path) -> Path:
    """Write statistical tables to ``statistics/`` of a folder; the path of that."""
    write_named_tables(Store(out), STATISTICS, found.named)
    return out / STATISTICS
