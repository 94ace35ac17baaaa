"""Commands that start from the tables of a folder: classify, statistics, report."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import typer
from rich.console import Console

from radiomics_mammo.cli.options import ConfigFile, Jobs, Scheduler, StudyDir
from radiomics_mammo.cli.progress import shown_progress
from radiomics_mammo.config.loading import load_config
from radiomics_mammo.pipeline.batch import Workers
from radiomics_mammo.pipeline.folder import StudyFolder

PANEL = "From a study folder"
Stage = Callable[[StudyFolder], Sequence[str]]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    for name, stage, words in (
        ("classify", StudyFolder.classify, "Benign against malignant, from the tables in DIR."),
        ("statistics", StudyFolder.describe, "Statistical tables by density and age, from the tables in DIR."),
        ("report", _report, "report.html and tables.xlsx, from the tables and pictures in DIR."),
    ):
        example = f"Example: radiomics-mammo {name} results"
        app.command(name, help=words, epilog=example, rich_help_panel=PANEL)(_folder_command(stage))


def _report(folder: StudyFolder) -> Sequence[str]:
    return (f"report: {folder.report()}",)


def _folder_command(stage: Stage) -> Callable[..., None]:
    def command(study: StudyDir, *, config: ConfigFile = None, jobs: Jobs, scheduler: Scheduler = "") -> None:
        """Run one stage on a study folder."""
        settings = load_config(config) if config else None
        with shown_progress(Console(stderr=True)) as progress:
            workers = Workers(jobs, scheduler, progress)
            folder = StudyFolder.open(study, config=settings, workers=workers)
            with folder.store.locked():
                lines = stage(folder)
        for line in lines:
            typer.echo(line)

    return command
