"""Commands on a release, from another folder, as a user calls them."""

import pytest


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
