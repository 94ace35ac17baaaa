"""The stages that start from the tables of a folder: classify, describe, report."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from radiomics_mammo.config.analysis import ReportConfig
from radiomics_mammo.config.study import StudyConfig
from radiomics_mammo.core.errors import ModelingError, StoreError
from radiomics_mammo.modeling import classify
from radiomics_mammo.pipeline.journal import (
    CLASSIFY,
    DESCRIBE,
    MEASURE,
    REPORT,
    STUDY_JSON,
    Entry,
    Journal,
    Stage,
    StageDone,
    measurement_hash,
)
from radiomics_mammo.pipeline.own_tables import classify_recent, has_changes
from radiomics_mammo.pipeline.protocol import freeze, read_protocol
from radiomics_mammo.pipeline.results import (
    DETAILS,
    STATISTICS,
    SUMMARY,
    StudyResult,
    read_classification,
    read_measured,
    read_named_tables,
    read_study,
    write_named_tables,
)
from radiomics_mammo.pipeline.store import Store, to_record
from radiomics_mammo.pipeline.workers import Workers
from radiomics_mammo.report import (
    Provenance,
    build_report,
    checklist_table,
    draw_figures,
    read_pictures,
    render_html,
    write_workbook,
)
from radiomics_mammo.stats import key_findings, statistics_tables
from radiomics_mammo.tables.checklists import CHECKLISTS
from radiomics_mammo.tables.predictions import PREDICTIONS
from radiomics_mammo.tables.study import EVERY, MEASURED, MODELED, MeasuredStudy, NamedTable

CLASSIFICATION_FILES = (*(table.file for table in MODELED), "splits.json", "model.skops")
"""What `classify` leaves in the folder, besides its summary."""
FIGURES, PAGE, WORKBOOK = "figures", "report.html", "tables.xlsx"
_UNKNOWN_MEASUREMENT = (
    "The folder does not say how its features were measured (no study.json, or none of `features`); "
    "`predict` will refuse the model."
)
Made = tuple[Sequence[str], tuple[str, ...]]
"""Names of the files a stage wrote, and what it had to say."""


@dataclass(frozen=True, kw_only=True)
class StudyFolder:
    """A folder of tables and the settings to go on with.

    Parameters
    ----------
    journal : Journal
        Of the folder, which the caller holds.
    config : StudyConfig
    workers : Workers
    measured : StudyConfig or None
        Settings the tables were measured with, which a saved model needs; None where nobody knows.
    fresh : bool
        Do a stage again even where its result is recorded.
    """

    journal: Journal
    config: StudyConfig
    workers: Workers = field(default_factory=Workers)
    measured: StudyConfig | None = None
    fresh: bool = False

    @classmethod
    def open(
        cls, out: Path, *, config: StudyConfig | None = None, workers: Workers | None = None, fresh: bool = False
    ) -> StudyFolder:
        """A folder that `features` wrote; without settings given, those it was made with.

        Settings given here are for what comes now: how the tables were measured is read from ``study.json``, and only
        where that does not say do the given ones stand for it.

        Raises
        ------
        StoreError
            If there is no such folder, it holds no table of a study, or its ``study.json`` is damaged.
        """
        store, made = Store(out), "a folder that `features --out` made"
        if not out.is_dir():
            raise StoreError(str(out), made, "no such folder", "check the path")
        if not any((out / table.file).is_file() for table in EVERY):
            raise StoreError(str(out), made, "a folder without a table of a study", "run `features` first")
        journal = Journal(store)
        entry = journal.read()
        known = None if entry is None else entry.measured
        settings = config or (StudyConfig() if entry is None else entry.config)
        return cls(
            journal=journal,
            config=settings,
            workers=workers or Workers(),
            measured=known or config,
            fresh=fresh,
        )

    @property
    def store(self) -> Store:
        """The folder's files."""
        return self.journal.store

    def classify(self) -> tuple[str, ...]:
        """Benign against malignant; the summary in plain sentences.

        Raises
        ------
        ModelingError
            If the tables do not allow it, in words.
        StoreError
            If the tables are not of one finished run.
        """
        freeze(self.store, self.config)
        measured = "" if self.measured is None else measurement_hash(self.measured)
        return self._say(self._once(CLASSIFY, measured, make=self._classify))

    def classify_or_explain(self) -> tuple[str, ...]:
        """As `classify`, but data that do not allow it are a sentence in the summary and the report."""
        try:
            return self.classify()
        except ModelingError as error:
            self.forget_classification()
            return self._say((f"Classification was not possible. {error}",))

    def _say(self, words: tuple[str, ...]) -> tuple[str, ...]:
        self.store.write_text(SUMMARY, "".join(f"{line}\n" for line in words))
        return words

    def forget_classification(self) -> None:
        """Remove what an earlier classification left, so that no old figure stands beside new tables."""
        self.journal.forget(CLASSIFY)
        for name in CLASSIFICATION_FILES:
            (self.store.root / name).unlink(missing_ok=True)
        write_named_tables(self.store, DETAILS, ())

    def _classify(self) -> Made:
        settings = MEASURE.settings_of(self.measured) if self.measured else {}
        study = read_measured(self.store)
        if not has_changes(study):
            return self._classify_recent(study)
        found = classify(
            study,
            config=self.config.modeling,
            seed=self.config.seed,
            measurement_hash=measurement_hash(self.measured) if self.measured else "",
            measurement_settings=json.dumps(settings) if settings else "",
            progress=self.workers.progress,
            run_many=self.workers.run_all,
            on_splits=lambda text: self.store.write_text("splits.json", text),
        )
        for table in MODELED:
            self.store.write_table(table, getattr(found, table.stem))
        self.store.write_bytes("model.skops", found.model_skops)
        details = write_named_tables(self.store, DETAILS, found.tables)
        words = found.summary if self.measured else (*found.summary, _UNKNOWN_MEASUREMENT)
        return [*CLASSIFICATION_FILES, *details], words

    def _classify_recent(self, study: MeasuredStudy) -> Made:
        """A study of one exam: no primary hypothesis, and no model that would ask new women for a prior exam."""
        found = classify_recent(study, self.config, self.workers)
        self.store.write_text("splits.json", found.splits_json)
        for table in MODELED:
            self.store.write_table(table, getattr(found, table.stem))
        (self.store.root / "model.skops").unlink(missing_ok=True)
        details = write_named_tables(self.store, DETAILS, found.tables)
        return [*(name for name in CLASSIFICATION_FILES if name != "model.skops"), *details], found.summary

    def describe(self) -> tuple[str, ...]:
        """Statistical tables by class, density and age; what they say first.

        Raises
        ------
        StoreError
            If the tables are not of one finished run.
        """
        freeze(self.store, self.config)
        return self._once(DESCRIBE, make=self._describe, also=(PREDICTIONS.file,))

    def _describe(self) -> Made:
        predictions = self.store.read_or_empty(PREDICTIONS)
        tables = statistics_tables(
            read_measured(self.store),
            predictions=None if predictions.empty else predictions,
            config=self.config.statistics,
            seed=self.config.seed,
        )
        rate = self.config.statistics.false_discovery_rate
        return write_named_tables(self.store, STATISTICS, tables), key_findings(tables, false_discovery_rate=rate)

    def report(self) -> Path:
        """Write ``report.html``, ``tables.xlsx``, ``checklists.csv`` and every figure; the path of the page.

        What stands is left where the journal says that it was made of the same.

        Raises
        ------
        StoreError
            If the tables are not of one finished run, or models or statistics in the folder were made of others.
        """
        entry = self.journal.read()
        described = [f"{STATISTICS}/{path.name}" for path in sorted((self.store.root / STATISTICS).glob("*.*"))]
        tables = self.journal.tables([*(table.file for table in (*MEASURED, *MODELED)), *described])
        for stage in (CLASSIFY, DESCRIBE):
            done = None if entry is None else entry.stages.get(stage.name)
            if done is not None:
                self._refuse_outdated(stage, done)
        key = REPORT.key(self.config, json.dumps(tables, sort_keys=True), *self._shown(entry))
        known = None if entry is None or self.fresh else entry.stages.get(REPORT.name)
        if known is None or known.key != key or self.store.hashes(known.files) != dict(known.files):
            with self.journal.watch.stage(REPORT.name):
                written = write_report(self.journal, config=self.config.report)
            self.journal.finish(REPORT, self._done(REPORT, self.store.hashes(written), key=key))
        return self.store.root / PAGE

    def _shown(self, entry: Entry | None) -> list[str]:
        """What a report shows besides the tables: other files of the folder, and how its tables were made."""
        root = self.store.root
        paths = [root / SUMMARY, root / "splits.json", *(root / DETAILS).glob("*"), *(root / FIGURES).glob("*.png")]
        names = sorted(path.relative_to(root).as_posix() for path in paths if path.is_file())
        if entry is not None:
            entry = replace(entry, seconds_per_stage={}, stages={})
        return [json.dumps(self.store.hashes(names)), "" if entry is None else to_record(entry)]

    def _once(
        self, stage: Stage, *inputs: str, make: Callable[[], Made], also: tuple[str, ...] = ()
    ) -> tuple[str, ...]:
        """What a stage says, made anew unless the journal holds it for the same making and tables, files untouched."""
        tables = self.journal.tables([*(table.file for table in MEASURED), *also])
        key = stage.key(self.config, *inputs, json.dumps(tables, sort_keys=True))
        entry = self.journal.read()
        known = None if entry is None or self.fresh else entry.stages.get(stage.name)
        if known is not None and known.key == key and self.store.hashes(known.files) == dict(known.files):
            return known.words
        with self.journal.watch.stage(stage.name):
            written, words = make()
        self.journal.finish(stage, self._done(stage, self.store.hashes(written), key=key, made_of=tables, words=words))
        return words

    def _done(
        self, stage: Stage, files: dict[str, str], *, key: str = "", made_of: dict[str, str] | None = None,
        words: tuple[str, ...] = (),
    ) -> StageDone:  # fmt: skip
        return StageDone(
            key=key,
            making=stage.making(self.config),
            settings=stage.settings_of(self.config),
            files=files,
            made_of=made_of or {},
            words=words,
        )

    def _refuse_outdated(self, stage: Stage, done: StageDone) -> None:
        now = self.store.hashes(done.made_of)
        changed = sorted(name for name, was in done.made_of.items() if was and now[name] != was)
        if changed:
            found = f"made before {', '.join(changed)} changed"
            raise StoreError(
                next(iter(done.files)), "results of the tables beside it", found, f"run `{stage.name}` again"
            )


