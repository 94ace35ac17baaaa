from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from radiomics_mammo.config.analysis import StatisticsConfig
from radiomics_mammo.stats.statistical_table import (
    RESULT_COLUMNS,
    Result,
    StatisticalTable,
    count_text,
    join_notes,
    shape_table,
)

TESTED = pd.DataFrame({"n": [65, 12], "p_value": [0.2, np.nan]})


def table_of(rows, keys=("feature",)):
    return StatisticalTable(name="t", chapter="C", caption="Shown", keys=keys, make=lambda _study: rows)


def test_missing_result_columns_are_added_empty_and_extras_follow():
    table = table_of([Result(about={"feature": "f", "other": "x"}, p_value=0.5, n=3, more={"extra": 1})]).of(None)
    assert list(table) == ["feature", *RESULT_COLUMNS, "extra"]
    assert table["note"].item() == ""
    assert np.isnan(table["effect"].item())
    assert str(table["n"].dtype) == "Int64"


def test_numbers_stay_numbers_and_text_stays_text_in_csv(tmp_path):
    table = shape_table(pd.DataFrame({"feature": ["1", None], "n": [3, None], "effect": [0.25, np.nan]}), ["feature"])
    table.to_csv(tmp_path / "t.csv", index=False)
    back = pd.read_csv(tmp_path / "t.csv", keep_default_na=False)
    assert back["n"].tolist() == ["3", ""]
    assert back["feature"].tolist() == ["1", ""]
    assert "nan" not in (tmp_path / "t.csv").read_text()


def test_no_rows_keep_the_columns():
    for nothing in ([], [pd.DataFrame()]):
        assert list(table_of(nothing, ("feature", "family")).of(None)) == ["feature", "family", *RESULT_COLUMNS]


def test_rows_are_adjusted_within_their_families_which_are_shown_where_they_are_keys():
    rows = [Result(family=family, p_value=p_value) for family, p_value in (("a", 0.01), ("a", 0.04), ("b", 0.03))]
    table = table_of(rows).of(None)
    assert table["q_value"].tolist() == [0.02, 0.04, 0.03]
    assert table["q_method"].iloc[2] == "Benjamini-Hochberg within b"
    assert "family" not in table
    assert table_of(rows, ("family",)).of(None)["family"].tolist() == ["a", "a", "b"]


def test_figures_of_a_fit_fill_a_row():
    row = Result(n=5, effect_name="odds").with_figures(Result(effect=2.0, p_value=0.1, method="fit", note="x"), "", "y")
    assert (row.n, row.effect_name, row.effect, row.p_value, row.method, row.note) == (
        5,
        "odds",
        2.0,
        0.1,
        "fit",
        "x; y",
    )


def test_caption_says_n_and_the_rule_for_small_cells():
    named = table_of([]).named(TESTED, StatisticsConfig(min_cell=7, confidence=0.9))
    rule = "90% intervals; cells with fewer than 7 patients are not tested"
    assert named.caption == f"Shown. n up to 65. {rule}."
    points = dataclasses.replace(table_of([]), n_is_patients=False).named(TESTED, StatisticsConfig())
    assert "n up to" not in points.caption
    described = pd.DataFrame({"n": [100, 98], "p_value": [np.nan] * 2})
    assert table_of([]).named(described, StatisticsConfig()).caption == "Shown. n up to 100."


def test_words():
    assert count_text({"a": 1, "b": 0}) == "a=1; b=0"
    assert join_notes("", "x", "") == "x"
