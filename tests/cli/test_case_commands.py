"""A finished study is used: predictions for others, masks in other formats."""

import shutil

import pandas as pd
import pytest


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
