import re
from dataclasses import replace

import pytest

from radiomics_mammo.core.references import REFERENCES
from radiomics_mammo.report.material import Provenance
from radiomics_mammo.report.methods import (
    AUTHOR,
    DONE,
    IMPOSSIBLE,
    checklist_items,
    checklist_table,
    checklists_section,
    covered_weight,
    methods_section,
    provenance_section,
)


def test_methods_use_the_settings_of_the_run(material) -> None:
    assert "the middle of the line bounds the mass" in " ".join(methods_section(material).blocks[0].items)
    bare = replace(material, provenance=Provenance())
    assert "configured edge" in " ".join(methods_section(bare).blocks[0].items)


def test_citations_point_into_the_list(material) -> None:
    section = methods_section(material)
    text = " ".join(section.blocks[0].items)
    cited = {int(n) for group in re.findall(r"\[([\d, ]+)\]", text) for n in group.split(",")}
    listed = section.sections[0].blocks[0]
    assert listed.numbered
    assert len(listed.items) == len(REFERENCES) >= max(cited)


def test_items_are_complete_and_weights_sum_to_one() -> None:
    items = checklist_items()
    for name, count in (("CLEAR", 58), ("METRICS", 30)):
        assert items.loc[items["checklist"] == name, "number"].tolist() == list(range(1, count + 1))
    assert items.loc[items["checklist"] == "METRICS", "weight"].astype(float).sum() == pytest.approx(1)
    assert items["item"].str.len().min() > 5


def test_statuses_are_the_three_words(study, classification, statistics) -> None:
    table = checklist_table(study, classification, statistics)
    assert len(table) == 88
    assert set(table["status"]) == {DONE, AUTHOR, IMPOSSIBLE}
    assert (table.loc[table["status"] == DONE, "where"].str.len() > 0).all()
    external = table["item"].str.contains("External testing")
    assert table.loc[external, "status"].tolist() == [IMPOSSIBLE], "never claimed"


def test_what_a_run_lacks_is_said(study, classification, statistics) -> None:
    full, bare = checklist_table(study, classification, statistics), checklist_table(study, None, ())
    calibration = full["item"].str.contains("Calibration")
    assert full.loc[calibration, "status"].tolist() == [DONE]
    assert bare.loc[calibration, "where"].tolist() == ["this run holds no classification"]
    assert covered_weight(bare) < covered_weight(full) < 1


def test_checklists_are_two_tables(material) -> None:
    text, *tables = checklists_section(material).blocks
    assert [len(block.rows) for block in tables] == [58, 30]
    assert text.text.split()[2] == "88"


def test_provenance_lists_every_group(material) -> None:
    section = provenance_section(material)
    assert [block.caption for block in section.blocks] == ["study", "versions", "configuration"]
    assert ("assumed_spacing_mm", "not set") in section.blocks[2].rows
    assert provenance_section(replace(material, provenance=Provenance())).blocks[0].tone == "missing"
