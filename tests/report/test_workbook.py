import io

import numpy as np
import openpyxl
import pandas as pd

from radiomics_mammo.report import workbook
from radiomics_mammo.report.workbook import sheet_names, write_workbook
from radiomics_mammo.tables.study import NamedTable

TABLE = pd.DataFrame(
    {
        "id": ["=1+1", "+a", None],
        "n": pd.array([1, None, 3], dtype="Int64"),
        "x": [0.5, np.nan, np.inf],
        "ok": pd.array([True, None, False], dtype="boolean"),
    }
)
TABLES = (
    NamedTable(name="lesions", caption="One row a lesion.", table=TABLE),
    NamedTable(name="Lesions", caption="Again.", table=TABLE.head(0)),
)


def written() -> bytes:
    buffer = io.BytesIO()
    write_workbook(TABLES, buffer)
    return buffer.getvalue()


def test_cells_keep_their_type() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(written()))["lesions"]
    assert [cell.value for cell in sheet[2]] == ["=1+1", 1, 0.5, True]
    assert sheet["A2"].data_type == "s"
    assert [cell.value for cell in sheet[3]] == ["+a", None, None, None]
    assert sheet["C4"].value == "inf"
    assert sheet.freeze_panes == "B2"


def test_first_sheet_explains_the_others() -> None:
    book = openpyxl.load_workbook(io.BytesIO(written()))
    assert book.sheetnames == ["Contents", "lesions", "Lesions 2"]
    rows = [[cell.value for cell in row] for row in book["Contents"].iter_rows(min_row=2)]
    assert rows == [["lesions", "One row a lesion.", 3, 4], ["Lesions 2", "Again.", 0, 4]]


def test_same_tables_same_bytes(tmp_path) -> None:
    write_workbook(TABLES, tmp_path / "tables.xlsx")
    assert (tmp_path / "tables.xlsx").read_bytes() == written()


def test_sheet_names_are_short_and_unique() -> None:
    names = sheet_names(["a/b", "A b", "contents", "", "y" * 40, "y" * 40])
    assert len({name.lower() for name in names}) == 6
    assert max(map(len, names)) <= 31
    assert "contents" not in {name.lower() for name in names}


def test_too_wide_a_table_is_cut_and_says_so(monkeypatch) -> None:
    monkeypatch.setattr(workbook, "_MOST_COLUMNS", 3)
    book = openpyxl.load_workbook(io.BytesIO(written()))
    assert book["lesions"].max_column == 3
    assert book["Contents"]["B2"].value == "One row a lesion. Cut to fit a sheet; the CSV file holds all."
