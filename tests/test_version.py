"""One version everywhere."""

import re
from importlib.metadata import version
from pathlib import Path

import yaml

import radiomics_mammo
from radiomics_mammo.cli.main import app


def test_metadata_and_citation_carry_the_version():
    assert version("radiomics-mammo") == radiomics_mammo.__version__
    citation = Path(__file__).parents[1] / "CITATION.cff"
    assert yaml.safe_load(citation.read_text(encoding="utf-8"))["version"] == radiomics_mammo.__version__


def test_public_names_are_there():
    assert [name for name in radiomics_mammo.__all__ if getattr(radiomics_mammo, name, None) is None] == []
    assert dir(radiomics_mammo) == radiomics_mammo.__all__


def test_commands_of_the_readme_are_commands():
    text = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"radiomics-mammo ([a-z]+)", text)) | set(
        re.findall(r"`([a-z]+)`", re.search(r"\| command(.*?)\n\n", text, re.S)[1])
    )
    known = {command.name for command in app.registered_commands} | {"config"}
    assert {"run", "fetch", "demo"} <= named
    assert named - {"pyradiomics"} <= known
    assert known - {"config"} <= named
