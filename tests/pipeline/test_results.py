"""A study folder reads back as DataFrames."""

import pytest

from radiomics_mammo.core.errors import StoreError
from radiomics_mammo.core.results import MeasuredStudy
from radiomics_mammo.pipeline.results import read_study


def test_stage_that_has_not_run_is_an_empty_table(tmp_path):
    result = read_study(tmp_path)
    assert result.metrics.empty
    assert "probability" in result.predictions.columns
    assert dict(result.statistics) == {}


def test_missing_folder_is_named(tmp_path):
    with pytest.raises(StoreError, match="no such folder"):
        read_study(tmp_path / "nowhere")


def test_result_shows_its_tables_in_a_notebook(small_study):
    assert isinstance(small_study.result.measured, MeasuredStudy)
    assert "patient_deltas" in small_study.result._repr_html_()
    assert small_study.result.report.name == "report.html"
