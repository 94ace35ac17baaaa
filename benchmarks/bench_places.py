"""Measure places on the hard world, on strangers and on the real pair; write candidates to fit the error model to.

Run ``python benchmarks/bench_places.py --pairs 20`` (seeds from ``--first``); ``--real`` adds the real pair, whose
folder ``RADIOMICS_MAMMO_REAL_PAIR`` may name; ``--candidates FILE`` only writes what ``fit_places.py`` reads.
"""

from __future__ import annotations

import argparse
import pickle
import time
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from bench_places_cases import REAL_PAIR, PlaceCase, hard_cases, real_cases, strangers

from radiomics_mammo.config.registration import RegistrationConfig
from radiomics_mammo.core.pairs import AlignedPair
from radiomics_mammo.registration import register_exams
from radiomics_mammo.registration.candidates import all_starts, coarse_maps
from radiomics_mammo.registration.preprocessing import working_pair
from radiomics_mammo.registration.quality import place_error


def candidates_of(case: PlaceCase, own: bool) -> tuple[object, ...]:
    """Figures and places of the affine candidates of a case, and the truth where there is one; mm."""
    config = RegistrationConfig()
    pictures = working_pair(case.prior, case.recent, config=config)
    starts = all_starts(pictures.recent, pictures.prior, with_identity=True)
    maps = coarse_maps(pictures.recent, pictures.prior, config, starts)
    spacing = case.recent.mammogram.grid.row_spacing_mm
    kinds = [kind for kind, points in case.recent_px.items() for _ in points]
    here = np.vstack([points.reshape(-1, 2) for points in case.recent_px.values()]) * spacing
    truth = np.vstack([points.reshape(-1, 2) for points in case.prior_px.values()]) * spacing if own else None
    found = [(one.figures, one.transform.matrix, one.transform.apply(here)) for one in maps]
    return ("own" if own else "stranger", case.name, found, here, truth, kinds)


def measured(case: PlaceCase) -> list[dict[str, object]]:
    """One row for every point of a case."""
    start = time.process_time()
    registration = register_exams(case.prior, case.recent)
    seconds = time.process_time() - start
    pair, spacing = AlignedPair(case.prior, case.recent, registration), case.recent.mammogram.grid.row_spacing_mm
    rows = []
    for kind, points in case.recent_px.items():
        radii = place_error(pair, points.reshape(-1, 2)).radius90_mm
        truth = case.prior_px.get(kind)
        gaps = np.full(len(points), np.nan)
        if truth is not None and len(points):
            gaps = np.linalg.norm(pair.prior_px(points) - truth, axis=1) * spacing
        rows += [
            {"case": case.name, "kind": kind, "error": e, "radius": r, "seconds": seconds,
             "told": registration.told_apart, "trusted": registration.trusted, "method": str(registration.method)}
            for e, r in zip(gaps, radii, strict=True)
        ]  # fmt: skip
    return rows


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=20)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--real", action="store_true")
    parser.add_argument("--candidates", type=Path)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    cases = list(hard_cases(range(options.first, options.first + options.pairs)))
    others = list(strangers(cases))
    if options.candidates:
        looked = [candidates_of(case, own=True) for case in cases] + [candidates_of(one, own=False) for one in others]
        options.candidates.write_bytes(pickle.dumps(looked))
        return
    rows = pd.DataFrame([row for case in cases for row in measured(case)])
    print(f"hard world, seeds {options.first} to {options.first + options.pairs - 1}")
    for kind, part in rows.groupby("kind"):
        held = (part.error <= part.radius).mean()
        print(
            f"{kind}: n {len(part)}, median {part.error.median():.2f} mm, "
            f"p90 {part.error.quantile(0.9):.2f}, held {held:.3f}"
        )
    pairs = rows.groupby("case").first()
    print(f"told {pairs.told.mean():.2f}, trusted {pairs.trusted.mean():.2f}, {pairs.seconds.median():.1f} s a pair")
    wrong = pd.DataFrame([row for one in others for row in measured(one)])
    if len(wrong):
        print(f"strangers trusted {wrong.groupby('case').first().trusted.mean():.3f} of {wrong.case.nunique()}")
    if options.real and REAL_PAIR.is_dir():
        for case in real_cases():
            part = pd.DataFrame(measured(case))
            print(case.name, part.round(1).to_string(index=False))


if __name__ == "__main__":
    main()
