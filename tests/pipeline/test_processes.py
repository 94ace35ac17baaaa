"""Local processes answer in order, try again what a dead one held, and end with the run that started them."""

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from radiomics_mammo.core.errors import RadiomicsMammoError
from radiomics_mammo.pipeline.processes import attempt, local_processes, run_in_order

TWO = partial(local_processes, 2)
SLEEPERS = """
import os, sys, time
from pathlib import Path
from radiomics_mammo.pipeline.batch import Workers

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
