"""A Dask scheduler and two workers as processes of their own on loopback, for tests."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

DASK = Path(sys.executable).parent / "dask"
START_SECONDS = 60


@dataclass
class LocalCluster:
    """Processes of a cluster and the address of its scheduler."""

    logs: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    address: str = ""

    def start(self, *words: str) -> Path:
        """Start one process; the file it writes its log to."""
        path = self.logs / f"dask-{len(self.processes)}.log"
        env = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}  # workers import the functions of tests
        with path.open("w") as log:
            started = subprocess.Popen([DASK, *words], stdout=log, stderr=log, env=env, start_new_session=True)
        self.processes.append(started)
        return path

    def kill_a_worker(self) -> None:
        """Kill the first worker at once."""
        os.killpg(self.processes[1].pid, signal.SIGKILL)

    def stop(self) -> None:
        """Kill what still runs."""
        for process in self.processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextmanager
def running_cluster(logs: Path) -> Iterator[LocalCluster]:
    """A scheduler with two workers for the length of the block."""
    cluster = LocalCluster(logs)
    try:
        log = cluster.start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        cluster.address = wait_for(lambda: re.search(r"tcp://127\.0\.0\.1:\d+", log.read_text())).group(0)
        for _ in range(2):
            cluster.start(
                "worker", cluster.address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1"
            )
        yield cluster
    finally:
        cluster.stop()


def wait_for(found: Callable[[], re.Match[str] | None]) -> re.Match[str]:
    """What `found` says once it says something."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if answer := found():
            return answer
        time.sleep(0.05)
    raise AssertionError("the scheduler did not start")
