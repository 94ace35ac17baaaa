"""Run the shell blocks of the README in order, in an empty environment and a folder with a space in its name.

``python3 recipe/try_readme.py`` runs the first section, which needs no data of anybody; ``--all`` goes on with that of
the real release, with the synthetic one in its place under the name of the real one. Nothing of the source folder is
used but a copy of what git tracks.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FIRST = ("Two commands", "On the real release")
"""Sections with commands, in the order of the page; the second needs data."""
NEEDS_NETWORK = "radiomics-mammo fetch"


def blocks(page: str, section: str) -> list[str]:
    """Shell blocks of one section of a Markdown page, without what needs the network."""
    part = page.split(f"\n## {section}\n")[1].split("\n## ")[0]
    found = re.findall(r"```sh\n(.*?)```", part, re.S)
    return ["".join(line for line in block.splitlines(True) if NEEDS_NETWORK not in line) for block in found]


def copy_source(target: Path) -> Path:
    """What git tracks, copied: nothing that was built before."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True)  # noqa: S607
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    return target


def run(script: str, folder: Path) -> None:
    """Run lines as a reader would type them; the first that fails ends it."""
    print(script, flush=True)  # noqa: T201
    subprocess.run(["bash", "-eu", "-c", script], cwd=folder, check=True)  # noqa: S603, S607


def main() -> None:
    """Follow the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true", help="go on with the sections that need the release")
    wanted = parser.parse_args()
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as made:
        folder = copy_source(Path(made) / "a folder")
        python = f'python3() {{ {sys.executable!r} "$@"; }}\n'
        run(python + "".join(blocks(page, FIRST[0])), folder)
        if not (folder / "demo-results" / "report.html").is_file():
            sys.exit("the first commands of the README left no report")
        if wanted.all:
            shutil.make_archive(str(folder / "data" / "Dataset"), "zip", folder / "demo-results" / "release")
            run(". .venv/bin/activate\n" + "".join(blocks(page, FIRST[1])), folder)
    print("README: every command worked")  # noqa: T201


if __name__ == "__main__":
    main()
