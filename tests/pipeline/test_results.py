"""A study folder reads back as DataFrames; tables with captions come back in their order."""

import pandas as pd
import pytest

from radiomics_mammo.core.errors import StoreError, TableError
from radiomics_mammo.pipeline.results import STATISTICS, read_named_tables, read_study, write_named_tables
from radiomics_mammo.pipeline.store import Store
from radiomics_mammo.tables.study import MeasuredStudy, NamedTable


def test_stage_that_has_not_run_is_an_empty_table(tmp_path):
    result = read_study(tmp_path)
    assert result.metrics.empty
    assert "probability" in result.predictions.columns
    assert dict(result.statistics) == {}


def test_statistical_tables_come_back_by_name_and_a_damaged_one_is_named(tmp_path):
    write_named_tables(
        Store(tmp_path), STATISTICS, [NamedTable(name="cohort", caption="who", table=pd.DataFrame({"n": [3]}))]
    )
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


VALUES = pd.DataFrame({"x": [1.5, None]})
TABLES = [NamedTable(name=name, caption=f"Of {name}.", chapter="How", table=VALUES) for name in ("b", "a")]


def test_tables_come_back_in_order_with_captions(tmp_path):
    names = write_named_tables(Store(tmp_path), "statistics", TABLES)
    assert names == ["statistics/b.csv", "statistics/a.csv", "statistics/captions.json"]
    back = read_named_tables(Store(tmp_path), "statistics")
    assert [(one.name, one.caption, one.chapter) for one in back] == [
        (one.name, one.caption, one.chapter) for one in TABLES
    ]
    pd.testing.assert_frame_equal(back[0].table, TABLES[0].table)


def test_old_tables_do_not_linger(tmp_path):
    write_named_tables(Store(tmp_path), "statistics", TABLES)
    write_named_tables(Store(tmp_path), "statistics", TABLES[:1])
    assert [path.name for path in (tmp_path / "statistics").glob("*.csv")] == ["b.csv"]


def test_stage_that_has_not_run_has_no_tables(tmp_path):
    assert read_named_tables(Store(tmp_path), "statistics") == ()


@pytest.mark.parametrize("text", ["[", "[1]", '{"gone": "caption"}'])
def test_damaged_captions_are_named(tmp_path, text):
    (tmp_path / "statistics").mkdir()
    (tmp_path / "statistics" / "captions.json").write_text(text)
    with pytest.raises(TableError, match="run the stage again"):
        read_named_tables(Store(tmp_path), "statistics")
