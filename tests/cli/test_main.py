"""Commands, exit statuses, and errors in one line."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from radiomics_mammo._version import __version__
from radiomics_mammo.cli.main import app
from tests.conftest import hears_interrupts

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


BROKEN = """
import sys
import radiomics_mammo.pipeline as pipeline
from radiomics_mammo.cli.main import main

def work(*_):
    {work}

pipeline.audit_release = work
main()
"""


@pytest.mark.parametrize(
    ("work", "status", "said"),
    [
        ("raise KeyboardInterrupt", 130, "interrupted; run the same command again to go on where it stopped"),
        (
            "raise ZeroDivisionError('by' + chr(10) + 'zero')",
            1,
            "internal error, please report it: ZeroDivisionError: by zero",
        ),
        ("import os, signal; os.kill(os.getpid(), signal.SIGINT)", 130, "interrupted; run the same command again"),
    ],
)
def test_interrupt_and_defect_are_one_line_of_the_command_itself(tmp_path, work, status, said):
    (tmp_path / "broken.py").write_text(BROKEN.format(work=work))
    words = [sys.executable, tmp_path / "broken.py", "audit", ".", "--out", "out"]
    answer = subprocess.run(
        words, capture_output=True, text=True, cwd=tmp_path, timeout=60, check=False, preexec_fn=hears_interrupts
    )
    assert answer.returncode == status
    assert answer.stderr.startswith(said)
    assert answer.stderr.count("\n") == 1


LIGHT = """
import sys
from radiomics_mammo.cli.main import main
sys.argv = ["radiomics-mammo", *sys.argv[1:]]
try:
    main()
except SystemExit:
    pass
print(*sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""
ENGINES = {"numpy", "pandas", "scipy", "cv2", "SimpleITK", "radiomics", "sklearn", "matplotlib", "pydicom", "skimage"}


@pytest.mark.parametrize(
    ("words", "also"),
    [
        (["--help"], {"pydantic", "yaml"}),
        (["run", "--help"], {"yaml"}),
        (["classify", "--help"], {"yaml"}),
        (["--version"], set()),
        (["config", "show"], set()),
    ],
)
def test_commands_that_need_no_engine_load_none(words, also):
    command = [sys.executable, "-c", LIGHT, *words]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    loaded = set(answer.stderr.split())
    assert "typer" in loaded
    assert loaded & (ENGINES | also) == set()


def test_importing_the_package_loads_nothing_of_it():
    code = "import sys, radiomics_mammo; print(*[n for n in sys.modules if n.startswith('radiomics_mammo.')])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert answer.stdout.split() == []
