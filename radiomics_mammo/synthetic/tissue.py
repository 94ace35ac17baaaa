"""The inside of one breast in one view, generated once and sampled by both exams."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtri

from radiomics_mammo.core.geometry import frozen_array
from radiomics_mammo.synthetic.shapes import BreastShape
from radiomics_mammo.synthetic.texture import Field, power_law_field

_MARGIN_MM = 26.0
"""Anatomy beyond the recent picture, for priors that show more of it."""
_FIELD_MM = (287.0, 233.0)
"""Largest picture: 4096 x 3328 pixels of 0.07 mm."""
_COARSE_MM = 0.35
"""Finest sampling of the whole-breast maps; shorter waves come from the repeated fine tile."""
_TILE = 1024
_PARENCHYMA_MM, _PARENCHYMA_EXPONENT = 45.0, 3.7
"""Longest wave of the gland lobes, and their exponent: smoother than the final picture, whose exponent is near 3."""
_STROMA_MM = 25.0
_STRANDS_MM, _STRANDS_EXPONENT, _STRANDS_STRETCH = 26.0, 5.0, 2.0
"""The field whose zero lines are ligaments: smooth, and longer towards the nipple."""
_STRAND_WIDTH, _STRAND_BRIGHTNESS = 0.08, 0.15
_CLUMP_MM, _CLUMP_EXPONENT, _CLUMP_SIZE = 6.0, 2.5, 256
_STROMA_IN_FAT, _STROMA_IN_GLAND = 0.08, 0.20
_CONE = (0.62, 0.58, 0.48)
"""Half width along rows, middle and half width along depth of the glandular cone, in breast depths."""
_SUBCUTANEOUS_MM = (9.0, 2.5)
"""Depth of the fat under the skin, and the width of its border."""
_LOBE_GAIN, _CONE_GAIN, _CONE_LEVEL, _GLAND_BORDER = 0.8, 2.2, 0.62, 0.6
"""Weights of lobes and cone in the gland share, the level of the cone that is neutral, softness of the border."""
_MUSCLE_BRIGHTNESS, _MUSCLE_TEXTURE, _MUSCLE_SHINE, _MUSCLE_BORDER_MM = 0.6, 0.06, 0.15, 0.9
GLAND_BRIGHTNESS = 0.80
"""Brightness of pure gland above fat."""

_Axes = tuple[NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True, eq=False)
class TissueMap:
    """Maps of one breast on a coarse grid in the recent frame, and a fine periodic tile.

    Parameters
    ----------
    shape : BreastShape
    spacing_mm : float
        Sampling of the coarse maps.
    skin_mm, tissue, gland : ndarray of float32, shape (rows, cols)
        Distance to the skin; brightness of the tissue (fat about 0, gland about 1); gland share of each place.
    tile : ndarray of float32, shape (n, n)
        Waves shorter than the coarse maps carry, periodic; empty where the picture does not resolve them.
    tile_spacing_mm : float
    clumps : ndarray of float32, shape (n, n)
        Texture inside masses: periodic, unit variance, on the coarse spacing.
    """

    shape: BreastShape
    spacing_mm: float
    skin_mm: Field = field(repr=False)
    tissue: Field = field(repr=False)
    gland: Field = field(repr=False)
    tile: Field = field(repr=False)
    tile_spacing_mm: float
    clumps: Field = field(repr=False)

    def __post_init__(self) -> None:
        for name in ("skin_mm", "tissue", "gland", "tile", "clumps"):
            object.__setattr__(self, name, frozen_array(getattr(self, name)))

    def sample(self, plane: NDArray[np.float32], rows_mm: Field, depths_mm: Field) -> Field:
        """One coarse map at places given in mm, bicubic, shape of `rows_mm`."""
        rows = (rows_mm + np.float32(_MARGIN_MM)) / np.float32(self.spacing_mm)
        cols = (depths_mm + np.float32(_MARGIN_MM)) / np.float32(self.spacing_mm)
        return np.asarray(cv2.remap(plane, cols, rows, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE))

    def sample_tile(self, rows_mm: Field, depths_mm: Field) -> Field:
        """The fine tile at places given in mm, repeated without seams; zeros where the tile is empty."""
        if self.tile.size == 0:
            return np.zeros_like(rows_mm)
        return _repeated(self.tile, rows_mm, depths_mm, spacing_mm=self.tile_spacing_mm)

    def sample_clumps(self, rows_mm: Field, depths_mm: Field) -> Field:
        """Texture of masses at places given in mm, unit variance, shape of `rows_mm`."""
        return _repeated(self.clumps, rows_mm, depths_mm, spacing_mm=self.spacing_mm)


def _repeated(tile: Field, rows_mm: Field, depths_mm: Field, *, spacing_mm: float) -> Field:
    """A periodic tile at places given in mm, bilinear."""
    rows, cols = rows_mm / np.float32(spacing_mm), depths_mm / np.float32(spacing_mm)
    return np.asarray(cv2.remap(tile, cols, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP))


def grow_tissue(rng: np.random.Generator, shape: BreastShape, *, gland_share: float, spacing_mm: float) -> TissueMap:
    """Generate the inside of one breast in one view.

    Parameters
    ----------
    rng : numpy.random.Generator
    shape : BreastShape
    gland_share : float
        Share of the tissue that is fibroglandular, 0..1.
    spacing_mm : float
        Pixel spacing of the finest picture that will be taken.
    """
    coarse = max(_COARSE_MM, spacing_mm)
    rows_mm = np.arange(-_MARGIN_MM, _FIELD_MM[0] + _MARGIN_MM, coarse)
    depths_mm = np.arange(-_MARGIN_MM, _FIELD_MM[1] + _MARGIN_MM, coarse)
    skin = shape.skin_distance_mm(rows_mm, depths_mm)
    size = (rows_mm.size, depths_mm.size)
    parenchyma = power_law_field(rng, size, spacing_mm=coarse, longest_mm=_PARENCHYMA_MM, exponent=_PARENCHYMA_EXPONENT)
    stroma = power_law_field(rng, size, spacing_mm=coarse, longest_mm=_STROMA_MM)
    strands = power_law_field(
        rng, size, spacing_mm=coarse, longest_mm=_STRANDS_MM, stretch=_STRANDS_STRETCH, exponent=_STRANDS_EXPONENT
    )
    gland = _gland(parenchyma, shape, skin, axes=(rows_mm, depths_mm), share=gland_share)
    ridges = np.exp(-((strands / _STRAND_WIDTH) ** 2))
    tissue = GLAND_BRIGHTNESS * gland + stroma_share(gland) * stroma + _STRAND_BRIGHTNESS * ridges
    tissue = _with_muscle(tissue, parenchyma, shape, (rows_mm, depths_mm))
    tile = np.zeros((0, 0), dtype=np.float32)
    if spacing_mm < coarse:
        finer = {"longest_mm": _STROMA_MM, "carried_below_mm": 2 * coarse}
        tile = power_law_field(rng, (_TILE, _TILE), spacing_mm=spacing_mm, **finer)
    return TissueMap(
        shape,
        coarse,
        skin_mm=skin.astype(np.float32),
        tissue=tissue.astype(np.float32),
        gland=gland.astype(np.float32),
        tile=tile,
        tile_spacing_mm=spacing_mm,
        clumps=_clumps(rng, coarse),
    )


def _clumps(rng: np.random.Generator, spacing_mm: float) -> Field:
    longest = max(_CLUMP_MM, 4 * spacing_mm)
    size = (_CLUMP_SIZE, _CLUMP_SIZE)
    clumps = power_law_field(rng, size, spacing_mm=spacing_mm, longest_mm=longest, exponent=_CLUMP_EXPONENT)
    return np.asarray(clumps / clumps.std(), dtype=np.float32)


def stroma_share(gland: NDArray[np.floating]) -> NDArray[np.floating]:
    """Strength of the unstructured texture where the gland share is as given; the same for coarse and fine waves.

    Examples
    --------
    >>> stroma_share(np.array([0.0, 1.0]))
    array([0.08, 0.2 ])
    """
    return np.asarray(_STROMA_IN_FAT + (_STROMA_IN_GLAND - _STROMA_IN_FAT) * gland)


def _gland(
    parenchyma: Field, shape: BreastShape, skin_mm: NDArray[np.floating], *, axes: _Axes, share: float
) -> NDArray[np.floating]:
    """Share of gland at each place: bright parenchyma behind the nipple, fat under the skin and at the chest wall."""
    rows = (axes[0][:, None] - shape.nipple_row_mm) / shape.depth_mm
    depths = axes[1][None, :] / shape.depth_mm
    cone = np.exp(-((rows / _CONE[0]) ** 2) - ((depths - _CONE[1]) / _CONE[2]) ** 2)
    under_skin = expit((skin_mm - _SUBCUTANEOUS_MM[0]) / _SUBCUTANEOUS_MM[1])
    level = ndtri(np.clip(share, 0.02, 0.98))
    drive = _LOBE_GAIN * parenchyma + level + _CONE_GAIN * (cone - _CONE_LEVEL)
    gland = expit(drive / _GLAND_BORDER)
    return np.asarray(gland * under_skin)


def _with_muscle(
    tissue: NDArray[np.floating], parenchyma: Field, shape: BreastShape, axes: _Axes
) -> NDArray[np.floating]:
    """Tissue with the pectoral muscle laid over it."""
    border = shape.muscle_depth_at(axes[0])[:, None]
    muscle = expit((border - axes[1][None, :]) / _MUSCLE_BORDER_MM)
    texture = _MUSCLE_BRIGHTNESS + _MUSCLE_TEXTURE * parenchyma + _MUSCLE_SHINE * tissue
    return np.asarray(tissue * (1 - muscle) + texture * muscle)
