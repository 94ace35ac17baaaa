"""Commands that use a finished study: predict, export."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from radiomics_mammo.cli.options import (
    ConfigFile,
    DescriptionFile,
    ExclusionsFile,
    Fresh,
    Jobs,
    OutFolder,
    ReleasePath,
    Scheduler,
    Strict,
    StudyDir,
)
from radiomics_mammo.cli.progress import shown_progress
from radiomics_mammo.config.loading import load_config
from radiomics_mammo.pipeline.batch import Workers
from radiomics_mammo.pipeline.exporting import ExportFormat, export_study
from radiomics_mammo.pipeline.options import RunOptions
from radiomics_mammo.pipeline.predicting import predict_release

PANEL = "With a finished study"
ModelFile = Annotated[Path, typer.Option("--model", help="model.skops of a study.")]
Format = Annotated[ExportFormat, typer.Option("--format", help="Masks as DICOM SEG or NRRD, or a pyradiomics batch.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    example = "Example: radiomics-mammo predict Cases --model results/model.skops --out predicted"
    app.command("predict", rich_help_panel=PANEL, epilog=example)(predict)
    example = "Example: radiomics-mammo export results --format seg --out exported"
    app.command("export", rich_help_panel=PANEL, epilog=example)(export)


def predict(
    release: ReleasePath,
    *,
    model: ModelFile,
    out: OutFolder,
    description: DescriptionFile = None,
    config: ConfigFile = None,
    exclusions: ExclusionsFile = None,
    jobs: Jobs,
    scheduler: Scheduler = "",
    strict: Strict = False,
    fresh: Fresh = False,
) -> None:
    """Apply a saved model to patients never seen, measured as the model says.

    Class, colour and workbook labels are not used. Settings given must be those the model was trained with.
    """
    expected = load_config(config) if config else None
    with shown_progress(Console(stderr=True)) as progress:
        workers = Workers(jobs, scheduler, progress)
        options = RunOptions(
            description=description, exclusions=exclusions, workers=workers, strict=strict, fresh=fresh
        )
        predictions = predict_release(release, model, out=out, options=options, expected=expected)
    typer.echo(f"{len(predictions)} predictions: {out / 'new_predictions.csv'}")


def export(study: StudyDir, *, file_format: Format, out: OutFolder) -> None:
    """Write the masks of a study in another format."""
    with shown_progress(Console(stderr=True)) as progress:
        written = export_study(study, file_format, out=out, progress=progress)
    typer.echo(f"{written} files: {out}")
