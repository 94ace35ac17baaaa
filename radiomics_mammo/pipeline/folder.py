"""The stages that start from the tables of a folder: classification, statistics, report."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from radiomics_mammo.config.loading import config_from
from radiomics_mammo.config.study import StudyConfig, settings_hash
from radiomics_mammo.core.errors import ModelingError, StoreError
from radiomics_mammo.core.tables_modeling import PREDICTIONS
from radiomics_mammo.modeling import classify
from radiomics_mammo.pipeline.batch import Workers
from radiomics_mammo.pipeline.measurement_settings import measurement_hash, measurement_settings
from radiomics_mammo.pipeline.named_tables import CAPTIONS, DETAILS, STATISTICS, write_named_tables
from radiomics_mammo.pipeline.provenance import Stopwatch, code_hash
from radiomics_mammo.pipeline.reporting import SUMMARY, write_report
from radiomics_mammo.pipeline.results import MEASURED_SCHEMAS, MODELING_SCHEMAS, read_measured
from radiomics_mammo.pipeline.store import Store, key_of
from radiomics_mammo.stats import key_findings, statistics_tables

CLASSIFICATION_FILES = (*(schema.file for schema in MODELING_SCHEMAS), "splits.json", "model.skops")
"""What `classify` leaves in the folder, besides its summary."""
_RESULTS = {"classify": "metrics.csv", "statistics": f"{STATISTICS}/{CAPTIONS}"}
"""A result of each stage that the report shows."""
_MADE_OF = "made-of"
_UNKNOWN_MEASUREMENT = (
    "The folder holds no study.json: how its features were measured is not known, and `predict` will refuse the model."
)


@dataclass(frozen=True)
class StageDone:
    """The files a stage wrote, with their hashes, and what it had to say."""

    files: Mapping[str, str]
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class MadeOf:
    """The tables that the results of a stage in the folder were made of, with their hashes; empty for one not there."""

    tables: Mapping[str, str]


@dataclass(frozen=True)
class StudyFolder:
    """A folder of tables and the settings to go on with.

    Parameters
    ----------
    store : Store
        Held by the caller.
    config : StudyConfig
    workers : Workers
    watch : Stopwatch
    measured : StudyConfig or None
        Settings the tables were measured with, which a saved model needs; None where nobody knows.
    fresh : bool
        Do a stage again even where its result is recorded.
    """

    store: Store
    config: StudyConfig
    workers: Workers = field(default_factory=Workers)
    watch: Stopwatch = field(default_factory=Stopwatch)
    measured: StudyConfig | None = None
    fresh: bool = False

    @classmethod
    def open(
        cls, out: Path, *, config: StudyConfig | None = None, workers: Workers | None = None, fresh: bool = False
    ) -> StudyFolder:
        """A folder that `features` wrote; without settings given, those it was made with.

        Settings given here are for what comes now: how the tables were measured is read from ``study.json``, and only
        where that is missing do the given ones stand for it.

        Raises
        ------
        StoreError
            If there is no such folder, or its ``study.json`` is damaged.
        """
        store = Store(out)
        if not out.is_dir():
            raise StoreError(str(out), "a folder that `features --out` made", "no such folder", "check the path")
        measured = measured_config(store) or config
        settings = config or measured or StudyConfig()
        return cls(store, settings, workers or Workers(), measured=measured, fresh=fresh)

    def classify(self, *, splits: str | None = None) -> tuple[str, ...]:
        """Benign against malignant; the summary in plain sentences.

        Parameters
        ----------
        splits : str, optional
            Text of the ``splits.json`` of another run, to use its folds again.

        Raises
        ------
        ModelingError
            If the tables do not allow it or the splits do not fit them, in words.
        """
        measured = "" if self.measured is None else measurement_hash(self.measured)
        settings = key_of(settings_hash(self.config.modeling), measured, json.dumps(splits))
        words = self._once("classify", ("modeling",), settings, make=partial(self._classify, splits))
        return self._say(words)

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
        for name in CLASSIFICATION_FILES:
            (self.store.root / name).unlink(missing_ok=True)
        write_named_tables(self.store, DETAILS, ())

    def _classify(self, splits: str | None) -> StageDone:
        study = read_measured(self.store)
        settings = measurement_settings(self.measured) if self.measured else {}
        found = classify(
            study,
            config=self.config.modeling,
            seed=self.config.seed,
            splits=splits,
            measurement_hash=measurement_hash(self.measured) if self.measured else "",
            measurement_settings=json.dumps(settings) if settings else "",
            progress=self.workers.progress,
            run_many=self.workers.run_all,
            on_splits=lambda text: self.store.write_text("splits.json", text),
        )
        for schema in MODELING_SCHEMAS:
            self.store.write_table(schema, getattr(found, schema.stem))
        self.store.write_bytes("model.skops", found.model_skops)
        details = write_named_tables(self.store, DETAILS, found.tables)
        words = found.summary if self.measured else (*found.summary, _UNKNOWN_MEASUREMENT)
        return StageDone(self._hashes([*CLASSIFICATION_FILES, *details]), words)

    def describe(self) -> tuple[str, ...]:
        """Statistical tables by class, density and age; what they say first."""
        settings = settings_hash(self.config.statistics)
        return self._once("statistics", ("stats",), settings, make=self._describe, also=("predictions.csv",))

    def _describe(self) -> StageDone:
        predictions = self.store.read_or_empty(PREDICTIONS)
        predictions = None if predictions.empty else predictions
        tables = statistics_tables(
            read_measured(self.store), predictions=predictions, config=self.config.statistics, seed=self.config.seed
        )
        names = write_named_tables(self.store, STATISTICS, tables)
        rate = self.config.statistics.false_discovery_rate
        return StageDone(self._hashes(names), key_findings(tables, false_discovery_rate=rate))

    def report(self) -> Path:
        """Write ``report.html``, ``tables.xlsx``, ``checklists.csv`` and every figure; the path of the page.

        Raises
        ------
        StoreError
            If models or statistics in the folder were made of other tables than those that are in it now.
        """
        for stage, result in _RESULTS.items():
            self._refuse_outdated(stage, result)
        with self.watch.stage("report"):
            return write_report(self.store, config=self.config.report)

    def _once(
        self, stage: str, rooms: tuple[str, ...], settings: str, *, make: Callable[[], StageDone],
        also: tuple[str, ...] = (),
    ) -> tuple[str, ...]:  # fmt: skip
        inputs = self._hashes([*(schema.file for schema in MEASURED_SCHEMAS), *also])
        key = key_of(code_hash(("core", *rooms)), settings, str(self.config.seed), json.dumps(inputs, sort_keys=True))
        known = None if self.fresh else self.store.recall(StageDone, stage, key)
        if known is None or self._hashes(known.files) != dict(known.files):
            with self.watch.stage(stage):
                known = make()
            self.store.record(stage, key, known)
        self.store.record(_MADE_OF, stage, MadeOf(inputs))
        return known.words

    def _refuse_outdated(self, stage: str, result: str) -> None:
        made = self.store.recall(MadeOf, _MADE_OF, stage)
        if made is None or not (self.store.root / result).is_file():
            return
        now = self._hashes(made.tables)
        changed = sorted(name for name, was in made.tables.items() if was and now[name] != was)
        if changed:
            found = f"made before {', '.join(changed)} changed"
            raise StoreError(result, "results of the tables beside it", found, f"run `{stage}` again")

    def _hashes(self, names: Iterable[str]) -> dict[str, str]:
        paths = {name: self.store.root / name for name in names}
        return {name: hashlib.sha256(p.read_bytes()).hexdigest() if p.is_file() else "" for name, p in paths.items()}


def stored_config(store: Store) -> StudyConfig:
    """Settings a folder was made with; the defaults where it does not say.

    Raises
    ------
    ConfigError
        If the stored settings are not settings of this version.
    """
    return measured_config(store) or StudyConfig()


def measured_config(store: Store) -> StudyConfig | None:
    """Settings in the ``study.json`` of a folder; None where there is no such file.

    Raises
    ------
    StoreError
        If the file is damaged.
    ConfigError
        If the settings are not settings of this version.
    """
    path = store.root / "study.json"
    if not path.is_file():
        return None
    try:
        tree = json.loads(path.read_text(encoding="utf-8"))["configuration"]
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError("study.json", "the settings of a study", "none", "run `features` again") from error
    return config_from(tree, name="study.json")
