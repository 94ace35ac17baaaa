"""The same cases on a Dask cluster: a scheduler and two workers as processes of their own on loopback."""

import os
import re
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from radiomics_mammo.core.errors import MissingExtraError, UsageError
from radiomics_mammo.pipeline import cluster
from radiomics_mammo.pipeline.batch import Workers

DASK = Path(sys.executable).parent / "dask"


def square(case):
    return case * case


def slow_square(folder, case):
    Path(folder, f"{case}-{os.getpid()}").touch()
    time.sleep(0.3)
    return case * case


@pytest.fixture
def local_cluster(tmp_path):
    started = []
    env = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}  # workers import the functions of this file

    def start(*words):
        path = tmp_path / f"{len(started)}.log"
        with path.open("w") as log:
            process = subprocess.Popen([DASK, *words], stdout=log, stderr=log, env=env, start_new_session=True)
        started.append(process)
        return path

    log = start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
    address = wait_for(lambda: re.search(r"tcp://127\.0\.0\.1:\d+", log.read_text())).group(0)
    for _ in range(2):
        start("worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1")
    yield address, started
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for(found, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := found():
            return answer
        time.sleep(0.05)
    raise AssertionError("waited in vain")


def test_cluster_gives_the_same_answers_even_when_a_worker_is_killed(local_cluster, tmp_path):
    address, processes = local_cluster
    (tmp_path / "seen").mkdir()
    told = []

    def kill_a_worker(stage, done, total):
        told.append(done)
        if done == 2:
            os.killpg(processes[1].pid, signal.SIGKILL)

    workers = Workers(scheduler=address, progress=kill_a_worker)
    batch = workers.each("measure", partial(slow_square, str(tmp_path / "seen")), range(12), name=str)
    assert batch.done == tuple(case * case for case in range(12))
    assert batch.complete
    assert told == list(range(1, 13))


def test_address_without_a_scheduler_is_named(monkeypatch):
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1)
    with pytest.raises(UsageError, match="check the address"):
        Workers(scheduler="tcp://127.0.0.1:9").each("measure", square, range(3), name=str)


def test_missing_extra_is_named(monkeypatch):
    monkeypatch.setattr(cluster, "distributed", None)
    with pytest.raises(MissingExtraError, match="distributed"):
        Workers(scheduler="tcp://127.0.0.1:9").each("measure", square, range(3), name=str)
