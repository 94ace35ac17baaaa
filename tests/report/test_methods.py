import re
from dataclasses import replace

import pandas as pd
import pytest

from radiomics_mammo.config.loading import parse_config
from radiomics_mammo.config.study import StudyConfig
from radiomics_mammo.core.references import REFERENCES
from radiomics_mammo.report.blocks import ListBlock, PasteBlock, TableBlock
from radiomics_mammo.report.material import Provenance
from radiomics_mammo.report.methods import (
    AUTHOR,
    DONE,
    IMPOSSIBLE,
    NOT_DONE,
    checklist_items,
    checklist_table,
    checklists_section,
    covered_weight,
    methods_section,
    provenance_section,
)
from radiomics_mammo.tables.study import NamedTable


def pasted(material) -> list[str]:
    return [block.text for block in methods_section(material).blocks if isinstance(block, PasteBlock)]


def test_methods_use_the_settings_of_the_run(material) -> None:
    assert "the middle of the line bounds the mass" in pasted(material)[0]
    assert "configured edge" in pasted(replace(material, provenance=Provenance()))[0]


def test_two_paragraphs_and_one_bibliography(material) -> None:
    told = pd.DataFrame({"kind": ["methods", "limitation"], "text": ["Women were counted. References: [1] A.", "Few."]})
    table = NamedTable(name="statistical_methods", caption="", table=told, chapter="Methods and limitations")
    section = methods_section(replace(material, statistics=(table,)))
    measuring, analysis = pasted(replace(material, statistics=(table,)))
    assert "PyRadiomics" in measuring
    assert analysis.endswith("Women were counted."), "the one list of references follows"
    assert [block.items for block in section.blocks if isinstance(block, ListBlock)] == [("Few.",)]


def test_data_are_named_only_where_they_are_the_release(material) -> None:
    assert "outlines by radiologists [1]" in pasted(material)[0]
    own = replace(material.study, patients=material.study.patients.assign(case_class=None))
    assert "[1]" not in pasted(replace(material, study=own))[0]


def test_citations_point_into_the_list(material) -> None:
    section = methods_section(material)
    text = " ".join(pasted(material))
    cited = {int(n) for group in re.findall(r"\[([\d, ]+)\]", text) for n in group.split(",")}
    listed = section.sections[0].blocks[0]
    assert listed.numbered
    assert len(listed.items) == len(REFERENCES) >= max(cited)


def test_items_are_complete_and_weights_sum_to_one() -> None:
    items = checklist_items()
    for name, count in (("CLEAR", 58), ("METRICS", 30)):
        assert items.loc[items["checklist"] == name, "number"].tolist() == list(map(str, range(1, count + 1)))
    tripod = items.loc[items["checklist"] == "TRIPOD+AI", "number"]
    assert tripod.is_unique
    assert tripod.str.extract(r"(\d+)", expand=False).drop_duplicates().tolist() == list(map(str, range(1, 28)))
    assert items.loc[items["checklist"] == "METRICS", "weight"].astype(float).sum() == pytest.approx(1)
    assert items["item"].str.len().min() > 5


def test_statuses_are_the_four_words(study, classification, statistics) -> None:
    table = checklist_table(study, classification, statistics)
    assert len(table) == 140
    assert set(table["status"]) == {DONE, AUTHOR, NOT_DONE, IMPOSSIBLE}
    assert (table.loc[table["status"] == DONE, "where"].str.len() > 0).all()
    external = table["item"].str.contains("External testing")
    assert table.loc[external, "status"].tolist() == [IMPOSSIBLE], "never claimed"
    updating = table["item"].str.contains("odel updating")
    assert table.loc[updating, "status"].tolist() == [IMPOSSIBLE] * 2, "no model is updated"


def test_a_protocol_is_claimed_only_where_one_was_frozen(study, classification, statistics) -> None:
    for frozen, expected in ((False, NOT_DONE), (True, DONE)):
        table = checklist_table(study, classification, statistics, protocol=frozen)
        assert table.loc[table["item"].str.startswith("18c. "), "status"].tolist() == [expected]


def test_what_a_run_lacks_is_said(study, classification, statistics) -> None:
    full, bare = checklist_table(study, classification, statistics), checklist_table(study, None, ())
    calibration = full["item"].str.contains("Calibration")
    assert full.loc[calibration, "status"].tolist() == [DONE]
    assert bare.loc[calibration, "where"].tolist() == ["this run holds no classification"]
    assert covered_weight(bare) < covered_weight(full) < 1


def status_of(number: int, checklist: str, *run) -> str:
    table = checklist_table(*run)
    own = table[(table["checklist"] == checklist) & table["item"].str.startswith(f"{number}. ")]
    return own["status"].item()


def test_joined_models_are_claimed_only_where_there_is_one(study, classification, statistics) -> None:
    joined = classification.metrics.assign(feature_set=classification.metrics["feature_set"].replace("shortcut", "all"))
    for number in (42, 48):
        assert status_of(number, "CLEAR", study, classification, statistics) == NOT_DONE
        assert status_of(number, "CLEAR", study, replace(classification, metrics=joined), statistics) == DONE


def test_dimensionality_is_claimed_only_with_ten_patients_a_column(study, classification, statistics) -> None:
    kept = classification.selection.assign(feature_set="recent+delta", frequency=0.5)
    enough = classification.metrics.assign(n_patients=100, n_malignant=46)
    for metrics, expected in ((enough, DONE), (enough.assign(n_malignant=44), NOT_DONE)):
        run = replace(classification, selection=kept, metrics=metrics)
        assert status_of(16, "METRICS", study, run, statistics) == expected, "9 columns at half the fits: 4.5 a fit"


def test_checklists_are_three_tables(material) -> None:
    text, *tables = checklists_section(material).blocks
    assert [len(block.rows) for block in tables] == [58, 30, 52]
    assert text.text.startswith("140 items: ")
    assert "to be filled by the author" in text.text


def test_provenance_lists_every_group(material) -> None:
    section = provenance_section(material)
    tables = [block for block in section.blocks if isinstance(block, TableBlock)]
    assert [block.caption for block in tables] == ["study", "versions", "configuration"]
    assert ("assumed_spacing_mm", "not set") in tables[2].rows
    assert provenance_section(replace(material, provenance=Provenance())).blocks[0].tone == "missing"


def test_study_can_be_made_again_with_the_command_and_settings_shown(material) -> None:
    known = Provenance.from_json(
        '{"release": "/somewhere/my data/Dataset.zip", "versions": {"radiomics-mammo": "0.1.0"}, '
        '"configuration": {"seed": 3, "features": {"bin_count": 64}, "masks": {"measure_unreliable": false}}}'
    )
    command, settings = (
        block.text
        for block in provenance_section(replace(material, provenance=known)).blocks
        if isinstance(block, PasteBlock)
    )
    assert command.splitlines()[1] == "radiomics-mammo run Dataset.zip --out again --config study.yaml"
    assert settings == "seed: 3\nfeatures:\n  bin_count: 64\n", "defaults of the version are not repeated"
    assert parse_config(settings) == parse_config("{seed: 3, features: {bin_count: 64}}") != StudyConfig()
