"""What several rooms' tests share: one small study, run once for all test processes."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings

from radiomics_mammo.config.loading import parse_config
from radiomics_mammo.config.synthetic import SyntheticConfig
from radiomics_mammo.pipeline.measuring import RunOptions
from radiomics_mammo.pipeline.results import StudyResult, read_study
from radiomics_mammo.pipeline.store import RECORDS
from radiomics_mammo.pipeline.study import run_stages
from radiomics_mammo.pipeline.workers import Workers
from radiomics_mammo.synthetic import synthesize_release
from tests.local_cluster import LocalCluster, running_cluster

EASY = SyntheticConfig(world="easy")
"""Exams that a small picture can align: what the tests of later stages need."""

settings.register_profile("repeatable", derandomize=True, deadline=None)

QUICK = """
features: {preset: quick, zone_windows: 9}
registration: {null_places: 2}
modeling: {repeats: 1, bootstrap_draws: 100, permutations: 20, trees: 20, min_usable_patients: 3}
"""


def hears_interrupts() -> None:
    """Run in a child before its command: one of tests in the background would inherit that Ctrl-C is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def pytest_configure(config: pytest.Config) -> None:
    """Draw the same examples each time; the nightly fuzzing draws its own."""
    if "not nightly" in config.getoption("markexpr"):
        settings.load_profile("repeatable")


@dataclass(frozen=True)
class SmallStudy:
    """A quirky synthetic release of 16 patients, its truth and the results of the whole chain on it."""

    release: Path
    truth: Path
    out: Path

    @property
    def result(self) -> StudyResult:
        return read_study(self.out)

    @property
    def settings(self) -> str:
        """The settings of the run, YAML."""
        return QUICK

    @property
    def options(self) -> RunOptions:
        return RunOptions(config=parse_config(QUICK), workers=Workers(2))

    def resume_in(self, folder: Path) -> Path:
        """A folder in which a run goes on from the records of this one, so that a test need not measure again."""
        shutil.copytree(self.out / RECORDS, folder / RECORDS)
        return folder

    def copy_to(self, folder: Path) -> Path:
        """A copy of the results that a test may change."""
        return Path(shutil.copytree(self.out, folder))


@pytest.fixture(scope="session")
def small_study(tmp_path_factory) -> SmallStudy:
    root = tmp_path_factory.getbasetemp()
    shared = (root.parent if os.environ.get("PYTEST_XDIST_WORKER") else root) / "small-study"
    study = SmallStudy(shared / "release", shared / "truth", shared / "results")
    shared.mkdir(exist_ok=True)
    with (shared / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (study.out / "report.html").is_file():
            made = {"patients": 16, "rows": 512, "cols": 416, "seed": 11, "config": EASY}
            synthesize_release(shared, **made, run_many=Workers(2).run_all)
            run_stages(study.release, study.out, study.options)
    return study


@pytest.fixture
def local_cluster(tmp_path) -> Iterator[LocalCluster]:
    """A Dask scheduler and two workers on loopback."""
    with running_cluster(tmp_path) as cluster:
        yield cluster
