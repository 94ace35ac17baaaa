from dataclasses import replace

from radiomics_mammo.report import draw_figures
from radiomics_mammo.report.blocks import Section, TableBlock
from radiomics_mammo.report.statistics import statistics_section
from radiomics_mammo.report.titles import TABLE_TITLES, shared_sentences, title_of, without


def test_what_three_captions_say_is_left_to_each() -> None:
    captions = [f"Table {n}. Cells are not tested." for n in range(4)]
    assert shared_sentences(captions) == ("Cells are not tested.",)
    assert shared_sentences(captions[:3]) == ()
    assert shared_sentences(["Twice. Twice."] * 3) == ()


def test_captions_without_the_shared_sentences_still_end_as_sentences() -> None:
    assert without("Age by class; q: Holm.", ["q: Holm."]) == "Age by class."
    assert without("Does it differ? q: Holm.", []) == "Does it differ? q: Holm."
    assert title_of("univariate") == TABLE_TITLES["univariate"] != "Univariate"


def tables(section: Section) -> list[TableBlock]:
    own = [block for block in section.blocks if isinstance(block, TableBlock)]
    return own + [table for part in section.sections for table in tables(part)]


def test_the_chapter_says_once_what_its_tables_repeat(material, statistics) -> None:
    repeated = "95% intervals; cells with fewer than 5 patients are not tested."
    told = tuple(replace(one, caption=f"{one.caption} {repeated}") for one in statistics)
    drawn = draw_figures(material.study, None, told)
    section = statistics_section(replace(material, statistics=told, figures=drawn))
    assert sum(repeated in block.text for block in section.blocks) == 1
    assert not any(repeated in table.caption for table in tables(section))
