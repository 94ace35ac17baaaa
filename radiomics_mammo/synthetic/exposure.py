"""Taking the picture: its grid on the anatomy, and one exam as the detector and its processing would show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import cv2
import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.core.geometry import PixelGrid, Points
from radiomics_mammo.synthetic.anatomy import GLAND_BRIGHTNESS, Field, TissueMap, stroma_share
from radiomics_mammo.synthetic.masses import ShownMass
from radiomics_mammo.synthetic.warps import SmoothWarp

FIELD_HEIGHT_MM = 286.72
"""Height of the largest picture: 4096 pixels of 0.07 mm; smaller matrices get larger pixels."""
_FAT = 0.27
"""Brightness of fat on the 0..1 scale of a finished picture."""
_RANGE = 0.50
"""Brightness of gland above fat."""
_EDGE_MM = 14.0
"""Depth under the skin over which the compressed breast reaches its full thickness."""
_WINDOW_STEP_MM = 2.0
_DISPLACED = 0.6
"""Share of the tissue that a mass displaces."""
_SHARP_MM, _EQUAL_MM = 1.5, 20.0
"""Gaussians of edge enhancement and equalisation."""
_KNEE = 0.8
"""Brightness above which highlights are compressed."""


@dataclass(frozen=True, kw_only=True)
class PictureFrame:
    """Grid of one stored picture in the anatomical frame (row_mm downwards, depth_mm away from the chest wall).

    Raises
    ------
    InvariantError
        If a size or the spacing is not positive.

    Examples
    --------
    >>> frame = PictureFrame(rows=40, cols=30, spacing_mm=0.5, chest_wall_right=True)
    >>> frame.to_mm(np.array([[0.0, 29.0]])), frame.to_px(np.array([[0.25, 0.25]]))
    (array([[0.25, 0.25]]), array([[ 0., 29.]]))
    """

    rows: int
    cols: int
    spacing_mm: Annotated[float, "pixel spacing, equal in both directions"]
    top_mm: Annotated[float, "row coordinate of the upper edge of the picture"] = 0.0
    chest_wall_right: Annotated[bool, "whether the chest wall lies along the right edge of the stored picture"] = False

    def __post_init__(self) -> None:
        _ = self.grid  # which checks sizes and spacing

    @property
    def grid(self) -> PixelGrid:
        """Shape and spacing."""
        return PixelGrid(self.rows, self.cols, self.spacing_mm, self.spacing_mm)

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, cols)."""
        return self.rows, self.cols

    @property
    def row_centres_mm(self) -> NDArray[np.float64]:
        """Row coordinate of every pixel row, shape (rows,)."""
        return np.asarray(self.top_mm + (np.arange(self.rows) + 0.5) * self.spacing_mm, dtype=np.float64)

    @property
    def depth_centres_mm(self) -> NDArray[np.float64]:
        """Depth of every pixel column counted from the chest wall, shape (cols,)."""
        return np.asarray((np.arange(self.cols) + 0.5) * self.spacing_mm, dtype=np.float64)

    def to_mm(self, points_px: Points) -> Points:
        """Stored (row, col) pixels to (row_mm, depth_mm), shape (n, 2)."""
        rows, cols = np.asarray(points_px, dtype=np.float64).T
        cols = self.cols - 1 - cols if self.chest_wall_right else cols
        return np.stack([self.top_mm + (rows + 0.5) * self.spacing_mm, (cols + 0.5) * self.spacing_mm], axis=1)

    def to_px(self, points_mm: Points) -> Points:
        """Inverse of `to_mm`, shape (n, 2)."""
        rows_mm, depths_mm = np.asarray(points_mm, dtype=np.float64).T
        cols = depths_mm / self.spacing_mm - 0.5
        cols = self.cols - 1 - cols if self.chest_wall_right else cols
        return np.stack([(rows_mm - self.top_mm) / self.spacing_mm - 0.5, cols], axis=1)


