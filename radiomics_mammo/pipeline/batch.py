"""Many cases, many processes: every case comes back as an answer or as a `Dropped` with its reason."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeVar

from radiomics_mammo.core.batch import Batch, Dropped, run_here
from radiomics_mammo.core.errors import CaseError, RadiomicsMammoError
from radiomics_mammo.pipeline.cluster import ClusterExecutor
from radiomics_mammo.pipeline.processes import ATTEMPTS_TOGETHER, attempt, limit_threads, local_processes, run_in_order

T = TypeVar("T")
U = TypeVar("U")
logger = logging.getLogger(__name__)


class Progress(Protocol):
    """Told of every case that is done."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """`done` of `total` cases of `stage` are done."""


def silent(stage: str, done: int, total: int) -> None:
    """Say nothing.

    Examples
    --------
    >>> silent("features", 1, 2)
    """


@dataclass(frozen=True)
class Workers:
    """Where cases are worked on.

    Parameters
    ----------
    jobs : int
        Local processes; 1 works in this process.
    scheduler : str
        Address of a running Dask cluster; empty for local processes.
    progress : Progress
    """

    jobs: int = 1
    scheduler: str = ""
    progress: Progress = silent

    def each(self, stage: str, function: Callable[[T], U], cases: Sequence[T], *, name: Callable[[T], str]) -> Batch[U]:
        """Run `function` on every case; answers keep the order of the cases.

        Parameters
        ----------
        stage : str
            Word for progress and for reasons.
        function : callable
            Picklable; raises `CaseError` for a case that cannot be used.
        cases : sequence
        name : callable
            Printable name of a case.

        Returns
        -------
        Batch

        Raises
        ------
        RadiomicsMammoError
            Anything but a `CaseError` that the package raises on purpose, such as a full disk.
        """
        answers: dict[int, U | Dropped] = {}

        def keep(index: int, answer: U | Exception) -> None:
            """Note an answer, or why there is none."""
            subject = name(cases[index])
            answers[index] = _dropped(subject, stage, answer) if isinstance(answer, Exception) else answer
            self.progress(stage, len(answers), len(cases))

        for _ in range(ATTEMPTS_TOGETHER):
            for index, answer in self._attempt(function, cases, [i for i in range(len(cases)) if i not in answers]):
                keep(index, answer)
        for index in [i for i in range(len(cases)) if i not in answers]:
            died = CaseError(name(cases[index]), "an answer", "its worker process died each time", "see memory limits")
            found = dict(self._attempt(function, cases, [index]))
            keep(index, found.get(index, died))
        ordered = [answers[index] for index in range(len(cases))]
        done = tuple(answer for answer in ordered if not isinstance(answer, Dropped))
        return Batch(done, tuple(answer for answer in ordered if isinstance(answer, Dropped)))

    def run_all(self, function: Callable[[T], U], tasks: Sequence[T]) -> Iterable[U]:
        """Answers in the order of the tasks, a `RunMany`; the first failure ends the work.

        Raises
        ------
        RadiomicsMammoError
            If worker processes die again and again.
        Exception
            What a task raised.

        Examples
        --------
        >>> list(Workers().run_all(abs, [-2, 3]))
        [2, 3]
        """
        return run_in_order(self._executor, function, tasks) if self._elsewhere else run_here(function, tasks)

    def _attempt(
        self, function: Callable[[T], U], cases: Sequence[T], waiting: Sequence[int]
    ) -> Iterator[tuple[int, U | Exception]]:
        """Answers as they come; where a worker process dies its cases have none."""
        outcome = partial(_outcome, function)
        if self._elsewhere:
            yield from attempt(self._executor, outcome, cases, waiting)
            return
        limit_threads()
        yield from ((index, outcome(cases[index])) for index in waiting)

    @property
    def _elsewhere(self) -> bool:
        """Whether other processes work."""
        return self.jobs > 1 or bool(self.scheduler)

    def _executor(self) -> AbstractContextManager[Executor]:
        return ClusterExecutor.connect(self.scheduler) if self.scheduler else local_processes(self.jobs)


def _outcome(function: Callable[[Any], Any], case: object) -> Any:  # noqa: ANN401 - whatever the function returns
    try:
        return _named(function, case)
    except RadiomicsMammoError as error:
        return error


def _named(function: Callable[[Any], Any], case: object) -> Any:  # noqa: ANN401 - whatever the function returns
    try:
        return function(case)
    except RadiomicsMammoError:
        raise
    except Exception as error:
        logger.debug("unexpected failure", exc_info=True)
        found = f"{type(error).__name__}: {error}"
        raise CaseError("unexpected failure", "a result", found, "report it as a defect") from error


def _dropped(subject: str, stage: str, error: Exception) -> Dropped:
    if not isinstance(error, CaseError):
        raise error
    return Dropped(subject, stage, str(error))
