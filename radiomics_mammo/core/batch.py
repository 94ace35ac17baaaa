"""What came of a batch: what is done, and what was dropped with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


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
