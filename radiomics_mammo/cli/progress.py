"""Progress: a live bar on a terminal, a plain line now and then otherwise."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from radiomics_mammo.pipeline.batch import Progress as ProgressFunction

SECONDS_BETWEEN_LINES = 10.0
"""How often a plain line is printed where there is no terminal."""


@contextmanager
def shown_progress(console: Console) -> Iterator[ProgressFunction]:
    """A progress function for the length of the block.

    Parameters
    ----------
    console : rich.console.Console
        Where to show it; standard error, so that standard output stays for results.
    """
    if not console.is_terminal:
        yield PlainProgress(console)
        return
    columns = (
        TextColumn("{task.description:<12}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
    )
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as bars:
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

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Say how far a stage is, not too often."""
        now = time.monotonic()
        due = now - self.last_line.get(stage, now - SECONDS_BETWEEN_LINES) >= SECONDS_BETWEEN_LINES
        if due or done == total:
            self.last_line[stage] = now
            self.console.print(f"{stage}: {done} of {total}", highlight=False)
