"""Options that several commands share, each described once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from radiomics_mammo.pipeline.platforms import available_cores

ReleasePath = Annotated[
    Path, typer.Argument(metavar="RELEASE", help="Release folder, the untouched Dataset.zip, or a cohort file.")
]
StudyDir = Annotated[Path, typer.Argument(metavar="DIR", help="Folder that an earlier command wrote with --out.")]
StudyOrTable = Annotated[
    Path, typer.Argument(metavar="DIR", help="Folder that an earlier command wrote with --out, or one feature table.")
]
TableOut = Annotated[Path | None, typer.Option("--out", help="Of a table: folder for the results; beside it if empty.")]
LabelColumn = Annotated[str, typer.Option("--label", help="Of a table: column of the label.")]
GroupColumn = Annotated[str, typer.Option("--groups", help="Of a table: column of the patient.")]
Allow = Annotated[
    list[str] | None,
    typer.Option(
        "--allow", help="Of a table: a column that only looks like an id or label; labels-differ; duplicates."
    ),
]
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
InclusionsFile = Annotated[
    Path | None,
    typer.Option("--inclusions", help="CSV of rejected outlines a reader brought back: image_id, region_sha256."),
]
ReviewFile = Annotated[
    Path | None, typer.Option("--review", help="review.csv of the report: wrong outlines and alignments are left out.")
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Say what would be done and how long it took last time; do nothing.")
]
Verbose = Annotated[bool, typer.Option("--verbose", help="Also show what is meant for developers.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Show no progress and no result lines; errors and log.txt stay.")]
