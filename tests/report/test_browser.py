"""The page in a real browser: filters, enlarging, keys, the downloaded list, silence, accessibility."""

from __future__ import annotations

import csv
import io
import itertools
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from radiomics_mammo.release.review import parse_review
from radiomics_mammo.report import build_report, render_html
from radiomics_mammo.report.blocks import Figure, Section, TableBlock
from radiomics_mammo.report.material import ReportMaterial
from radiomics_mammo.tables.lesions import REVIEWED_OUT
from radiomics_mammo.tables.registration import REGISTRATION
from radiomics_mammo.tables.review import REVIEW, ReviewRow, alignment_id, alignment_sha256
from tests.report.conftest import with_zones

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: install the package `chromium`"),
]


@pytest.fixture(scope="module")
def zoned(material, aligned_pair) -> ReportMaterial:
    return with_zones(material, aligned_pair)


@pytest.fixture(scope="module")
def page_file(zoned, figures, tmp_path_factory) -> Path:
    file = tmp_path_factory.mktemp("page") / "report.html"
    file.write_text(page_of(zoned, figures), encoding="utf-8")
    return file


def page_of(material: ReportMaterial, figures: tuple[Figure, ...]) -> str:
    return render_html(
        build_report(
            material.study,
            classification=material.classification,
            statistics=material.statistics,
            figures=figures,
            pictures=material.pictures,
            provenance=material.provenance,
            prior_sha256=material.prior_sha256,
        )
    )


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser, page_file: Path) -> Iterator[Page]:
    """The page; afterwards, nothing may have been requested or complained of."""
    opened = browser.new_page(viewport={"width": 1280, "height": 900})
    troubles: list[str] = []
    opened.on("console", lambda message: troubles.append(f"console {message.type}: {message.text}"))
    opened.on("pageerror", lambda error: troubles.append(f"error: {error}"))
    own = page_file.as_uri()
    opened.on(
        "request",
        lambda request: (
            None if request.url.startswith((own, "data:", "blob:")) else troubles.append(f"request: {request.url}")
        ),
    )
    opened.goto(own)
    yield opened
    opened.close()
    assert troubles == []


def visible(page: Page) -> int:
    return page.locator(".card:visible").count()


def test_filters_work(page: Page, study) -> None:
    assert visible(page) == len(study.lesions)
    page.locator("[data-filter=quality]").select_option("closed")
    closed = int((study.lesions["quality"] == "closed").sum())
    assert visible(page) == closed
    assert page.locator("[data-shown]").inner_text() == f"{closed} of {len(study.lesions)} lesions"
    page.locator("[data-filter=quality]").select_option("")
    page.locator("[data-filter=caseClass]").select_option("malignant")
    assert visible(page) == 6
    page.get_by_role("searchbox", name="Patient").first.fill("Malignant-<B>")
    assert visible(page) == 2


def test_patient_id_with_markup_is_text(page: Page) -> None:
    assert page.locator("main b").count() == 0
    assert page.get_by_text("malignant-<b>_CC_recent_1", exact=True).count() >= 1


def test_pictures_are_decoded(page: Page) -> None:
    page.evaluate("document.querySelectorAll('img').forEach(img => { img.loading = 'eager'; })")
    page.wait_for_function("[...document.images].filter(i => i.src !== 'data:,').every(i => i.complete)")
    broken = "[...document.images].filter(i => i.src !== 'data:,' && i.naturalWidth === 0).length"
    assert page.evaluate(broken) == 0


def test_enlarge_step_and_close_by_keyboard(page: Page) -> None:
    first = page.locator("[data-open]").first
    first.focus()
    page.keyboard.press("Enter")
    name = page.locator("[data-name]")
    before = name.inner_text()
    assert page.locator("dialog [data-dicom]").bounding_box()["width"] > 300
    clear = "getComputedStyle(document.querySelector('dialog .contour')).backgroundColor"
    assert page.evaluate(clear) == "rgba(0, 0, 0, 0)"
    page.keyboard.press("ArrowRight")
    assert name.inner_text() != before
    page.keyboard.press("ArrowLeft")
    assert name.inner_text() == before
    page.keyboard.press("c")
    assert page.get_by_role("button", name="Contour", include_hidden=True).get_attribute("aria-pressed") == "false"
    page.keyboard.press("Escape")
    assert not page.locator("dialog").is_visible()
    assert page.evaluate("document.activeElement.matches('[data-open]')")


