from dataclasses import replace

import pytest

from radiomics_mammo.core.errors import TableError
from radiomics_mammo.report.blocks import Figure
from radiomics_mammo.report.material import Provenance


def test_drawings_are_found_by_name_in_the_order_asked_for(material) -> None:
    figures = tuple(Figure(name=name, svg="<svg/>", alt=name, caption=name) for name in ("a", "b"))
    assert [figure.name for figure in replace(material, figures=figures).drawn("b", "missing", "a")] == ["b", "a"]


def test_images_that_do_not_exist_were_not_read(material) -> None:
    rows = material.study.images["rows"].where(material.study.images["view"] == "CC")
    half = replace(material.study, images=material.study.images.assign(rows=rows))
    assert (material.images_read, replace(material, study=half).images_read) == (36, 18)


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
