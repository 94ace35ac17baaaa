"""The four notebooks and the code of the documentation run from top to bottom; notebooks are stored without outputs."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
DEMO = "RADIOMICS_MAMMO_DEMO_RESULTS"


@pytest.fixture(scope="session")
def demo_folder(small_study, tmp_path_factory) -> Path:
    """Tables, pictures and the release in one folder, as `demo` leaves them."""
    folder = small_study.copy_to(tmp_path_factory.mktemp("demo") / "demo-results")
    (folder / "release").symlink_to(small_study.release)
    return folder


def test_there_are_four() -> None:
    assert [path.stem[:2] for path in NOTEBOOKS] == ["01", "02", "03", "04"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_stored_without_outputs_and_with_the_release_first(path: Path) -> None:
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    assert cells[0].source == "RELEASE = None"
    assert all(cell.outputs == [] and cell.execution_count is None for cell in cells)
    assert all(len(cell.source.splitlines()) <= 30 for cell in cells)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_runs(path: Path, demo_folder: Path, monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv(DEMO, str(demo_folder.resolve()))
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    notebook = nbformat.read(path, as_version=4)
    done = NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    ).execute()
    assert all(cell.execution_count for cell in done.cells if cell.cell_type == "code")


@pytest.mark.parametrize("page", ["README.md", "docs/cookbook.md", "docs/start-here.md"])
def test_python_of_the_documentation_runs(page: str, demo_folder: Path, monkeypatch, tmp_path: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), flags=re.DOTALL)
    (tmp_path / "demo-results").symlink_to(demo_folder.resolve())
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for block in (one for one in blocks if "rm." in one):
        exec(compile(block, page, "exec"), names)
    assert len(names["study"].lesions) > 0
