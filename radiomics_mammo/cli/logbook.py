"""``log.txt`` of a study folder: one JSON object a line, so that it can be read by eye and by machine."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from radiomics_mammo import pipeline

LOG = "log.txt"
_ROOT = "radiomics_mammo"


class JsonLines(logging.Formatter):
    """A record as one line: time, level, who says it, what, and the stage, cases and seconds where there are any."""

    def format(self, record: logging.LogRecord) -> str:
        """One JSON object without line breaks."""
        facts = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(record.created)),
            "level": record.levelname.lower(),
            "from": record.name,
            "message": record.getMessage(),
            **getattr(record, "facts", {}),
        }
        return json.dumps(facts, ensure_ascii=False)


@dataclass(frozen=True)
class LoggedProgress:
    """Passes progress on, and writes each case done with the seconds since its stage began."""

    shown: pipeline.Progress
    started: dict[str, float] = field(default_factory=dict)

    def __call__(self, stage: str, done: int, total: int) -> None:
        """`done` of `total` cases of `stage` are done."""
        start = self.started.setdefault(stage, time.monotonic())
        facts = {"stage": stage, "done": done, "total": total, "seconds": round(time.monotonic() - start, 3)}
        logging.getLogger(f"{_ROOT}.progress").info("%s: %d of %d", stage, done, total, extra={"facts": facts})
        self.shown(stage, done, total)


class _LogFile(logging.FileHandler):
    """A full disk is told by the command that meets it, not by its log."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name that logging calls
        """Nothing."""


def _file_of(folder: Path) -> list[logging.Handler]:
    """The log of a folder; none where it cannot be written, which the command itself says in one line."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = _LogFile(folder / LOG, encoding="utf-8")
    except OSError:
        return []
    file.setFormatter(JsonLines())
    return [file]


@contextmanager
def logged(folder: Path, shown: pipeline.Progress, *, command: str, verbose: bool = False) -> Iterator[LoggedProgress]:
    """Write what happens in the block to ``log.txt`` of a folder: the command, cases, warnings, and how it ended.

    Parameters
    ----------
    folder : Path
        Made where it is not there; lines are added to those of earlier commands.
    shown : callable
        What shows progress to the user.
    command : str
        Said first and last.
    verbose : bool
        Also what is meant for developers, and all of it on standard error.
    """
    logger = logging.getLogger(_ROOT)
    before = logger.level
    handlers: list[logging.Handler] = [*_file_of(folder), *([logging.StreamHandler()] if verbose else [])]
    for handler in handlers:
        logger.addHandler(handler)
    logger.setLevel(logging.DEBUG if verbose else logging.INFO)
    start = time.monotonic()
    try:
        logger.info("%s begins", command)
        yield LoggedProgress(shown)
        logger.info("%s ends", command, extra={"facts": {"seconds": round(time.monotonic() - start, 3)}})
    except BaseException as error:
        logger.error("%s failed: %s", command, " ".join(str(error).split())[:300] or type(error).__name__)
        raise
    finally:
        for handler in handlers:
            logger.removeHandler(handler)
            handler.close()
        logger.setLevel(before)
