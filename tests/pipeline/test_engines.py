"""Versions name every engine; code hashes follow the code."""

from importlib import resources

from radiomics_mammo.pipeline.engines import ENGINES, _sources, code_hash, engine_versions


def test_versions_name_every_engine():
    assert set(engine_versions()) == {"radiomics-mammo", "Python", *ENGINES}


def test_code_hash_differs_between_rooms_and_holds_every_file():
    assert len({code_hash(("core",)), code_hash(("masks",)), code_hash(("core", "masks"))}) == 3
    names = [name for name, _ in _sources(resources.files("radiomics_mammo") / "config")]
    assert "defaults/study.yaml" in names
    assert "study.py" in names
    assert not [name for name in names if name.endswith(".pyc")]
