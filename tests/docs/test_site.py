"""The documentation builds without a warning and asks for nothing from outside."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAX_PAGE_LINES = 250


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    return folder


def test_pages_are_built(site: Path) -> None:
    written = {path.stem for path in (ROOT / "docs").glob("*.md")}
    assert written <= {path.stem for path in site.glob("*.html")}


def test_a_page_is_read_in_one_sitting_and_stands_in_the_order_of_the_site():
    pages = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md")}
    assert {name: text.count("\n") for name, text in pages.items() if text.count("\n") > MAX_PAGE_LINES} == {}
    order = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").split("\nnav:\n")[1]
    assert [name for name in pages if f": {name}" not in order] == []


def test_public_names_are_explained(site: Path) -> None:
    page = (site / "api.html").read_text(encoding="utf-8")
    assert "Parameters" in page
    assert "run_study" in page
    assert ":::" not in page


def test_pages_load_nothing_from_elsewhere(site: Path) -> None:
    for page in site.glob("*.html"):
        text = page.read_text(encoding="utf-8")
        loaded = re.findall(r"<(?:script|img|link)[^>]+(?:src|href)=\"?(https?://[^\"\s>]+)", text)
        assert [address for address in loaded if "canonical" not in address] == [], page.name