def write_report(journal: Journal, *, config: ReportConfig) -> list[str]:
    """From the tables and pictures of a folder to the page, the workbook, the checklists and the drawings."""
    store = journal.store
    result, statistics = read_study(store.root), read_named_tables(store, STATISTICS)
    study, classification = result.measured, read_classification(store, result)
    figures = draw_figures(study, classification, statistics)
    for figure in figures:
        store.write_text(f"{FIGURES}/{figure.name}.svg", figure.svg)
    frozen = read_protocol(store)
    in_time = frozen is not None and not frozen.looked_before
    checklist = checklist_table(study, classification, statistics, protocol=in_time)
    store.write_table(CHECKLISTS, checklist)
    page = build_report(
        study,
        classification=classification,
        statistics=statistics,
        figures=figures,
        pictures=read_pictures(store.root / FIGURES),
        provenance=_provenance(store),
        config=config,
        prior_sha256=_prior_hashes(study.rois, store),
    )
    store.write_text(PAGE, render_html(page))
    workbook = io.BytesIO()
    write_workbook(workbook_tables(result, statistics, checklist), workbook)
    store.write_bytes(WORKBOOK, workbook.getvalue())
    return [PAGE, WORKBOOK, CHECKLISTS.file, *(f"{FIGURES}/{figure.name}.svg" for figure in figures)]