def test_contour_can_be_hidden(page: Page) -> None:
    contour = page.locator(".card .contour").first
    assert contour.is_visible()
    page.get_by_role("button", name="Contour").click()
    assert not contour.is_visible()


def downloaded(page: Page, count: int) -> str:
    with page.expect_download() as caught:
        page.get_by_role("button", name=f"Download review ({count})").click()
    assert caught.value.suggested_filename == "review.csv"
    return Path(caught.value.path()).read_text(encoding="utf-8")


def test_review_has_three_states_a_note_and_survives_a_reload(page: Page, study, zoned) -> None:
    page.locator("[data-reader]").fill("AB")
    page.locator("[data-reader]").blur()
    page.locator(".card [data-decide=wrong]").nth(3).click()
    page.locator(".card [data-note]").nth(3).fill('line runs "out", here')
    page.locator(".card [data-note]").nth(3).blur()
    page.locator("[data-open]").first.click()
    page.keyboard.press("r")
    page.keyboard.press("Escape")
    pair = page.locator(".pair:has(.zone)").first
    pair.get_by_role("group", name="Judge alignment of").get_by_role("button", name="wrong").click()
    pair.get_by_role("group", name="Judge zone of").first.get_by_role("button", name="right").click()
    assert (pair.get_attribute("data-decision"), pair.locator(".zone").first.get_attribute("data-decision")) == (
        "wrong",
        "right",
    )
    pairs, zones = len(study.registration), len(zoned.prior_sha256)
    told = f"2 of {len(study.lesions)} outlines seen, 1 of {pairs} alignments, 1 of {zones} zones; 2 wrong."
    assert page.locator("[data-progress]").inner_text() == told
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(downloaded(page, 4)))}
    known = dict(zip(study.lesions["lesion_id"], study.lesions["mask_sha256"], strict=True))
    outlines = [row for name, row in rows.items() if name in known]
    assert all(known[row["id"]] == row["mask_sha256"] and row["reader"] == "AB" for row in outlines)
    assert sorted(row["decision"] for row in outlines) == ["right", "wrong"]
    assert [row["note"] for row in outlines if row["decision"] == "wrong"] == ['line runs "out", here']
    hashes = {alignment_id(row): alignment_sha256(row) for row in REGISTRATION.rows(study.registration)}
    others = {name: (row["mask_sha256"], row["decision"]) for name, row in rows.items() if name not in known}
    (zone,) = others.keys() & zoned.prior_sha256.keys()
    (aligned,) = others.keys() & hashes.keys()
    assert others == {zone: (zoned.prior_sha256[zone], "right"), aligned: (hashes[aligned], "wrong")}
    page.wait_for_timeout(500)  # the browser writes its storage to disk after the script has gone on
    page.reload()
    assert page.locator("[data-progress]").inner_text() == told
    page.locator("[data-filter=decision]").select_option("unseen")
    assert visible(page) == len(study.lesions) - 2


def test_next_unseen_passes_over_what_was_judged(page: Page) -> None:
    page.locator(".card [data-decide=right]").nth(1).click()
    page.locator("[data-open]").first.click()
    page.keyboard.press("n")
    assert "(3 of " in page.locator("[data-name]").inner_text()
    page.keyboard.press("w")
    assert page.locator("[data-decide-here=wrong]").get_attribute("aria-pressed") == "true"


def test_second_session_keeps_the_first_readers_decisions(
    page: Page, browser: Browser, study, pictures, tmp_path
) -> None:
    page.locator(".card [data-decide=wrong]").nth(2).click()
    rejected = page.locator(".card").nth(2).get_attribute("data-id")
    first = parse_review(downloaded(page, 1))
    gone = study.lesions["lesion_id"] == rejected
    again = replace(
        study,
        lesions=study.lesions[~gone],
        reviewed_out=REVIEWED_OUT.conform(study.lesions[gone]),
        review=REVIEW.of(first),
    )
    file = tmp_path / "again.html"
    file.write_text(render_html(build_report(again, pictures=pictures, figures=())), encoding="utf-8")
    other = browser.new_context().new_page()
    other.goto(file.as_uri())
    grey = other.locator(".card.rejected")
    assert grey.get_attribute("data-id") == rejected
    assert grey.get_attribute("data-decision") == "wrong"
    other.locator(".card:not(.rejected) [data-decide=wrong]").first.click()
    second = parse_review(downloaded(other, 2))
    assert set(first) < set(second)
    other.locator("[data-load]").set_input_files({"name": "r.csv", "mimeType": "text/csv", "buffer": b"a,b\n1,2\n"})
    other.wait_for_function("document.querySelector('[data-progress]').textContent.includes('is no review')")
    other.context.close()


