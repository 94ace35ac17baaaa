"""Measure where prior regions are put: error against known warps, trust, unrelated exams, time and memory.

Run ``python benchmarks/bench_registration.py`` (about five minutes on one core; ``--pairs N`` for another number of
synthetic pairs); ``--real DIR`` for real mammograms (PNG, named ``*_CC.png``, ``*_MLO.png``) warped by known maps.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from scipy import ndimage

from radiomics_mammo.config.registration import RegistrationConfig
from radiomics_mammo.core.contours import contour_centroid_px
from radiomics_mammo.core.geometry import PixelGrid
from radiomics_mammo.core.identity import ImageKey, LesionKey
from radiomics_mammo.core.images import Mammogram
from radiomics_mammo.core.lesions import LesionMask
from radiomics_mammo.core.pairs import AlignedPair, Exam
from radiomics_mammo.core.vocabulary import LesionLabel, OutlineColor, PriorPolicy, View, Visit
from radiomics_mammo.registration import find_breast, prior_regions, register_exams
from radiomics_mammo.synthetic import synthetic_pair

REAL_WIDTH_MM = 250.0
"""Field height assumed for the real pictures, which come without a pixel spacing."""

STRONG_EVERY = 5
"""Every fifth pair is deformed 1.6 times as strongly."""


@dataclass(frozen=True)
class Case:
    """A pair with the true place in the prior of points of the recent picture; None where there is no truth."""

    group: str
    prior: Exam
    recent: Exam
    true_prior_px: Callable[[np.ndarray], np.ndarray] | None


def exam(pixels: np.ndarray, taken: tuple[View, Visit], spacing_mm: float, contours: list[np.ndarray]) -> Exam:
    """An exam around a picture and outlines."""
    grid = PixelGrid(*pixels.shape, spacing_mm, spacing_mm)
    key = ImageKey("benign-01", *taken)
    mammogram = Mammogram(key, grid, pixels.astype(np.float32))
    lesions = tuple(
        LesionMask(LesionKey(key, number), grid, OutlineColor.BLUE, False, LesionLabel.BENIGN, contour)
        for number, contour in enumerate(contours, start=1)
    )
    return Exam(mammogram, find_breast(mammogram), lesions)


def synthetic_cases(count: int, rows: int) -> Iterator[Case]:
    """Pairs of the synthetic release: two masses each, one of them new; densities from a to d."""
    for seed in range(count):
        rng = np.random.default_rng([7, seed])
        view = (View.CC, View.MLO)[seed % 2]
        strength = 1.6 if seed % STRONG_EVERY == 4 else 1.0
        masses = ((LesionLabel.BENIGN, True), (LesionLabel.MALIGNANT, False))
        pair = synthetic_pair(
            rng,
            rows=rows,
            cols=round(rows * 0.8125),
            view=view,
            masses=masses,
            strength=strength,
            gland_share=float(rng.uniform(0.1, 0.75)),
            chest_wall_right=bool(rng.integers(2)),
        )
        prior = exam(pair.prior, (view, Visit.PRIOR), pair.prior_grid.row_spacing_mm, [])
        recent = exam(pair.recent, (view, Visit.RECENT), pair.recent_grid.row_spacing_mm, list(pair.recent_contours_px))
        yield Case("synthetic", prior, recent, pair.recent_to_prior)


def real_cases(folder: Path, per_picture: int, novelty: float) -> Iterator[Case]:
    """Real mammograms, warped by a known map, with another gain, gamma, noise and (novelty) new tissue texture."""
    for number, path in enumerate(sorted(folder.glob("*.png"))):
        if path.stem.endswith("_mask"):
            continue
        view = View.MLO if "MLO" in path.stem else View.CC
        picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE).astype(np.float64)
        spacing = REAL_WIDTH_MM / picture.shape[0]
        prior = exam(picture, (view, Visit.PRIOR), spacing, [])
        for repeat in range(per_picture):
            rng = np.random.default_rng([11, number, repeat])
            yield real_case(prior, rng, strength=1.6 if repeat % STRONG_EVERY == 4 else 1.0, novelty=novelty)


def real_case(prior: Exam, rng: np.random.Generator, *, strength: float, novelty: float) -> Case:
    """One warped copy of a real mammogram with a new mass in it."""
    grid = prior.mammogram.grid
    points = random_map(prior, rng, strength)
    moved = ndimage.map_coordinates(np.asarray(prior.mammogram.pixels, float), points, order=3, mode="nearest")
    inside = (
        ndimage.map_coordinates(
            np.kron(prior.breast.breast, np.ones((prior.breast.step_px,) * 2))[: grid.rows, : grid.cols].astype(float),
            points,
            order=1,
        )
        > 0.5
    )
    texture = power_law(grid.shape, rng)
    texture = (texture - ndimage.gaussian_filter(texture, 10 / grid.row_spacing_mm)) * moved[inside].std()
    moved = np.where(inside, np.maximum(moved + novelty * texture, 0.5 * moved), moved)
    room = ndimage.distance_transform_edt(inside) * grid.row_spacing_mm
    radius = rng.uniform(4, 10)
    places = np.argwhere(room > radius + 3)
    centre = places[rng.integers(len(places))]
    rows, cols = np.indices(grid.shape)
    gap = (np.hypot(rows - centre[0], cols - centre[1]) * grid.row_spacing_mm - radius) / 1.5
    moved = moved + 60 / (1 + np.exp(np.clip(gap, -30, 30)))
    recent = 3000 * np.clip(moved / 255, 0, 1.3) ** rng.uniform(0.7, 1.3) * rng.uniform(0.8, 1.2)
    recent += rng.normal(scale=40, size=recent.shape) + 100
    angles = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    contour = centre + radius / grid.row_spacing_mm * np.stack([np.sin(angles), np.cos(angles)], axis=1)
    view = prior.mammogram.key.view

    def true_prior_px(px: np.ndarray) -> np.ndarray:
        return np.stack([ndimage.map_coordinates(part, px.T, order=1) for part in points], axis=1)

    name = "real, warped" if novelty == 0 else f"real, warped, {novelty:.0%} new texture"
    return Case(name, prior, exam(recent, (view, Visit.RECENT), grid.row_spacing_mm, [contour]), true_prior_px)


def random_map(prior: Exam, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Affine up to 5 %, 5 degrees, 4 % shift, smooth up to 3 % of the breast width; shape (2, rows, cols)."""
    rows, cols = prior.mammogram.grid.shape
    points = np.indices((rows, cols)).astype(float)
    breast = np.argwhere(prior.breast.breast) * prior.breast.step_px
    centre, width = breast.mean(axis=0)[:, None, None], np.ptp(breast[:, 1])
    angle = np.radians(5) * strength * rng.uniform(-1, 1)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = turn @ (np.eye(2) + rng.uniform(-0.05, 0.05, (2, 2)) * strength * [[1, 0.5], [0.5, 1]])
    moved = np.einsum("ij,jrc->irc", linear, points - centre) + centre
    moved += (rng.uniform(-0.04, 0.04, 2) * strength * width)[:, None, None]
    for axis in range(2):
        smooth = ndimage.zoom(rng.normal(size=(5, 5)), (rows / 5, cols / 5), order=3)[:rows, :cols]
        moved[axis] += 0.03 * strength * width * smooth / np.abs(smooth).max() * rng.uniform(0.4, 1)
    return moved


