"""A page of what there is, whatever it is."""

import pandas as pd
import pytest

import radiomics_mammo as rm
from radiomics_mammo.core.errors import UsageError
from radiomics_mammo.pipeline.own_tables import TableStatistics
from radiomics_mammo.tables.study import NamedTable


def test_statistics_become_a_page_with_their_words_escaped(tmp_path):
    named = NamedTable(name="tests", caption="a < b", table=pd.DataFrame({"feature": ["size"], "p_value": [0.25]}))
    page = rm.make_report(TableStatistics((named,), ("nothing & more",)), tmp_path / "deep" / "page.html")
    text = page.read_text(encoding="utf-8")
    assert "nothing &amp; more" in text
    assert "tests: a &lt; b" in text
    assert "0.25" in text
    assert "http" not in text


def test_anything_else_is_refused(tmp_path):
    with pytest.raises(UsageError, match="dict"):
        rm.make_report({}, tmp_path / "page.html")
