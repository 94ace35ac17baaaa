"""Commands that read a release: audit, masks, features, run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

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
)
from radiomics_mammo.cli.progress import shown_progress
from radiomics_mammo.cli.summary import audit_lines, feature_lines, mask_lines, study_lines
from radiomics_mammo.config.loading import load_config
from radiomics_mammo.config.study import StudyConfig
from radiomics_mammo.pipeline.batch import Workers
from radiomics_mammo.pipeline.options import RunOptions
from radiomics_mammo.pipeline.results import StudyResult
from radiomics_mammo.pipeline.study import audit_release, measure_release, outline_release, run_stages

Work = Callable[[Path, Path, RunOptions], StudyResult]
Lines = Callable[[StudyResult], Sequence[str]]
PANEL = "From a release"


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    for name, work, lines, words in (
        ("audit", audit_release, audit_lines, "Index and check a release; nothing of it is changed."),
        ("masks", outline_release, mask_lines, "Turn outlines into lesion masks."),
        ("features", measure_release, feature_lines, "Masks, registration, features and deltas."),
        ("run", run_stages, study_lines, "The whole study, from a release to a report."),
    ):
        example = f"Example: radiomics-mammo {name} Dataset.zip --out results"
        app.command(name, help=words, epilog=example, rich_help_panel=PANEL)(_release_command(work, lines))


def _release_command(work: Work, lines: Lines) -> Callable[..., None]:
    def command(
        release: ReleasePath,
        *,
        out: OutFolder,
        description: DescriptionFile = None,
        config: ConfigFile = None,
        exclusions: ExclusionsFile = None,
        jobs: Jobs,
        scheduler: Scheduler = "",
        strict: Strict = False,
        fresh: Fresh = False,
    ) -> None:
        """Work on a release and say what came of it."""
        settings = load_config(config) if config else StudyConfig()
        with shown_progress(Console(stderr=True)) as progress:
            workers = Workers(jobs, scheduler, progress)
            options = RunOptions(settings, description, exclusions, workers, strict, fresh)
            result = work(release, out, options)
        for line in lines(result):
            typer.echo(line)

    return command
