"""Work in a batch: how it is handed out, what is done, and what was dropped with its reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

T = TypeVar("T")
U = TypeVar("U")
RunMany = Callable[[Callable[[Any], Any], Sequence[Any]], Iterable[Any]]
"""``run_many(function, tasks)`` gives the answers in the order of the tasks; a Dask client's map and gather do."""


@dataclass(frozen=True)
class Dropped:
    """One case that was lost on the way: which, at which step, why."""

    subject: str
    step: str
    reason: str


@dataclass(frozen=True)
class Batch(Generic[T]):
    """Answers of a batch in the order of its cases, and the cases without one.

    Examples
    --------
    >>> Batch((1, 2), (Dropped("malignant-07_CC", "register", "too few pixels"),)).complete
    False
    """

    done: tuple[T, ...]
    dropped: tuple[Dropped, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether nothing was dropped."""
        return not self.dropped


def run_here(function: Callable[[T], U], tasks: Sequence[T]) -> Iterable[U]:
    """A `RunMany` that works in this process.

    Examples
    --------
    >>> list(run_here(abs, [-2, 3]))
    [2, 3]
    """
    return map(function, tasks)
