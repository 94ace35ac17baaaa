"""Data are made, fetched, and run on."""

import pandas as pd
from typer.testing import CliRunner

from radiomics_mammo.cli.main import app


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
