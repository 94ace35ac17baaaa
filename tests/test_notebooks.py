"""The five notebooks and the code of the documentation run from top to bottom; notebooks are stored with outputs."""

from __future__ import annotations

import json
import re
from itertools import groupby
from pathlib import Path

import nbformat
import pytest

from notebooks.renew import DEMO, run

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
LARGEST_BYTES = 300_000
"""Of a stored notebook, so that a code host shows it."""
OF_A_MACHINE = re.compile(r"/(tmp|home|root|work|Users|mnt|opt|private|usr)/|[A-Z]:\\\\|PosixPath|WindowsPath")


@pytest.fixture(scope="session")
def demo_folder(small_study, tmp_path_factory) -> Path:
    """Tables, pictures and the release in one folder, as `demo` leaves them."""
    folder = small_study.copy_to(tmp_path_factory.mktemp("demo") / "demo-results")
    (folder / "release").symlink_to(small_study.release)
    return folder


def code_cells(path: Path) -> list[nbformat.NotebookNode]:
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def kinds(cells: list[nbformat.NotebookNode]) -> list[list[tuple[str, ...]]]:
    """What each cell puts out, without the values; printed lines count once, in however many pieces they came."""
    found = [[(one.output_type, *sorted(one.get("data", {}))) for one in cell.outputs] for cell in cells]
    return [[kind for kind, _ in groupby(cell)] for cell in found]


def test_there_are_five() -> None:
    assert [path.stem[:2] for path in NOTEBOOKS] == ["01", "02", "03", "04", "05"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_stored_with_outputs_of_a_clean_run_and_with_the_release_first(path: Path) -> None:
    cells = code_cells(path)
    assert cells[0].source == "RELEASE = None"
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert all(len(cell.source.splitlines()) <= 30 for cell in cells)
    outputs = [one for cell in cells for one in cell.outputs]
    assert {one.output_type for one in outputs} <= {"stream", "display_data", "execute_result"}
    assert {one.name for one in outputs if one.output_type == "stream"} == {"stdout"}
    assert any("image/png" in one.get("data", {}) for one in outputs)
    assert path.stat().st_size < LARGEST_BYTES


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_outputs_name_no_machine(path: Path) -> None:
    shown = [one for cell in code_cells(path) for one in cell.outputs]
    words = [one.get("text", "") for one in shown]
    words += [text for one in shown for kind, text in one.get("data", {}).items() if kind.startswith("text/")]
    assert words
    assert not OF_A_MACHINE.search("\n".join(words))
    assert set(json.loads(path.read_text(encoding="utf-8"))["metadata"]) == {"kernelspec", "language_info"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_runs_and_shows_what_is_stored(path: Path, demo_folder: Path, monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv(DEMO, str(demo_folder.resolve()))
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    done = [cell for cell in run(path, tmp_path).cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in done)
    assert kinds(done) == kinds(code_cells(path))


def test_all_start_alike() -> None:
    assert len({code_cells(path)[1].source for path in NOTEBOOKS}) == 1


@pytest.mark.parametrize("opened_in", [".", "notebooks", "deep/down"])
def test_what_demo_left_is_found_wherever_a_notebook_is_opened(opened_in, tmp_path, monkeypatch) -> None:
    (tmp_path / "demo-results").mkdir()
    (tmp_path / "demo-results" / "report.html").touch()
    (tmp_path / opened_in).mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(tmp_path / opened_in)
    monkeypatch.delenv(DEMO, raising=False)
    finder = code_cells(NOTEBOOKS[0])[1].source.split("release_path, results_path")[0]
    names: dict[str, object] = {}
    exec(compile(finder, "setup cell", "exec"), names)
    assert names["demo_folder"]() == tmp_path / "demo-results"


@pytest.mark.parametrize("page", ["README.md", "docs/cookbook.md", "docs/start-here.md"])
def test_python_of_the_documentation_runs(page: str, demo_folder: Path, monkeypatch, tmp_path: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), flags=re.DOTALL)
    (tmp_path / "demo-results").symlink_to(demo_folder.resolve())
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for block in (one for one in blocks if "rm." in one):
        exec(compile(block, page, "exec"), names)
    assert len(names["study"].lesions) > 0
