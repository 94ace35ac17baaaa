"""The reading contract and the code say the same."""

from __future__ import annotations

import ast
from pathlib import Path

from pydicom.datadict import tag_for_keyword

from radiomics_mammo.core.findings import AuditCode
from radiomics_mammo.release import images
from radiomics_mammo.release.reading import READING_CONTRACT, contract_lines

ROOM = Path(images.__file__).parent
READERS = ("header", "images", "pixels", "polarity", "spacing")


def keywords_read() -> set[str]:
    """DICOM keywords that stand in the code of the readers, as words or as attributes of a data set."""
    found = set()
    for name in READERS:
        for node in ast.walk(ast.parse((ROOM / f"{name}.py").read_text(encoding="utf-8"))):
            word = node.value if isinstance(node, ast.Constant) else getattr(node, "attr", "")
            if isinstance(word, str) and word and tag_for_keyword(word) is not None:
                found.add(word)
    return found


def test_every_attribute_that_is_read_has_a_row_and_no_row_speaks_of_another():
    listed = {name for rule in READING_CONTRACT for name in rule.attributes}
    assert keywords_read() == listed


def test_every_row_says_what_the_audit_says():
    assert all(rule.reads and rule.codes for rule in READING_CONTRACT)
    of_images = {code for rule in READING_CONTRACT for code in rule.codes}
    names = [
        code for code in AuditCode if code.name.startswith(("SPACING_", "POLARITY_", "PIXEL_", "VISITS_", "VIEW_"))
    ]
    assert set(names) <= of_images


def test_the_table_has_four_columns_in_every_line():
    lines = contract_lines()
    assert len(lines) == len(READING_CONTRACT) + 2
    assert {line.replace("\\|", "").count("|") for line in lines} == {5}
