import base64
import hashlib
import re
from xml.etree import ElementTree

from radiomics_mammo.report import build_report, draw_figures, render_html
from radiomics_mammo.report.blocks import ContactSheet, ListBlock, Section, TableBlock, TextBlock
from radiomics_mammo.report.material import packaged_text

CHAPTERS = [
    "Summary", "Flow", "Audit", "Cohort", "Masks", "Alignment", "Features", "Classification", "Statistics", "Methods",
    "Checklists", "Provenance",
]  # fmt: skip
ALWAYS = {"flow", "cohort", "outline-quality", "registration-similarity", "registration-error", "robustness"}
CLASSIFIED = {"auc-by-set", "roc", "precision-recall", "calibration", "decision"}
DESCRIBED = {"strip-density-tissue", "strip-age-tissue", "volcano", "effects-models-patient", "feature-clusters"}
EVIL = '<script>alert("1")</script>'


def test_everything_is_drawn_once_with_words(figures) -> None:
    names = [figure.name for figure in figures]
    assert len(set(names)) == len(names)
    assert set(names) == ALWAYS | CLASSIFIED | DESCRIBED
    for figure in figures:
        assert ElementTree.fromstring(figure.svg).tag.endswith("svg")
        assert len(figure.alt) > 20
        assert figure.caption.endswith(".")


def test_partial_studies_draw_what_they_have_and_the_same_again(study, empty_study, figures) -> None:
    again = {figure.name: figure for figure in draw_figures(study)}
    assert set(again) == ALWAYS
    assert [figure for figure in figures if figure.name in again] == list(again.values())
    assert draw_figures(empty_study) == ()


def anchors(section: Section) -> list[str]:
    return [section.anchor, *(anchor for part in section.sections for anchor in anchors(part))]


def test_full_report_has_all_chapters_and_unique_anchors(report, study) -> None:
    assert [chapter.title for chapter in report.sections] == CHAPTERS
    names = anchors(report)
    assert len(set(names)) == len(names)
    sheets = [block for chapter in report.sections for block in chapter.blocks if isinstance(block, ContactSheet)]
    assert [len(sheet.cards) for sheet in sheets] == [len(study.lesions)]


def test_empty_study_says_why_in_every_chapter_and_finds_nothing_good(empty_study) -> None:
    report = build_report(empty_study)
    for chapter in report.sections:
        missing = [block for block in chapter.blocks if isinstance(block, TextBlock) and block.tone == "missing"]
        assert missing or chapter.title in {"Methods", "Checklists"}, chapter.title
    assert "Nothing deviates" not in render_html(report)


def test_every_text_is_escaped() -> None:
    table = TableBlock(caption=EVIL, header=(EVIL,), rows=((EVIL,),), numeric=(False,), note=EVIL, folded=True)
    blocks = (TextBlock(EVIL, "caution"), ListBlock((EVIL,), numbered=True), table)
    page = render_html(Section(EVIL, sections=(Section(EVIL, blocks),)))
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;") >= 9


def test_policy_allows_our_script_alone() -> None:
    page = render_html(Section("Study"))
    digest = base64.b64encode(hashlib.sha256(packaged_text("page.js").encode()).digest()).decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'")
    assert f"script-src 'sha256-{digest}'" in policy[1].replace("&#43;", "+")


def test_page_asks_for_nothing() -> None:
    page = render_html(Section("Study", sections=(Section("One"), Section("Two"))))
    assert not re.findall(r"(?:src|href)=\"(?!data:|#)[^\"]", page)
    assert "url(" not in page
    assert page.index('href="#one"') < page.index('href="#two"')


def test_tables_have_captions_and_scopes() -> None:
    table = TableBlock(caption="Counts", header=("who", "n"), rows=(("a", "3"),), numeric=(False, True))
    page = render_html(Section("Study", sections=(Section("One", (table,)),)))
    assert "<caption>Counts</caption>" in page
    assert '<th scope="col">who</th><th scope="col" class="number">n</th>' in page
    assert '<th scope="row">a</th><td class="number">3</td>' in page
