"""The command line: one place where commands are gathered and errors become one line and an exit status."""

from __future__ import annotations

import os
import sys
from types import TracebackType

import typer
from rich.console import Console
from typer.main import get_command

from radiomics_mammo import pipeline
from radiomics_mammo.cli.commands import add_commands
from radiomics_mammo.core.errors import ConfigError, MissingExtraError, RadiomicsMammoError, UsageError

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130
DEBUG = "RADIOMICS_MAMMO_DEBUG"
"""Environment variable that asks for the full traceback of a defect."""

app = typer.Typer(
    name="radiomics-mammo",
    help="From outlined sequential mammograms to masks, PyRadiomics features, deltas, models and statistics.",
    epilog="Start with: radiomics-mammo demo --out demo-results",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_versions(wanted: bool) -> None:
    if wanted:
        for name, version in pipeline.engine_versions().items():
            typer.echo(f"{name} {version}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(
        False, "--version", callback=_print_versions, is_eager=True, help="Print our version and the engines'."
    ),
) -> None:
    """From outlined sequential mammograms to masks, PyRadiomics features, deltas, models and statistics."""


add_commands(app)


def main() -> None:
    """Run the command line; a named error is one line on standard error and status 1 or 2."""
    sys.excepthook = _one_line
    try:
        get_command(app)()  # calling the app itself would put another excepthook in place of ours
    except RadiomicsMammoError as error:
        Console(stderr=True).print(f"error: {error}", style="red", markup=False, highlight=False, soft_wrap=True)
        usage = isinstance(error, ConfigError | UsageError | MissingExtraError)
        raise SystemExit(EXIT_USAGE if usage else EXIT_FAILED) from error
    except SystemExit as stop:
        if stop.code == EXIT_INTERRUPTED:
            typer.echo("interrupted; run the same command again to go on where it stopped", err=True)
        raise


def _one_line(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if os.environ.get(DEBUG):
        sys.__excepthook__(kind, error, trace)
        return
    detail = " ".join(str(error).split())[:300]
    typer.echo(f"internal error, please report it: {kind.__name__}: {detail} (set {DEBUG}=1 for details)", err=True)
