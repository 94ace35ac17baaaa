"""What every number depends on besides files and settings: the versions of the engines and the code of the rooms."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterator
from functools import cache
from importlib import metadata, resources
from importlib.resources.abc import Traversable

from radiomics_mammo._version import __version__

DECODERS = (
    "pydicom", "pillow", "imagecodecs", "pylibjpeg", "pylibjpeg-openjpeg",
)  # fmt: skip
ARRAYS = ("numpy", "scipy", "opencv-python-headless", "scikit-image")
TABLES = ("numpy", "scipy", "pandas")
ENGINES = (
    "pyradiomics-bhklab", "SimpleITK", "PyWavelets", *ARRAYS, "pandas", "scikit-learn", "statsmodels", *DECODERS,
    "skops", "matplotlib",
)  # fmt: skip
"""Distributions whose version can change a number or a picture."""


def engine_versions(names: tuple[str, ...] = ENGINES) -> dict[str, str]:
    """Installed version of engines, ours and Python's first.

    Examples
    --------
    >>> list(engine_versions(("numpy",)))
    ['radiomics-mammo', 'Python', 'numpy']
    """
    found = {"radiomics-mammo": __version__, "Python": platform.python_version()}
    return found | {name: metadata.version(name) for name in names}


@cache
def code_hash(rooms: tuple[str, ...]) -> str:
    """Hash (sha256, hex) of every file of some rooms, so that a changed formula is never served from an old record.

    Examples
    --------
    >>> code_hash(("core",)) != code_hash(("masks",))
    True
    """
    digest = hashlib.sha256()
    for room in rooms:
        for name, data in _sources(resources.files("radiomics_mammo") / room):
            digest.update(room.encode() + b"/" + name.encode() + b"\0" + data)
    return digest.hexdigest()


def _sources(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, bytes]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir() and entry.name != "__pycache__":
            yield from _sources(entry, f"{prefix}{entry.name}/")
        elif entry.is_file() and not entry.name.endswith(".pyc"):
            yield prefix + entry.name, entry.read_bytes()
