"""Measure where prior regions are put: error against known warps, trust, unrelated exams, time and memory.

Run ``python benchmarks/bench_registration.py`` (about ten minutes on one core; ``--pairs N`` for another number of
synthetic pairs); ``--real DIR`` for real mammograms (PNG, named ``*_CC.png``, ``*_MLO.png``) warped by known maps.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from bench_registration_cases import Case, exam, real_cases, shuffled_cases, synthetic_cases

from radiomics_mammo.config.registration import RegistrationConfig
from radiomics_mammo.core.contours import contour_centroid_px
from radiomics_mammo.core.pairs import AlignedPair
from radiomics_mammo.core.vocabulary import PriorPolicy, View, Visit
from radiomics_mammo.registration import prior_regions, register_exams
from radiomics_mammo.synthetic import synthetic_pair

NEW_TEXTURE = (0.0, 0.5, 2.0)
"""Contrast of new tissue texture, in units of that of the old one."""

HARD_TEXTURE = (4.0, 6.0, 8.0)
"""The same, where much of the old tissue is drowned: what trust must tell apart."""

HARD_REPEATS = 3
"""Pairs of every real picture at each hard texture."""

SMOOTH_MM = 3.0
"""Gaussian that takes all fine structure out of the smooth pictures."""


def measure(case: Case, config: RegistrationConfig) -> list[dict[str, object]]:
    """One row for every recent lesion of a case."""
    start = time.process_time()
    registration = register_exams(case.prior, case.recent, config=config)
    pair = AlignedPair(case.prior, case.recent, registration)
    regions = [p for p in prior_regions(pair, config=config) if p.prior.prior_policy is PriorPolicy.REGISTERED]
    seconds = time.process_time() - start
    rows = []
    for region in regions:
        found = np.array([contour_centroid_px(region.prior.contour_px)])
        plain = pair.prior_px(np.array([contour_centroid_px(region.recent.contour_px)]))
        error = plain_error = np.nan
        if case.true_prior_px is not None:
            truth = case.true_prior_px(np.array([contour_centroid_px(region.recent.contour_px)]))
            spacing = case.prior.mammogram.grid.row_spacing_mm
            error, plain_error = (float(np.linalg.norm(p - truth)) * spacing for p in (found, plain))
        rows.append(
            {
                "group": case.group,
                "trusted": region.prior.trusted,
                "pair_trusted": registration.trusted,
                "method": str(registration.method),
                "error_mm": error,
                "plain_error_mm": plain_error,
                "similarity": registration.similarity_after,
                "affine": registration.similarity_affine,
                "before": registration.similarity_before,
                "dice": registration.breast_dice,
                "inverse_mm": registration.inverse_consistency_mm,
                "score": region.prior.search_score,
                "shift_mm": region.prior.search_shift_mm,
                "seconds": seconds,
                "why": "; ".join(f.message for f in registration.findings),
            }
        )
    return rows


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """One line for every group of cases."""
    lines = []
    for group, part in rows.groupby("group", sort=False):
        good, bad = part[part.trusted].error_mm.dropna(), part[~part.trusted].error_mm.dropna()
        lines.append(
            {
                "cases": group,
                "lesions": len(part),
                "trusted": f"{part.trusted.mean():.1%}",
                "median mm": round(good.median(), 2),
                "p90 mm": round(good.quantile(0.9), 2),
                "max mm": round(good.max(), 2),
                "untrusted": len(bad),
                "untrusted median mm": round(bad.median(), 2),
                "untrusted p90 mm": round(bad.quantile(0.9), 2),
                "similarity": round(part.similarity.median(), 2),
                "s/pair": round(part.seconds.median(), 2),
            }
        )
    return pd.DataFrame(lines)


def full_size_run() -> str:
    """Time and memory of one pair at 4096 x 3328 in a process of its own; breast finding included, decoding not."""
    pair = synthetic_pair(np.random.default_rng(3), rows=4096, cols=3328)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pair.npz"
        np.savez(file, prior=pair.prior, recent=pair.recent, contour=pair.recent_contours_px[0])
        command = [sys.executable, __file__, "--one", str(file)]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def peak_megabytes() -> float:
    """Largest memory of this process; Linux keeps that of the parent in `getrusage`, so its own figure is read."""
    status = Path("/proc/self/status")
    if status.is_file():
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def one_run(file: Path) -> str:
    """What `full_size_run` measures."""
    with np.load(file) as arrays:
        prior_px, recent_px, contour = (arrays[name] for name in ("prior", "recent", "contour"))
    before = peak_megabytes()
    start = time.process_time()
    prior = exam(prior_px, (View.CC, Visit.PRIOR), 0.07, [])
    recent = exam(recent_px, (View.CC, Visit.RECENT), 0.07, [contour])
    prior_regions(AlignedPair(prior, recent, register_exams(prior, recent)))
    seconds = time.process_time() - start
    peak = peak_megabytes()
    return (
        f"one pair at 4096 x 3328: {seconds:.2f} s of one core; peak memory {peak:.0f} MB, "
        f"of which {before:.0f} MB are the libraries and the two pictures"
    )


def all_cases(options: argparse.Namespace) -> Iterator[Case]:
    """Every case asked for, with shuffled ones after each kind."""
    cases = list(synthetic_cases(options.pairs, 768))
    yield from cases
    yield from shuffled_cases(cases, "synthetic, another woman")
    if options.real is None or not options.real.is_dir():
        return
    repeats = max(1, options.pairs // 50)
    for novelty in NEW_TEXTURE:
        real = list(real_cases(options.real, repeats, novelty))
        yield from real
        if novelty == 0.5:
            yield from shuffled_cases(real, "real, another woman")
    smooth = [replace(case, group="real, smooth") for case in real_cases(options.real, repeats, 0, smooth_mm=SMOOTH_MM)]
    yield from smooth
    yield from shuffled_cases(smooth, "real, smooth, another woman")
    for novelty in HARD_TEXTURE:
        yield from real_cases(options.real, HARD_REPEATS, novelty)


def processor() -> str:
    """Model and number of the machine's cores."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").is_file() else []
    model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown model")
    return f"{model}, {os.cpu_count()} cores"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=100)
    parser.add_argument("--real", type=Path)
    parser.add_argument("--csv", type=Path)
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    if options.one is not None:
        print(one_run(options.one))
        return
    config, rows = RegistrationConfig(), []
    for case in all_cases(options):
        rows += measure(case, config)
        if options.csv:
            pd.DataFrame(rows).to_csv(options.csv, index=False)
    table = pd.DataFrame(rows)
    print(summary(table).to_string(index=False))
    hard = table[table.group.isin([f"real, warped, {novelty:.0%} new texture" for novelty in HARD_TEXTURE])]
    if len(hard):
        print(summary(hard.assign(group="all with 400 % and more")).to_string(index=False))
    print(processor())
    print(full_size_run())


if __name__ == "__main__":
    main()
