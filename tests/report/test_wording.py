import numpy as np
import pandas as pd

from radiomics_mammo.report.wording import (
    EMPTY,
    counts_table,
    format_cell,
    format_interval,
    format_number,
    format_signed,
    named_block,
    table_block,
)
from radiomics_mammo.tables.study import NamedTable


def test_cells_in_words() -> None:
    for value, column, words in (
        (np.nan, "", EMPTY), (pd.NA, "", EMPTY), ("", "", EMPTY), (np.True_, "", "yes"), (np.int64(4096), "", "4096"),
        (0.00004, "p_value", "< 0.001"), (0.5, "q_value", "0.500"), (1234.5, "area", "1234"), ("=1+1", "", "=1+1"),
    ):  # fmt: skip
        assert format_cell(value, column) == words


def test_numbers_have_three_digits_and_typographic_signs() -> None:
    assert [format_number(x) for x in (0, -12.345, 99.96, 100000.4)] == ["0", "-12.3", "100", "100000"]
    assert format_signed(-0.0401) == "−0.040"


def test_interval_without_ends_is_the_estimate_alone() -> None:
    assert format_interval(0.5, np.nan, np.nan) == "0.500"
    assert format_interval(0.8123, 0.8, 0.82) == "0.812 (0.800 to 0.820)", "a narrow interval allows three decimals"
    assert format_interval(0.8123, 0.3, 1.0) == "0.81 (0.30 to 1.00)", "a wide one does not"
    assert format_interval(np.nan, 0.1, 0.2) == EMPTY


def test_table_block_names_aligns_and_limits() -> None:
    table = pd.DataFrame({"who": ["a", "b", None], "n_patients": [3, 1, 2]})
    block = table_block(table, "Who", names={"who": "name"}, limit=2, source="x.csv", folded=True)
    assert block.header == ("name", "n patients")
    assert block.numeric == (False, True)
    assert block.rows == (("a", "3"), ("b", "1"), ("–", "2"))
    assert block.shown == 2
    assert block.note == "Opens with 2 of 3 rows; “Show all” brings the others. All columns are in x.csv."


def test_page_carries_a_thousand_rows_and_says_where_the_others_are() -> None:
    block = table_block(pd.DataFrame({"n": range(1203)}), "Many", limit=40, source="x.csv")
    assert (len(block.rows), block.shown, block.total) == (1000, 40, 1203)
    assert block.note.endswith("The page carries the first 1000; all 1203 are in the file.")


def test_counts_keep_missing_words() -> None:
    table = pd.DataFrame({"quality": ["open", None], "label": ["benign", None]})
    counted = counts_table(table, "quality", "label")
    assert counted["all"].tolist() == [1, 1]
    assert set(counted["quality"]) == {"open", EMPTY}


def named(table: pd.DataFrame, limit: int = 40):
    return named_block(NamedTable(name="t", caption="T.", table=table), limit)


def test_interval_stands_beside_its_effect() -> None:
    table = pd.DataFrame({"feature": ["a", "b"], "n": [5, 6], "effect": [0.5, np.nan], "ci_low": 0.1, "ci_high": 0.9})
    table = table.assign(q_value=np.nan)
    block = named(table.assign(p_value=np.nan))
    assert block.header == ("feature", "n", "effect (interval)")
    assert [row[2] for row in block.rows] == ["0.50 (0.10 to 0.90)", "–"]


def test_what_repeats_in_each_row_is_said_once_in_the_caption() -> None:
    block = named(pd.DataFrame({"feature": ["a", "b"], "method": "Mann-Whitney", "n": [5, 5]}))
    assert block.header == ("feature",)
    assert block.caption == "T. Method: Mann-Whitney. N: 5."
    assert block.note == "All columns are in statistics/t.csv."


def test_statistical_tables_leave_what_few_read_to_the_file() -> None:
    result = {"effect": [0.5, 0.6], "ci_low": 0.1, "ci_high": 0.9, "p_value": [0.2, 0.3], "q_value": [0.4, 0.5]}
    table = pd.DataFrame({"feature": ["a", "b"], **result, "statistic": [1.0, 2.0], "family": ["f", "g"]})
    assert named(table).header == ("feature", "effect (interval)", "p value", "q value")


def test_long_tables_show_the_smallest_p() -> None:
    many = pd.DataFrame({"feature": list("abcdefghijklmn"), "p_value": [0.9, 0.01, np.nan, 0.2] + [0.5] * 10})
    block = named(many, 2)
    assert [row[0] for row in block.rows[:2]] == ["b", "d"]
    assert (block.shown, block.total) == (2, 14)
    assert block.note.endswith("Smallest p first.")
