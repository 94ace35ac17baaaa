"""What a run would do and what it may go on from: a plan without doing it, the records of a folder, two reviews."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from radiomics_mammo.core.errors import StoreError
from radiomics_mammo.pipeline.journal import Journal
from radiomics_mammo.pipeline.measuring import RunOptions
from radiomics_mammo.pipeline.store import RECORDS, Store
from radiomics_mammo.release import ReaderAgreement as ReaderAgreement
from radiomics_mammo.release import (
    open_cases,
    open_release,
    read_exclusions,
    read_inclusions,
    read_review,
    reader_agreement,
)
from radiomics_mammo.tables.review import REVIEW


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a run would read, and what is known of the last one.

    Parameters
    ----------
    patients, pairs, images : int
        Images are those that have a file.
    records : int
        Results of an earlier run in the folder; those of the same files, settings and code are taken up again.
    decisions : mapping of str to int
        Decisions of readers that would be obeyed, by the file they are in; checked to be readable, not to fit.
    seconds : mapping of str to float
        Seconds of each stage of the last run.
    """

    patients: int
    pairs: int
    images: int
    records: int = 0
    decisions: Mapping[str, int] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)


def plan_run(release: Path, out: Path, options: RunOptions, *, cases: bool = False) -> Plan:
    """Index a release or cohort file and look at the output folder; nothing is decoded, nothing written.

    Parameters
    ----------
    release, out : Path
    options : RunOptions
        Its files of readers' decisions are read, so that a mistake in them shows before hours of work.
    cases : bool
        Whether patients without class are expected, as `predict` takes them.

    Raises
    ------
    ReleaseError
        If the release cannot be used.
    TableError
        If a file of decisions cannot be read.
    """
    opened = open_cases if cases else open_release
    index = opened(release, description=options.description, config=options.config.release)
    entry = Journal(Store(out)).read() if out.is_dir() else None
    kept = () if options.fresh else REVIEW.rows(Store(out).read_or_empty(REVIEW))
    readers: tuple[tuple[Path | None, Callable[[Path], Sequence[object]]], ...] = (
        (options.review, read_review),
        (options.exclusions, read_exclusions),
        (options.inclusions, read_inclusions),
    )
    return Plan(
        patients=len(index),
        pairs=len(tuple(index.pairs())),
        images=sum(image.dicom is not None for image in index.images),
        records=records_size(out).files if out.is_dir() else 0,
        decisions={
            **({f"{out.name}/{REVIEW.file}": len(kept)} if kept else {}),
            **{file.name: len(read(file)) for file, read in readers if file},
        },
        seconds={} if entry is None else entry.seconds_per_stage,
    )


@dataclass(frozen=True)
class RecordsSize:
    """How much the records of a folder take."""

    files: int
    megabytes: float


def records_size(out: Path) -> RecordsSize:
    """How much the records take from which a run goes on.

    Raises
    ------
    StoreError
        If there is no such folder.
    """
    if not out.is_dir():
        raise StoreError(str(out), "a folder that a run made", "no such folder", "check the path")
    sizes = [path.stat().st_size for path in (out / RECORDS).rglob("*") if path.is_file()]
    return RecordsSize(len(sizes), sum(sizes) / 1e6)


def clear_records(out: Path) -> RecordsSize:
    """Remove the records of a folder, no result; how much they were. Raises as `records_size`."""
    size = records_size(out)
    with Store(out).locked():
        shutil.rmtree(out / RECORDS, ignore_errors=True)
    return size


def compare_reviews(first: Path, second: Path) -> ReaderAgreement:
    """Agreement of two readers from the files they downloaded.

    Raises
    ------
    TableError
        If one of them is no review.
    """
    return reader_agreement(read_review(first), read_review(second))
