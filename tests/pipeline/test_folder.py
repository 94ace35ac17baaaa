"""Stages on a folder run once, follow their settings, and never leave old figures beside new tables."""

import json
from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from radiomics_mammo.config.analysis import ReportConfig
from radiomics_mammo.config.loading import parse_config
from radiomics_mammo.core.errors import StoreError, TableError
from radiomics_mammo.pipeline import folder as folder_module
from radiomics_mammo.pipeline.folder import (
    CLASSIFICATION_FILES,
    StudyFolder,
    read_classification,
    workbook_tables,
    write_report,
)
from radiomics_mammo.pipeline.journal import Journal, measurement_hash
from radiomics_mammo.pipeline.measuring import change, measured_tables, outline_align_measure, read_release
from radiomics_mammo.pipeline.pairs import Depth
from radiomics_mammo.pipeline.predicting import load_model
from radiomics_mammo.pipeline.results import SUMMARY, read_study
from radiomics_mammo.pipeline.store import Store
from radiomics_mammo.report.titles import TABLE_TITLES


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
    (out / "study.json").unlink()
    for name in ("patient_deltas", "deltas", "features", "lesions"):
        table = pd.read_csv(out / f"{name}.csv", keep_default_na=False)
        table.loc[table["label"] == "malignant", "label"] = "unconfirmed"
        table.to_csv(out / f"{name}.csv", index=False)
    words = StudyFolder.open(out).classify_or_explain()
    assert words[0].startswith("Classification was not possible")
    assert not [name for name in CLASSIFICATION_FILES if (out / name).exists()]
    StudyFolder.open(out).describe()
    page = StudyFolder.open(out).report()
    assert "not possible" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(("table", "stage"), [("deltas.csv", "features"), ("predictions.csv", "classify")])
def test_report_refuses_tables_of_another_making(small_study, tmp_path, table, stage):
    out = small_study.copy_to(tmp_path / "out")
    text = (out / table).read_text(encoding="utf-8")
    (out / table).write_text(text + "\n", encoding="utf-8")
    with pytest.raises(StoreError, match=f"{table}.*`{stage}` left.*another making.*run `{stage}` again"):
        StudyFolder.open(out).report()
    (out / table).write_text(text, encoding="utf-8")
    assert StudyFolder.open(out).report().is_file()


def measured_again(small_study, out: Path, settings: str, *, killed: bool) -> None:
    """`features` with other settings over a finished study, killed when its tables stand or run to its end."""
    options = replace(small_study.options, config=parse_config(settings))
    journal = Journal(Store(out))
    index = read_release(small_study.release, options, journal)
    pairs = outline_align_measure(index, Depth.FEATURES, options, journal=journal)
    if killed:
        for table, frame in measured_tables(pairs, options.config).items():
            journal.store.write_table(table, frame)
    else:
        change(pairs, options, journal=journal)


def test_settings_of_one_run_are_never_printed_over_the_tables_of_another(small_study, tmp_path):
    out = small_study.copy_to(tmp_path / "out")
    other = f"{small_study.settings}\nseed: 7"
    measured_again(small_study, out, other, killed=True)
    for stage in ("classify", "describe", "report"):
        with pytest.raises(StoreError, match=r"tables of one finished run.*run `features` again"):
            getattr(StudyFolder.open(out), stage)()
    with pytest.raises(StoreError, match="one finished run"):
        read_study(out)
    measured_again(small_study, out, other, killed=False)
    with pytest.raises(StoreError, match=r"made before .* changed.*run `classify` again"):
        StudyFolder.open(out).report()
    folder = StudyFolder.open(out)
    assert folder.config.seed == 7
    folder.classify()
    folder.describe()
    page = folder.report().read_text(encoding="utf-8")
    assert load_model(out / "model.skops").facts.measurement_hash == measurement_hash(folder.measured)
    assert Journal(Store(out)).read().configuration_sha256 in page


def test_settings_of_a_later_stage_are_those_it_was_run_with(small_study, tmp_path):
    out = small_study.copy_to(tmp_path / "out")
    other = parse_config("statistics: {false_discovery_rate: 0.11}")
    StudyFolder.open(out, config=other).describe()
    stored = StudyFolder.open(out).config
    assert stored.statistics.false_discovery_rate == 0.11
    assert stored.features == small_study.options.config.features


