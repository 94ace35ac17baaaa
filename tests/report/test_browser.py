"""The page in a real browser: filters, enlarging, keys, the downloaded list, silence, accessibility."""

from __future__ import annotations

import csv
import io
import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from radiomics_mammo.report import render_html

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: install the package `chromium`"),
]


@pytest.fixture(scope="module")
def page_file(report, tmp_path_factory) -> Path:
    file = tmp_path_factory.mktemp("page") / "report.html"
    file.write_text(render_html(report), encoding="utf-8")
    return file


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


def test_marked_lesions_are_downloaded(page: Page, study) -> None:
    page.locator("[data-wrong]").nth(3).check()
    page.locator("[data-open]").first.click()
    page.keyboard.press("w")
    page.keyboard.press("Escape")
    with page.expect_download() as caught:
        page.get_by_role("button", name="Download exclusions (2)").click()
    assert caught.value.suggested_filename == "exclusions.csv"
    rows = list(csv.DictReader(io.StringIO(Path(caught.value.path()).read_text(encoding="utf-8"))))
    known = dict(zip(study.lesions["lesion_id"], study.lesions["mask_sha256"], strict=True))
    assert len(rows) == 2
    assert all(known[row["lesion_id"]] == row["mask_sha256"] for row in rows)
    page.wait_for_timeout(500)  # the browser writes its storage to disk after the script has gone on
    page.reload()
    page.wait_for_function("document.querySelectorAll('[data-wrong]:checked').length === 2")
    assert page.locator("[data-wrong]:checked").count() == 2


def test_slider_uncovers_the_alignment(page: Page) -> None:
    after = page.locator(".slider .after").first
    page.locator("[data-slide]").first.fill("100")
    assert after.evaluate("image => image.style.clipPath") == "inset(0px 0% 0px 0px)"
    page.locator('[data-pair-filter="trusted"]').select_option("no")
    assert page.locator(".pair:visible").count() == 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible(page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true; })")
    found = Axe().run(page).response["violations"]
    serious = [
        f"{rule['id']}: {rule['nodes'][0]['html'][:160]}" for rule in found if rule["impact"] in ("serious", "critical")
    ]
    assert serious == []


def test_headings_are_in_order(page: Page) -> None:
    levels = page.evaluate("[...document.querySelectorAll('main :is(h2, h3, h4)')].map(h => Number(h.tagName[1]))")
    assert levels[0] == 2
    assert all(later - earlier <= 1 for earlier, later in itertools.pairwise(levels))


def test_print_opens_folded_tables_and_hides_controls(page: Page) -> None:
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    assert not page.locator(".controls").first.is_visible()
