"""The mission sentence, end to end, against known truth."""

import json

import pandas as pd
import pytest

from radiomics_mammo.core.errors import ReleaseError
from radiomics_mammo.pipeline import study
from radiomics_mammo.pipeline.measuring import RunOptions
from radiomics_mammo.pipeline.study import audit_release, outline_release, run_study


def test_every_lesion_keeps_patient_and_label(small_study):
    truth = pd.read_csv(small_study.truth / "lesions.csv")
    found = small_study.result.lesions
    assert len(found) == len(truth)
    true = truth.groupby(["image_id", "color", "label"]).size()
    read = found.groupby(["image_id", "color", "label"]).size()
    pd.testing.assert_series_equal(read, true, check_dtype=False, check_index_type=False)


def test_patients_are_those_of_the_workbook(small_study):
    truth = pd.read_csv(small_study.truth / "patients.csv").set_index("patient_id").sort_index()
    found = small_study.result.patients.set_index("patient_id").sort_index()
    assert found.index.tolist() == truth.index.tolist()
    for column in ("age_years", "density", "laterality"):
        pd.testing.assert_series_equal(found[column], truth[column], check_dtype=False)


def test_study_leaves_everything_behind(small_study):
    for name in ("report.html", "tables.xlsx", "study.json", "splits.json", "model.skops", "checklists.csv",
                 "metrics.csv", "predictions.csv", "sentinels.csv", "curves.csv"):  # fmt: skip
        assert (small_study.out / name).stat().st_size > 0, name
    assert list((small_study.out / "statistics").glob("*.csv"))
    assert list((small_study.out / "figures").glob("*.svg"))


def test_headline_figure_has_its_interval_and_its_role(small_study):
    metrics = small_study.result.metrics
    primary = metrics[(metrics["role"] == "primary") & (metrics["metric"].str.lower() == "auc")]
    assert len(primary)
    assert (primary["ci_low"] <= primary["estimate"]).all()
    assert (primary["estimate"] <= primary["ci_high"]).all()
    assert (primary["unit"] == "patient").all()


def test_provenance_names_every_input(small_study):
    tree = json.loads((small_study.out / "study.json").read_text())
    assert len(tree["inputs_sha256"]) == 8 * len(small_study.result.patients)
    assert {"index", "features", "deltas", "classify", "statistics"} <= set(tree["seconds_per_stage"])


def test_masks_alone_write_no_features(small_study, tmp_path):
    result = outline_release(small_study.release, small_study.resume_in(tmp_path / "out"), small_study.options)
    assert len(result.lesions) == len(small_study.result.lesions)
    assert result.features.empty
    assert not (tmp_path / "out" / "features.csv").exists()


def test_audit_changes_nothing_and_writes_no_mask(small_study, tmp_path):
    before = {path: path.stat().st_mtime_ns for path in small_study.release.rglob("*")}
    result = audit_release(small_study.release, small_study.resume_in(tmp_path / "out"), small_study.options)
    assert {path: path.stat().st_mtime_ns for path in small_study.release.rglob("*")} == before
    assert len(result.audit)
    assert not (tmp_path / "out" / "masks").exists()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda folder: folder / "nowhere", "nowhere"),
        (lambda folder: folder, "class folder"),
    ],
)
def test_what_is_no_release_is_one_clear_line(tmp_path, make, words):
    (tmp_path / "data").mkdir()
    with pytest.raises(ReleaseError, match=words) as caught:
        audit_release(make(tmp_path / "data"), tmp_path / "out", RunOptions())
    assert "\n" not in str(caught.value)


def test_function_of_the_readme_is_the_command(small_study, tmp_path):
    study = run_study(small_study.release, out=small_study.copy_to(tmp_path / "out"), config=small_study.options.config)
    pd.testing.assert_frame_equal(study.deltas, small_study.result.deltas)


def test_processes_are_all_cores_by_default_as_in_the_command(monkeypatch, tmp_path):
    seen = []
    monkeypatch.setattr(study, "run_stages", lambda release, out, options: seen.append(options.workers.jobs))
    monkeypatch.setattr(study, "available_cores", lambda: 7)
    run_study("release", out=tmp_path)
    run_study("release", out=tmp_path, jobs=3)
    assert seen == [7, 3]
