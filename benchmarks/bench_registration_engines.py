"""Compare the deformable step with those of SimpleITK, from the same affine start on the same working pictures.

Run ``python benchmarks/bench_registration_engines.py [--real DIR] [--pairs N]``.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import SimpleITK as sitk
from bench_registration_cases import Case, real_cases, synthetic_cases

from radiomics_mammo.config.registration import RegistrationConfig
from radiomics_mammo.registration.candidates import find_candidates
from radiomics_mammo.registration.preprocessing import WorkingPicture, resample, working_pair

CONTROL_POINT_MM = 20.0
"""Spacing of the B-spline control points: the side of the blocks that our own step matches."""

DEMONS_SMOOTHING_PX = 8.0
"""Gaussian sigma that regularises the demons' displacement (6.4 mm, the distance of our blocks)."""


def demons(fixed: np.ndarray, moving: np.ndarray, _mask: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Fast symmetric forces demons in three resolutions; it offers no mask."""
    engine = sitk.FastSymmetricForcesDemonsRegistrationFilter()
    engine.SetNumberOfThreads(1)
    engine.SetStandardDeviations(DEMONS_SMOOTHING_PX)
    engine.SetSmoothDisplacementField(True)
    engine.SetNumberOfIterations(60)
    field = engine.Execute(*(sitk.GetImageFromArray(cv2.GaussianBlur(p, (0, 0), 1.5)) for p in (fixed, moving)))
    shifts = sitk.GetArrayFromImage(field)[..., ::-1]
    return lambda points: np.stack(
        [
            cv2.remap(
                np.ascontiguousarray(shifts[..., axis], dtype=np.float32),
                points[:, 1].astype(np.float32),
                points[:, 0].astype(np.float32),
                cv2.INTER_LINEAR,
            )[:, 0]
            for axis in (0, 1)
        ],
        axis=1,
    )


def bspline(fixed: np.ndarray, moving: np.ndarray, mask: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """B-spline with correlation and L-BFGS-B, two resolutions, breast without lesions as mask."""
    target = sitk.GetImageFromArray(fixed)
    mesh = [max(2, round(size * 0.8 / CONTROL_POINT_MM)) for size in fixed.shape[::-1]]
    engine = sitk.ImageRegistrationMethod()
    engine.SetNumberOfThreads(1)
    engine.SetMetricAsCorrelation()
    engine.SetMetricFixedMask(sitk.GetImageFromArray(mask.astype(np.uint8)))
    engine.SetInterpolator(sitk.sitkLinear)
    engine.SetOptimizerAsLBFGSB(numberOfIterations=40)
    engine.SetShrinkFactorsPerLevel([2, 1])
    engine.SetSmoothingSigmasPerLevel([2, 0.5])
    engine.SetInitialTransform(sitk.BSplineTransformInitializer(target, mesh))
    found = engine.Execute(target, sitk.GetImageFromArray(moving))
    return lambda points: np.array([found.TransformPoint(p[::-1].tolist())[::-1] for p in points]) - points


def measure(case: Case, config: RegistrationConfig) -> list[dict[str, object]]:
    """Median and 90th percentile error over the breast, and seconds, of each engine on one pair."""
    pair = working_pair(case.prior, case.recent, config=config)
    prior, recent, scale = pair.prior, pair.recent, pair.scale
    start = time.process_time()
    candidates = find_candidates(pair, same_frame=True, config=config).candidates
    ours = time.process_time() - start
    affine = next(c.forward for c in candidates if c.method == "affine")
    places = np.argwhere(recent.usable)[::37].astype(float)
    here = recent.mm_from_work(places)
    truth = case.true_prior_px(here / scale.recent_mm) * scale.prior_mm
    guarded = np.argwhere(recent.breast & ~recent.usable).astype(float)
    lesion_here = recent.mm_from_work(guarded[::5])
    lesion_truth = case.true_prior_px(lesion_here / scale.recent_mm) * scale.prior_mm
    rows = []
    for candidate in candidates:
        apply = candidate.forward.apply
        rows.append(row(f"ours, {candidate.method}", (apply(here), truth), (apply(lesion_here), lesion_truth), ours))
    for name, engine in (("SimpleITK demons", demons), ("SimpleITK B-spline", bspline)):
        start = time.process_time()
        shift = engine(np.array(recent.structure), resample(prior.structure, prior, recent, affine), recent.usable)
        seconds = time.process_time() - start
        mapped = [affine.apply(moved_mm(recent, points, shift)) for points in (places, guarded[::5])]
        rows.append(row(name, (mapped[0], truth), (mapped[1], lesion_truth), seconds))
    return rows


def moved_mm(picture: WorkingPicture, points: np.ndarray, shift: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Working points after an engine's shift, in mm."""
    return picture.mm_from_work(points + shift(points))


def row(
    name: str, breast: tuple[np.ndarray, np.ndarray], lesion: tuple[np.ndarray, np.ndarray], seconds: float
) -> dict[str, object]:
    """One line of the table."""
    gaps, lesions = (np.linalg.norm(found - truth, axis=1) for found, truth in (breast, lesion))
    return {
        "step": name,
        "breast median mm": np.median(gaps),
        "breast p90 mm": np.percentile(gaps, 90),
        "lesion median mm": np.median(lesions) if lesions.size else np.nan,
        "s": seconds,
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--real", type=Path)
    parser.add_argument("--pairs", type=int, default=20)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    cases = list(synthetic_cases(options.pairs, 768))
    if options.real is not None and options.real.is_dir():
        cases += list(real_cases(options.real, 1, 1.0))
    rows = [{"cases": case.group, **line} for case in cases for line in measure(case, RegistrationConfig())]
    print(pd.DataFrame(rows).groupby(["cases", "step"], sort=False).mean().round(2).to_string())


if __name__ == "__main__":
    main()