@dataclass(frozen=True, kw_only=True)
class Exposure:
    """Detector and processing of one exam."""

    gain: Annotated[float, "brightness scale of the finished picture"] = 1.0
    gamma: Annotated[float, "curve of the finished picture"] = 1.0
    noise: Annotated[float, "standard deviation of the quantum noise at brightness 1, per 0.07 mm pixel"] = 0.012
    background: Annotated[float, "brightness of air"] = 0.004
    gland_gain: Annotated[float, "brightness of gland relative to the recent exam; above 1 in a denser prior"] = 1.0
    sharpening: Annotated[float, "edge enhancement: share of what is finer than 1.5 mm that is added once more"] = 0.0
    equalisation: Annotated[float, "share of what is coarser than 20 mm that is taken away, as processing does"] = 0.0


def draw_exposure(rng: np.random.Generator, *, gland_gain: float = 1.0) -> Exposure:
    """A random detector setting."""
    return Exposure(
        gain=rng.uniform(0.9, 1.1),
        gamma=rng.uniform(0.92, 1.08),
        noise=rng.uniform(0.009, 0.016),
        background=rng.uniform(0, 0.008),
        gland_gain=gland_gain,
    )


def draw_machine_exposure(rng: np.random.Generator) -> Exposure:
    """A random detector and processing, as far apart as those of two visits: tone curve, edges, equalisation, noise."""
    return Exposure(
        gain=rng.uniform(0.85, 1.1),
        gamma=rng.uniform(0.7, 1.4),
        noise=rng.uniform(0.009, 0.022),
        background=rng.uniform(0, 0.008),
        sharpening=rng.uniform(0, 0.8),
        equalisation=rng.uniform(0, 0.6),
    )


def expose(
    tissue: TissueMap,
    frame: PictureFrame,
    rng: np.random.Generator,
    *,
    warp: SmoothWarp,
    masses: Sequence[ShownMass] = (),
    exposure: Exposure = Exposure(),
) -> Field:
    """Take one picture of a breast.

    Parameters
    ----------
    tissue : TissueMap
        The anatomy, in the recent frame.
    frame : PictureFrame
        Grid of the picture, in its own exam.
    rng : numpy.random.Generator
        For the noise.
    warp : SmoothWarp
        From the frame of this exam to the recent one; the identity for the recent exam itself.

    Returns
    -------
    ndarray of float32, shape (rows, cols)
        Brightness 0..1 in stored orientation.
    """
    window = _window(tissue, frame, warp)
    rows_mm, depths_mm = warp.maps(frame.row_centres_mm[window[0]], frame.depth_centres_mm[window[1]])
    skin, bright, weight = np.moveaxis(tissue.sample(_layers(tissue, exposure), rows_mm, depths_mm), 2, 0)
    bright = bright + weight * tissue.sample_tile(rows_mm, depths_mm)
    for mass in masses:
        of_mass = (rows_mm, depths_mm)
        if mass.warp is not None:
            of_mass = mass.warp.maps(frame.row_centres_mm[window[0]], frame.depth_centres_mm[window[1]])
        _add_mass(bright, mass, tissue, of_mass)
    cover = np.clip(skin / np.float32(frame.spacing_mm) + 0.5, 0, 1)
    picture = np.full(frame.shape, np.float32(exposure.background))
    picture[window] += cover * (
        _processed(_curve(bright, exposure), cover, frame, exposure) - np.float32(exposure.background)
    )
    _add_noise(picture, rng, exposure, spacing_mm=frame.spacing_mm)
    return np.ascontiguousarray(picture[:, ::-1]) if frame.chest_wall_right else picture


def _layers(tissue: TissueMap, exposure: Exposure) -> Field:
    """Coarse maps a picture is sampled from: skin distance, brightness, weight of the fine texture."""
    depth = np.clip(1 - tissue.skin_mm / _EDGE_MM, 0, 1)
    thickness = 0.3 + 0.7 * np.sqrt(np.maximum(1 - depth * depth, 0))
    skin_line = 0.07 * np.exp(-(((tissue.skin_mm - 1.2) / 0.9) ** 2))
    composed = tissue.tissue + (exposure.gland_gain - 1) * GLAND_BRIGHTNESS * tissue.gland
    bright = thickness * (_FAT + _RANGE * composed) + skin_line
    weight = thickness * _RANGE * stroma_share(tissue.gland)
    return np.ascontiguousarray(np.stack([tissue.skin_mm, bright, weight], axis=2), dtype=np.float32)


