"""A run that is killed at any moment goes on where it stopped and ends with the tables of an undisturbed one."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import cv2
import pandas as pd
import pytest

from radiomics_mammo.pipeline.store import Store
from tests.conftest import QUICK, hears_interrupts
from tests.faults.conftest import table_bytes

LONG_KILLS = 20
POLL_SECONDS = 0.005
READERS = {
    ".json": lambda path: json.loads(path.read_text(encoding="utf-8")) is not None,
    ".png": lambda path: cv2.imread(str(path)) is not None,
    ".csv": lambda path: path.read_bytes().endswith(b"\n"),
    ".parquet": lambda path: len(pd.read_parquet(path).columns) > 1,
    ".html": lambda path: path.read_text(encoding="utf-8").rstrip().endswith("</html>"),
    ".svg": lambda path: path.read_text(encoding="utf-8").rstrip().endswith("</svg>"),
}
"""How a complete file of each kind is told from a part of one."""


def start(words: list[str]) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "radiomics_mammo", *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def files_in(out: Path) -> list[Path]:
    return [path for path in out.rglob("*") if path.is_file()]


def kill_after(process: subprocess.Popen[str], out: Path, files: int, wait_seconds: float) -> bool:
    """Kill a run a moment after it has written so many files; whether it was still running."""
    while process.poll() is None and len(files_in(out)) < files:
        time.sleep(POLL_SECONDS)
    time.sleep(wait_seconds)
    running = process.poll() is None
    process.kill()
    process.communicate()
    return running


def workers_of(process: subprocess.Popen[str]) -> list[int]:
    """Worker processes of a run."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    pids = [int(pid) for pid in children.read_text().split()] if children.exists() else []
    return [pid for pid in pids if b"popen_loky" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def check_complete(out: Path) -> None:
    """No file under its final name is a part of one."""
    for path in files_in(out):
        if path.name.endswith(".part"):
            assert path.name.startswith("."), path
        elif path.suffix in READERS:
            assert READERS[path.suffix](path), path


def kill_at_random(words: list[str], out: Path, *, kills: int, total: int, seed: int) -> int:
    """Kill a run again and again, further on each time; how often it was caught running."""
    rng = random.Random(seed)
    caught = 0
    for number in range(kills):
        target = int(total * (number + rng.random()) / kills)
        caught += kill_after(start(words), out, target, rng.random() / 10)
        check_complete(out)
    return caught


def finish(process: subprocess.Popen[str]) -> None:
    printed, _ = process.communicate(timeout=3000)
    assert process.returncode == 0, printed
    assert "Traceback" not in printed


def test_killed_runs_end_with_the_tables_of_an_undisturbed_one(good, tmp_path):
    out = tmp_path / "out"
    words = good.words(good.release, out)
    assert kill_at_random(words, out, kills=2, total=len(files_in(good.out)), seed=7) == 2
    finish(start(words))
    check_complete(out)
    assert table_bytes(out) == table_bytes(good.out)
    assert not list(out.rglob("*.part"))


def test_killed_worker_costs_nothing(good, tmp_path):
    out = tmp_path / "out"
    process = start(good.words(good.release, out, jobs=2))
    while process.poll() is None and not (workers := workers_of(process)):
        time.sleep(POLL_SECONDS)
    while process.poll() is None and len(files_in(out)) < len(files_in(good.out)) // 4:
        time.sleep(POLL_SECONDS)
    os.kill(workers[0], signal.SIGKILL)
    finish(process)
    assert table_bytes(out) == table_bytes(good.out)


def session_of(leader: int) -> list[int]:
    """Processes of a session that are still at work."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, IndexError):
            state, _, _, session = (folder / "stat").read_text().rpartition(") ")[2].split()[:4]
            found += [int(folder.name)] if int(session) == leader and state != "Z" else []
    return found


@pytest.mark.parametrize(
    ("number", "whole_group", "status"),
    [
        (signal.SIGINT, True, 130),
        pytest.param(signal.SIGINT, False, 130, marks=pytest.mark.nightly),
        (signal.SIGTERM, False, -signal.SIGTERM),
    ],
    ids=["ctrl-c", "SIGINT", "SIGTERM"],
)
def test_an_interrupted_run_says_one_line_and_leaves_no_process_behind(good, tmp_path, number, whole_group, status):
    out = tmp_path / "out"
    command = [str(Path(sys.executable).with_name("radiomics-mammo")), *good.words(good.release, out, jobs=2)]
    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes, start_new_session=True, preexec_fn=hears_interrupts) as process:
        while process.poll() is None and not workers_of(process):
            time.sleep(POLL_SECONDS)
        while process.poll() is None and not list(out.rglob(".records/*/*")):
            time.sleep(POLL_SECONDS)
        (os.killpg if whole_group else os.kill)(process.pid, number)
        _, said = process.communicate(timeout=60)
    assert process.returncode == status
    assert "Traceback" not in said
    assert said.strip().endswith("go on where it stopped") == (status == 130)
    until = time.monotonic() + 20
    while session_of(process.pid) and time.monotonic() < until:
        time.sleep(0.1)
    assert session_of(process.pid) == []


def test_two_runs_in_one_folder_exclude_each_other(good, call, tmp_path):
    out = good.copy_out(tmp_path)
    before = table_bytes(out)
    with Store(out).locked():
        ended = call(good.words(good.release, out))
    assert ended.status == 1
    assert "no other run in this folder" in ended.printed
    assert "choose another --out" in ended.printed
    assert table_bytes(out) == before


@pytest.mark.nightly
def test_whole_study_killed_many_times(small_study, tmp_path):
    (tmp_path / "study.yaml").write_text(QUICK)
    out, tables = tmp_path / "out", table_bytes(small_study.out)
    words = ["run", str(small_study.release), "--out", str(out), "--config", str(tmp_path / "study.yaml")]
    total = len(files_in(small_study.out))
    caught = kill_at_random([*words, "--jobs", "2"], out, kills=LONG_KILLS, total=total, seed=11)
    finish(start([*words, "--jobs", "2"]))
    check_complete(out)
    assert table_bytes(out) == tables
    print(f"\nkills: {LONG_KILLS}, {caught} of them while running")  # noqa: T201 - the nightly run shows it
