"""Every setting is explained, bounded by its type, and closed to unknown keys."""

from dataclasses import fields

import pytest
from pydantic import TypeAdapter, ValidationError

from radiomics_mammo.config.section import CLOSED
from radiomics_mammo.config.study import StudyConfig

SECTIONS = [field.type for field in fields(StudyConfig)]
VALUES = [value for value in vars(StudyConfig()).values() if hasattr(value, "__pydantic_fields__")]


@pytest.mark.parametrize("section", [StudyConfig(), *VALUES], ids=lambda s: type(s).__name__)
def test_every_setting_is_explained(section):
    assert all(len(field.description or "") > 3 for field in type(section).__pydantic_fields__.values())


@pytest.mark.parametrize("section", VALUES, ids=lambda s: type(s).__name__)
def test_unknown_key_is_refused(section):
    assert CLOSED["extra"] == "forbid"
    with pytest.raises(ValidationError, match="no_such_key"):
        TypeAdapter(type(section)).validate_python({"no_such_key": 1})
