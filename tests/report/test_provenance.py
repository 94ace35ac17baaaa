import pytest

from radiomics_mammo.core.errors import TableError
from radiomics_mammo.report.provenance import Provenance


def test_groups_in_order_with_dotted_names() -> None:
    found = Provenance.from_json('{"seed": 7, "a": {"b": {"c": [1, null]}, "d": true}}')
    assert found.groups == (("study", (("seed", "7"),)), ("a", (("b.c", "1, not set"), ("d", "True"))))
    assert found.value("a.b.c") == "1, not set"
    assert found.value("seed") == "7"
    assert found.value("a.nothing") == ""


@pytest.mark.parametrize("text", ["{", "[]", ""])
def test_damaged_file_is_one_sentence(text) -> None:
    with pytest.raises(TableError, match=r"study\.json"):
        Provenance.from_json(text)