def _prior_hashes(rois: pd.DataFrame, store: Store) -> dict[str, str]:
    """Hash of the mask of every prior region by its id: what `measuring.judged_hashes` will know it by."""
    prior = rois[rois["prior_policy"].notna() & rois["mask_file"].notna()]
    masks = dict(zip(prior["roi_id"], prior["mask_file"], strict=True))
    hashes = store.hashes(masks.values())
    return {roi_id: hashes[name] for roi_id, name in masks.items() if hashes[name]}


def workbook_tables(
    result: StudyResult, statistics: tuple[NamedTable, ...], checklist: pd.DataFrame
) -> tuple[NamedTable, ...]:
    """Every table of a study, each with what one of its rows stands for."""
    frames = {table: getattr(result, table.stem) for table in (*MEASURED, *MODELED)}
    named = [NamedTable(name=t.stem, caption=f"One row per {t.row}.", table=frame) for t, frame in frames.items()]
    made = NamedTable(name=CHECKLISTS.stem, caption=f"One row per {CHECKLISTS.row}.", table=checklist)
    return (*named, *statistics, made)


def _provenance(store: Store) -> Provenance:
    path, frozen = store.root / STUDY_JSON, read_protocol(store)
    known = Provenance.from_json(path.read_text(encoding="utf-8")) if path.is_file() else Provenance()
    return known if frozen is None else replace(known, groups=(*known.groups, ("protocol", frozen.facts)))
