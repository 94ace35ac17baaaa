"""One module knows the platform: a folder is held once, and nothing else in the package is of POSIX alone."""

import ast
import os
from pathlib import Path

import pytest

import radiomics_mammo
from radiomics_mammo.pipeline.platforms import hold, is_child_of

PACKAGE = Path(radiomics_mammo.__file__).parent
HOME = PACKAGE / "pipeline" / "platforms.py"
POSIX_MODULES = {
    "fcntl",
    "pwd",
    "grp",
    "resource",
    "termios",
    "tty",
    "pty",
    "posix",
    "syslog",
    "curses",
    "spwd",
    "crypt",
}
POSIX_CALLS = {
    *(
        "fork",
        "forkpty",
        "getppid",
        "getuid",
        "geteuid",
        "getgid",
        "setuid",
        "setsid",
        "killpg",
        "getpgid",
        "nice",
        "wait",
    ),
    *("waitpid", "mkfifo", "chown", "lchown", "chroot", "getloadavg", "uname", "sync", "statvfs", "setpgrp", "umask"),
}
"""Names of `os` that Windows lacks or answers otherwise; what stands under a guard of its own is named below."""
GUARDED = {("cli/options.py", "sched_getaffinity")}


def posix_only(path: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import | ast.ImportFrom):
            modules = [name.name for name in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            found += sorted({module.split(".")[0] for module in modules} & POSIX_MODULES)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "os":
            known = node.attr in POSIX_CALLS or node.attr.startswith(("sched_", "posix_"))
            guarded = (path.relative_to(PACKAGE).as_posix(), node.attr) in GUARDED
            found += [f"os.{node.attr}"] if known and not guarded else []
    return found


def test_only_one_module_makes_calls_of_one_platform():
    calls = {
        path.relative_to(PACKAGE).as_posix(): found for path in PACKAGE.rglob("*.py") if (found := posix_only(path))
    }
    assert list(calls) == [HOME.relative_to(PACKAGE).as_posix()]


def test_a_file_is_held_once(tmp_path):
    with (tmp_path / "lock").open("a") as first, (tmp_path / "lock").open("a") as second:
        hold(first)
        with pytest.raises(OSError, match=r"\w"):
            hold(second)
    with (tmp_path / "lock").open("a") as again:
        hold(again)


def test_a_process_knows_its_parent():
    assert is_child_of(os.getppid())
    assert not is_child_of(os.getpid())
