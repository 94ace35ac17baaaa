"""The same cases on a Dask cluster, whatever becomes of its workers."""

import os
import time
from functools import partial
from pathlib import Path

import pytest

from radiomics_mammo.core.errors import MissingExtraError, UsageError
from radiomics_mammo.pipeline import cluster
from radiomics_mammo.pipeline.batch import Workers


def square(case):
    return case * case


def slow_square(folder, case):
    Path(folder, f"{case}-{os.getpid()}").touch()
    time.sleep(0.3)
    return case * case


def test_cluster_gives_the_same_answers_even_when_a_worker_is_killed(local_cluster, tmp_path):
    (tmp_path / "seen").mkdir()
    told = []

    def disturb(stage, done, total):
        told.append(done)
        if done == 2:
            local_cluster.kill_a_worker()

    workers = Workers(scheduler=local_cluster.address, progress=disturb)
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
