"""Progress of a function that was called from Python: one line that is written over, with rate and time left."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from radiomics_mammo.pipeline.workers import Progress

SECONDS_BETWEEN_LINES = 10.0
"""How often a notebook gets a line; what takes less time says nothing there."""
_SECONDS_FOR_A_RATE = 1.0
"""A rate is said of stages that run longer."""
_WIDTH = 79
"""Characters of a line that is written over."""


@dataclass(frozen=True)
class LineProgress:
    """Says how far each stage is: on a terminal in one line that is written over, elsewhere a line every few seconds.

    Parameters
    ----------
    out : text stream
    over : bool
        Whether a line is written over, as on a terminal.
    """

    out: TextIO
    over: bool = True
    started: dict[str, float] = field(default_factory=dict)
    last_line: dict[str, float] = field(default_factory=dict)

    def __call__(self, stage: str, done: int, total: int) -> None:
        """`done` of `total` cases of `stage` are done."""
        now = time.monotonic()
        words = f"{stage}: {done} of {total}{pace(now - self.started.setdefault(stage, now), done, total)}"
        if self.over:
            self.out.write(f"\r{words[:_WIDTH]:<{_WIDTH}}" + ("\n" if done == total else ""))
            self.out.flush()
        elif now - self.last_line.setdefault(stage, self.started[stage]) >= SECONDS_BETWEEN_LINES:
            self.last_line[stage] = now
            self.out.write(f"{words}\n")


def pace(seconds: float, done: int, total: int) -> str:
    """Rate and time left in words; empty where nothing can be said yet.

    Examples
    --------
    >>> pace(20.0, 10, 40)
    ', 0.5/s, about 60 s left'
    >>> pace(0.1, 1, 40), pace(20.0, 40, 40)
    ('', ', 2.0/s')
    """
    if seconds < _SECONDS_FOR_A_RATE or done == 0:
        return ""
    left = f", about {seconds / done * (total - done):.0f} s left" if done < total else ""
    return f", {done / seconds:.1f}/s{left}"


@contextmanager
def progress_of(given: Progress | None) -> Iterator[Progress]:
    """What a function of the package tells its progress to, for the length of the block.

    Parameters
    ----------
    given : callable or None
        What the caller asked for. None: a line on a terminal, in a notebook a line every few seconds of what takes
        long, and nothing where output is piped.

    Examples
    --------
    >>> told = []
    >>> with progress_of(lambda *words: told.append(words)) as progress:
    ...     progress("measure", 1, 2)
    >>> told
    [('measure', 1, 2)]
    """
    if given is not None:
        yield given
    elif in_notebook():
        yield LineProgress(sys.stderr, over=False)
    elif sys.stderr.isatty():
        yield LineProgress(sys.stderr)
    else:
        yield _nobody_looks


def in_notebook() -> bool:
    """Whether a notebook's kernel runs this."""
    return "ipykernel" in sys.modules


def _nobody_looks(stage: str, done: int, total: int) -> None:
    """Nothing is shown."""
