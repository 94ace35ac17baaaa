"""Commands that bring or make data: demo, synthesize, fetch."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from radiomics_mammo.cli.options import Jobs, OutFolder
from radiomics_mammo.cli.progress import shown_progress
from radiomics_mammo.cli.summary import study_lines
from radiomics_mammo.config.loading import shipped_config
from radiomics_mammo.pipeline.batch import Workers
from radiomics_mammo.pipeline.options import RunOptions
from radiomics_mammo.pipeline.study import run_stages
from radiomics_mammo.release import fetch_release
from radiomics_mammo.synthetic import DEFAULT_SEED, synthesize_release

PANEL = "Data"
DEMO_PATIENTS = 20
DEMO_ROWS, DEMO_COLS = 1024, 832
"""A quarter of the release's matrix each way: real enough to look at, small enough for two minutes."""

DemoFolder = Annotated[Path, typer.Option("--out", help="Folder for release, truth and results.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Same seed, same bytes.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("demo", rich_help_panel=PANEL, epilog="Example: radiomics-mammo demo --out demo-results")(demo)
    app.command(
        "synthesize", rich_help_panel=PANEL, epilog="Example: radiomics-mammo synthesize made --patients 20 --seed 7"
    )(synthesize)
    app.command("fetch", rich_help_panel=PANEL, epilog="Example: radiomics-mammo fetch --out data")(fetch)


def demo(*, out: DemoFolder = Path("demo-results"), jobs: Jobs) -> None:
    """Make a small synthetic release and run the whole study on it."""
    typer.echo(f"making {DEMO_PATIENTS} synthetic patients in {out / 'release'}")
    with shown_progress(Console(stderr=True)) as progress:
        workers = Workers(jobs, "", progress)
        synthesize_release(
            out, patients=DEMO_PATIENTS, rows=DEMO_ROWS, cols=DEMO_COLS, seed=DEFAULT_SEED, run_many=workers.run_all
        )
        options = RunOptions(shipped_config("demo"), workers=workers)
        result = run_stages(out / "release", out, options)
    for line in study_lines(result):
        typer.echo(line)


def synthesize(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Gets release/ and truth/.")],
    *,
    patients: Annotated[
        int, typer.Option("--patients", help="100 is the full 35/15/50; at least 8 benign and 8 malignant are made.")
    ] = 100,
    rows: Annotated[int, typer.Option("--rows", help="Rows of a recent mammogram.")] = 4096,
    cols: Annotated[int, typer.Option("--cols", help="Columns of a recent mammogram.")] = 3328,
    seed: Seed = DEFAULT_SEED,
    quirks: Annotated[bool, typer.Option("--quirks/--no-quirks", help="Plant what real copies show.")] = True,
    jobs: Jobs,
) -> None:
    """Make a release with known truth, faithful in layout, formats and flaws."""
    truth = synthesize_release(
        folder, patients=patients, rows=rows, cols=cols, seed=seed, quirks=quirks, run_many=Workers(jobs).run_all
    )
    made = f"{len(truth.patients)} patients, {len(truth.lesions)} lesions"
    typer.echo(f"{made} in {folder / 'release'}; their truth in {folder / 'truth'}")


def fetch(*, out: OutFolder) -> None:
    """Download and verify the public release (Zenodo record 11446259)."""
    with shown_progress(Console(stderr=True)) as progress:
        fetched = fetch_release(out, progress=progress)
    typer.echo(str(fetched))
