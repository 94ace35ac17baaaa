"""What a folder holds and how it was made, as one atomic fact: ``study.json``.

A stage opens the journal *before* it changes a table and closes it after the last one stands. A table that the journal
does not name by its hash was made by something else, and no stage goes on from it. Everything that can be taken up
again goes through one `Stage`: what it needs, the settings, code and engine versions its results depend on.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from radiomics_mammo.config.loading import config_from
from radiomics_mammo.config.study import StudyConfig, settings_hash
from radiomics_mammo.core.errors import ConfigError, StoreError
from radiomics_mammo.pipeline.engines import ARRAYS, DECODERS, TABLES, code_hash, engine_versions
from radiomics_mammo.pipeline.store import Store, from_record, key_of, plain

STUDY_JSON = "study.json"
EVERY_STAGE = ("core", "config", "tables", "pipeline")
"""Rooms that every stage depends on."""
_STUDY = TypeAdapter(StudyConfig)


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One step of a study whose result can be taken up again.

    Parameters
    ----------
    name : str
    needs : tuple of Stage
        Whose results it starts from.
    settings : tuple of str
        Parts of the configuration that can change its result.
    rooms : tuple of str
        Rooms whose code can, besides those of every stage.
    engines : tuple of str
        Distributions whose version can.
    """

    name: str
    needs: tuple[Stage, ...] = ()
    settings: tuple[str, ...] = ()
    rooms: tuple[str, ...] = ()
    engines: tuple[str, ...] = ()

    @property
    def every_setting(self) -> tuple[str, ...]:
        """Parts of the configuration that can change its result or that of a stage it needs."""
        needed = [name for stage in self.needs for name in stage.every_setting]
        return tuple(dict.fromkeys([*needed, *self.settings]))

    def settings_of(self, config: StudyConfig) -> dict[str, Any]:
        """Those parts of a configuration as plain values."""
        tree = _STUDY.dump_python(config, mode="json")
        return {name: tree[name] for name in self.every_setting}

    def making(self, config: StudyConfig) -> str:
        """Hash of everything but the files that a result depends on: settings, code, versions of the engines.

        Examples
        --------
        >>> MEASURE.making(StudyConfig()) == MEASURE.making(StudyConfig(seed=1))
        False
        >>> OUTLINE.making(StudyConfig()) == OUTLINE.making(StudyConfig(seed=1))
        True
        """
        settings = json.dumps(self.settings_of(config), sort_keys=True)
        return key_of(self.name, settings, *_machinery(self))

    def key(self, config: StudyConfig, *inputs: str) -> str:
        """Content address of a result: its making and what it was made from."""
        return key_of(self.making(config), *inputs)


def _machinery(stage: Stage) -> tuple[str, ...]:
    below = [part for need in stage.needs for part in _machinery(need)]
    return (*below, code_hash((*EVERY_STAGE, *stage.rooms)), json.dumps(_versions(stage.engines)))


@cache
def _versions(engines: tuple[str, ...]) -> dict[str, str]:
    return engine_versions(engines)


OUTLINE = Stage(
    name="outlined",
    settings=("assumed_spacing_mm", "release", "masks"),
    rooms=("release", "masks"),
    engines=(*DECODERS, *ARRAYS),
)
ALIGN = Stage(
    name="aligned",
    needs=(OUTLINE,),
    settings=("seed", "registration"),
    rooms=("registration",),
    engines=("SimpleITK",),
)
PICTURE = Stage(name="pictures", needs=(ALIGN,), settings=("report",), rooms=("report",))
MEASURE = Stage(
    name="measured",
    needs=(ALIGN,),
    settings=("features",),
    rooms=("features",),
    engines=("pyradiomics-bhklab", "SimpleITK", "PyWavelets"),
)
CHANGE = Stage(name="features", needs=(MEASURE,), engines=TABLES)
"""The tables that `features` leaves."""
CLASSIFY = Stage(
    name="classify",
    settings=("seed", "modeling"),
    rooms=("modeling",),
    engines=(*TABLES, "scikit-learn", "skops"),
)
DESCRIBE = Stage(name="statistics", settings=("seed", "statistics"), rooms=("stats",), engines=(*TABLES, "statsmodels"))
MEASURING = ("audit", "masks", CHANGE.name)
"""Commands that read a release; each leaves its tables under its name."""
REPORT = Stage(name="report", settings=("report",), rooms=("report",), engines=("pandas", "matplotlib"))


