"""Commands about settings and engines: config show, config check, selftest."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from radiomics_mammo.config.loading import describe_settings, load_config
from radiomics_mammo.config.study import StudyConfig, settings_hash
from radiomics_mammo.core.errors import ConfigError
from radiomics_mammo.features import selftest_values

PANEL = "About the tool"
ConfigPath = Annotated[Path | None, typer.Argument(metavar="[FILE]", help="YAML; without it, the defaults.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    settings = typer.Typer(no_args_is_help=True, help="Show or check settings.")
    settings.command("show", epilog="Example: radiomics-mammo config show study.yaml")(show)
    settings.command("check", epilog="Example: radiomics-mammo config check study.yaml")(check)
    app.add_typer(settings, name="config", rich_help_panel=PANEL)
    app.command("selftest", rich_help_panel=PANEL, epilog="Example: radiomics-mammo selftest")(selftest)


def show(file: ConfigPath = None) -> None:
    """Show every setting with its value, default, bounds and meaning."""
    config = load_config(file) if file else StudyConfig()
    for setting in describe_settings(config):
        changed = "" if setting.value == setting.default else f" (default {setting.default})"
        typer.echo(f"{setting.key}: {setting.value}{changed}\n    {setting.meaning}; allowed: {setting.allowed}")


def check(file: ConfigPath = None) -> None:
    """Check a settings file; status 2 and one line where something is wrong."""
    if file is None:
        raise ConfigError("config check", "a file", "none", "name the YAML file to check")
    typer.echo(f"{file.name}: valid, settings {settings_hash(load_config(file))[:12]}")


def selftest() -> None:
    """Check the engines against IBSI reference values and stock PyRadiomics; status 1 where one fails."""
    rows = selftest_values()
    table = Table("check", "value", "reference", "tolerance", "passed")
    for row in rows:
        table.add_row(row.name, f"{row.value:.6g}", f"{row.reference:.6g}", f"{row.tolerance:.2g}", _word(row.passed))
    Console().print(table)
    failed = sum(not row.passed for row in rows)
    typer.echo(f"{len(rows) - failed} passed, {failed} failed")
    if failed:
        raise typer.Exit(1)


def _word(passed: bool) -> str:
    return "yes" if passed else "NO"