def test_time_of_the_report_is_stored(small_study):
    seconds = json.loads((small_study.out / "study.json").read_text())["seconds_per_stage"]
    assert seconds["report"] > 0


def test_statistics_made_before_the_models_are_not_outdated_by_them(small_study, tmp_path):
    out = small_study.copy_to(tmp_path / "out")
    folder = StudyFolder.open(out)
    predictions = (out / "predictions.csv").read_bytes()
    (out / "predictions.csv").unlink()
    folder.describe()
    (out / "predictions.csv").write_bytes(predictions)
    assert folder.report().is_file()


@pytest.mark.parametrize("text", ["{", "{}", '{"configuration": {"x": 1}}'])
def test_damaged_settings_are_named(small_study, tmp_path, text):
    out = small_study.copy_to(tmp_path / "out")
    (out / "study.json").write_text(text)
    with pytest.raises(StoreError, match=r"study\.json"):
        StudyFolder.open(out)


@pytest.mark.parametrize("stage", ["classify", "describe", "report"])
def test_folder_without_tables_is_no_study(tmp_path, stage):
    with pytest.raises(StoreError, match="a folder without a table of a study"):
        getattr(StudyFolder.open(tmp_path), stage)()


def test_folder_with_one_table_names_the_first_it_lacks(small_study, tmp_path):
    (tmp_path / "lesions.csv").write_bytes((small_study.out / "lesions.csv").read_bytes())
    with pytest.raises(TableError, match="no such file"):
        StudyFolder.open(tmp_path).classify()


def test_report_is_the_same_each_time(small_study, tmp_path):
    out = small_study.copy_to(tmp_path / "out")
    written = write_report(Journal(Store(out)), config=ReportConfig())
    first = {name: (out / name).read_bytes() for name in written}
    assert write_report(Journal(Store(out)), config=ReportConfig()) == written
    assert {name: (out / name).read_bytes() for name in written if name != "tables.xlsx"}.items() <= first.items()


def test_a_report_of_the_same_is_left_and_of_something_else_is_made(small_study, tmp_path, monkeypatch):
    out = small_study.copy_to(tmp_path / "out")
    asked = []
    plain = folder_module.write_report
    monkeypatch.setattr(
        folder_module, "write_report", lambda *args, **kwargs: asked.append(1) or plain(*args, **kwargs)
    )
    StudyFolder.open(out).report()
    assert asked == []
    (out / SUMMARY).write_text("another sentence\n")
    StudyFolder.open(out).report()
    assert len(asked) == 1
    assert "another sentence" in (out / "report.html").read_text()
    (out / "report.html").write_text("damaged")
    StudyFolder.open(out).report()
    assert len(asked) == 2


def test_workbook_holds_every_table(small_study):
    names = openpyxl.load_workbook(small_study.out / "tables.xlsx", read_only=True).sheetnames
    for name in ("patients", "lesions", "deltas", "metrics", "checklists"):
        assert name in names
    assert len(names) > len(workbook_tables(small_study.result, (), small_study.result.checklists))


def test_classification_reads_back_with_its_sentences(small_study):
    found = read_classification(Store(small_study.out), small_study.result)
    assert found.summary
    assert found.splits_json.startswith("{")


def test_folder_without_classification_has_none(small_study, tmp_path):
    folder = StudyFolder.open(small_study.copy_to(tmp_path / "out"))
    folder.forget_classification()
    with pytest.raises(StoreError, match=r"made before predictions\.csv changed"):
        folder.report()
    folder.describe()
    assert "classification" in folder.report().read_text(encoding="utf-8").lower()


def test_every_table_of_the_page_has_a_title_that_is_no_file_name(small_study):
    folders = [small_study.out / name for name in ("statistics", "classification")]
    shown = {path.stem for folder in folders for path in folder.glob("*.csv")}
    elsewhere = {"flow", "strip_points", "cluster_correlation", "statistical_methods"}
    assert shown - elsewhere <= set(TABLE_TITLES)
    assert len(set(TABLE_TITLES.values())) == len(TABLE_TITLES)
