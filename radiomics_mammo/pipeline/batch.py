"""Many cases, many processes: every case comes back as an answer or as a `Dropped` with its reason."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread
from typing import Any, Protocol, TypeVar

import cv2
import SimpleITK as sitk
from loky import ProcessPoolExecutor
from threadpoolctl import threadpool_limits

from radiomics_mammo.core.batch import Batch, Dropped
from radiomics_mammo.core.errors import CaseError, RadiomicsMammoError
from radiomics_mammo.pipeline.cluster import ClusterExecutor

T = TypeVar("T")
U = TypeVar("U")
ATTEMPTS_TOGETHER = 2
"""How often the cases are tried together when a worker process dies; then each alone, so that one takes no other."""

PARENT_SECONDS = 1.0
"""How often a worker process looks whether its run is still there."""

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

    def run_all(self, function: Callable[[T], U], tasks: Sequence[T]) -> list[U]:
        """Answers in the order of the tasks; the first failure ends the work.

        Raises
        ------
        RadiomicsMammoError
            What a task raised.
        """
        answers: dict[int, U] = {}
        for index, answer in self._attempt(function, tasks, range(len(tasks))):
            if isinstance(answer, Exception):
                raise answer
            answers[index] = answer
        return [answers[index] for index in range(len(tasks))]

    def _attempt(
        self, function: Callable[[T], U], cases: Sequence[T], waiting: Sequence[int]
    ) -> Iterator[tuple[int, U | Exception]]:
        if not waiting:
            return
        if self.jobs == 1 and not self.scheduler:
            limit_threads()
            yield from ((index, _outcome(function, cases[index])) for index in waiting)
            return
        with self._executor() as executor:
            futures = {executor.submit(_outcome, function, cases[index]): index for index in waiting}
            try:
                for future in as_completed(futures):
                    yield futures[future], future.result()
            except BrokenProcessPool:
                logger.warning("a worker process died; its cases are tried again")
                yield from _finished(futures)

    @contextmanager
    def _executor(self) -> Iterator[Executor]:
        if self.scheduler:
            with ClusterExecutor.connect(self.scheduler) as executor:
                yield executor
            return
        with ProcessPoolExecutor(self.jobs, initializer=_start_worker, initargs=(os.getpid(),)) as pool:
            try:
                yield pool
            except BaseException:
                pool.shutdown(wait=False, kill_workers=True)
                raise


def limit_threads() -> None:
    """One thread a process for BLAS, ITK and OpenCV: the cores are shared by processes.

    Examples
    --------
    >>> limit_threads(); cv2.getNumThreads()
    1
    """
    threadpool_limits(1)
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    cv2.setNumThreads(1)


def _start_worker(parent: int) -> None:
    """One thread a process, and an end with the run: workers of a killed one would wait for ever, with their memory."""
    limit_threads()
    Thread(target=_leave_with, args=(parent,), daemon=True).start()


def _leave_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(PARENT_SECONDS)
    os._exit(1)


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


def _finished(futures: dict[Future[Any], int]) -> Iterator[tuple[int, Any]]:
    for future, index in futures.items():
        if future.done() and not future.cancelled() and future.exception() is None:
            yield index, future.result()
