"""Every change that the page on extending shows is applied to a copy of the package, and its check runs there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
MOST_FILES = 2
SECTIONS = {
    title: (*re.findall(r"```diff\n(.*?)```", text, re.S), *re.findall(r"```python\n(.*?)```", text, re.S))
    for title, text in (part.split("\n", 1) for part in PAGE.split("\n## ")[1:])
}


def changes(diff: str) -> dict[str, list[tuple[str, str]]]:
    """Path to its (old, new) texts, hunk by hunk."""
    found: dict[str, list[tuple[str, str]]] = {}
    for part in re.split(r"^--- a/.*\n\+\+\+ b/", diff, flags=re.M)[1:]:
        path, _, rest = part.partition("\n")
        hunks = [hunk.splitlines() for hunk in rest.split("@@\n")[1:]]
        found[path] = [
            tuple("".join(f"{line[1:]}\n" for line in hunk if line[0] in kept) for kept in (" -", " +"))
            for hunk in hunks
        ]
    return found


def apply(diff: str, root: Path) -> list[str]:
    """Change the files of a copy; every old text must be there once."""
    for path, hunks in changes(diff).items():
        text = (root / path).read_text(encoding="utf-8")
        for old, new in hunks:
            assert text.count(old) == 1, f"{path} does not hold this once:\n{old}"
            text = text.replace(old, new)
        (root / path).write_text(text, encoding="utf-8")
    return list(changes(diff))


def run(code: str, root: Path) -> subprocess.CompletedProcess[str]:
    where = {**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run([sys.executable, "-c", code], cwd=root, env=where, capture_output=True, text=True)


@pytest.fixture
def copy(tmp_path) -> Path:
    shutil.copytree(
        ROOT / "radiomics_mammo", tmp_path / "radiomics_mammo", ignore=shutil.ignore_patterns("__pycache__")
    )
    return tmp_path


def test_four_things_are_shown():
    assert list(SECTIONS) == ["An image filter", "A classifier", "A statistical table", "A meaning of outlines"]
    assert all(len(blocks) == 2 for blocks in SECTIONS.values())


@pytest.mark.parametrize("title", SECTIONS)
def test_the_change_works_and_is_needed(title, copy):
    diff, check = SECTIONS[title]
    proof = "import radiomics_mammo, sys; assert radiomics_mammo.__file__.startswith(sys.argv[1])\n".replace(
        "sys.argv[1]", repr(str(copy))
    )
    assert run(proof + check, copy).returncode != 0, "the check passes without the change"
    touched = apply(diff, copy)
    assert 1 <= len(touched) <= MOST_FILES
    done = run(proof + check, copy)
    assert done.returncode == 0, done.stderr