@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080), (390, 844)])
def test_links_land_where_they_say(page: Page, page_file: Path, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    top = "name => document.getElementById(name).getBoundingClientRect().top"
    end = "() => innerHeight + scrollY >= document.documentElement.scrollHeight - 2"
    for link in page.locator("main a[href^='#'], .contents a").all():
        page.evaluate("window.scrollTo(0, 0)")
        name = str(link.get_attribute("href"))[1:]
        link.click()
        assert 0 <= page.evaluate(top, name) <= 40 or page.evaluate(end), name
    page.goto("about:blank")
    page.goto(f"{page_file.as_uri()}#classification")
    page.wait_for_timeout(200)
    assert 0 <= page.evaluate(top, "classification") <= 40


def table_of(page: Page, stem: str) -> Locator:
    page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true; })")
    return page.locator(f"[data-table={stem}]")


def test_tables_are_sorted_searched_filtered_and_whole(page: Page, classification) -> None:
    table = table_of(page, "features-kept-most-often")
    frequencies = [f"{value:.3g}" for value in classification.selection["frequency"]]
    assert table.locator("tbody tr").count() == len(frequencies)
    table.locator("input[type=search]").fill("glcm")
    assert table.locator("tbody tr").count() == 3
    table.locator("input[type=search]").fill("")
    table.get_by_role("button", name="feature", exact=True).click()
    names = [text.replace("\n", "") for text in table.locator("tbody td:nth-child(3)").all_inner_texts()]
    assert names == sorted(names)
    table.get_by_role("button", name="feature", exact=True).click()
    assert table.locator("th[aria-sort]").get_attribute("aria-sort") == "descending"


def test_numbers_are_sorted_as_numbers_and_empty_cells_stay_last(browser: Browser, tmp_path) -> None:
    values = ["10 (1 to 20)", "–", "< 0.001", "9", "−3", *map(str, range(100, 108))]
    block = TableBlock(
        caption="N",
        header=("n",),
        rows=tuple((value,) for value in values),
        numeric=(True,),
        shown=4,
        total=len(values),
    )
    file = tmp_path / "t.html"
    file.write_text(render_html(Section("S", sections=(Section("One", (block,)),))), encoding="utf-8")
    page = browser.new_page()
    page.goto(file.as_uri())
    assert page.locator("tbody tr").count() == 4
    page.get_by_role("button", name="Show all 13").click()
    page.get_by_role("button", name="n", exact=True).click()
    assert page.locator("tbody th").all_inner_texts()[:4] == ["−3", "< 0.001", "9", "10 (1 to 20)"]
    assert page.locator("tbody th").all_inner_texts()[-1] == "–"
    page.get_by_role("searchbox").fill("10")
    with page.expect_download() as caught:
        page.get_by_role("button", name="CSV").click()
    assert caught.value.suggested_filename == "n.csv"
    rows = list(csv.reader(io.StringIO(Path(caught.value.path()).read_text(encoding="utf-8"))))
    assert [row[0] for row in rows] == ["n", "10 (1 to 20)", *map(str, range(100, 108))]
    page.close()


def test_copied_table_is_tab_separated(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    table = table_of(page, "patients-by-class")
    table.get_by_role("button", name="Copy").click()
    page.wait_for_function(
        "document.querySelector('[data-table=patients-by-class] [data-copy]').textContent === 'Copied'"
    )
    lines = page.evaluate("navigator.clipboard.readText()").split("\n")
    assert lines[0].split("\t")[:2] == ["class", "patients"]
    assert lines[-1].split("\t")[:2] == ["all", "9"]


def test_no_table_is_wider_than_its_column(page: Page) -> None:
    page.set_viewport_size({"width": 1366, "height": 768})
    page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true; })")
    wide = (
        "[...document.querySelectorAll('.scroll')].filter(s => s.scrollWidth > s.clientWidth + 1).map(s => s.ariaLabel)"
    )
    assert page.evaluate(wide) == []


def test_print_is_short_and_the_appendix_brings_the_rest(page: Page) -> None:
    pages = page.pdf(format="A4").count(b"/Type /Page\n")
    page.locator("[data-appendix]").check()
    page.emulate_media(media="print")
    assert page.locator(".card:visible").count() == page.locator(".card").count()
    assert 0 < pages <= 25


