"""Every case comes back, as an answer or with its reason, whatever happens to its worker."""

import os
import signal
from functools import partial
from pathlib import Path

import pytest

from radiomics_mammo.core.errors import CaseError, StoreError
from radiomics_mammo.pipeline.batch import Workers, silent


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


def test_progress_is_told_of_every_case():
    told = []
    Workers(1, progress=lambda *words: told.append(words)).each("measure", square, range(3), name=str)
    assert told == [("measure", 1, 3), ("measure", 2, 3), ("measure", 3, 3)]
    assert silent("measure", 1, 3) is None


def test_no_cases_is_an_empty_batch():
    assert Workers(2).each("measure", square, (), name=str).done == ()
