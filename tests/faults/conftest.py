"""One small good release, measured once, and the command line called in this process."""

from __future__ import annotations

import csv
import fcntl
import hashlib
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from radiomics_mammo.cli.main import main
from radiomics_mammo.config.synthetic import SyntheticConfig
from radiomics_mammo.synthetic import ClassCounts, synthesize_release

CHEAP = """
release: {max_unpacked_bytes: 1000000}
features: {preset: quick, robustness: "off", spacing_mm: 1.0, tissue_spacing_mm: 4, min_region_px: 4}
registration: {null_places: 1, deformable: false, working_spacing_mm: 3, block_stride_mm: 20}
report: {crop_px: 64, alignment_px: 96}
"""
"""Every stage runs, none of them finely: these tests compare runs with each other."""
MEASURED_TABLES = ("images", "lesions", "links", "registration", "rois", "features", "deltas")
NOT_RAW = ("interval_years", "rate_", "z_")
"""Columns of ``deltas.csv`` that depend on other patients or on the interval."""


@dataclass(frozen=True)
class GoodRelease:
    """A good release of five patients and its undisturbed results."""

    release: Path
    out: Path
    config: Path

    def copy_release(self, folder: Path) -> Path:
        return Path(shutil.copytree(self.release, folder / "release"))

    def copy_out(self, folder: Path) -> Path:
        return Path(shutil.copytree(self.out, folder / "out"))

    def words(self, release: Path, out: Path, *, jobs: int = 1) -> list[str]:
        return ["features", str(release), "--out", str(out), "--config", str(self.config), "--jobs", str(jobs)]


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    status: int
    printed: str


def command(words: list[str], capsys: pytest.CaptureFixture[str]) -> Ended:
    """Call the command line as a user does, but in this process; an unexpected exception comes through."""
    argv, hook = sys.argv, sys.excepthook
    sys.argv = ["radiomics-mammo", *words]
    try:
        main()
    except SystemExit as end:
        return Ended(int(end.code or 0), " ".join("".join(capsys.readouterr()).split()))
    finally:
        sys.argv, sys.excepthook = argv, hook
    raise AssertionError("a command ends with a status")


@pytest.fixture
def call(capsys):
    return lambda words: command(words, capsys)


@pytest.fixture(scope="session")
def good(tmp_path_factory) -> GoodRelease:
    root = tmp_path_factory.getbasetemp()
    shared = (root.parent if os.environ.get("PYTEST_XDIST_WORKER") else root) / "good-release"
    found = GoodRelease(shared / "release", shared / "out", shared / "study.yaml")
    shared.mkdir(exist_ok=True)
    with (shared / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (found.out / "study.json").is_file():
            found.config.write_text(CHEAP)
            made = {"rows": 240, "cols": 192, "seed": 5, "quirks": False, "config": SyntheticConfig(world="easy")}
            synthesize_release(shared, patients=ClassCounts(1, 2, 2), **made)
            argv, sys.argv = sys.argv, ["radiomics-mammo", *found.words(found.release, found.out)]
            with pytest.raises(SystemExit) as end:
                main()
            sys.argv = argv
            assert not end.value.code
    return found


def rows_of(out: Path, table: str) -> list[dict[str, str]]:
    with (out / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        csv.field_size_limit(sys.maxsize)
        return list(csv.DictReader(file))


def measured(out: Path) -> dict[str, list[tuple[str, ...]]]:
    """Masks, registration, features and raw deltas of every patient, as text."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for table, row in _table_rows(out):
        owner = row.get("patient_id") or row["lesion_id_a"].rsplit("_", 3)[0]
        kept = [value for name, value in row.items() if table != "deltas" or not name.startswith(NOT_RAW)]
        files = [_hash(out / row["mask_file"])] if row.get("mask_file") else []
        found.setdefault(owner, []).append((table, *kept, *files))
    return found


def _table_rows(out: Path) -> Iterator[tuple[str, dict[str, str]]]:
    for table in MEASURED_TABLES:
        yield from ((table, row) for row in rows_of(out, table))


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def table_bytes(out: Path) -> dict[str, bytes]:
    """Every CSV of a folder."""
    return {str(path.relative_to(out)): path.read_bytes() for path in sorted(out.rglob("*.csv"))}
