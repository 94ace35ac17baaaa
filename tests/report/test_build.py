from radiomics_mammo.report import build_report
from radiomics_mammo.report.blocks import ContactSheet, Section, TextBlock

CHAPTERS = [
    "Summary", "Flow", "Audit", "Cohort", "Masks", "Alignment", "Features", "Classification", "Statistics", "Methods",
    "Checklists", "Provenance",
]  # fmt: skip


def anchors(section: Section) -> list[str]:
    return [section.anchor, *(anchor for part in section.sections for anchor in anchors(part))]


def test_full_report_has_all_chapters_and_unique_anchors(
    study, classification, statistics, figures, pictures, provenance
) -> None:
    report = build_report(
        study,
        classification=classification,
        statistics=statistics,
        figures=figures,
        pictures=pictures,
        provenance=provenance,
    )
    assert [chapter.title for chapter in report.sections] == CHAPTERS
    names = anchors(report)
    assert len(set(names)) == len(names)
    sheets = [block for chapter in report.sections for block in chapter.blocks if isinstance(block, ContactSheet)]
    assert [len(sheet.cards) for sheet in sheets] == [len(study.lesions)]


def test_empty_study_says_why_in_every_chapter(empty_study) -> None:
    report = build_report(empty_study)
    silent = {"Audit", "Methods", "Checklists"}
    for chapter in report.sections:
        missing = [block for block in chapter.blocks if isinstance(block, TextBlock) and block.tone == "missing"]
        assert missing or chapter.title in silent, chapter.title
