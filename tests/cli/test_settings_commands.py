"""Settings are shown with default, bounds and meaning, and checked; engines test themselves."""

from typer.testing import CliRunner

from radiomics_mammo.cli.main import app
from radiomics_mammo.config.loading import known_keys


def test_show_lists_every_setting():
    output = CliRunner().invoke(app, ["config", "show"]).output
    assert [key for key in known_keys() if f"{key}: " not in output] == []
    assert "allowed" in output


def test_show_marks_what_differs_from_the_default(tmp_path):
    (tmp_path / "mine.yaml").write_text("seed: 7\n")
    output = CliRunner().invoke(app, ["config", "show", str(tmp_path / "mine.yaml")]).output
    assert "seed: 7 (default 20240531)" in output


def test_check_accepts_a_valid_file(tmp_path):
    (tmp_path / "mine.yaml").write_text("features: full\n")
    answer = CliRunner().invoke(app, ["config", "check", str(tmp_path / "mine.yaml")])
    assert (answer.exit_code, "valid" in answer.output) == (0, True)


def test_check_without_a_file_is_refused(call):
    answer = call("config", "check")
    assert answer.returncode == 2
    assert "name the YAML file" in answer.stderr


def test_selftest_passes():
    answer = CliRunner().invoke(app, ["selftest"], env={"COLUMNS": "160"})
    assert answer.exit_code == 0, answer.output
    assert " 0 failed" in answer.output
