import numpy as np
import pandas as pd
import pytest

from radiomics_mammo.report.tables import EMPTY, counts_table, format_cell, format_interval, format_number, table_block


@pytest.mark.parametrize(
    ("value", "column", "words"),
    [
        (np.nan, "", EMPTY), (pd.NA, "", EMPTY), ("", "", EMPTY), (np.True_, "", "yes"), (np.int64(4096), "", "4096"),
        (0.00004, "p_value", "< 0.001"), (0.5, "q_value", "0.500"), (1234.5, "area", "1234"), ("=1+1", "", "=1+1"),
    ],
)  # fmt: skip
def test_cells_in_words(value, column, words) -> None:
    assert format_cell(value, column) == words


@pytest.mark.parametrize(("value", "words"), [(0, "0"), (-12.345, "-12.3"), (99.96, "100"), (100000.4, "100000")])
def test_numbers_have_three_digits(value, words) -> None:
    assert format_number(value) == words


def test_interval_without_ends_is_the_estimate_alone() -> None:
    assert format_interval(0.5, np.nan, np.nan) == "0.500"
    assert format_interval(np.nan, 0.1, 0.2) == EMPTY


def test_table_block_names_aligns_and_limits() -> None:
    table = pd.DataFrame({"who": ["a", "b", None], "n_patients": [3, 1, 2]})
    block = table_block(table, "Who", names={"who": "name"}, limit=2, source="x.csv", folded=True)
    assert block.header == ("name", "n patients")
    assert block.numeric == (False, True)
    assert block.rows == (("a", "3"), ("b", "1"))
    assert block.note == "First 2 of 3 rows; all are in x.csv."


def test_counts_keep_missing_words() -> None:
    table = pd.DataFrame({"quality": ["open", None], "label": ["benign", None]})
    counted = counts_table(table, "quality", "label")
    assert counted["all"].tolist() == [1, 1]
    assert set(counted["quality"]) == {"open", EMPTY}
