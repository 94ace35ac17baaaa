"""Many cases, many processes: every case comes back as an answer or as a `Dropped` with its reason.

Local processes end with the run that started them; a running Dask cluster (extra ``distributed``) takes their place.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from threading import Thread
from typing import Any, Protocol, TypeVar

import cv2
import SimpleITK as sitk
from loky import ProcessPoolExecutor
from threadpoolctl import threadpool_limits

from radiomics_mammo.core.batch import Batch, Dropped, run_here
from radiomics_mammo.core.errors import CaseError, MissingExtraError, RadiomicsMammoError, UsageError
from radiomics_mammo.pipeline.platforms import is_child_of

try:
    import distributed
except ImportError:  # the extra is not installed
    distributed = None

T = TypeVar("T")
U = TypeVar("U")
OpenExecutor = Callable[[], AbstractContextManager[Executor]]
"""Opens the processes that work is sent to, for the length of a ``with`` block."""

ATTEMPTS_TOGETHER = 2
"""How often tasks are tried together when a worker process dies."""
PARENT_SECONDS = 1.0
"""How often a worker process looks whether its run is still there."""
CONNECT_SECONDS = 10
"""How long a scheduler is waited for."""

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

        def keep(index: int, answer: Timed) -> None:
            """Note an answer, or why there is none."""
            subject, found = name(cases[index]), answer.found
            answers[index] = _dropped(subject, stage, found) if isinstance(found, Exception) else found
            _log(stage, subject, answer)
            self.progress(stage, len(answers), len(cases))

        for _ in range(ATTEMPTS_TOGETHER):
            for index, answer in self._attempt(function, cases, [i for i in range(len(cases)) if i not in answers]):
                keep(index, answer)
        for index in [i for i in range(len(cases)) if i not in answers]:
            died = CaseError(name(cases[index]), "an answer", "its worker process died each time", "see memory limits")
            found = dict(self._attempt(function, cases, [index]))
            keep(index, found.get(index, Timed(died)))
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
        if not self._elsewhere:
            return run_here(function, tasks)
        return run_in_order(self._executor_for(len(tasks)), function, tasks)

    def _attempt(
        self, function: Callable[[T], U], cases: Sequence[T], waiting: Sequence[int]
    ) -> Iterator[tuple[int, Timed]]:
        """Answers as they come; where a worker process dies its cases have none."""
        outcome = partial(_outcome, function)
        if self._elsewhere:
            yield from attempt(self._executor_for(len(waiting)), outcome, cases, waiting)
            return
        with one_thread():
            yield from ((index, outcome(cases[index])) for index in waiting)

    @property
    def _elsewhere(self) -> bool:
        """Whether other processes work."""
        return self.jobs > 1 or bool(self.scheduler)

    def _executor_for(self, n_tasks: int) -> OpenExecutor:
        """No more local processes than there are tasks: each costs memory and a second to start."""
        if self.scheduler:
            return partial(cluster_processes, self.scheduler)
        return partial(local_processes, max(1, min(self.jobs, n_tasks)))


@dataclass(frozen=True)
class Timed:
    """What came of one case, an answer or the error that says why there is none, and the seconds it took."""

    found: Any
    seconds: float = 0.0


def _log(stage: str, subject: str, answer: Timed) -> None:
    facts = {"stage": stage, "case": subject, "seconds": round(answer.seconds, 3)}
    if isinstance(answer.found, Exception):
        logger.warning("%s: %s was left out: %s", stage, subject, answer.found, extra={"facts": facts})
    else:
        logger.info("%s: %s done", stage, subject, extra={"facts": facts})


def _outcome(function: Callable[[Any], Any], case: object) -> Timed:
    start = time.monotonic()
    try:
        found = _named(function, case)
    except RadiomicsMammoError as error:
        found = error
    return Timed(found, time.monotonic() - start)


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


@contextmanager
def local_processes(jobs: int) -> Iterator[Executor]:
    """Worker processes on this machine, one thread each; gone with the block and with a killed run.

    Parameters
    ----------
    jobs : int
        Processes.
    """
    with ProcessPoolExecutor(jobs, initializer=_start_worker, initargs=(os.getpid(),)) as pool:
        try:
            yield pool
        except BaseException:
            pool.shutdown(wait=False, kill_workers=True)
            raise


@contextmanager
def cluster_processes(address: str) -> Iterator[Executor]:
    """The workers of a running Dask cluster, through the standard executor interface.

    Parameters
    ----------
    address : str
        Such as ``tcp://127.0.0.1:8786``.

    Raises
    ------
    MissingExtraError
        If Dask is not installed.
    UsageError
        If no scheduler answers at the address.
    """
    if distributed is None:
        raise MissingExtraError(
            "--scheduler", "the extra 'distributed'", "none", "pip install 'radiomics-mammo[distributed]'"
        )
    try:
        client = distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        found = f"none at {address}"
        raise UsageError("--scheduler", "a running Dask scheduler", found, "check the address") from error
    with client:
        yield client.get_executor(pure=False, retries=3)


@contextmanager
def one_thread() -> Iterator[None]:
    """One thread for BLAS, ITK and OpenCV for the length of the block; then as many as before, as a notebook had.

    Examples
    --------
    >>> before = cv2.getNumThreads()
    >>> with one_thread():
    ...     cv2.getNumThreads()
    1
    >>> cv2.getNumThreads() == before
    True
    """
    itk, opencv = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads(), cv2.getNumThreads()
    with threadpool_limits(1):
        try:
            sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
            cv2.setNumThreads(1)
            yield
        finally:
            sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(itk)
            cv2.setNumThreads(opencv)


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


def attempt(
    executor: OpenExecutor, function: Callable[[T], U], tasks: Sequence[T], waiting: Sequence[int]
) -> Iterator[tuple[int, U]]:
    """Answers of the waiting tasks as they come, with their index; where a process dies its tasks have none.

    Parameters
    ----------
    executor : callable
        Opens the processes.
    function : callable
        Picklable.
    tasks : sequence
    waiting : sequence of int
        Indices of the tasks to run.
    """
    if not waiting:
        return
    with executor() as processes:
        futures = {processes.submit(function, tasks[index]): index for index in waiting}
        given = set()
        try:
            for future in as_completed(futures):
                answer = future.result()
                given.add(future)
                yield futures[future], answer
        except BrokenProcessPool:
            logger.warning("a worker process died; its cases are tried again")
            for future, index in futures.items():
                if future not in given and future.done() and not future.cancelled() and future.exception() is None:
                    yield index, future.result()


def run_in_order(executor: OpenExecutor, function: Callable[[T], U], tasks: Sequence[T]) -> Iterator[U]:
    """Answers in the order of the tasks, each as soon as those before it are there.

    Parameters
    ----------
    executor, function, tasks
        As for `attempt`.

    Raises
    ------
    RadiomicsMammoError
        If worker processes die again and again.
    Exception
        What a task raised first.

    Examples
    --------
    >>> from concurrent.futures import ThreadPoolExecutor
    >>> list(run_in_order(lambda: ThreadPoolExecutor(2), abs, [-2, 3]))
    [2, 3]
    """
    answers: dict[int, U] = {}
    following = 0
    for _ in range(ATTEMPTS_TOGETHER):
        waiting = [index for index in range(following, len(tasks)) if index not in answers]
        for index, answer in attempt(executor, function, tasks, waiting):
            answers[index] = answer
            while following in answers:
                yield answers.pop(following)
                following += 1
    if following < len(tasks):
        found = f"{len(tasks) - following} of {len(tasks)} tasks without one"
        raise RadiomicsMammoError("worker processes", "an answer of each", found, "see memory limits, or use --jobs 1")


def _start_worker(parent: int) -> None:
    """One thread a process, and an end with the run: workers of a killed one would wait for ever, with their memory."""
    limit_threads()
    Thread(target=_leave_with, args=(parent,), daemon=True).start()


def _leave_with(parent: int) -> None:
    while is_child_of(parent):
        time.sleep(PARENT_SECONDS)
    os._exit(1)
