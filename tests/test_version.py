"""One version everywhere."""

from importlib.metadata import version
from pathlib import Path

import yaml

import radiomics_mammo


def test_metadata_and_citation_carry_the_version():
    assert version("radiomics-mammo") == radiomics_mammo.__version__
    citation = Path(__file__).parents[1] / "CITATION.cff"
    assert yaml.safe_load(citation.read_text(encoding="utf-8"))["version"] == radiomics_mammo.__version__


def test_public_names_are_there():
    assert [name for name in radiomics_mammo.__all__ if getattr(radiomics_mammo, name, None) is None] == []
    assert dir(radiomics_mammo) == radiomics_mammo.__all__
