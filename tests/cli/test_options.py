"""Options that several commands share are the contract's."""

import pytest
from typer.testing import CliRunner

from radiomics_mammo.cli.main import app
from radiomics_mammo.cli.options import available_cores

SHARED = ("--out", "--description", "--config", "--jobs", "--scheduler", "--strict", "--fresh", "--exclusions",
          "--review", "--dry-run", "--verbose", "--quiet")  # fmt: skip


@pytest.mark.parametrize("command", ["audit", "masks", "features", "run", "predict"])
def test_release_commands_share_their_options(command):
    output = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "200"}).output
    assert [option for option in SHARED if option not in output] == []


def test_at_least_one_core():
    assert available_cores() >= 1