def test_one_exam_is_laid_over_the_other_in_four_ways(page: Page) -> None:
    overlay = page.locator(".pair [data-overlay]").first
    prior, unaligned = overlay.locator(".aligned"), overlay.locator(".unaligned")

    def style(name: str) -> str:
        return str(prior.evaluate(f"image => getComputedStyle(image)['{name}']"))

    overlay.locator("[data-slide]").fill("100")
    assert style("clipPath") == "inset(0px 0px 0px calc(0%))" or "0%" in style("clipPath")
    page.locator("[data-mode-choice]").select_option("blend")
    overlay.locator("[data-slide]").fill("30")
    assert (style("opacity"), style("clipPath")) == ("0.3", "none")
    page.locator("[data-mode-choice]").select_option("checkerboard")
    assert "conic-gradient" in style("maskImage")
    overlay.get_by_role("button", name="Flicker").click()
    assert (style("animationName"), style("maskImage")) == ("flicker", "none")
    overlay.get_by_role("button", name="Flicker").click()
    assert style("animationName") == "none"
    assert (prior.is_visible(), unaligned.is_visible()) == (True, False)
    page.get_by_role("button", name="Prior as it was").click()
    assert (prior.is_visible(), unaligned.is_visible()) == (False, True)
    zone = page.locator(".zone .aligned").first
    assert zone.is_visible(), "a zone is never warped, so it has no other prior"


def test_pairs_are_filtered(page: Page) -> None:
    page.locator('[data-pair-filter="trusted"]').select_option("no")
    assert page.locator(".pair:visible").count() == 2


def test_a_rejected_zone_is_grey_in_the_next_report_and_keeps_its_note(
    browser: Browser, zoned: ReportMaterial, figures, tmp_path
) -> None:
    roi_id, sha256 = next(iter(zoned.prior_sha256.items()))
    wrong = ReviewRow(id=roi_id, mask_sha256=sha256, note="beside the mass", reader="AB", date="2026-01-02")
    again = replace(zoned, study=replace(zoned.study, review=REVIEW.of([wrong])))
    file = tmp_path / "again.html"
    file.write_text(page_of(again, figures), encoding="utf-8")
    page = browser.new_page()
    page.goto(file.as_uri())
    zone = page.locator(".zone.rejected")
    assert zone.get_attribute("data-id") == roi_id
    assert zone.locator("[data-note]").input_value() == "beside the mass"
    assert zone.locator("[data-judged]").inner_text() == "AB, 2026-01-02"
    page.close()


@pytest.mark.parametrize("width", [1366, 390])
def test_a_mark_says_its_value_and_whose_it_is(page: Page, figures, width: int) -> None:
    """The mark of a woman is looked for where the picture shows it, on a wide page and on a phone."""
    page.set_viewport_size({"width": width, "height": 800})
    page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true; })")
    drawing = next(figure for figure in figures if figure.name == "strip-density-tissue")
    tips = drawing.tips if width > 640 else drawing.phone_tips
    across, down, words = next(tip for tip in tips if tip[2].startswith("benign-01"))
    image = page.get_by_alt_text(drawing.alt, exact=True)
    image.scroll_into_view_if_needed()
    place = image.evaluate(
        """(image, [x, y]) => {
          const pad = parseFloat(getComputedStyle(image).paddingLeft);
          return { x: pad + x * (image.clientWidth - 2 * pad), y: pad + y * (image.clientHeight - 2 * pad) };
        }""",
        [across, down],
    )
    image.hover(position=place)
    assert words in page.locator(".tip").inner_text()
    box = page.locator(".tip").bounding_box()
    assert box["x"] + box["width"] <= width
    page.mouse.move(2, 2)
    assert page.locator(".tip").count() == 0


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 390)])
def test_accessible(page: Page, scheme: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true; })")
    found = Axe().run(page).response["violations"]
    assert [f"{rule['id']}: {rule['nodes'][0]['html'][:160]}" for rule in found] == []


def test_headings_are_in_order(page: Page) -> None:
    levels = page.evaluate("[...document.querySelectorAll('main :is(h2, h3, h4)')].map(h => Number(h.tagName[1]))")
    assert levels[0] == 2
    assert all(later - earlier <= 1 for earlier, later in itertools.pairwise(levels))


def test_print_with_the_appendix_opens_folded_tables_and_hides_controls(page: Page) -> None:
    page.locator("[data-appendix]").check()
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    assert not page.locator(".controls").first.is_visible()
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.locator("details:not([open])").count() > 0
