"""An output folder that cannot take the results ends the run in one line; with room again it goes on.

The real disks are small tmpfs mounts, which need the right to mount; where that is missing the simulated one remains.
"""

from __future__ import annotations

import errno
import os
import subprocess
from pathlib import Path

import pytest

from tests.faults.conftest import table_bytes

SMALL, ROOMY = "size=400k", "size=200m"


def mount(*words: str) -> bool:
    try:
        return subprocess.run(["mount", *words], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


@pytest.fixture
def disk(tmp_path):
    """A small file system of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    if not mount("-t", "tmpfs", "-o", SMALL, "tmpfs", str(place)):
        pytest.skip("no right to mount a tmpfs here; the simulated disk is tested")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def one_line(ended, words: str) -> None:
    assert ended.status == 1
    assert ended.printed.count("error: ") == 1
    assert words in ended.printed
    assert "check permissions and free space" in ended.printed


def test_full_disk_is_one_line_and_the_run_goes_on_with_room(good, call, disk):
    out = disk / "out"
    one_line(call(good.words(good.release, out)), "No space left on device")
    assert not list(out.rglob("*.part"))
    assert mount("-o", f"remount,{ROOMY}", str(disk))
    assert call(good.words(good.release, out)).status == 0
    assert table_bytes(out) == table_bytes(good.out)


def test_read_only_disk_is_one_line(good, call, disk):
    assert mount("-o", "remount,ro", str(disk))
    one_line(call(good.words(good.release, disk / "out")), "Read-only file system")


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EDQUOT])
def test_simulated_disk_is_one_line_and_loses_nothing(good, call, tmp_path, monkeypatch, code):
    out = good.copy_out(tmp_path)
    before = table_bytes(out)

    def refuse(_: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", refuse)
    one_line(call(good.words(good.release, out)), os.strerror(code))
    assert table_bytes(out) == before
    assert not list(Path(out).rglob("*.part"))
