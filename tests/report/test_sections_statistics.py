import numpy as np
import pandas as pd

from radiomics_mammo.core.results import NamedTable
from radiomics_mammo.report.blocks import TableBlock
from radiomics_mammo.report.material import ReportMaterial
from radiomics_mammo.report.sections_statistics import statistics_block, statistics_section


def test_every_table_has_its_place(study, statistics) -> None:
    section = statistics_section(ReportMaterial(study, statistics=statistics))
    shown = [block.caption for part in section.sections for block in part.blocks if isinstance(block, TableBlock)]
    titles = [part.title for part in section.sections]
    assert titles == [
        "By breast density",
        "By age",
        "Benign against malignant",
        "Confounders and power",
        "Further tables",
    ]
    assert shown == [
        table.caption for table in (statistics[3], statistics[4], statistics[1], statistics[2], statistics[5])
    ]


def test_interval_stands_beside_its_effect() -> None:
    table = pd.DataFrame({"feature": ["a", "b"], "n": [5, 6], "effect": [0.5, np.nan], "ci_low": 0.1, "ci_high": 0.9})
    block = statistics_block(NamedTable("t", "T.", table.assign(p_value=np.nan)), 40)
    assert block.header == ("feature", "n", "effect (interval)")
    assert [row[2] for row in block.rows] == ["0.5 (0.1 to 0.9)", "–"]


def test_constant_words_go_to_the_note() -> None:
    table = pd.DataFrame({"feature": ["a", "b"], "method": "Mann-Whitney", "n": [5, 5]})
    block = statistics_block(NamedTable("t", "T.", table), 40)
    assert block.header == ("feature", "n")
    assert block.note == "Method: Mann-Whitney. All columns are in statistics/t.csv."


def test_long_tables_show_the_smallest_p() -> None:
    table = pd.DataFrame({"feature": list("abcd"), "p_value": [0.9, 0.01, np.nan, 0.2]})
    block = statistics_block(NamedTable("t", "T.", table), 2)
    assert [row[0] for row in block.rows] == ["b", "d"]
    assert block.note == "First 2 of 4 rows; all are in statistics/t.csv. Smallest p first."


def test_no_statistics_says_how_to_get_them(study) -> None:
    assert "radiomics-mammo statistics" in statistics_section(ReportMaterial(study)).blocks[0].text
