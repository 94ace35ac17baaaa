"""Commands, exit statuses, and errors in one line."""

import sys

import pytest
from typer.testing import CliRunner

from radiomics_mammo._version import __version__
from radiomics_mammo.cli.main import _one_line, app, main

COMMANDS = [
    "demo",
    "synthesize",
    "audit",
    "masks",
    "features",
    "classify",
    "statistics",
    "report",
    "run",
    "predict",
    "export",
    "fetch",
    "config",
    "selftest",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command):
    answer = CliRunner().invoke(app, [command, "--help"])
    assert answer.exit_code == 0
    assert "Usage" in answer.output
    assert "Example" in answer.output or command == "config"


def test_version_prints_ours_and_the_engines():
    answer = CliRunner().invoke(app, ["--version"])
    assert f"radiomics-mammo {__version__}" in answer.output
    assert "pyradiomics-bhklab 3." in answer.output
    assert "SimpleITK" in answer.output


def test_help_lists_every_command():
    output = CliRunner().invoke(app, ["--help"]).output
    assert [command for command in COMMANDS if command not in output] == []


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["audit", "nowhere", "--out", "out"], 1, "nowhere"),
        (["audit", ".", "--out", "out"], 1, "class folder"),
        (["classify", "nowhere"], 1, "nowhere"),
        (["config", "check", "nowhere.yaml"], 2, "nowhere.yaml"),
        (["audit"], 2, "Missing"),
        (["frobnicate"], 2, "No such command"),
        (["run", ".", "--out", "out", "--jobs", "0"], 2, "--jobs"),
        (["synthesize", "made", "--patients", "0"], 2, "patients"),
    ],
)
def test_mistake_is_a_clear_line_and_a_status(call, words, status, said):
    answer = call(*words)
    assert answer.returncode == status
    assert said in answer.stderr
    assert "Traceback" not in answer.stderr
    if status == 1:
        assert answer.stderr.startswith("error: ")
        assert answer.stderr.count("\n") == 1


def test_defect_is_one_line_too(capsys):
    _one_line(ZeroDivisionError, ZeroDivisionError("by\nzero"), None)
    said = capsys.readouterr().err
    assert said.startswith("internal error, please report it: ZeroDivisionError: by zero")
    assert said.count("\n") == 1


def test_interrupted_run_says_how_to_go_on(monkeypatch, capsys):
    def interrupt():
        raise KeyboardInterrupt

    monkeypatch.setattr("radiomics_mammo.cli.main.app", interrupt)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 130
    assert "same command again" in capsys.readouterr().err
