"""The calls that differ between Linux, macOS and Windows; no other module makes one."""

from __future__ import annotations

import os
import sys
from typing import IO, Any

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


def available_cores() -> int:
    """Cores this process may use.

    Examples
    --------
    >>> available_cores() >= 1
    True
    """
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def hold(file: IO[Any]) -> None:
    """Hold a file for this process alone until it is closed or the process ends, however it ends.

    Raises
    ------
    OSError
        If another process holds it.
    """
    if sys.platform == "win32":
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def is_child_of(parent: int) -> bool:
    """Whether the process with this number still runs and is the parent of this one.

    On Windows a process keeps the number of a parent that is gone, so that the answer stays true; workers end there
    when the channel to their run closes.
    """
    return os.getppid() == parent
