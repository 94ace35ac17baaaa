"""Pairs of exams for the benchmark of places: the hard world with its truth, and the real pair with its landmarks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from bench_registration_cases import exam
from scipy import ndimage

from radiomics_mammo.core.pairs import Exam
from radiomics_mammo.core.vocabulary import LesionLabel, View, Visit
from radiomics_mammo.registration.preprocessing import full_from_reduced
from radiomics_mammo.synthetic import SyntheticPair, hard_pair
from radiomics_mammo.synthetic.layers import LAYERS

REAL_PAIR = Path(os.environ.get("RADIOMICS_MAMMO_REAL_PAIR", Path(__file__).parents[2] / "shared" / "real-pair"))
"""The real pair: beside the repository, or where the environment says."""

LEAST_CONFIDENCE = 0.75
"""Landmarks below this are not scored."""

DETECTOR_ROWS, DETECTOR_MM = 4096, 0.07
SPECK_RIM_MM = 8.0
CHROMA, INPAINT_PX, WHITE = 24, 5, 250


@dataclass(frozen=True)
class PlaceCase:
    """A pair with points (row, col) of the recent picture and their true places in the prior, by kind of point."""

    name: str
    prior: Exam
    recent: Exam
    recent_px: dict[str, np.ndarray]
    prior_px: dict[str, np.ndarray]


def without_marks(rgb: np.ndarray) -> np.ndarray:
    """Grey picture of an outlined copy, its pen strokes, rulers and viewer text painted over from around."""
    chroma = np.ptp(rgb.astype(np.int16), axis=2)
    grey = cv2.cvtColor(rgb, cv2.COLOR_BGR2GRAY)
    marks = ((chroma > CHROMA) | (grey >= WHITE)).astype(np.uint8)
    marks = cv2.dilate(marks, np.ones((INPAINT_PX, INPAINT_PX), np.uint8))
    return cv2.inpaint(grey, marks, INPAINT_PX, cv2.INPAINT_TELEA)


def real_cases(folder: Path = REAL_PAIR) -> Iterator[PlaceCase]:
    """Both views of the real pair; the landmarks stand for specks."""
    marks = pd.read_csv(folder / "landmarks.csv")
    for view in View:
        exams = {}
        for visit in Visit:
            picture = without_marks(cv2.imread(str(folder / f"{view}_{visit}_GT.jpg")))
            exams[visit] = exam(picture, (view, visit), DETECTOR_MM * DETECTOR_ROWS / picture.shape[0], [])
        of_view = marks[(marks.view == str(view)) & (marks.confidence >= LEAST_CONFIDENCE)]
        recent = of_view[["recent_row", "recent_col"]].to_numpy(float)
        prior = of_view[["prior_row", "prior_col"]].to_numpy(float)
        yield PlaceCase(f"real {view}", exams[Visit.PRIOR], exams[Visit.RECENT], {"speck": recent}, {"speck": prior})


def hard_cases(seeds: range, rows: int = 384, specks: int = 8) -> Iterator[PlaceCase]:
    """Pairs of the hard world: a mass that was there, a new one, and specks in layers of their own."""
    for seed in seeds:
        rng = np.random.default_rng([29, seed])
        view = (View.CC, View.MLO)[seed % 2]
        pair = hard_pair(
            rng,
            rows=rows,
            view=view,
            masses=((LesionLabel.BENIGN, True), (LesionLabel.MALIGNANT, False)),
            gland_share=float(rng.uniform(0.1, 0.75)),
            chest_wall_right=bool(rng.integers(2)),
        )
        spacing = pair.recent_grid.row_spacing_mm
        recent = exam(pair.recent, (view, Visit.RECENT), spacing, list(pair.recent_contours_px))
        prior = exam(pair.prior, (view, Visit.PRIOR), spacing, [])
        masses = [np.mean(contour, axis=0) for contour in pair.recent_contours_px]
        gone = [pair.recent_to_prior(m[None], layer=at)[0] for m, at in zip(masses, pair.mass_layers, strict=True)]
        here, there = drawn_specks(rng, pair, recent, specks)
        shown = inside_picture(np.array(gone), prior)
        yield PlaceCase(
            f"hard {seed} {view}",
            prior,
            recent,
            {"mass": np.array(masses)[shown], "speck": here},
            {"mass": np.array(gone)[shown], "speck": there},
        )


def inside_picture(points_px: np.ndarray, of: Exam) -> np.ndarray:
    """Which (row, col) points lie in the picture of an exam."""
    return ((points_px >= 0) & (points_px <= np.subtract(of.mammogram.grid.shape, 1))).all(axis=1)


def drawn_specks(
    rng: np.random.Generator, pair: SyntheticPair, recent: Exam, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Random points of the tissue, 8 mm and more from its rim, each in a random layer, that the prior shows as well."""
    region = recent.breast
    room = ndimage.distance_transform_edt(np.pad(region.tissue, 1))[1:-1, 1:-1] * region.step_px
    places = np.argwhere(room * recent.mammogram.grid.row_spacing_mm > SPECK_RIM_MM)
    here = full_from_reduced(places[rng.integers(len(places), size=count)].astype(float), region.step_px)
    layers = rng.integers(LAYERS, size=count)
    there = np.array([pair.recent_to_prior(one[None], layer=int(at))[0] for one, at in zip(here, layers, strict=True)])
    size = np.subtract(pair.prior_grid.shape, 1)
    shown = ((there >= 0) & (there <= size)).all(axis=1)
    return here[shown], there[shown]


def strangers(cases: list[PlaceCase]) -> Iterator[PlaceCase]:
    """Every recent exam with the prior of the next woman of the same view and chest wall side, if there is one."""
    for index, case in enumerate(cases):
        side = case.recent.breast.chest_wall
        view = case.recent.mammogram.key.view
        later = cases[index + 1 :] + cases[:index]
        fitting = [c for c in later if c.prior.breast.chest_wall is side and c.prior.mammogram.key.view is view]
        if fitting:
            yield PlaceCase(f"{case.name} stranger", fitting[0].prior, case.recent, case.recent_px, {})
