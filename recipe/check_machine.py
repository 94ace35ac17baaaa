"""Say before anything is built what this machine lacks: ``python3 recipe/check_machine.py``; one line each, status 1.

Runs on any Python 3, so that an old one is told so, too.
"""

import os
import platform
import shutil
import struct
import sys
import sysconfig

OLDEST, NEWEST = (3, 11), (3, 13)
COMPILER = {
    "debian": "apt-get install build-essential python3-dev python3-venv",
    "fedora": "dnf install gcc python3-devel",
    "Darwin": "xcode-select --install",
    "Windows": "install the Build Tools for Visual Studio with 'Desktop development with C++'",
}
"""What brings a C compiler and Python.h, by family of systems."""


def remedy(system: str, release: str) -> str:
    """Command that brings what is missing on a system; `release` is the text of /etc/os-release."""
    if system != "Linux":
        return COMPILER.get(system, "install a C compiler and the headers of Python")
    fedora = any(word in release for word in ("fedora", "rhel", "centos"))
    return COMPILER["fedora" if fedora else "debian"]


def lacks(version: tuple, *, bits: int, compiler: bool, headers: bool, venv: bool, folder: bool, home: bool) -> list:
    """Every reason why an installation would fail, as one line each."""
    found = ".".join(map(str, version))
    told = []
    if not OLDEST <= tuple(version) <= NEWEST:
        word = "old" if tuple(version) < OLDEST else "new"
        told.append("Python %s is too %s: use 3.11, 3.12 or 3.13 (make demo PYTHON=python3.12)" % (found, word))  # noqa: UP031
    if bits != 64:
        told.append("Python of %d bits: SimpleITK and others exist for 64 bits only, install a 64-bit Python" % bits)  # noqa: UP031
    if not compiler:
        told.append("no C compiler, which PyRadiomics is built with: %s")
    if not headers:
        told.append("no Python.h, which PyRadiomics is built with: %s")
    if not venv:
        told.append("this Python makes no environments (module ensurepip is missing): %s")
    if not folder:
        told.append("no permission to write in this folder: copy it to one of your own, or name another VENV")
    if not home:
        told.append("HOME is not set: export HOME=/tmp, so that pip and Matplotlib can keep their files")
    return told


def importable(name: str) -> bool:
    """Whether a module can be imported, without a trace where it cannot."""
    try:
        __import__(name)
    except ImportError:
        return False
    return True


def main() -> int:
    """Print what is missing; the status is the answer."""
    release = ""
    if os.path.exists("/etc/os-release"):  # noqa: PTH110 - runs on any Python
        with open("/etc/os-release", encoding="utf-8") as file:  # noqa: PTH123
            release = file.read()
    windows, ready = platform.system() == "Windows", os.path.isdir("wheelhouse")  # noqa: PTH112
    include = sysconfig.get_paths()["include"]
    told = lacks(
        sys.version_info[:2],
        bits=8 * struct.calcsize("P"),
        compiler=ready or windows or any(shutil.which(name) for name in ("cc", "gcc", "clang")),
        headers=ready or os.path.exists(os.path.join(include, "Python.h")),  # noqa: PTH110, PTH118
        venv=importable("ensurepip"),
        folder=os.access(os.curdir, os.W_OK),
        home=windows or bool(os.environ.get("HOME")),
    )
    for line in told:
        sys.stderr.write((line % remedy(platform.system(), release) if "%s" in line else line) + "\n")
    return int(bool(told))


if __name__ == "__main__":
    sys.exit(main())
