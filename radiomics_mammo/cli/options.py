"""Options that several commands share, each described once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer


def available_cores() -> int:
    """Cores this process may use.

    Examples
    --------
    >>> available_cores() >= 1
    True
    """
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


ReleasePath = Annotated[Path, typer.Argument(metavar="RELEASE", help="Release folder, or the untouched Dataset.zip.")]
StudyDir = Annotated[Path, typer.Argument(metavar="DIR", help="Folder that an earlier command wrote with --out.")]
OutFolder = Annotated[Path, typer.Option("--out", help="Folder for the results.")]
DescriptionFile = Annotated[
    Path | None, typer.Option("--description", help="Workbook, where it is not beside or inside the release.")
]
ConfigFile = Annotated[Path | None, typer.Option("--config", help="Settings, YAML; see `radiomics-mammo config show`.")]
Jobs = Annotated[
    int, typer.Option("--jobs", min=1, help="Processes.", default_factory=available_cores, show_default="all cores")
]
Scheduler = Annotated[str, typer.Option("--scheduler", help="Address of a running Dask cluster, tcp://HOST:PORT.")]
Strict = Annotated[bool, typer.Option("--strict", help="End with status 1 at any audit error.")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Ignore what an earlier run left in the folder.")]
ExclusionsFile = Annotated[
    Path | None, typer.Option("--exclusions", help="CSV of lesions a reader rejected: lesion_id, mask_sha256.")
]
