"""What a command shows: progress while it works, and at its end what was found and what to look at first."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:
    import pandas as pd

    from radiomics_mammo import pipeline

SECONDS_BETWEEN_LINES = 10.0
"""How often a plain line is printed where there is no terminal."""


@contextmanager
def shown_progress(console: Console | None = None, *, quiet: bool = False) -> Iterator[pipeline.Progress]:
    """A progress function for the length of the block.

    Parameters
    ----------
    console : rich.console.Console, optional
        Where to show it; standard error by default, so that standard output stays for results.
    quiet : bool
        Show nothing.
    """
    shown = console or Console(stderr=True, quiet=quiet)
    if not shown.is_terminal:
        yield PlainProgress(shown)
        return
    columns = (
        TextColumn("{task.description:<12}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
    )
    with Progress(*columns, TimeRemainingColumn(), console=shown, transient=True) as bars:
        yield BarProgress(bars)


@dataclass(frozen=True)
class BarProgress:
    """One bar a stage, with rate and time left."""

    bars: Progress
    tasks: dict[str, TaskID] = field(default_factory=dict)
    started: dict[str, float] = field(default_factory=dict)

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Move the bar of a stage."""
        if stage not in self.tasks:
            self.started[stage] = time.monotonic()
            self.tasks[stage] = self.bars.add_task(stage, total=total, rate="")
        seconds = time.monotonic() - self.started[stage]
        rate = f"{done / seconds:.1f}/s" if seconds > 1 else ""
        self.bars.update(self.tasks[stage], completed=done, total=total, rate=rate)


@dataclass(frozen=True)
class PlainProgress:
    """Lines for logs and pipes: the first, the last, and one every few seconds."""

    console: Console
    last_line: dict[str, float] = field(default_factory=dict)
    started: dict[str, float] = field(default_factory=dict)

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Say how far a stage is, not too often."""
        now = time.monotonic()
        due = now - self.last_line.get(stage, now - SECONDS_BETWEEN_LINES) >= SECONDS_BETWEEN_LINES
        if due or done == total:
            self.last_line[stage] = now
            start = self.started.setdefault(stage, now)
            left = f", about {(now - start) / (done - 1) * (total - done):.0f} s left" if 1 < done < total else ""
            self.console.print(f"{stage}: {done} of {total}{left}", highlight=False)


def audit_lines(result: pipeline.StudyResult) -> Sequence[str]:
    """Findings by severity and code, the worst first."""
    read = int(result.images["rows"].notna().sum())
    found = f"found {len(result.patients)} patients, {read} readable images, {len(result.lesions)} outlines"
    return (found, *finding_lines(result.audit), f"findings: {result.out / 'audit.csv'}")


def finding_lines(audit: pd.DataFrame) -> Sequence[str]:
    """One line per audit code with its count.

    Examples
    --------
    >>> import pandas as pd
    >>> finding_lines(pd.DataFrame({"severity": ["error", "info"], "code": ["GT_GREY", "GT_SCALED"]}))
    ('error    GT_GREY                  1', 'info     GT_SCALED                1')
    """
    counts = audit.groupby(["severity", "code"], sort=True).size()
    return tuple(f"{severity:<8} {code:<24} {n}" for (severity, code), n in counts.items())


def mask_lines(result: pipeline.StudyResult) -> Sequence[str]:
    """Lesions by label, and what to look at."""
    labels = ", ".join(f"{n} {label}" for label, n in result.lesions["label"].value_counts().sort_index().items())
    errors = int((result.audit["severity"] == "error").sum())
    return (
        f"{len(result.lesions)} lesions in {result.lesions['image_id'].nunique()} images ({labels or 'none'})",
        f"masks: {result.out / 'masks'}",
        f"look first at: {result.out / 'audit.csv'} ({errors} errors)",
    )


def feature_lines(result: pipeline.StudyResult) -> Sequence[str]:
    """Regions and deltas, and how many prior regions are trusted."""
    lesions = next(row for row in result.flow.to_dict("records") if row["step"] == "prior region trusted")
    return (
        *mask_lines(result),
        f"{len(result.features)} regions measured",
        f"prior region trusted for {lesions['n_out']} of {lesions['n_in']} recent lesions",
        f"tables: {result.out / 'features.csv'}, {result.out / 'deltas.csv'}",
    )


def study_lines(result: pipeline.StudyResult) -> Sequence[str]:
    """The study in a few lines, the report last."""
    words = result.out / "classification.txt"
    sentences = words.read_text(encoding="utf-8").splitlines()[:1] if words.is_file() else []
    return (*feature_lines(result), *sentences, f"report: {result.report}")


def agreement_lines(found: pipeline.ReaderAgreement) -> Sequence[str]:
    """Two readers compared, in words; their conflicts one a line."""
    kappa = "not defined" if found.kappa is None else f"{found.kappa:.2f}"
    conflicts = [
        f"conflict {a.id}: {a.decision} ({a.note or '-'}), {b.decision} ({b.note or '-'})" for a, b in found.conflicts
    ]
    return (f"judged by both: {found.n}; same decision: {found.observed:.0%}; Cohen's kappa {kappa}", *conflicts)


def dry_run_lines(command: str, plan: pipeline.Plan) -> Sequence[str]:
    """What a command would do, and how long its stages took last time."""
    told = [f"{n} decisions of readers would be obeyed: {name}" for name, n in plan.decisions.items()]
    took = [f"  {stage}: {seconds:.1f} s last time" for stage, seconds in plan.seconds.items()]
    return (
        f"{command} would read {plan.pairs} exam pairs ({plan.images} images) of {plan.patients} patients",
        f"{plan.records} records of an earlier run lie in the folder",
        *told,
        *(took or ["  no earlier run says how long it takes"]),
        "nothing was done",
    )
