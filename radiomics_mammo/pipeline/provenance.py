"""Where the numbers of a study come from: versions, settings, inputs, seed, time per stage."""

from __future__ import annotations

import hashlib
import json
import platform
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata, resources
from importlib.resources.abc import Traversable

from pydantic import TypeAdapter

from radiomics_mammo._version import __version__
from radiomics_mammo.config.study import StudyConfig, settings_hash

ENGINES = (
    "pyradiomics-bhklab",
    "SimpleITK",
    "numpy",
    "scipy",
    "pandas",
    "scikit-learn",
    "statsmodels",
    "scikit-image",
    "opencv-python-headless",
    "pydicom",
    "PyWavelets",
    "skops",
    "matplotlib",
)
"""Distributions whose version can change a number or a picture."""

MEASURING_ROOMS = ("core", "release", "masks", "registration", "features")
"""Rooms whose code a measured value depends on."""


def engine_versions() -> dict[str, str]:
    """Installed version of every engine, and of Python.

    Examples
    --------
    >>> sorted(engine_versions())[:2]
    ['PyWavelets', 'Python']
    """
    found = {"radiomics-mammo": __version__, "Python": platform.python_version()}
    return found | {name: metadata.version(name) for name in ENGINES}


@cache
def code_hash(rooms: tuple[str, ...] = MEASURING_ROOMS) -> str:
    """Hash (sha256, hex) of the code of some rooms, so that a changed formula is never served from an old record.

    Examples
    --------
    >>> code_hash(("core",)) != code_hash(("masks",))
    True
    """
    digest = hashlib.sha256()
    for room in rooms:
        for name, data in _sources(resources.files("radiomics_mammo") / room):
            digest.update(name.encode() + b"\0" + data)
    return digest.hexdigest()


def _sources(folder: Traversable) -> Iterator[tuple[str, bytes]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_file() and not entry.name.endswith(".pyc"):
            yield entry.name, entry.read_bytes()


@dataclass(frozen=True)
class Stopwatch:
    """Seconds per stage, in the order the stages ran."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time the block under a stage's name.

        Examples
        --------
        >>> watch = Stopwatch()
        >>> with watch.stage("features"):
        ...     pass
        >>> list(watch.seconds)
        ['features']
        """
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = round(time.perf_counter() - start, 3)


def study_json(
    config: StudyConfig,
    *,
    release: str,
    description: str,
    inputs: Mapping[str, str],
    seconds: Mapping[str, float],
    cases: bool = False,
) -> str:
    """Text of ``study.json``.

    Parameters
    ----------
    config : StudyConfig
    release, description : str
        Name of the release and of the workbook given, as given.
    cases : bool
        Whether it was read as cases without class.
    inputs : mapping
        sha256 of every input file by its path inside the release.
    seconds : mapping
        Seconds per stage.
    """
    content = {
        "versions": engine_versions(),
        "configuration": TypeAdapter(StudyConfig).dump_python(config, mode="json"),
        "configuration_sha256": settings_hash(config),
        "code_sha256": code_hash(),
        "release": release,
        "cases": cases,
        "description": description,
        "inputs_sha256": dict(sorted(inputs.items())),
        "seed": config.seed,
        "seconds_per_stage": dict(seconds),
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
