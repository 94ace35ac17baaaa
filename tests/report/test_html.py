import base64
import hashlib
import re

from radiomics_mammo.report.blocks import ListBlock, Section, TableBlock, TextBlock
from radiomics_mammo.report.html import packaged_text, render_html

EVIL = '<script>alert("1")</script>'


def test_every_text_is_escaped() -> None:
    blocks = (
        TextBlock(EVIL, "caution"),
        ListBlock((EVIL,), numbered=True),
        TableBlock(EVIL, (EVIL,), ((EVIL,),), (False,), EVIL, folded=True),
    )
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
    table = TableBlock("Counts", ("who", "n"), (("a", "3"),), (False, True))
    page = render_html(Section("Study", sections=(Section("One", (table,)),)))
    assert "<caption>Counts</caption>" in page
    assert '<th scope="col">who</th><th scope="col" class="number">n</th>' in page
    assert '<th scope="row">a</th><td class="number">3</td>' in page
