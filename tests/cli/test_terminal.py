"""A bar on a terminal, few plain lines in a pipe; a command ends with what to look at first."""

import io

import pandas as pd
from rich.console import Console

from radiomics_mammo.cli import terminal
from radiomics_mammo.cli.terminal import (
    audit_lines,
    feature_lines,
    finding_lines,
    mask_lines,
    shown_progress,
    study_lines,
)


def test_pipe_gets_plain_lines_not_too_many():
    out = io.StringIO()
    with shown_progress(Console(file=out)) as told:
        for done in range(1, 51):
            told("features", done, 50)
    assert out.getvalue().splitlines() == ["features: 1 of 50", "features: 50 of 50"]


def test_pipe_gets_a_line_now_and_then(monkeypatch):
    monkeypatch.setattr(terminal, "SECONDS_BETWEEN_LINES", 0.0)
    out = io.StringIO()
    with shown_progress(Console(file=out)) as told:
        for done in range(1, 4):
            told("features", done, 3)
    assert len(out.getvalue().splitlines()) == 3


def test_pipe_says_how_long_it_will_take(monkeypatch):
    monkeypatch.setattr(terminal, "SECONDS_BETWEEN_LINES", 0.0)
    seconds = iter([10.0, 13.0, 16.0])
    monkeypatch.setattr(terminal.time, "monotonic", lambda: next(seconds))
    out = io.StringIO()
    with shown_progress(Console(file=out)) as told:
        for done in range(1, 4):
            told("features", done, 4)
    assert out.getvalue().splitlines()[1:] == [
        "features: 2 of 4, about 6 s left",
        "features: 3 of 4, about 3 s left",
    ]


def test_quiet_shows_nothing(capsys):
    with shown_progress(quiet=True) as told:
        told("features", 1, 1)
    assert capsys.readouterr().err == ""


def test_terminal_gets_a_bar():
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=100)
    with shown_progress(console) as told:
        told("features", 1, 2)
        told("features", 2, 2)
    assert "features" in out.getvalue()
    assert "2/2" in out.getvalue()


def test_findings_are_counted_by_code():
    audit = pd.DataFrame({"severity": ["info", "error", "info"], "code": ["B", "A", "B"]})
    assert [line.split() for line in finding_lines(audit)] == [["error", "A", "1"], ["info", "B", "2"]]


def test_study_ends_with_its_report(small_study):
    lines = study_lines(small_study.result)
    assert lines[-1] == f"report: {small_study.out / 'report.html'}"
    assert any("AUC" in line for line in lines)


def test_counts_are_those_of_the_tables(small_study):
    result = small_study.result
    assert mask_lines(result)[0].startswith(f"{len(result.lesions)} lesions in ")
    assert audit_lines(result)[0].startswith(f"found {len(result.patients)} patients")
    assert any(line.startswith(f"{len(result.features)} regions") for line in feature_lines(result))
