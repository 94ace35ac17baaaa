"""Commands that start from the tables of a folder: classify, statistics, report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import typer
from rich.console import Console

from radiomics_mammo.cli.options import ConfigFile, Fresh, Jobs, Scheduler, SplitsFile, StudyDir
from radiomics_mammo.cli.progress import shown_progress
from radiomics_mammo.config.loading import load_config
from radiomics_mammo.core.errors import UsageError
from radiomics_mammo.pipeline.batch import Workers
from radiomics_mammo.pipeline.folder import StudyFolder

PANEL = "From a study folder"
Stage = Callable[[StudyFolder], Sequence[str]]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    example = "Example: radiomics-mammo classify results"
    app.command("classify", epilog=example, rich_help_panel=PANEL)(classify)
    for name, stage, words in (
        ("statistics", StudyFolder.describe, "Statistical tables by density and age, from the tables in DIR."),
        ("report", _report, "report.html and tables.xlsx, from the tables and pictures in DIR."),
    ):
        example = f"Example: radiomics-mammo {name} results"
        app.command(name, help=words, epilog=example, rich_help_panel=PANEL)(_folder_command(stage))


def _report(folder: StudyFolder) -> Sequence[str]:
    return (f"report: {folder.report()}",)


def classify(
    study: StudyDir,
    *,
    config: ConfigFile = None,
    splits: SplitsFile = None,
    jobs: Jobs,
    scheduler: Scheduler = "",
    fresh: Fresh = False,
) -> None:
    """Benign against malignant, from the tables in DIR."""
    given = _read_splits(splits) if splits else None
    _run_stage(lambda folder: folder.classify(splits=given), study, config, at=(jobs, scheduler), fresh=fresh)


def _folder_command(stage: Stage) -> Callable[..., None]:
    def command(
        study: StudyDir, *, config: ConfigFile = None, jobs: Jobs, scheduler: Scheduler = "", fresh: Fresh = False
    ) -> None:
        """Run one stage on a study folder."""
        _run_stage(stage, study, config, at=(jobs, scheduler), fresh=fresh)

    return command


def _read_splits(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError("--splits", "a readable splits.json", type(error).__name__, "check the path") from error


def _run_stage(stage: Stage, study: Path, config: Path | None, *, at: tuple[int, str], fresh: bool) -> None:
    settings = load_config(config) if config else None
    with shown_progress(Console(stderr=True)) as progress:
        folder = StudyFolder.open(study, config=settings, workers=Workers(*at, progress), fresh=fresh)
        with folder.store.locked():
            lines = stage(folder)
    for line in lines:
        typer.echo(line)
