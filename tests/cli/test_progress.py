"""A bar on a terminal, few plain lines in a pipe."""

import io

from rich.console import Console

from radiomics_mammo.cli import progress
from radiomics_mammo.cli.progress import shown_progress


def test_pipe_gets_plain_lines_not_too_many():
    out = io.StringIO()
    with shown_progress(Console(file=out)) as told:
        for done in range(1, 51):
            told("features", done, 50)
    assert out.getvalue().splitlines() == ["features: 1 of 50", "features: 50 of 50"]


def test_pipe_gets_a_line_now_and_then(monkeypatch):
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", 0.0)
    out = io.StringIO()
    with shown_progress(Console(file=out)) as told:
        for done in range(1, 4):
            told("features", done, 3)
    assert len(out.getvalue().splitlines()) == 3


def test_terminal_gets_a_bar():
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=100)
    with shown_progress(console) as told:
        told("features", 1, 2)
        told("features", 2, 2)
    assert "features" in out.getvalue()
    assert "2/2" in out.getvalue()