def _window(tissue: TissueMap, frame: PictureFrame, warp: SmoothWarp) -> tuple[slice, slice]:
    """Rows and columns (counted from the chest wall) of a picture outside which there is only air."""
    step = max(1, round(_WINDOW_STEP_MM / frame.spacing_mm))
    rows_mm, depths_mm = warp.maps(frame.row_centres_mm[::step], frame.depth_centres_mm[::step])
    near = tissue.sample(tissue.skin_mm, rows_mm, depths_mm) > -2 * _WINDOW_STEP_MM
    sides = []
    for axis, size in ((1, frame.rows), (0, frame.cols)):
        found = np.flatnonzero(near.any(axis=axis))
        first, last = (found[0], found[-1]) if found.size else (0, 0)
        sides.append(slice(max(0, int(first - 1) * step), min(size, int(last + 2) * step)))
    return sides[0], sides[1]


def _curve(bright: Field, exposure: Exposure) -> Field:
    """Gain and gamma of the finished picture; highlights roll off softly instead of clipping."""
    value: Field = cv2.pow(np.maximum(bright, 0), exposure.gamma) * np.float32(exposure.gain)
    high = value > _KNEE
    value[high] = _KNEE + (1 - _KNEE) * np.tanh((value[high] - _KNEE) / (1 - _KNEE))
    return value


def _processed(value: Field, cover: Field, frame: PictureFrame, exposure: Exposure) -> Field:
    """Edge enhancement and equalisation of the finished picture, inside the breast."""
    if exposure.sharpening == 0 and exposure.equalisation == 0:
        return value
    level = np.float32((value * cover).sum() / max(float(cover.sum()), 1.0))
    fine, coarse = (_inside_blur(value, cover, sigma / frame.spacing_mm) for sigma in (_SHARP_MM, _EQUAL_MM))
    sharp = value + np.float32(exposure.sharpening) * (value - fine)
    return np.asarray(np.clip(sharp - np.float32(exposure.equalisation) * (coarse - level), 0, 1))


def _inside_blur(value: Field, cover: Field, sigma_px: float) -> Field:
    """Blur inside the breast only, made on a reduced picture where the blur is wide."""
    step = max(1, int(sigma_px / 3))
    size = max(1, value.shape[1] // step), max(1, value.shape[0] // step)
    parts = [cv2.resize(part, size, interpolation=cv2.INTER_AREA) for part in (value * cover, cover)]
    blurred = [cv2.GaussianBlur(part, (0, 0), max(sigma_px / step, 0.3)) for part in parts]
    ratio = blurred[0] / np.maximum(blurred[1], np.float32(1e-3))
    return np.asarray(cv2.resize(ratio, value.shape[::-1], interpolation=cv2.INTER_LINEAR))


def _add_noise(picture: Field, rng: np.random.Generator, exposure: Exposure, *, spacing_mm: float) -> None:
    """Quantum noise: its deviation grows with the root of brightness and falls with the side of a pixel."""
    deviation = np.sqrt(np.maximum(picture, np.float32(0.01)))
    deviation *= np.float32(exposure.noise * min(1.0, 0.14 / spacing_mm))
    deviation *= rng.standard_normal(picture.shape, dtype=np.float32)
    picture += deviation
    np.clip(picture, 0, 1, out=picture)


def _add_mass(bright: Field, mass: ShownMass, tissue: TissueMap, maps: tuple[Field, Field]) -> None:
    """Lay one mass over the tissue, in the window it can reach."""
    reach = np.float32(mass.form.reach_mm)
    row, depth = (np.float32(middle) for middle in mass.form.centre_mm)
    near = (np.abs(maps[0] - row) < reach) & (np.abs(maps[1] - depth) < reach)
    if not near.any():
        return
    rows, cols = np.flatnonzero(near.any(axis=1)), np.flatnonzero(near.any(axis=0))
    window = np.s_[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1]
    here = maps[0][window], maps[1][window]
    cover, added = mass.form.cast(*here, tissue.sample_clumps(*here), size=mass.size)
    behind = bright[window]
    level = float((behind * cover).sum() / max(float(cover.sum()), 1e-6))
    # A mass displaces part of the tissue; where gland is dense already, less of it stands out.
    changed = (level - behind) * cover * np.float32(_DISPLACED) + added * np.float32(_RANGE * (1.2 - 0.6 * level))
    bright[window] = behind + np.float32(mass.strength) * changed
