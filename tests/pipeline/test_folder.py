"""Stages on a folder run once, follow their settings, and never leave old figures beside new tables."""

import pandas as pd
import pytest

from radiomics_mammo.config.study import StudyConfig
from radiomics_mammo.core.errors import ConfigError, StoreError, TableError
from radiomics_mammo.pipeline.folder import CLASSIFICATION_FILES, StudyFolder, stored_config
from radiomics_mammo.pipeline.store import Store


def test_folder_goes_on_with_the_settings_it_was_made_with(small_study):
    assert StudyFolder.open(small_study.out).config == small_study.options.config


def test_finished_stage_is_not_run_again(small_study, tmp_path, monkeypatch):
    folder = StudyFolder.open(small_study.copy_to(tmp_path / "out"))
    monkeypatch.setattr(StudyFolder, "_classify", lambda self: pytest.fail("classified again"))
    assert folder.classify()


def test_a_fresh_stage_is_run_again_and_says_the_same(small_study, tmp_path):
    out = small_study.copy_to(tmp_path / "out")
    marked = (out / "statistics" / "cohort.csv").stat().st_mtime_ns
    known = StudyFolder.open(out).describe()
    assert (out / "statistics" / "cohort.csv").stat().st_mtime_ns == marked
    assert StudyFolder.open(out, fresh=True).describe() == known
    assert (out / "statistics" / "cohort.csv").stat().st_mtime_ns > marked


def test_changed_output_is_made_again(small_study, tmp_path):
    out = small_study.copy_to(tmp_path / "out")
    (out / "statistics").joinpath("cohort.csv").write_text("tampered")
    StudyFolder.open(out).describe()
    for path in (small_study.out / "statistics").iterdir():
        assert (out / "statistics" / path.name).read_bytes() == path.read_bytes(), path.name


def test_impossible_classification_is_a_sentence_and_leaves_no_old_figures(small_study, tmp_path):
    out = small_study.copy_to(tmp_path / "out")
    for name, column in (("patient_deltas", "label"), ("deltas", "label"), ("features", "label"), ("lesions", "label")):
        table = pd.read_csv(out / f"{name}.csv", keep_default_na=False)
        table.loc[table[column] == "malignant", column] = "unconfirmed"
        table.to_csv(out / f"{name}.csv", index=False)
    words = StudyFolder.open(out).classify_or_explain()
    assert words[0].startswith("Classification was not possible")
    assert not [name for name in CLASSIFICATION_FILES if (out / name).exists()]
    StudyFolder.open(out).describe()
    page = StudyFolder.open(out).report()
    assert "not possible" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(("stage", "table"), [("classify", "deltas.csv"), ("statistics", "predictions.csv")])
def test_report_refuses_results_of_other_tables(small_study, tmp_path, stage, table):
    out = small_study.copy_to(tmp_path / "out")
    text = (out / table).read_text(encoding="utf-8")
    (out / table).write_text(text + "\n", encoding="utf-8")
    with pytest.raises(StoreError, match=f"{table} changed.*run `{stage}` again"):
        StudyFolder.open(out).report()
    (out / table).write_text(text, encoding="utf-8")
    assert StudyFolder.open(out).report().is_file()


def test_statistics_made_before_the_models_are_not_outdated_by_them(small_study, tmp_path):
    out = small_study.copy_to(tmp_path / "out")
    folder = StudyFolder.open(out)
    predictions = (out / "predictions.csv").read_bytes()
    (out / "predictions.csv").unlink()
    folder.describe()
    (out / "predictions.csv").write_bytes(predictions)
    assert folder.report().is_file()


def test_folder_without_settings_has_the_defaults(tmp_path):
    assert stored_config(Store(tmp_path)) == StudyConfig()


@pytest.mark.parametrize(
    ("text", "kind"), [("{", StoreError), ("{}", StoreError), ('{"configuration": {"x": 1}}', ConfigError)]
)
def test_damaged_settings_are_named(tmp_path, text, kind):
    (tmp_path / "study.json").write_text(text)
    with pytest.raises(kind, match=r"study\.json"):
        StudyFolder.open(tmp_path)


def test_folder_without_tables_cannot_be_classified(tmp_path):
    with pytest.raises(TableError, match="no such file"):
        StudyFolder.open(tmp_path).classify()
