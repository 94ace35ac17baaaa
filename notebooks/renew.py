"""Run the notebooks on what `demo` left and store their outputs: ``python notebooks/renew.py demo-results``."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).parent
DEMO = "RADIOMICS_MAMMO_DEMO_RESULTS"
"""Environment variable that names the results of a demo."""


def run(path: Path, folder: Path) -> nbformat.NotebookNode:
    """A notebook, run from top to bottom in a folder; its metadata name no machine and no time."""
    notebook = nbformat.read(path, as_version=4)
    known = dict(notebook.metadata)
    where = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=600, kernel_name="python3", resources=where, record_timing=False).execute()
    notebook.metadata = nbformat.from_dict(known)
    return notebook


def main(demo: Path, names: list[str]) -> None:
    """Store every notebook, or those whose names begin so, with the outputs of one clean run."""
    os.environ.update({DEMO: str(demo.resolve()), "MPLBACKEND": "module://matplotlib_inline.backend_inline"})
    for path in sorted(HERE.glob("*.ipynb")):
        if not names or path.name.startswith(tuple(names)):
            with tempfile.TemporaryDirectory() as folder:
                nbformat.write(run(path, Path(folder)), path)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
