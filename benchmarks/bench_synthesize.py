"""Measure what a synthetic release costs and how close to real tissue its texture is.

Run ``python benchmarks/bench_synthesize.py --patients 100 --jobs 2`` for the full release (4096 x 3328); with fewer
patients the processor time is extrapolated to 100. Processor time is what the work needs on idle cores; wall time is
printed beside it, since other programs may have been running.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
from joblib.externals.loky import get_reusable_executor

from radiomics_mammo.pipeline.workers import Workers
from radiomics_mammo.synthetic import ClassCounts, synthesize_release, synthetic_pair
from radiomics_mammo.synthetic.anatomy import spectral_exponent

FULL_RELEASE = 100
GLAND_SHARES = (0.10, 0.27, 0.52, 0.76)
"""Planted for BI-RADS density a to d."""


def processor_seconds() -> float:
    """Processor time of this process and its finished children."""
    parts = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(part.ru_utime + part.ru_stime for part in parts)


def processor_name() -> str:
    """Model name where the system tells it."""
    described = Path("/proc/cpuinfo")
    lines = described.read_text(encoding="utf-8").splitlines() if described.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def split(patients: int) -> ClassCounts:
    """35 : 15 : 50 of any number of patients, at least one of each class."""
    normal, benign = max(1, round(0.35 * patients)), max(1, round(0.15 * patients))
    return ClassCounts(normal, benign, max(1, patients - normal - benign))


def time_release(arguments: argparse.Namespace) -> list[tuple[str, str]]:
    """Time one release; rows of the table."""
    counts = split(arguments.patients)
    patients = counts.normal + counts.benign + counts.malignant
    with tempfile.TemporaryDirectory(dir=arguments.scratch) as folder:
        started, used = time.perf_counter(), processor_seconds()
        truth = synthesize_release(
            Path(folder),
            patients=counts,
            rows=arguments.rows,
            cols=arguments.cols,
            run_many=Workers(arguments.jobs).run_all,
        )
        wall = time.perf_counter() - started
        get_reusable_executor().shutdown(wait=True)  # the time of workers counts once they have ended
        used = processor_seconds() - used
        size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1e6
    scale = FULL_RELEASE / patients
    return [
        ("processor", f"{processor_name()}, {os.cpu_count()} cores"),
        ("patients, matrix, jobs", f"{patients}, {arguments.rows} x {arguments.cols}, {arguments.jobs}"),
        ("files, size", f"{patients * 8} pictures, {size / 1e9:.2f} GB"),
        ("outlines", str(len(truth.lesions))),
        ("wall time, load of the machine", f"{wall:.0f} s, {os.getloadavg()[0]:.1f}"),
        ("processor time", f"{used:.0f} s"),
        ("processor time of 100 patients, two cores", f"{used * scale / 60:.1f} min, {used * scale / 120:.1f} min"),
        ("peak memory of a process", f"{peak:.2f} GB"),
    ]


def exponents(rows: int, repeats: int) -> list[tuple[str, str]]:
    """Spectral exponent of the tissue behind the nipple by density; real tissue has about 3."""
    table = []
    for letter, share in zip("abcd", GLAND_SHARES, strict=True):
        slopes = []
        for seed in range(repeats):
            rng = np.random.default_rng([1, seed])
            picture = synthetic_pair(rng, rows=rows, cols=round(rows * 0.8125), masses=(), gland_share=share).recent
            half = rows // 8
            slopes.append(
                spectral_exponent(picture[rows // 2 - half : rows // 2 + half, half // 2 : half // 2 + 2 * half])
            )
        table.append((f"spectral exponent, density {letter}", f"{np.mean(slopes):.2f} +- {np.std(slopes):.2f}"))
    return table


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=8)
    parser.add_argument("--rows", type=int, default=4096)
    parser.add_argument("--cols", type=int, default=3328)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--scratch", type=Path, default=None, help="folder for the release, removed afterwards")
    arguments = parser.parse_args()
    for name, value in [*time_release(arguments), *exponents(1024, 10)]:
        print(f"| {name} | {value} |", flush=True)


if __name__ == "__main__":
    main()
