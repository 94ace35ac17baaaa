"""Pictures of a report for the README and the documentation.

Run: ``python benchmarks/take_screenshots.py demo-results/report.html docs/images``
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

SHOTS = {
    "summary": "#summary",
    "contact-sheet": "[data-sheet]",
    "alignment": "[data-gallery]",
    "statistics": "#statistics",
}


def show(page: Page, anchor: str) -> None:
    """Scroll a place to the top and wait until its pictures are decoded."""
    page.evaluate("anchor => document.querySelector(anchor).scrollIntoView({behavior: 'instant'})", anchor)
    page.wait_for_timeout(400)
    page.wait_for_function("[...document.images].filter(i => i.src !== 'data:,').every(i => i.complete)")


def main(report: Path, folder: Path) -> None:
    """Write one PNG a place, and one of an enlarged lesion."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1200, "height": 760}, color_scheme="light")
        page.goto(report.resolve().as_uri())
        for name, anchor in SHOTS.items():
            show(page, anchor)
            page.screenshot(path=folder / f"report-{name}.png")
        page.locator("[data-open]").first.click()
        page.wait_for_timeout(300)
        page.screenshot(path=folder / "report-enlarged.png")
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
