"""Functions show how far they are where somebody looks, and nothing where output is piped."""

import io
import sys

import numpy as np
import pytest

import radiomics_mammo as rm
from radiomics_mammo.pipeline import progress
from radiomics_mammo.pipeline.progress import LineProgress, progress_of


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock(monkeypatch):
    """A clock that a test sets."""
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_terminal_gets_one_line_written_over_with_rate_and_time_left(clock):
    out = Terminal()
    told = LineProgress(out)
    for done in range(1, 5):
        told("features", done, 4)
        clock[0] += 4
    lines = [line.rstrip() for line in out.getvalue().split("\r")]
    assert lines == [
        "",
        "features: 1 of 4",
        "features: 2 of 4, 0.5/s, about 4 s left",
        "features: 3 of 4, 0.4/s, about 3 s left",
        "features: 4 of 4, 0.3/s",
    ]
    assert out.getvalue().endswith("\n")


def test_notebook_gets_lines_of_long_stages_only(clock):
    out = io.StringIO()
    told = LineProgress(out, over=False)
    for done in range(1, 4):
        told("short", done, 3)
    for done in range(1, 4):
        told("long", done, 3)
        clock[0] += 8
    assert out.getvalue() == "long: 3 of 3, 0.2/s\n"


def test_measuring_many_masks_is_shown_on_a_terminal_and_not_in_a_pipe(monkeypatch):
    rows, cols = np.mgrid[:120, :100]
    image = np.where(np.hypot(rows - 60, cols) < 55, 400 + 3 * rows + (rows * cols) % 7, 0)
    masks = [np.hypot(rows - 60, cols - 25) < radius for radius in (8, 9)]
    for out, lines in ((Terminal(), 2), (io.StringIO(), 0)):
        monkeypatch.setattr(sys, "stderr", out)
        monkeypatch.setattr(progress, "in_notebook", lambda: False)
        rm.measure([image, image], masks, preset="quick")
        assert out.getvalue().count("\rmeasure: ") == lines


def test_what_was_given_is_told(capsys):
    told = []
    with progress_of(lambda *words: told.append(words)) as shown:
        shown("a", 1, 1)
    assert told == [("a", 1, 1)]
    assert capsys.readouterr().err == ""
