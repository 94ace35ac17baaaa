"""A drawn pair of exams with a known map between them: tissue texture, skin line, pectoral muscle, lesions."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
from scipy import ndimage

from radiomics_mammo.core.geometry import PixelGrid
from radiomics_mammo.core.identity import ImageKey, LesionKey
from radiomics_mammo.core.images import Mammogram
from radiomics_mammo.core.lesions import LesionMask
from radiomics_mammo.core.pairs import AlignedPair, Exam
from radiomics_mammo.core.vocabulary import LesionLabel, OutlineColor, View, Visit
from radiomics_mammo.registration import find_breast, register_exams

ROWS, COLS, SPACING_MM = 300, 230, 0.7


def power_law_noise(shape, rng, exponent=1.6):
    """Texture whose amplitude falls with frequency, zero mean, unit deviation."""
    rows = np.fft.fftfreq(shape[0])[:, None]
    cols = np.fft.fftfreq(shape[1])[None]
    frequency = np.hypot(rows, cols)
    frequency[0, 0] = 1
    noise = np.fft.ifft2(np.fft.fft2(rng.normal(size=shape)) / frequency**exponent).real
    return (noise - noise.mean()) / noise.std()


@dataclass(frozen=True)
class Drawing:
    """How one pair is drawn."""

    seed: int = 0
    view: View = View.CC
    rows: int = ROWS
    cols: int = COLS
    spacing_mm: float | None = SPACING_MM
    strength: float = 1.0
    lesion_in_prior: bool = False
    lesion_radius_mm: float = 6.0
    noise: float = 0.02
    mirrored_prior: bool = False
    patient_id: str = "malignant-07"


@dataclass(frozen=True)
class Truth:
    """Displacement of every recent pixel, shape (2, rows, cols), and the place of the lesion in both exams."""

    prior_points: np.ndarray = field(repr=False)
    recent_centre_px: tuple[float, float]
    prior_centre_px: tuple[float, float]


def breast_mask(shape, view):
    """A half-ellipse on the left edge, lifted in MLO."""
    rows, cols = np.mgrid[: shape[0], : shape[1]]
    if view is View.MLO:
        inside = ((rows - 0.42 * shape[0]) / (0.48 * shape[0])) ** 2 + (cols / (0.72 * shape[1])) ** 2 < 1
        return inside | (rows < 0.25 * shape[0]) & (cols < 0.58 * shape[1])
    return ((rows - 0.5 * shape[0]) / (0.38 * shape[0])) ** 2 + (cols / (0.7 * shape[1])) ** 2 < 1


def pectoral_mask(shape):
    """The triangle above the line from 42 % of the top edge to 52 % of the left edge."""
    rows, cols = np.mgrid[: shape[0], : shape[1]]
    return cols / (0.42 * shape[1]) + rows / (0.52 * shape[0]) < 1


def tissue(drawing, rng):
    """A breast 0..1 on a dark background."""
    shape = drawing.rows, drawing.cols
    inside = breast_mask(shape, drawing.view)
    depth = ndimage.distance_transform_edt(np.pad(inside, ((1, 1), (30, 1)), mode="edge"))[1:-1, 30:-1]
    skin = 1 - np.exp(-depth / (0.05 * shape[1]))
    picture = 0.45 + 0.12 * power_law_noise(shape, rng) + 0.08 * power_law_noise(shape, rng, 1.1)
    if drawing.view is View.MLO:
        picture = np.where(ndimage.gaussian_filter(pectoral_mask(shape).astype(float), 1.5) > 0.5, 0.85, picture)
    return np.where(inside, np.clip(picture, 0.15, 1) * skin, 0.0)


def true_points(drawing, rng):
    """Where each recent pixel lies in the prior, shape (2, rows, cols)."""
    shape = np.array([drawing.rows, drawing.cols])
    points = np.mgrid[: drawing.rows, : drawing.cols].astype(float)
    centre = np.array([0.5 * drawing.rows, 0.3 * drawing.cols])[:, None, None]
    angle, scale = np.radians(4) * drawing.strength * rng.uniform(-1, 1), rng.uniform(-0.04, 0.04, 2) * drawing.strength
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) @ np.diag(1 + scale)
    moved = np.einsum("ij,jrc->irc", turn, points - centre) + centre
    moved += (rng.uniform(-0.03, 0.03, 2) * drawing.strength * shape)[:, None, None] * np.array([1, 0.3])[:, None, None]
    for axis in range(2):
        smooth = ndimage.gaussian_filter(rng.normal(size=tuple(shape)), 0.15 * drawing.cols, mode="reflect")
        moved[axis] += 0.02 * drawing.strength * drawing.cols * smooth / np.abs(smooth).max()
    return moved


def circle(centre, radius):
    """Contour of a circle, shape (48, 2)."""
    angles = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    return np.asarray(centre) + radius * np.stack([np.sin(angles), np.cos(angles)], axis=1)


def add_lesion(picture, centre, radius):
    """A soft bright disc."""
    rows, cols = np.mgrid[: picture.shape[0], : picture.shape[1]]
    return picture + 0.3 / (1 + np.exp((np.hypot(rows - centre[0], cols - centre[1]) - radius) / 1.5))


def make_exam(drawing, visit, pixels, centre, radius):
    """An exam with one lesion (none where centre is None)."""
    spacing = drawing.spacing_mm
    grid = PixelGrid(*pixels.shape, spacing, spacing)
    key = ImageKey(drawing.patient_id, drawing.view, visit)
    mammogram = Mammogram(key, grid, pixels.astype(np.float32))
    lesions = ()
    if centre is not None:
        contour = circle(centre, radius)
        colored = (OutlineColor.BLUE, False, LesionLabel.BENIGN)
        lesions = (LesionMask(LesionKey(key, 1), grid, *colored, contour),)
    return Exam(mammogram, find_breast(mammogram), lesions)


def draw_pair(drawing):
    """Prior and recent exam of one drawn breast, and the truth between them."""
    rng = np.random.default_rng(drawing.seed)
    prior = tissue(drawing, rng)
    points = true_points(drawing, rng)
    centre = (rng.uniform(0.38, 0.62) * drawing.rows, rng.uniform(0.22, 0.42) * drawing.cols)
    there = tuple(float(part[round(centre[0]), round(centre[1])]) for part in points)
    radius = drawing.lesion_radius_mm / (drawing.spacing_mm or SPACING_MM)
    if drawing.lesion_in_prior:
        prior = add_lesion(prior, there, 0.8 * radius)
    recent = ndimage.map_coordinates(prior, points, order=1, mode="nearest")
    if not drawing.lesion_in_prior:
        recent = add_lesion(recent, centre, radius)
    prior = 200 + 3000 * prior**0.9 + 3000 * drawing.noise * rng.normal(size=prior.shape)
    recent = 50 + 2200 * recent + 2200 * drawing.noise * rng.normal(size=recent.shape)
    if drawing.mirrored_prior:
        prior, there = prior[:, ::-1].copy(), (there[0], drawing.cols - 1 - there[1])
    outlined = there if drawing.lesion_in_prior else None
    exams = (
        make_exam(drawing, Visit.PRIOR, prior, outlined, 0.8 * radius),
        make_exam(drawing, Visit.RECENT, recent, centre, radius),
    )
    return exams, Truth(points, centre, there)


@pytest.fixture(scope="session")
def drawn():
    """A function that draws a pair from the fields of `Drawing`, remembering what it drew."""
    known = {}

    def draw(**fields):
        drawing = Drawing(**fields)
        if drawing not in known:
            known[drawing] = draw_pair(drawing)
        return known[drawing]

    return draw


@pytest.fixture(scope="session")
def aligned(drawn):
    """A function that draws a pair like `drawn` and aligns it once: the aligned pair and the truth."""
    known = {}

    def align(**fields):
        name = Drawing(**fields)
        if name not in known:
            (prior, recent), truth = drawn(**fields)
            known[name] = AlignedPair(prior, recent, register_exams(prior, recent)), truth
        return known[name]

    return align
