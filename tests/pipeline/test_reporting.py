"""The report is made again from tables and pictures alone."""

import openpyxl

from radiomics_mammo.config.report import ReportConfig
from radiomics_mammo.pipeline.reporting import read_classification, workbook_tables, write_report
from radiomics_mammo.pipeline.store import Store


def test_report_is_the_same_each_time(small_study, tmp_path):
    out = small_study.copy_to(tmp_path / "out")
    first = write_report(Store(out), config=ReportConfig()).read_bytes()
    assert write_report(Store(out), config=ReportConfig()).read_bytes() == first


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
    out = small_study.copy_to(tmp_path / "out")
    (out / "metrics.csv").unlink()
    assert "classification" in write_report(Store(out), config=ReportConfig()).read_text(encoding="utf-8").lower()
