"""Tables with captions come back in their order; old ones do not linger."""

import pandas as pd
import pytest

from radiomics_mammo.core.errors import TableError
from radiomics_mammo.core.results import NamedTable
from radiomics_mammo.pipeline.named_tables import read_named_tables, write_named_tables
from radiomics_mammo.pipeline.store import Store

TABLES = [NamedTable(name, f"Caption of {name}.", pd.DataFrame({"x": [1.5, None]})) for name in ("b", "a")]


def test_tables_come_back_in_order_with_captions(tmp_path):
    names = write_named_tables(Store(tmp_path), "statistics", TABLES)
    assert names == ["statistics/b.csv", "statistics/a.csv", "statistics/captions.json"]
    back = read_named_tables(Store(tmp_path), "statistics")
    assert [(table.name, table.caption) for table in back] == [(table.name, table.caption) for table in TABLES]
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
