"""A drawn pair of exams with a known map between them: tissue texture, skin line, pectoral muscle, lesions."""

from __future__ import annotations

from dataclasses import dataclass, replace

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
from radiomics_mammo.registration.preprocessing import WorkingPicture

SHAPE, SPACING_MM = (300, 230), 0.7
ROWS, COLS = np.mgrid[: SHAPE[0], : SHAPE[1]].astype(float)


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """How one pair is drawn."""

    seed: int = 0
    view: View = View.CC
    spacing_mm: float | None = SPACING_MM
    lesion_in_prior: bool = False
    lesion_radius_mm: float = 6.0
    mirrored_prior: bool = False
    patient_id: str = "malignant-07"


@dataclass(frozen=True)
class Truth:
    """Where every recent pixel lies in the prior, shape (2, rows, cols), and the place of the lesion in both exams."""

    prior_points: np.ndarray
    recent_centre_px: tuple[float, float]
    prior_centre_px: tuple[float, float]


def power_law_noise(rng, exponent=1.6):
    """Texture whose amplitude falls with frequency, zero mean, unit deviation."""
    frequency = np.hypot(np.fft.fftfreq(SHAPE[0])[:, None], np.fft.fftfreq(SHAPE[1])[None])
    frequency[0, 0] = 1
    noise = np.fft.ifft2(np.fft.fft2(rng.normal(size=SHAPE)) / frequency**exponent).real
    return (noise - noise.mean()) / noise.std()


def breast_mask(view):
    """A half-ellipse on the left edge, lifted in MLO."""
    down, on = ROWS / SHAPE[0], COLS / SHAPE[1]
    if view is View.MLO:
        return (((down - 0.42) / 0.48) ** 2 + (on / 0.72) ** 2 < 1) | (down < 0.25) & (on < 0.58)
    return ((down - 0.5) / 0.38) ** 2 + (on / 0.7) ** 2 < 1


def tissue(view, rng):
    """A breast 0..1 on a dark background; in MLO the muscle lies above a line from 42 % of the top to 52 % down."""
    inside = breast_mask(view)
    depth = ndimage.distance_transform_edt(np.pad(inside, ((1, 1), (30, 1)), mode="edge"))[1:-1, 30:-1]
    picture = 0.45 + 0.12 * power_law_noise(rng) + 0.08 * power_law_noise(rng, 1.1)
    if view is View.MLO:
        muscle = COLS / (0.42 * SHAPE[1]) + ROWS / (0.52 * SHAPE[0]) < 1
        picture = np.where(ndimage.gaussian_filter(muscle.astype(float), 1.5) > 0.5, 0.85, picture)
    return np.where(inside, np.clip(picture, 0.15, 1) * (1 - np.exp(-depth / (0.05 * SHAPE[1]))), 0.0)


def true_points(rng):
    """Where each recent pixel lies in the prior, shape (2, rows, cols): an affine and a smooth map."""
    centre = np.array([0.5 * SHAPE[0], 0.3 * SHAPE[1]])[:, None, None]
    angle, scale = np.radians(4) * rng.uniform(-1, 1), rng.uniform(-0.04, 0.04, 2)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) @ np.diag(1 + scale)
    moved = np.einsum("ij,jrc->irc", turn, np.stack([ROWS, COLS]) - centre) + centre
    moved += (rng.uniform(-0.03, 0.03, 2) * SHAPE * (1, 0.3))[:, None, None]
    for part in moved:
        smooth = ndimage.gaussian_filter(rng.normal(size=SHAPE), 0.15 * SHAPE[1], mode="reflect")
        part += 0.02 * SHAPE[1] * smooth / np.abs(smooth).max()
    return moved


def add_lesion(picture, centre, radius):
    """A soft bright disc."""
    return picture + 0.3 / (1 + np.exp((np.hypot(ROWS - centre[0], COLS - centre[1]) - radius) / 1.5))


def make_exam(drawing, visit, pixels, lesion):
    """An exam with one round lesion of a given (centre, radius), or none."""
    key = ImageKey(drawing.patient_id, drawing.view, visit)
    mammogram = Mammogram(key, PixelGrid(*SHAPE, drawing.spacing_mm, drawing.spacing_mm), pixels.astype(np.float32))
    angles = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    lesions = tuple(
        LesionMask(
            key=LesionKey(key, 1),
            grid=mammogram.grid,
            color=OutlineColor.BLUE,
            boxed=False,
            label=LesionLabel.BENIGN,
            contour_px=np.asarray(centre) + radius * np.stack([np.sin(angles), np.cos(angles)], axis=1),
        )
        for centre, radius in ([lesion] if lesion else [])
    )
    return Exam(mammogram, find_breast(mammogram), lesions)


def draw_pair(drawing):
    """Prior and recent exam of one drawn breast, and the truth between them."""
    rng = np.random.default_rng(drawing.seed)
    prior, points = tissue(drawing.view, rng), true_points(rng)
    centre = (rng.uniform(0.38, 0.62) * SHAPE[0], rng.uniform(0.22, 0.42) * SHAPE[1])
    there = tuple(float(part[round(centre[0]), round(centre[1])]) for part in points)
    radius = drawing.lesion_radius_mm / (drawing.spacing_mm or SPACING_MM)
    if drawing.lesion_in_prior:
        prior = add_lesion(prior, there, 0.8 * radius)
    recent = ndimage.map_coordinates(prior, points, order=1, mode="nearest")
    if not drawing.lesion_in_prior:
        recent = add_lesion(recent, centre, radius)
    prior = 200 + 3000 * prior**0.9 + 60 * rng.normal(size=SHAPE)
    recent = 50 + 2200 * recent + 44 * rng.normal(size=SHAPE)
    if drawing.mirrored_prior:
        prior, there = prior[:, ::-1].copy(), (there[0], SHAPE[1] - 1 - there[1])
    outlined = (there, 0.8 * radius) if drawing.lesion_in_prior else None
    exams = (
        make_exam(drawing, Visit.PRIOR, prior, outlined),
        make_exam(drawing, Visit.RECENT, recent, (centre, radius)),
    )
    return exams, Truth(points, centre, there)


def align_pair(prior, recent):
    """The aligned pair of two exams."""
    return AlignedPair(prior, recent, register_exams(prior, recent))


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
        drawing = Drawing(**fields)
        if drawing not in known:
            exams, truth = drawn(**fields)
            known[drawing] = align_pair(*exams), truth
        return known[drawing]

    return align


@pytest.fixture(scope="session")
def strangers(drawn):
    """The recent exam of one woman aligned with the prior of another."""
    return align_pair(drawn(seed=1)[0][0], drawn(seed=4)[0][1])


@pytest.fixture(scope="session")
def twins(drawn):
    """An exam aligned with its own copy."""
    recent = drawn(seed=1)[0][1]
    key = replace(recent.mammogram.key, visit=Visit.PRIOR)
    return align_pair(Exam(replace(recent.mammogram, key=key), replace(recent.breast, key=key)), recent)


@pytest.fixture(scope="session")
def working():
    """A function that makes a working picture of a structure, all of it usable breast unless told otherwise."""

    def make(structure, breast=None, usable=None, to_mm=None):
        inside = np.ones(structure.shape, dtype=bool) if breast is None else breast
        kept, matrix = inside if usable is None else usable, np.eye(3) if to_mm is None else to_mm
        masks = {"breast": inside, "shown": kept, "usable": kept}
        picture = np.asarray(structure, dtype=np.float32)
        return WorkingPicture(structure=picture, ranks=picture, **masks, spacing_mm=float(matrix[0, 0]), to_mm=matrix)

    return make
