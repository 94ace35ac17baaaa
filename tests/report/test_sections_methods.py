import re

from radiomics_mammo.report.material import ReportMaterial
from radiomics_mammo.report.references import REFERENCES
from radiomics_mammo.report.sections_methods import checklists_section, methods_section, provenance_section


def test_methods_use_the_settings_of_the_run(study, provenance) -> None:
    steps = " ".join(methods_section(ReportMaterial(study, provenance=provenance)).blocks[0].items)
    assert "the middle of the line bounds the mass" in steps
    assert "configured edge" in " ".join(methods_section(ReportMaterial(study)).blocks[0].items)


def test_citations_point_into_the_list(study) -> None:
    section = methods_section(ReportMaterial(study))
    cited = {
        int(n)
        for text in section.blocks[0].items
        for group in re.findall(r"\[([\d, ]+)\]", text)
        for n in group.split(",")
    }
    listed = section.sections[0].blocks[0]
    assert listed.numbered
    assert len(listed.items) == len(REFERENCES) >= max(cited)


def test_checklists_are_two_tables(study, classification, statistics) -> None:
    section = checklists_section(ReportMaterial(study, classification, statistics))
    assert [len(block.rows) for block in section.blocks[1:]] == [58, 30]
    assert section.blocks[0].text.split()[2] == "88"


def test_provenance_lists_every_group(study, provenance) -> None:
    section = provenance_section(ReportMaterial(study, provenance=provenance))
    assert [block.caption for block in section.blocks] == ["study", "versions", "configuration"]
    assert ("assumed_spacing_mm", "not set") in section.blocks[2].rows
    assert provenance_section(ReportMaterial(study)).blocks[0].tone == "missing"
