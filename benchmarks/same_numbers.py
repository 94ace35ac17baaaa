"""The same study on another Python: every number of every table within 1e-9.

    python benchmarks/same_numbers.py made

runs the whole chain on a small synthetic release into ``made/<version>/`` with the interpreter it is called with, then
prints, table by table, the largest relative difference to each other version found in ``made``. It ends with status 1
where a difference is larger than allowed, or a table, row, column or word differs. `nox -s tests` calls it on every
interpreter.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from radiomics_mammo.config.loading import parse_config
from radiomics_mammo.pipeline.measuring import RunOptions
from radiomics_mammo.pipeline.study import run_stages
from radiomics_mammo.pipeline.workers import Workers
from radiomics_mammo.synthetic import synthesize_release

ALLOWED = 1e-9
SEED = 11
SETTINGS = """
features: quick
registration: {null_places: 2}
modeling: {repeats: 1, bootstrap_draws: 100, permutations: 20, trees: 20}
"""
NOTHING = 1e-12
"""What is less apart than this is equal: a bias of 1e-17 has no relative difference."""
DIFFERENT = float("inf")


def run_small_study(root: Path) -> Path:
    """Run the small study with this interpreter; the folder of its tables."""
    out = root / ".".join(str(part) for part in sys.version_info[:2])
    workers = Workers(2)
    made = synthesize_release(out / "made", patients=16, rows=512, cols=416, seed=SEED, run_many=workers.run_all)
    run_stages(made.release, out / "results", RunOptions(config=parse_config(SETTINGS), workers=workers))
    return out / "results"


def largest_difference(one: pd.DataFrame, other: pd.DataFrame) -> tuple[float, str]:
    """Largest difference relative to the larger value, and its column; infinite where shapes, words or gaps differ."""
    if list(one.columns) != list(other.columns) or len(one) != len(other):
        return DIFFERENT, "rows or columns"
    worst = 0.0, ""
    for name in one.columns:
        a, b = one[name], other[name]
        if pd.api.types.is_numeric_dtype(a) and pd.api.types.is_numeric_dtype(b):
            difference = _relative(a.to_numpy(dtype=float), b.to_numpy(dtype=float))
        else:
            difference = 0.0 if a.equals(b) else DIFFERENT
        worst = max(worst, (difference, str(name)))
    return worst


def _relative(a: np.ndarray, b: np.ndarray) -> float:
    if not np.array_equal(np.isnan(a), np.isnan(b)):
        return DIFFERENT
    apart = np.abs(a - b) > NOTHING
    size = np.maximum(np.abs(a), np.abs(b))[apart]
    return float((np.abs(a - b)[apart] / size).max(initial=0.0))


def main() -> int:
    """Run, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    chosen = parser.parse_args()
    here = run_small_study(chosen.folder)
    others = sorted(path for path in chosen.folder.glob("*/results") if path != here)
    print(f"| table | {' | '.join(path.parent.name for path in others)} |\n|---|{'---|' * len(others)}")
    failed = False
    for table in sorted(here.glob("*.csv")):
        cells = []
        for other in others:
            difference, column = largest_difference(pd.read_csv(table), pd.read_csv(other / table.name))
            failed |= difference > ALLOWED
            cells.append(f"{difference:.1e} {column if difference else ''}".strip())
        print(f"| {table.name} | {' | '.join(cells)} |")
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
