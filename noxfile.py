"""Sessions on every supported Python, on the oldest allowed versions, and over the known vulnerabilities."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

import nox

nox.needs_version = ">=2024.10"
nox.options.default_venv_backend = "venv"
nox.options.error_on_missing_interpreters = False
nox.options.sessions = ["tests", "oldest", "middle", "audit"]

PYTHONS = ["3.11", "3.12", "3.13"]
KNOWN_CASE = "https://pypi.org/pypi/requests/2.31.0/json"
"""A version with a published vulnerability (CVE-2024-35195): who does not know it would call anything clean."""
ASK_KNOWN_CASE = f"""
import requests
answer = requests.get({KNOWN_CASE!r}, timeout=10)
answer.raise_for_status()
print("known" if answer.json().get("vulnerabilities") else "it lists no vulnerability of it")
"""
ACROSS_VERSIONS = [
    *("tests/faults/test_determinism.py", "tests/features", "tests/modeling"),
    *("tests/release", "tests/stats", "tests/tables"),
]
"""What versions change: numbers against published values, decoders, and types of columns."""
MIDDLE = ("pandas==2.3.3", "numpy>=2,<3")
"""The last pandas before 3, with a NumPy of its time."""


def oldest_versions() -> list[str]:
    """Every lower bound of ``install_requires`` as an exact version."""
    parser = configparser.ConfigParser()
    parser.read(Path(__file__).with_name("setup.cfg"), encoding="utf-8")
    lines = parser["options"]["install_requires"].split()
    return [re.sub(r">=", "==", line) for line in lines if ">=" in line]


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """The tests of numbers on one interpreter; arguments after ``--`` replace them.

    Then the small study, whose tables must equal those of the interpreters before to 1e-9.
    """
    session.install("--editable", ".[test]")
    session.run("pytest", "-q", *(session.posargs or ACROSS_VERSIONS))
    session.run("python", "benchmarks/same_numbers.py", str(session.cache_dir / "same-numbers"))


@nox.session(python=PYTHONS[0])
def oldest(session: nox.Session) -> None:
    """The same with the oldest versions that ``setup.cfg`` allows; what they deprecated since is no failure."""
    session.install("--editable", ".[test]")
    session.install(*oldest_versions())
    session.run("pytest", "-q", "-W", "default", *(session.posargs or ACROSS_VERSIONS))


@nox.session(python=PYTHONS[1])
def middle(session: nox.Session) -> None:
    """The last pandas 2, beside the pandas 3 of `tests`."""
    session.install("--editable", ".[test]")
    session.install(*MIDDLE)
    session.run("pytest", "-q", "-W", "default", *(session.posargs or ACROSS_VERSIONS))


@nox.session(python=PYTHONS[0])
def audit(session: nox.Session) -> None:
    """Known vulnerabilities of what is installed; skipped where the service cannot be reached."""
    session.install("--editable", ".", "pip-audit")
    answer = str(session.run("python", "-c", ASK_KNOWN_CASE, success_codes=[0, 1], silent=True))
    if answer.strip() != "known":
        reason = (answer.strip().splitlines() or ["no answer"])[-1]
        session.skip(f"the vulnerability service does not answer ({KNOWN_CASE}): {reason}")
    session.run("pip-audit", "--skip-editable")
