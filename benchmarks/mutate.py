"""Mutation check of the code that decides labels, splits and deltas: changes it in a copy and asks the tests.

Run ``python benchmarks/mutate.py [--most N]``; needs ``cosmic-ray`` (extra ``dev``). The working tree is not touched.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
TARGETS = {
    "radiomics_mammo/masks/labels.py": "tests/masks/test_labels.py",
    "radiomics_mammo/modeling/splitting.py": "tests/modeling/test_splitting.py",
    "radiomics_mammo/features/deltas.py": "tests/features/test_deltas.py",
}
"""Module and the tests that must notice a change of it."""
LEFT_OUT = (".git", ".venv", "docs", "notebooks", "*.egg-info", "__pycache__", ".mypy_cache", ".ruff_cache")
SECONDS = 120.0


def settings(module: str, tests: str) -> str:
    """Configuration of cosmic-ray for one module."""
    return f"""[cosmic-ray]
module-path = "{module}"
timeout = {SECONDS}
excluded-modules = []
test-command = "{sys.executable} -m pytest -x -q -p no:cacheprovider {tests}"
[cosmic-ray.distributor]
name = "local"
"""


def thin_out(session: Path, most: int) -> int:
    """Leave a random sample of the mutants to try; how many are left."""
    with sqlite3.connect(session) as base:
        jobs = [row[0] for row in base.execute("SELECT job_id FROM work_items ORDER BY job_id")]
        dropped = random.Random(1).sample(jobs, max(0, len(jobs) - most)) if most else []
        for table in ("mutation_specs", "work_items"):
            base.executemany(f"DELETE FROM {table} WHERE job_id = ?", [(job,) for job in dropped])
    return len(jobs) - len(dropped)


def cosmic_ray(copy: Path, *words: str) -> str:
    """Output of a cosmic-ray command run in the copy."""
    done = subprocess.run([sys.executable, "-m", "cosmic_ray.cli", *words], cwd=copy, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"cosmic-ray {words[0]}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def survivors(session: Path) -> list[str]:
    """Mutants that no test noticed, one line each."""
    query = """SELECT m.operator_name, m.start_pos_row, r.diff FROM work_results r
               JOIN mutation_specs m ON m.job_id = r.job_id WHERE r.test_outcome = 'SURVIVED'
               ORDER BY m.start_pos_row"""
    lines = []
    with sqlite3.connect(session) as base:
        for operator, row, diff in base.execute(query):
            changed = [line for line in diff.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
            lines.append(f"line {row}, {operator.rpartition('/')[2]}: {' -> '.join(line.strip() for line in changed)}")
    return lines


def main() -> None:
    """Try the mutants of every target and print what survived."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=0, help="most mutants of each module, a random sample; 0 is all")
    most = parser.parse_args().most
    tried = alive = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copytree(ROOT, Path(folder) / "copy", ignore=shutil.ignore_patterns(*LEFT_OUT)))
        for module, tests in TARGETS.items():
            stem = Path(module).stem
            (copy / f"{stem}.toml").write_text(settings(module, tests))
            session = copy / f"{stem}.sqlite"
            cosmic_ray(copy, "init", f"{stem}.toml", session.name)
            count = thin_out(session, most)
            cosmic_ray(copy, "exec", f"{stem}.toml", session.name)
            left = survivors(session)
            tried, alive = tried + count, alive + len(left)
            print(f"{module}: {count} mutants, {len(left)} survived", *left, sep="\n  ")
    print(f"mutants: {tried} tried, {tried - alive} killed, {alive} survived")


if __name__ == "__main__":
    main()
