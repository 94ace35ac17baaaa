"""Commands on a study folder."""

import pytest


@pytest.mark.parametrize(
    ("command", "more"), [("classify", ()), ("statistics", ()), ("statistics", ("--fresh",)), ("report", ("--fresh",))]
)
def test_command_says_what_it_made(call, small_study, tmp_path, command, more):
    out = small_study.copy_to(tmp_path / "out")
    answer = call(command, out, "--jobs", "1", *more)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.strip()


def test_folder_without_tables_is_named(call, tmp_path):
    (tmp_path / "empty").mkdir()
    answer = call("classify", tmp_path / "empty")
    assert answer.returncode == 1
    assert answer.stderr.startswith("error: ")
    assert "Traceback" not in answer.stderr
