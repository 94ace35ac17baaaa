"""Every case comes back, as an answer or with its reason, whatever happens to its worker, here or on a cluster."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from radiomics_mammo.core.errors import CaseError, MissingExtraError, RadiomicsMammoError, StoreError, UsageError
from radiomics_mammo.pipeline import workers as places
from radiomics_mammo.pipeline.workers import Workers, attempt, local_processes, run_in_order, silent


def square(case):
    if case == 3:
        raise CaseError("3", "an even number", "3", "use 2")
    if case == 4:
        raise ZeroDivisionError("by zero")
    return case * case


def dies_once(marker, case):
    if case == 2 and not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return case


def dies_always(case):
    if case == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return case


def disk_full(case):
    raise StoreError("out", "space", "none", "free some")


@pytest.mark.parametrize("jobs", [1, 2])
def test_answers_keep_the_order_and_losses_their_reason(jobs):
    batch = Workers(jobs).each("measure", square, range(6), name=str)
    assert batch.done == (0, 1, 4, 25)
    assert [(lost.subject, lost.step) for lost in batch.dropped] == [("3", "measure"), ("4", "measure")]
    assert "use 2" in batch.dropped[0].reason
    assert "ZeroDivisionError: by zero" in batch.dropped[1].reason


def test_case_of_a_killed_worker_is_tried_again(tmp_path):
    batch = Workers(2).each("measure", partial(dies_once, str(tmp_path / "died")), range(5), name=str)
    assert batch.done == (0, 1, 2, 3, 4)


def test_case_that_always_kills_its_worker_is_dropped_alone():
    batch = Workers(2).each("measure", dies_always, range(4), name=str)
    assert [lost.subject for lost in batch.dropped] == ["2"]
    assert batch.done == (0, 1, 3)


@pytest.mark.parametrize("jobs", [1, 2])
def test_failure_of_the_folder_ends_the_run(jobs):
    with pytest.raises(StoreError, match="free some"):
        Workers(jobs).each("measure", disk_full, range(3), name=str)


def test_log_names_every_case_with_its_seconds_and_warns_of_those_left_out(caplog):
    with caplog.at_level("INFO", logger="radiomics_mammo"):
        Workers(1).each("measure", square, range(4), name=str)
    found = {record.facts["case"]: record for record in caplog.records}
    assert set(found) == {"0", "1", "2", "3"}
    assert all(record.facts["stage"] == "measure" and record.facts["seconds"] >= 0 for record in found.values())
    assert [name for name, record in found.items() if record.levelname == "WARNING"] == ["3"]
    assert "use 2" in found["3"].getMessage()


def test_progress_is_told_of_every_case():
    told = []
    Workers(1, progress=lambda *words: told.append(words)).each("measure", square, range(3), name=str)
    assert told == [("measure", 1, 3), ("measure", 2, 3), ("measure", 3, 3)]
    assert silent("measure", 1, 3) is None


def test_no_cases_is_an_empty_batch():
    assert Workers(2).each("measure", square, (), name=str).done == ()


TWO = partial(local_processes, 2)
SLEEPERS = """
import os, sys, time
from pathlib import Path
from radiomics_mammo.pipeline.workers import Workers

def sleep_long(name):
    (Path(sys.argv[1]) / name).write_text(str(os.getpid()))
    time.sleep(300)

list(Workers(2).run_all(sleep_long, ["a", "b"]))
"""


def later_first(case):
    time.sleep(0.3 if case == 0 else 0)
    return case * case


def negative_is_refused(case):
    if case < 0:
        raise ValueError("negative")
    return case


def dies_at_two(marker, case):
    if case == 2 and not (marker and Path(marker).exists()):
        if marker:
            Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return case


def test_answers_come_in_the_order_of_the_tasks():
    assert list(run_in_order(TWO, later_first, [0, 1, 2])) == [0, 1, 4]


def test_what_a_task_raises_ends_the_work():
    with pytest.raises(ValueError, match="negative"):
        list(run_in_order(TWO, negative_is_refused, [1, -1, 2]))


def test_task_of_a_killed_worker_is_tried_again(tmp_path):
    dies_once = partial(dies_at_two, str(tmp_path / "died"))
    assert list(run_in_order(TWO, dies_once, range(5))) == [0, 1, 2, 3, 4]


def test_task_that_always_kills_its_worker_is_named():
    with pytest.raises(RadiomicsMammoError, match="of 4 tasks without one"):
        list(run_in_order(TWO, partial(dies_at_two, ""), range(4)))


def test_only_waiting_tasks_are_run():
    assert sorted(attempt(TWO, later_first, [0, 1, 2, 3], [1, 3])) == [(1, 1), (3, 9)]
    assert list(attempt(TWO, later_first, [0, 1], [])) == []


def test_workers_of_a_killed_run_leave(tmp_path):
    script, marks = tmp_path / "sleepers.py", tmp_path / "marks"
    script.write_text(SLEEPERS)
    marks.mkdir()
    run = subprocess.Popen([sys.executable, str(script), str(marks)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    while run.poll() is None and len(list(marks.iterdir())) < 2:
        time.sleep(0.01)
    run.kill()
    run.communicate(timeout=60)  # fails while a worker still holds the other end
    assert {path.name for path in marks.iterdir()} == {"a", "b"}


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
    monkeypatch.setattr(places, "CONNECT_SECONDS", 1)
    with pytest.raises(UsageError, match="check the address"):
        Workers(scheduler="tcp://127.0.0.1:9").each("measure", square, range(3), name=str)


def test_missing_extra_is_named(monkeypatch):
    monkeypatch.setattr(places, "distributed", None)
    with pytest.raises(MissingExtraError, match="distributed"):
        Workers(scheduler="tcp://127.0.0.1:9").each("measure", square, range(3), name=str)


def test_a_notebook_keeps_its_threads(tmp_path):
    code = (
        "import cv2, SimpleITK as sitk, threadpoolctl, numpy\n"
        "from radiomics_mammo.pipeline.workers import Workers\n"
        "cv2.setNumThreads(3); sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(3)\n"
        "before = [one['num_threads'] for one in threadpoolctl.threadpool_info()]\n"
        "seen = []\n"
        "Workers(1).each('x', lambda case: seen.append(cv2.getNumThreads()), [1, 2], name=str)\n"
        "after = [one['num_threads'] for one in threadpoolctl.threadpool_info()]\n"
        "assert seen == [1, 1], seen\n"
        "assert before == after, (before, after)\n"
        "assert (cv2.getNumThreads(), sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()) == (3, 3)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr[-500:]


def test_no_more_processes_than_cases(monkeypatch):
    opened = []

    @contextmanager
    def counted(jobs):
        opened.append(jobs)
        with ThreadPoolExecutor(jobs) as pool:
            yield pool

    monkeypatch.setattr(places, "local_processes", counted)
    assert Workers(8).each("x", abs, [-1, 2], name=str).done == (1, 2)
    assert list(Workers(8).run_all(abs, [-1, 2, 3])) == [1, 2, 3]
    assert list(Workers(2).run_all(abs, [-1, 2, 3])) == [1, 2, 3]
    assert opened == [2, 3, 2]
