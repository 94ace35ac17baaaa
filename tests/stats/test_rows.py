from __future__ import annotations

import numpy as np
import pandas as pd

from radiomics_mammo.stats.rows import RESULT_COLUMNS, count_text, join_notes, result_table, stack_tables


def test_missing_result_columns_are_added_empty_and_extras_follow():
    table = result_table([{"extra": 1, "feature": "f", "p_value": 0.5, "n": 3}], ["feature"])
    assert list(table) == ["feature", *RESULT_COLUMNS, "extra"]
    assert table["note"].item() == ""
    assert np.isnan(table["effect"].item())
    assert str(table["n"].dtype) == "Int64"


def test_numbers_stay_numbers_and_text_stays_text_in_csv(tmp_path):
    table = result_table([{"feature": "1", "n": 3, "effect": 0.25}, {"feature": None, "n": None}], ["feature"])
    table.to_csv(tmp_path / "t.csv", index=False)
    back = pd.read_csv(tmp_path / "t.csv", keep_default_na=False)
    assert back["n"].tolist() == ["3", ""]
    assert back["feature"].tolist() == ["1", ""]
    assert "nan" not in (tmp_path / "t.csv").read_text()


def test_no_rows_keep_the_columns():
    assert list(result_table([], ["feature"])) == ["feature", *RESULT_COLUMNS]
    assert list(stack_tables([pd.DataFrame()], ["feature"])) == ["feature", *RESULT_COLUMNS]


def test_words():
    assert count_text({"a": 1, "b": 0}) == "a=1; b=0"
    assert join_notes("", "x", "") == "x"
