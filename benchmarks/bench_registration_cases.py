"""Pairs of exams with a known map between them, for the benchmarks of the registration."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from scipy import ndimage

from radiomics_mammo.core.geometry import PixelGrid
from radiomics_mammo.core.identity import ImageKey, LesionKey
from radiomics_mammo.core.images import Mammogram
from radiomics_mammo.core.lesions import LesionMask
from radiomics_mammo.core.pairs import Exam
from radiomics_mammo.core.vocabulary import LesionLabel, OutlineColor, View, Visit
from radiomics_mammo.registration import find_breast
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
        LesionMask(
            key=LesionKey(key, number),
            grid=grid,
            color=OutlineColor.BLUE,
            boxed=False,
            label=LesionLabel.BENIGN,
            contour_px=contour,
        )
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


def real_cases(folder: Path, per_picture: int, novelty: float, *, smooth_mm: float = 0.0) -> Iterator[Case]:
    """Real mammograms, warped by a known map, with another gain, gamma, noise and (novelty) new tissue texture.

    With `smooth_mm` all structure finer than that Gaussian is taken out of the breast beforehand.
    """
    for number, path in enumerate(sorted(folder.glob("*.png"))):
        if path.stem.endswith("_mask"):
            continue
        view = View.MLO if "MLO" in path.stem else View.CC
        picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE).astype(np.float64)
        spacing = REAL_WIDTH_MM / picture.shape[0]
        prior = exam(picture, (view, Visit.PRIOR), spacing, [])
        if smooth_mm:
            prior = exam(smoothed(prior, smooth_mm / spacing), (view, Visit.PRIOR), spacing, [])
        for repeat in range(per_picture):
            rng = np.random.default_rng([11, number, repeat])
            yield real_case(prior, rng, strength=1.6 if repeat % STRONG_EVERY == 4 else 1.0, novelty=novelty)


def smoothed(prior: Exam, sigma_px: float) -> np.ndarray:
    """The picture of an exam without fine structure inside the breast."""
    inside = breast_pixels(prior)
    weight = np.maximum(ndimage.gaussian_filter(inside.astype(float), sigma_px), 1e-6)
    picture = np.asarray(prior.mammogram.pixels, float)
    return np.where(inside, ndimage.gaussian_filter(np.where(inside, picture, 0), sigma_px) / weight, picture)


def breast_pixels(prior: Exam) -> np.ndarray:
    """The breast of an exam on its full grid."""
    grid, step = prior.mammogram.grid, prior.breast.step_px
    return np.kron(prior.breast.breast, np.ones((step, step)))[: grid.rows, : grid.cols] > 0


def real_case(prior: Exam, rng: np.random.Generator, *, strength: float, novelty: float) -> Case:
    """One warped copy of a real mammogram with a new mass in it."""
    grid = prior.mammogram.grid
    points = random_map(prior, rng, strength)
    moved = ndimage.map_coordinates(np.asarray(prior.mammogram.pixels, float), points, order=3, mode="nearest")
    inside = ndimage.map_coordinates(breast_pixels(prior).astype(float), points, order=1) > 0.5
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