@dataclass(frozen=True, kw_only=True)
class StageDone:
    """What a stage left behind.

    Parameters
    ----------
    key : str
        Content address: making and inputs.
    making : str
        Hash of settings, code and engine versions.
    settings : mapping
        The parts of the configuration it depends on.
    files : mapping
        sha256 of every file it wrote, by name.
    made_of : mapping
        sha256 of every table it started from; empty for one that was not there.
    words : tuple of str
        What it had to say.
    """

    key: str
    making: str
    settings: Mapping[str, Any]
    files: Mapping[str, str]
    made_of: Mapping[str, str] = field(default_factory=dict)
    words: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where the inputs of a study are; fields as in `Entry`."""

    release: str
    cases: bool
    description: str
    exclusions: Mapping[str, str]
    inclusions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """The content of ``study.json``.

    Parameters
    ----------
    versions : mapping
        Of the engines.
    code_sha256 : str
        Of the measuring rooms.
    configuration : mapping
        Settings by which what stands in the folder was made, part by part; parts nobody knows are absent.
    configuration_sha256 : str
    release, description : str
        Where the release and the workbook given were; empty for tables of unknown making.
    cases : bool
        Whether the release was read as cases without class.
    exclusions : mapping
        File and sha256 of the list of rejected lesions; empty without one.
    inclusions : mapping
        The same of the list of outlines brought back.
    inputs_sha256 : mapping
        Of every input file by its path inside the release.
    seed : int
    seconds_per_stage : mapping
    stages : mapping of str to StageDone
    unfinished : str
        Command that was started and has not left all of its tables; empty where none.
    """

    versions: Mapping[str, str]
    code_sha256: str
    configuration: Mapping[str, Any] = field(default_factory=dict)
    configuration_sha256: str = ""
    release: str = ""
    cases: bool = False
    description: str = ""
    exclusions: Mapping[str, str] = field(default_factory=dict)
    inclusions: Mapping[str, str] = field(default_factory=dict)
    inputs_sha256: Mapping[str, str] = field(default_factory=dict)
    seed: int = 0
    seconds_per_stage: Mapping[str, float] = field(default_factory=dict)
    stages: Mapping[str, StageDone] = field(default_factory=dict)
    unfinished: str = ""

    @property
    def config(self) -> StudyConfig:
        """Settings the folder was made with; parts nobody knows have their defaults.

        Raises
        ------
        ConfigError
            If they are not settings of this version.
        """
        return config_from(dict(self.configuration), name=STUDY_JSON)

    @property
    def measured(self) -> StudyConfig | None:
        """Settings the tables were measured with; None where nobody knows."""
        done = self.stages.get(CHANGE.name)
        return None if done is None else config_from(dict(done.settings), name=STUDY_JSON)


@dataclass(frozen=True)
class Stopwatch:
    """Seconds per stage, in the order the stages ran."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time the block under a stage's name.

        Examples
        --------
        >>> watch = Stopwatch()
        >>> with watch.stage("features"):
        ...     pass
        >>> list(watch.seconds)
        ['features']
        """
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = round(time.perf_counter() - start, 3)


@dataclass(frozen=True)
class Journal:
    """``study.json`` of an output folder.

    Parameters
    ----------
    store : Store
        The folder; held by whoever writes.
    """

    store: Store
    watch: Stopwatch = field(default_factory=Stopwatch)

    def read(self) -> Entry | None:
        """What the folder says of itself; None where it holds no ``study.json``.

        Raises
        ------
        StoreError
            If the file is damaged or of another version.
        ConfigError
            If its settings are not settings of this version.
        """
        path = self.store.root / STUDY_JSON
        if not path.is_file():
            return None
        try:
            entry = from_record(Entry, path.read_text(encoding="utf-8"))
            entry.config  # noqa: B018 - settings of another version are told here
        except (StoreError, OSError, UnicodeError) as error:
            found = " ".join(str(error).split())[:160]
            raise StoreError(STUDY_JSON, "the journal of a study", found, "run `features` again") from error
        return entry

    def begin(self, command: str, config: StudyConfig, source: Source) -> None:
        """Say that tables are about to be made, before the first of them changes."""
        try:
            known = self.read()
        except (StoreError, ConfigError):
            known = None
        later = {} if known is None else {name: done for name, done in known.stages.items() if name not in MEASURING}
        settings = _STUDY.dump_python(config, mode="json")
        self._write(replace(_blank(), **vars(source), configuration=settings, stages=later, unfinished=command))

    def finish(self, stage: Stage, done: StageDone, *, inputs_sha256: Mapping[str, str] | None = None) -> None:
        """Say that a stage's files stand, with their hashes; its settings become those of the folder.

        Parameters
        ----------
        stage : Stage
        done : StageDone
        inputs_sha256 : mapping, optional
            Of the files of the release, by the run that `begin` announced; it is finished by that.
        """
        known = self.read() or _blank()
        if inputs_sha256 is not None:
            known = replace(known, inputs_sha256=dict(sorted(inputs_sha256.items())), unfinished="")
        others = {name: old for name, old in known.stages.items() if name != stage.name}
        self._write(
            replace(
                known,
                configuration={**known.configuration, **done.settings},
                seconds_per_stage={**known.seconds_per_stage, **self.watch.seconds},
                stages={**others, stage.name: done},
            )
        )

    def forget(self, stage: Stage) -> None:
        """Say that what a stage left is gone."""
        known = self.read()
        if known is not None and stage.name in known.stages:
            kept = {name: done for name, done in known.stages.items() if name != stage.name}
            self._write(replace(known, stages=kept))

    def tables(self, names: Iterable[str]) -> dict[str, str]:
        """Hashes of the tables a stage starts from, all of one making.

        Raises
        ------
        StoreError
            If the run that makes them was stopped before they were complete, or one of them is not the one it left.
        """
        found = self.store.hashes(names)
        entry = self.read()
        if entry is None:
            return found
        if entry.unfinished:
            started = f"`{entry.unfinished}` with settings {entry.configuration_sha256[:8]} was stopped before that"
            remedy = f"run `{entry.unfinished}` again, it goes on where it stopped"
            raise StoreError(str(self.store.root), "tables of one finished run", started, remedy)
        made = {name: (stage, done) for stage, done in entry.stages.items() for name in done.files}
        for name, sha256 in found.items():
            stage, done = made.get(name, (None, None))
            if done is None or stage is None:
                if sha256 and entry.measured:
                    raise _mixed(name, "a table that study.json names", "one of an unfinished or another run", stage)
            elif sha256 != done.files[name] and (sha256 or stage in MEASURING):
                expected = f"the table that `{stage}` left with settings {settings_key(done)}"
                raise _mixed(name, expected, "one of another making" if sha256 else "none", stage)
        return found

    def _write(self, entry: Entry) -> None:
        config = entry.config
        signed = replace(entry, configuration_sha256=settings_hash(config), seed=config.seed)
        self.store.write_text(STUDY_JSON, json.dumps(plain(signed), indent=2, ensure_ascii=False) + "\n")


def _blank() -> Entry:
    code = code_hash((*EVERY_STAGE, "release", "masks", "registration", "features"))
    return Entry(versions=engine_versions(), code_sha256=code)


def _mixed(name: str, expected: str, found: str, stage: str | None) -> StoreError:
    again = f"run `{stage}` again" if stage else "run the command that makes it again"
    return StoreError(name, expected, found, f"{again}; tables of your own go to a folder without study.json")


def settings_key(done: StageDone) -> str:
    """First digits of the hash of a stage's settings, as messages print them."""
    return key_of(json.dumps(plain(done.settings), sort_keys=True))[:8]


def measurement_hash(config: StudyConfig) -> str:
    """Hash of every setting a measured value depends on, as a saved model carries it.

    Examples
    --------
    >>> from radiomics_mammo.config.loading import config_from
    >>> known = MEASURE.settings_of(StudyConfig())
    >>> measurement_hash(config_from(known)) == measurement_hash(StudyConfig())
    True
    """
    return settings_hash(config_from(MEASURE.settings_of(config), name="measurement settings"))