def power_law(shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Texture with the spectrum of breast tissue (amplitude falling with frequency to the 1.5), unit deviation."""
    frequency = np.hypot(np.fft.fftfreq(shape[0])[:, None], np.fft.fftfreq(shape[1])[None])
    frequency[0, 0] = 1
    noise = np.fft.ifft2(np.fft.fft2(rng.normal(size=shape)) / frequency**1.5).real
    return (noise - noise.mean()) / noise.std()


def shuffled_cases(cases: list[Case], group: str) -> Iterator[Case]:
    """The recent exam of each case with the prior of another woman, same view."""
    for view in View:
        same = [case for case in cases if case.recent.mammogram.key.view is view]
        priors = list({id(case.prior): case.prior for case in same}.values())
        for index, case in enumerate(same):
            others = [prior for prior in priors if prior is not case.prior]
            if others:
                yield Case(group, others[index % len(others)], case.recent, None)


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
                "untrusted median mm": round(bad.median(), 2),
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


def one_run(file: Path) -> str:
    """What `full_size_run` measures."""
    with np.load(file) as arrays:
        prior_px, recent_px, contour = (arrays[name] for name in ("prior", "recent", "contour"))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    prior = exam(prior_px, (View.CC, Visit.PRIOR), 0.07, [])
    recent = exam(recent_px, (View.CC, Visit.RECENT), 0.07, [contour])
    prior_regions(AlignedPair(prior, recent, register_exams(prior, recent)))
    seconds = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return (
        f"one pair at 4096 x 3328: {seconds:.2f} s of one core; peak memory {peak / 1024:.0f} MB, "
        f"of which {before / 1024:.0f} MB are the libraries and the two pictures"
    )


def all_cases(options: argparse.Namespace) -> Iterator[Case]:
    """Every case asked for, with shuffled ones after each kind."""
    cases = list(synthetic_cases(options.pairs, 768))
    yield from cases
    yield from shuffled_cases(cases, "synthetic, another woman")
    if options.real is None or not options.real.is_dir():
        return
    for novelty in (0.0, 0.5, 2.0, 4.0):
        real = list(real_cases(options.real, max(1, options.pairs // 50), novelty))
        yield from real
        if novelty == 0.5:
            yield from shuffled_cases(real, "real, another woman")


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
    print(summary(pd.DataFrame(rows)).to_string(index=False))
    print(full_size_run())


if __name__ == "__main__":
    main()
