"""What is needed to install and to upload, said once and alike everywhere."""

from __future__ import annotations

import configparser
import json
import re
import sys
from importlib import metadata
from pathlib import Path

import pytest
import yaml

from radiomics_mammo._version import __version__
from recipe.check_machine import COMPILER, lacks, remedy
from recipe.try_readme import FIRST, blocks

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
GOOD = {"bits": 64, "compiler": True, "headers": True, "venv": True, "folder": True, "home": True}
CONDA_NAMES = {"opencv-python-headless": "py-opencv", "matplotlib": "matplotlib-base"}


def setup() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def required() -> dict[str, str]:
    lines = setup()["options"]["install_requires"].split()
    return {name.lower(): bound for name, bound in (line.split(">=") for line in lines)}


def installed_needs(names: set[str]) -> set[str]:
    """Distributions that the named ones pull in, as far as they are installed here."""
    found: set[str] = set()
    waiting = set(names)
    while waiting:
        name = waiting.pop()
        found.add(name)
        try:
            lines = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            continue
        plain = [re.match(r"[\w.-]+", line)[0].lower().replace("_", "-") for line in lines if "extra" not in line]
        waiting |= set(plain) - found
    return found


def test_no_requirement_is_under_the_gpl():
    strict = set()
    for name in installed_needs(set(required())):
        try:
            facts = metadata.metadata(name)
        except metadata.PackageNotFoundError:
            continue
        words = [facts.get("License-Expression") or "", *facts.get_all("Classifier", [])]
        if any(
            re.search(r"(?<!L)GPL|GNU General Public", word) for word in words if "License" in word or "GPL" in word
        ):
            strict.add(name)
    assert strict == set()
    assert not {"highdicom", "xlrd", "dask", "distributed", "pylibjpeg-libjpeg"} & set(required())


def test_conda_asks_for_the_same():
    text = (ROOT / "recipe" / "meta.yaml").read_text(encoding="utf-8")
    assert f'version = "{__version__}"' in text
    recipe = yaml.safe_load(re.sub(r"\{\{.*?\}\}", "x", re.sub(r"\{%.*?%\}", "", text)))
    run = dict(line.split(" >=") for line in recipe["requirements"]["run"])
    assert run.pop("python") == setup()["options"]["python_requires"].removeprefix(">=") + ",<3.14"
    assert set(run) == {CONDA_NAMES.get(name, name) for name in required()}
    assert all(required()[name].startswith(run[CONDA_NAMES.get(name, name)]) for name in required())
    assert recipe["build"]["entry_points"] == [setup()["options.entry_points"]["console_scripts"].strip()]


def test_every_room_is_packed():
    packages = setup()["options"]["packages"].split()
    rooms = {".".join(path.relative_to(ROOT).parent.parts) for path in (ROOT / "radiomics_mammo").rglob("__init__.py")}
    assert set(packages) == rooms | {"radiomics_mammo.data_manifest"}


@pytest.mark.parametrize(
    ("version", "changed", "said"),
    [
        ((3, 10), {}, "too old"),
        ((3, 14), {}, "too new"),
        ((3, 12), {"bits": 32}, "64-bit"),
        ((3, 12), {"compiler": False}, "no C compiler"),
        ((3, 12), {"headers": False}, "Python.h"),
        ((3, 12), {"venv": False}, "ensurepip"),
        ((3, 12), {"folder": False}, "permission"),
        ((3, 12), {"home": False}, "HOME"),
    ],
)
def test_what_a_machine_lacks_is_one_line(version, changed, said):
    lines = lacks(version, **{**GOOD, **changed})
    assert len(lines) == 1
    assert said in lines[0]
    assert "\n" not in lines[0]


def test_a_good_machine_lacks_nothing_and_every_system_has_its_remedy():
    assert lacks(sys.version_info[:2], **GOOD) == []
    assert "dnf" in remedy("Linux", "ID=fedora")
    assert "apt-get" in remedy("Linux", "ID=ubuntu")
    assert "xcode-select" in remedy("Darwin", "")
    assert all(
        command in README + (ROOT / "docs" / "installing.md").read_text() for command in list(COMPILER.values())[:3]
    )


def test_commands_of_the_readme_work_after_those_before_them():
    first, release = (blocks(README, section) for section in FIRST)
    assert [line.split()[0] for line in "".join(first).splitlines()] == ["python3", ".venv/bin/radiomics-mammo"]
    assert "".join(first).index("venv .venv") < "".join(first).index(".venv/bin/python")
    assert all(line.startswith("radiomics-mammo ") for line in "".join(release).splitlines())
    assert README.index("`. .venv/bin/activate`") < README.index("radiomics-mammo fetch")


def test_containers_run_as_nobody_special_on_a_named_base():
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert re.findall(r"^FROM (\S+)", text, re.M) == ["python:3.12-slim-bookworm"] * 2
    assert text.index("\nUSER 1000") < text.index("\nENTRYPOINT")
    copied = [word for line in re.findall(r"^COPY (?!--)(.*)", text, re.M) for word in line.split()[:-1]]
    assert [name for name in copied if not (ROOT / name).exists()] == []
    kept = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert [name for name in copied if f"!{name}" not in kept] == []
    container = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
    assert "[test]" in container["postCreateCommand"]


def test_citation_names_the_data_and_the_engine():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"10.5281/zenodo.7179856", "10.1158/0008-5472.CAN-17-0339"} == {one["doi"] for one in citation["references"]}
    for form in (ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"):
        assert yaml.safe_load(form.read_text(encoding="utf-8")), form.name
