"""Small outlined pictures: a textured breast, contours drawn by several pens, JPEG storage."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw

from radiomics_mammo.core.cases import Patient
from radiomics_mammo.core.contours import fill_contour
from radiomics_mammo.core.geometry import PixelGrid
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.images import Mammogram, OutlineOverlay
from radiomics_mammo.core.vocabulary import CaseClass

SHAPE = (300, 400)
PENS = {"red": (255, 0, 0), "blue": (0, 0, 255), "green": (0, 255, 0), "yellow": (255, 255, 0)}
KEY = ImageKey.parse("malignant-01_CC_recent")
PATIENT = Patient(
    patient_id="malignant-01", case_class=CaseClass.MALIGNANT, folder="1", biopsy="invasive ductal carcinoma"
)


def make_breast(seed: int = 0, shape: tuple[int, int] = SHAPE) -> np.ndarray:
    """Grey picture (float, 0..255): breast at the left edge, texture of several sizes, dark air."""
    rng = np.random.default_rng(seed)
    rows, cols = shape
    r, c = np.mgrid[0:rows, 0:cols]
    inside = np.clip(1 - ((r - rows / 2) / (0.46 * rows)) ** 2 - (c / (0.72 * cols)) ** 2, 0, 1)
    texture = np.zeros(shape)
    for size, amplitude in ((25, 28), (10, 16), (4, 9), (1.5, 5)):
        step = size * max(shape) / 400
        coarse = rng.standard_normal((int(rows / step) + 3, int(cols / step) + 3)).astype(np.float32)
        texture += amplitude * cv2.resize(coarse, (cols, rows), interpolation=cv2.INTER_CUBIC)
    picture = np.clip(3 * inside, 0, 1) * (40 + 70 * np.sqrt(inside) + texture) + 4
    return np.clip(picture + rng.standard_normal(shape) * 2 * (inside > 0), 0, 255)


def to_rgb(grey: np.ndarray) -> np.ndarray:
    return np.repeat(np.round(np.clip(grey, 0, 255)).astype(np.uint8)[..., None], 3, axis=2)


def blob(centre: tuple[float, float], radius: float, *, seed: int = 0, spikes: float = 0.0) -> np.ndarray:
    """Smooth or spiculated closed contour, (row, col)."""
    rng = np.random.default_rng(seed)
    turn = np.linspace(0, 2 * np.pi, 240, endpoint=False)
    reach = 1 + sum(0.24 / k * rng.standard_normal() * np.cos(k * turn + rng.uniform(0, 6)) for k in range(2, 6)) / 2
    reach = reach + spikes * np.abs(np.cos(5 * turn + rng.uniform(0, 6))) ** 4
    reach = np.clip(reach, 0.5, 2) * radius
    return np.stack([centre[0] + reach * np.sin(turn), centre[1] + reach * np.cos(turn)], axis=1)


def rectangle(top: float, left: float, bottom: float, right: float) -> np.ndarray:
    return np.array([[top, left], [top, right], [bottom, right], [bottom, left]], dtype=float)


def arcs(contour: np.ndarray, gaps: list[tuple[float, float]]) -> list[np.ndarray]:
    """What is left of a contour after gaps of (start, length), as shares of its perimeter."""
    closed = np.vstack([contour, contour[:1]])
    along = np.r_[0, np.cumsum(np.hypot(*np.diff(closed, axis=0).T))]
    gaps = sorted(gaps)
    parts = []
    for (start, length), (stop, _) in zip(gaps, [*gaps[1:], (gaps[0][0] + 1, 0.0)], strict=True):
        share = np.linspace(start + length, stop, max(2, int((stop - start - length) * 400))) % 1 * along[-1]
        parts.append(np.stack([np.interp(share, along, closed[:, k]) for k in (0, 1)], axis=1))
    return parts


def draw(
    rgb: np.ndarray,
    contour: np.ndarray | list[np.ndarray],
    color: str | tuple = "red",
    *,
    width: int = 3,
    pen: str = "cv2",
) -> np.ndarray:
    """A contour (closed), or its parts (open), drawn by one of three pens: cv2, smooth, pil."""
    ink = PENS.get(color, color) if isinstance(color, str) else color
    parts = contour if isinstance(contour, list) else [np.vstack([contour, contour[:1]])]
    picture = rgb.copy()
    for part in parts:
        xy = part[:, ::-1]
        if pen == "pil":
            image = Image.fromarray(picture)
            ImageDraw.Draw(image).line([tuple(point) for point in xy + 0.5], fill=ink, width=width, joint="curve")
            picture = np.array(image)
        elif pen == "smooth":
            points = np.round(xy * 256).astype(np.int32)[:, None]
            cv2.polylines(picture, [points], False, ink, width, cv2.LINE_AA, 8)
        else:
            cv2.polylines(picture, [np.round(xy).astype(np.int32)[:, None]], False, ink, width)
    return picture


def jpeg(rgb: np.ndarray, quality: int = 85, *, subsampling: int = 2) -> np.ndarray:
    """Stored and read back (subsampling 2 is 4:2:0)."""
    data = io.BytesIO()
    Image.fromarray(rgb).save(data, "JPEG", quality=quality, subsampling=subsampling)
    return np.asarray(Image.open(io.BytesIO(data.getvalue())).convert("RGB"))


def tint(rgb: np.ndarray, name: str) -> np.ndarray:
    """A display tint of the whole picture."""
    factors = {"none": (1, 1, 1), "sepia": (1, 0.93, 0.8), "bluish": (0.85, 0.93, 1)}[name]
    return np.clip(rgb * np.array(factors), 0, 255).astype(np.uint8)


def overlay(rgb: np.ndarray) -> OutlineOverlay:
    return OutlineOverlay(KEY, rgb)


def mammogram(grey: np.ndarray) -> Mammogram:
    return Mammogram(KEY, PixelGrid(*grey.shape), grey.astype(np.float32))


def dice(first: np.ndarray, second: np.ndarray, shape: tuple[int, int] = SHAPE) -> float:
    """Overlap of the areas inside two contours."""
    a, b = (fill_contour(contour, shape).on_grid(shape) for contour in (first, second))
    return 2 * float((a & b).sum()) / float(a.sum() + b.sum())


@pytest.fixture(scope="session")
def art() -> SimpleNamespace:
    """The drawing functions of this file."""
    names = (make_breast, to_rgb, blob, rectangle, arcs, draw, jpeg, tint, overlay, mammogram, dice)
    return SimpleNamespace(**{function.__name__: function for function in names}, shape=SHAPE, key=KEY, patient=PATIENT)


@pytest.fixture(scope="session")
def breast() -> np.ndarray:
    return make_breast()


@pytest.fixture(scope="session")
def page(breast: np.ndarray) -> np.ndarray:
    """The breast as an RGB picture to draw on."""
    return to_rgb(breast)


@pytest.fixture
def show() -> Callable[[str, np.ndarray], None]:
    """Keep a picture of a hard case when MASKS_PICTURES names a folder."""

    def keep(name: str, rgb: np.ndarray) -> None:
        folder = os.environ.get("MASKS_PICTURES")
        if folder:
            cv2.imwrite(str(Path(folder) / f"{name}.png"), rgb[..., ::-1])

    return keep
