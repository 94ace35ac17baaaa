"""Every command as a user calls it, from another folder."""

import shutil

import pandas as pd
import pytest
from typer.testing import CliRunner

from radiomics_mammo.cli.main import app
from radiomics_mammo.config.loading import known_keys


def test_synthesize_writes_release_and_truth(tmp_path):
    words = ["synthesize", str(tmp_path / "made"), "--patients", "6", "--rows", "256", "--cols", "208", "--jobs", "2"]
    answer = CliRunner().invoke(app, words)
    assert answer.exit_code == 0, answer.output
    assert (tmp_path / "made" / "truth" / "lesions.csv").is_file()
    assert answer.output.startswith("16 patients, ")
    assert len(pd.read_csv(tmp_path / "made" / "truth" / "patients.csv")) == 16


def test_demo_and_fetch_say_where_things_go():
    for command in ("demo", "fetch"):
        assert "--out" in CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "200"}).output


def test_audit_prints_what_it_found(call, small_study, tmp_path):
    answer = call("audit", small_study.release, "--out", small_study.resume_in(tmp_path / "out"), "--jobs", "1")
    assert answer.returncode == 0, answer.stderr
    assert "found 16 patients" in answer.stdout
    assert (tmp_path / "out" / "audit.csv").is_file()


def test_rerun_of_a_finished_study_gives_the_same_tables(call, small_study, tmp_path):
    config = tmp_path / "quick.yaml"
    config.write_text(small_study.settings)
    out = small_study.copy_to(tmp_path / "out")
    answer = call("run", small_study.release, "--out", out, "--config", config, "--jobs", "1")
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.splitlines()[-1] == f"report: {out / 'report.html'}"
    for name in ("features.csv", "deltas.csv", "metrics.csv", "audit.csv", "flow.csv"):
        assert (out / name).read_bytes() == (small_study.out / name).read_bytes(), name


@pytest.mark.parametrize("text", ["features: enormous", "nothing: 1"])
def test_wrong_settings_are_status_two(call, small_study, tmp_path, text):
    (tmp_path / "bad.yaml").write_text(text)
    answer = call("masks", small_study.release, "--out", tmp_path / "out", "--config", tmp_path / "bad.yaml")
    assert answer.returncode == 2
    assert answer.stderr.startswith("error: bad.yaml")


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


@pytest.fixture
def cases(small_study, tmp_path):
    """Two patients without class, colour meaning or workbook."""
    for index, folder in enumerate(sorted(small_study.release.rglob("[0-9]*"))[:2]):
        shutil.copytree(folder, tmp_path / "new" / "Cases" / f"w{index}")
    return tmp_path / "new"


def test_predict_needs_no_class_and_no_workbook(call, small_study, cases, tmp_path):
    answer = call(
        "predict", cases, "--model", small_study.out / "model.skops", "--out", tmp_path / "out", "--jobs", "1"
    )
    assert answer.returncode == 0, answer.stderr
    table = pd.read_csv(tmp_path / "out" / "new_predictions.csv")
    assert table.columns.tolist() == ["patient_id", "view", "recent_lesion_id", "probability"]
    assert set(table["patient_id"]) <= {f"case-w{index}" for index in range(2)}
    assert table["probability"].between(0, 1).all()


def test_predict_takes_the_common_options(call, small_study, cases, tmp_path):
    (tmp_path / "study.yaml").write_text("features:\n  bin_count: 31\n")
    (tmp_path / "rejected.csv").write_text(f"lesion_id,mask_sha256\ncase-w0_CC_recent_99,{'0' * 64}\n")
    words = ("predict", cases, "--model", small_study.out / "model.skops", "--out", tmp_path / "out", "--jobs", "1")
    assert call(*words, "--config", tmp_path / "study.yaml").returncode == 2
    answer = call(*words, "--exclusions", tmp_path / "rejected.csv", "--strict")
    assert answer.returncode == 1
    assert "EXCLUSION_STALE" in answer.stderr


def test_what_is_no_model_is_refused(call, cases, tmp_path):
    (tmp_path / "model.skops").write_bytes(b"pickle")
    answer = call("predict", cases, "--model", tmp_path / "model.skops", "--out", tmp_path / "out")
    assert answer.returncode == 1
    assert "model" in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize(("word", "ending"), [("seg", ".dcm"), ("nrrd", ".nrrd"), ("pyradiomics", ".csv")])
def test_export_writes_every_mask(call, small_study, tmp_path, word, ending):
    answer = call("export", small_study.out, "--format", word, "--out", tmp_path / "out")
    assert answer.returncode == 0, answer.stderr
    assert list((tmp_path / "out").rglob(f"*{ending}"))


def test_show_lists_every_setting():
    output = CliRunner().invoke(app, ["config", "show"]).output
    assert [key for key in known_keys() if f"{key.rpartition('.')[2]}: " not in output] == []
    assert "allowed" in output


def test_show_marks_what_differs_from_the_default(tmp_path):
    (tmp_path / "mine.yaml").write_text("seed: 7\n")
    output = CliRunner().invoke(app, ["config", "show", str(tmp_path / "mine.yaml")]).output
    assert "default 20240531\nseed: 7\n" in output


def test_shown_settings_are_a_file_that_check_accepts(tmp_path):
    (tmp_path / "shown.yaml").write_text(CliRunner().invoke(app, ["config", "show"]).output)
    answer = CliRunner().invoke(app, ["config", "check", str(tmp_path / "shown.yaml")])
    assert (answer.exit_code, "valid" in answer.output) == (0, True)


def test_two_readers_are_compared(tmp_path):
    for name, word in (("a", "right"), ("b", "wrong")):
        lines = [f"x_CC,{'0' * 64},{word}", f"y_CC,{'0' * 64},wrong", f"z_CC,{'0' * 64},right"]
        (tmp_path / f"{name}.csv").write_text("\n".join(["id,mask_sha256,decision", *lines]))
    answer = CliRunner().invoke(app, ["agreement", str(tmp_path / "a.csv"), str(tmp_path / "b.csv")])
    assert answer.output.splitlines() == [
        "judged by both: 3; same decision: 67%; Cohen's kappa 0.40",
        "conflict x_CC: right (-), wrong (-)",
    ]


def test_dry_run_says_what_would_be_done_and_does_nothing(small_study, tmp_path):
    out = tmp_path / "out"
    words = ["run", str(small_study.release), "--out", str(out), "--dry-run", "--jobs", "1"]
    answer = CliRunner().invoke(app, words)
    assert answer.exit_code == 0
    assert f"of {len(small_study.result.patients)} patients" in answer.output
    assert not out.exists()
    words[3] = str(small_study.out)
    assert "features: " in CliRunner().invoke(app, words).output, "the stages of the last run with their seconds"


def test_records_are_counted_and_cleared_without_a_result(small_study, tmp_path):
    copy = small_study.copy_to(tmp_path / "copy")
    results = {path.name for path in copy.iterdir()} - {".records"}
    told = CliRunner().invoke(app, ["cache", str(copy)]).output
    assert not told.startswith("0 records")
    CliRunner().invoke(app, ["cache", str(copy), "--clear"])
    assert CliRunner().invoke(app, ["cache", str(copy)]).output.startswith("0 records")
    assert {path.name for path in copy.iterdir()} - {".records"} == results


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
