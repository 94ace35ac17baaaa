from __future__ import annotations

import re
from pathlib import Path

import pytest

from radiomics_mammo.core.findings import AuditCode

PAGE = (Path(__file__).parents[2] / "docs" / "audit-codes.md").read_text(encoding="utf-8")
ROWS = {row[0]: row[1:] for row in re.findall(r"^\| `(\w+)` \| (\w+) \| (.+?) \| (.+?) \|$", PAGE, re.MULTILINE)}


def test_page_and_catalogue_hold_the_same_codes():
    assert list(ROWS) == [code.name for code in AuditCode]


@pytest.mark.parametrize("code", AuditCode, ids=lambda code: code.name)
def test_page_says_what_the_catalogue_says_and_what_to_do(code):
    severity, meaning, remedy = ROWS[code.name]
    assert (severity, meaning) == (code.severity, code.meaning)
    assert remedy.endswith(".")
