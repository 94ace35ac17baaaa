"""A study folder reads back as DataFrames."""

import pandas as pd
import pytest

from radiomics_mammo.core.errors import StoreError, TableError
from radiomics_mammo.core.results import MeasuredStudy, NamedTable
from radiomics_mammo.pipeline.named_tables import STATISTICS, write_named_tables
from radiomics_mammo.pipeline.results import read_study
from radiomics_mammo.pipeline.store import Store


def test_stage_that_has_not_run_is_an_empty_table(tmp_path):
    result = read_study(tmp_path)
    assert result.metrics.empty
    assert "probability" in result.predictions.columns
    assert dict(result.statistics) == {}


def test_statistical_tables_come_back_by_name_and_a_damaged_one_is_named(tmp_path):
    write_named_tables(Store(tmp_path), STATISTICS, [NamedTable("cohort", "who", pd.DataFrame({"n": [3]}))])
    assert read_study(tmp_path).statistics["cohort"]["n"].tolist() == [3]
    (tmp_path / "statistics/cohort.csv").write_bytes(b"")
    with pytest.raises(TableError, match="statistics/"):
        read_study(tmp_path)


def test_missing_folder_is_named(tmp_path):
    with pytest.raises(StoreError, match="no such folder"):
        read_study(tmp_path / "nowhere")


def test_result_shows_its_tables_in_a_notebook(small_study):
    assert isinstance(small_study.result.measured, MeasuredStudy)
    assert "patient_deltas" in small_study.result._repr_html_()
    assert small_study.result.report.name == "report.html"
