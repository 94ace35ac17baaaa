"""Local processes that end with the run that started them, and work shared out among them."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, contextmanager
from threading import Thread
from typing import TypeVar

import cv2
import SimpleITK as sitk
from loky import ProcessPoolExecutor
from threadpoolctl import threadpool_limits

from radiomics_mammo.core.errors import RadiomicsMammoError

T = TypeVar("T")
U = TypeVar("U")
OpenExecutor = Callable[[], AbstractContextManager[Executor]]
"""Opens the processes that work is sent to, for the length of a ``with`` block."""

ATTEMPTS_TOGETHER = 2
"""How often tasks are tried together when a worker process dies."""
PARENT_SECONDS = 1.0
"""How often a worker process looks whether its run is still there."""

logger = logging.getLogger(__name__)


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
    while os.getppid() == parent:
        time.sleep(PARENT_SECONDS)
    os._exit(1)
