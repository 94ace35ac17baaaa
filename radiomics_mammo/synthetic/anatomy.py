"""The anatomy of one breast: its outline in each view, and the tissue inside it that both exams show."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.special import expit, ndtri

from radiomics_mammo.core.geometry import Points, frozen_array
from radiomics_mammo.core.vocabulary import View

Field = NDArray[np.float32]
"""Array of float32, shape (rows, cols)."""
_Plane = NDArray[np.floating]

_BREAST_DEPTH_MM = (112.0, 14.0, 84.0, 142.0)
"""Mean, standard deviation and bounds of the depth from nipple to chest wall."""
_NIPPLE_MM = (4.5, 5.0)
"""How far the nipple stands out, and its half width."""
_CC_HALF_MM = (66.0, 100.0)
"""Half height of the breast in CC: more would not fit the smaller detector of some priors (233 mm)."""
_CC_NIPPLE_ROW_MM = 143.0
_MLO_LOWER_MM = (60.0, 92.0)
_MLO_NIPPLE_ROW_MM = (145.0, 165.0)
_AXILLA = (0.48, 0.62)
_MUSCLE_HEIGHT_MM = (100.0, 150.0)
_ROOM_STEP_MM = 0.5
"""Step of the numerical slope of the skin distance."""

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
_STRAND_WIDTH, STRAND_BRIGHTNESS = 0.08, 0.15
_CLUMP_MM, _CLUMP_EXPONENT, _CLUMP_SIZE = 6.0, 2.5, 256
_STROMA_IN_FAT, _STROMA_IN_GLAND = 0.08, 0.20
_CONE = (0.62, 0.58, 0.48)
"""Half width along rows, middle and half width along depth of the glandular cone, in breast depths."""
_SUBCUTANEOUS_MM = (9.0, 2.5)
"""Depth of the fat under the skin, and the width of its border."""
LOBE_GAIN, _CONE_GAIN, _CONE_LEVEL, _GLAND_BORDER = 0.8, 2.2, 0.62, 0.6
"""Weights of lobes and cone in the gland share, the level of the cone that is neutral, softness of the border."""
_MUSCLE_BRIGHTNESS, _MUSCLE_TEXTURE, _MUSCLE_SHINE, _MUSCLE_BORDER_MM = 0.6, 0.06, 0.15, 0.9
GLAND_BRIGHTNESS = 0.80
"""Brightness of pure gland above fat."""


@dataclass(frozen=True, kw_only=True)
class BreastShape:
    """Form of one breast in one view; lengths in mm of the recent exam, depth counted from the chest wall.

    Examples
    --------
    >>> shape = draw_shape(np.random.default_rng(3), View.CC, depth_mm=90.0)
    >>> shape.muscle_depth_at(np.array([10.0])), shape.room_mm(np.array([[shape.nipple_row_mm, 4.0]]))
    (array([-1000.]), array([4.]))
    """

    view: View
    nipple_row_mm: float
    depth_mm: Annotated[float, "chest wall to skin at the nipple"]
    upper_mm: Annotated[float, "extent of the breast above the nipple row"]
    lower_mm: Annotated[float, "the same below it"]
    power: Annotated[float, "roundness, the exponent of a superellipse: 2 is an ellipse, more is fuller"]
    axilla: Annotated[float, "MLO: width of the upper end as a share of depth_mm"] = 0.0
    muscle_depth_mm: Annotated[float, "MLO: pectoral muscle along the upper edge"] = 0.0
    muscle_height_mm: Annotated[float, "MLO: the same along the chest wall"] = 0.0
    nipple_out_mm: Annotated[float, "how far the nipple stands out; 0 is not in profile"] = _NIPPLE_MM[0]

    @property
    def nipple_mm(self) -> tuple[float, float]:
        """(row_mm, depth_mm) of the nipple."""
        return self.nipple_row_mm, self.depth_mm

    @property
    def height_mm(self) -> float:
        """Extent of the breast along the chest wall."""
        return self.upper_mm + self.lower_mm

    def roundness(self, rows_mm: _Plane, depths_mm: _Plane) -> _Plane:
        """Function that is 1 at the nipple-less centre of the chest wall, 0 on the skin and negative outside."""
        offset = rows_mm - self.nipple_row_mm
        radius = np.maximum(offset, 0) / self.lower_mm
        nipple = self.nipple_out_mm * np.exp(-((offset / _NIPPLE_MM[1]) ** 4))
        if self.view is View.CC:
            radius = radius + np.maximum(-offset, 0) / self.upper_mm
            reach_mm = self.depth_mm + nipple
        else:
            climb = np.clip(-offset / self.upper_mm, 0, 1.2)
            reach_mm = self.depth_mm * (1 - (1 - self.axilla) * climb**1.7) + nipple
        square = radius**self.power + (np.maximum(depths_mm, 0) / reach_mm) ** 2
        return np.asarray(1 - square ** (1 / self.power))

    def skin_distance_mm(self, rows_mm: _Plane, depths_mm: _Plane) -> _Plane:
        """Distance to the skin on a grid of evenly spaced coordinates, shape (rows,) and (cols,); positive inside.

        First order, so exact at the skin itself.
        """
        inside = self.roundness(rows_mm[:, None], depths_mm[None, :])
        return np.asarray(inside / np.maximum(np.hypot(*np.gradient(inside, rows_mm, depths_mm)), 1e-3))

    def skin_near_mm(self, rows_mm: _Plane, depths_mm: _Plane) -> _Plane:
        """Distance to the skin at places given one by one, two arrays of one shape; positive inside, first order."""
        step = _ROOM_STEP_MM
        slope_row = (self.roundness(rows_mm + step, depths_mm) - self.roundness(rows_mm - step, depths_mm)) / (2 * step)
        ahead, behind = self.roundness(rows_mm, depths_mm + step), self.roundness(rows_mm, depths_mm - step)
        slope = np.hypot(slope_row, (ahead - behind) / (2 * step))
        return np.asarray(self.roundness(rows_mm, depths_mm) / np.maximum(slope, 1e-3))

    def muscle_depth_at(self, rows_mm: _Plane) -> _Plane:
        """Depth of the border of the pectoral muscle in each row; negative where there is none."""
        if self.view is View.CC:
            return np.full_like(rows_mm, -1e3)
        height = self.muscle_height_mm
        return np.asarray(self.muscle_depth_mm * (1 - rows_mm / height) + 2.5 * np.sin(np.pi * rows_mm / height))

    def room_mm(self, points_mm: Points) -> NDArray[np.float64]:
        """Free distance around points to skin, chest wall, muscle and upper edge, shape (n,); for placing masses."""
        rows, depths = np.asarray(points_mm, dtype=np.float64).T
        skin = self.skin_near_mm(rows, depths)
        return np.asarray(np.min([skin, depths, depths - self.muscle_depth_at(rows), rows], axis=0))


def draw_shapes(rng: np.random.Generator) -> dict[View, BreastShape]:
    """Both views of one breast, of similar depth."""
    mean, deviation, low, high = _BREAST_DEPTH_MM
    depth = float(np.clip(rng.normal(mean, deviation), low, high))
    return {view: draw_shape(rng, view, depth_mm=depth) for view in View}


def draw_shape(rng: np.random.Generator, view: View, *, depth_mm: float) -> BreastShape:
    """A random breast of about `depth_mm` from nipple to chest wall, inside a field of 287 x 233 mm."""
    depth = depth_mm * rng.uniform(0.96, 1.04)
    if view is View.CC:
        half = np.clip(depth * rng.uniform(0.78, 0.92), *_CC_HALF_MM)
        lean = rng.uniform(0.93, 1.07)
        return BreastShape(
            view=view,
            nipple_row_mm=_CC_NIPPLE_ROW_MM + rng.uniform(-7, 7),
            depth_mm=depth,
            upper_mm=half * lean,
            lower_mm=half / lean,
            power=rng.uniform(2.0, 2.4),
        )
    lower = np.clip(depth * rng.uniform(0.72, 0.85), *_MLO_LOWER_MM)
    row = rng.uniform(*_MLO_NIPPLE_ROW_MM)
    axilla = rng.uniform(*_AXILLA)
    return BreastShape(
        view=view,
        nipple_row_mm=row,
        depth_mm=depth,
        upper_mm=row,
        lower_mm=lower,
        power=2.2,
        axilla=axilla,
        muscle_depth_mm=axilla * depth * rng.uniform(0.62, 0.85),
        muscle_height_mm=rng.uniform(*_MUSCLE_HEIGHT_MM),
    )


def power_law_field(
    rng: np.random.Generator,
    shape: tuple[int, int],
    *,
    spacing_mm: float,
    longest_mm: float,
    only_below_mm: float | None = None,
    exponent: float = 3.0,
    stretch: float = 1.0,
) -> Field:
    """Periodic Gaussian random field with power spectrum proportional to frequency ** -exponent.

    Parameters
    ----------
    rng : numpy.random.Generator
    shape : tuple of int
        (rows, cols).
    spacing_mm, longest_mm : float
        Distance of neighbouring samples, and longest wavelength of the spectrum.
    only_below_mm : float, optional
        Generate only the waves of the spectrum that are shorter than this.
    exponent : float
        Must be above 2; mammograms have about 3 (Burgess 1999).
    stretch : float
        Correlation along the columns is longer by this factor than along the rows.

    Returns
    -------
    ndarray of float32
        Variance 1 if all wavelengths below `longest_mm` are resolved and generated; bands of one spectrum generated
        apart (on different grids) therefore add up to that spectrum.

    Examples
    --------
    >>> field = power_law_field(np.random.default_rng(1), (64, 48), spacing_mm=0.5, longest_mm=16.0)
    >>> field.shape, bool(0.3 < field.std() < 3)
    ((64, 48), True)
    """
    white = rng.standard_normal(shape, dtype=np.float32)
    row_frequency = fft.fftfreq(shape[0], spacing_mm).astype(np.float32)[:, None]
    col_frequency = fft.rfftfreq(shape[1], spacing_mm).astype(np.float32)[None, :] * stretch
    frequency = np.hypot(row_frequency, col_frequency)
    # Variance is the integral of power * 2 pi f df = 1, solved for the factor of the power law.
    factor = (exponent - 2) / (2 * np.pi) * longest_mm ** (2 - exponent) * stretch
    power = factor * np.maximum(frequency, 1 / longest_mm) ** -exponent
    power = np.where(frequency >= 1 / (only_below_mm or longest_mm), power, 0)
    filtered = fft.rfft2(white) * (np.sqrt(power) / spacing_mm).astype(np.float32)
    return np.asarray(fft.irfft2(filtered, s=shape), dtype=np.float32)


def spectral_exponent(patch: NDArray[np.floating], *, lowest: float = 0.03, highest: float = 0.25) -> float:
    """Slope of the radially averaged power spectrum of a patch, positive; about 3 for breast tissue.

    Parameters
    ----------
    patch : ndarray, shape (rows, cols)
        Tissue without skin line or background.
    lowest, highest : float
        Band of the fit in cycles per pixel.

    Examples
    --------
    >>> field = power_law_field(np.random.default_rng(1), (256, 192), spacing_mm=1.0, longest_mm=200.0)
    >>> round(spectral_exponent(field))
    3
    """
    window = np.outer(np.hanning(patch.shape[0]), np.hanning(patch.shape[1]))
    power = np.abs(np.fft.fft2((patch - patch.mean()) * window)) ** 2
    frequency = np.hypot(np.fft.fftfreq(patch.shape[0])[:, None], np.fft.fftfreq(patch.shape[1])[None, :])
    edges = np.geomspace(lowest, highest, 12)
    band = np.digitize(frequency, edges)
    means = [np.log(power[band == index].mean()) for index in range(1, len(edges))]
    return float(-np.polyfit(np.log(np.sqrt(edges[:-1] * edges[1:])), means, 1)[0])


@dataclass(frozen=True, kw_only=True, eq=False)
class TissueMap:
    """Maps of one breast on a coarse grid in the recent frame, shape (rows, cols), and two periodic tiles, (n, n)."""

    spacing_mm: Annotated[float, "sampling of the coarse maps"]
    skin_mm: Annotated[Field, "distance to the skin"] = field(repr=False)
    tissue: Annotated[Field, "brightness of the tissue: fat about 0, gland about 1"] = field(repr=False)
    gland: Annotated[Field, "gland share of each place"] = field(repr=False)
    tile: Annotated[Field, "waves finer than the coarse maps; empty where no picture resolves them"] = field(repr=False)
    tile_spacing_mm: float
    clumps: Annotated[Field, "texture inside masses: unit variance, on the coarse spacing"] = field(repr=False)

    def __post_init__(self) -> None:
        for name in ("skin_mm", "tissue", "gland", "tile", "clumps"):
            object.__setattr__(self, name, frozen_array(getattr(self, name)))

    def sample(self, plane: Field, rows_mm: Field, depths_mm: Field) -> Field:
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
    rows, cols = rows_mm / np.float32(spacing_mm), depths_mm / np.float32(spacing_mm)
    return np.asarray(cv2.remap(tile, cols, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP))


@dataclass(frozen=True, kw_only=True, eq=False)
class Ground:
    """Coarse grid on which tissue grows: spacing, and the mm coordinates of its rows and columns."""

    spacing_mm: float
    picture_mm: Annotated[float, "spacing of the finest picture to be taken"]
    rows_mm: NDArray[np.float64] = field(repr=False)
    depths_mm: NDArray[np.float64] = field(repr=False)

    @classmethod
    def of(cls, picture_mm: float, *, margin_mm: float = _MARGIN_MM) -> Ground:
        """The grid for pictures of a spacing, with anatomy beyond the largest picture."""
        coarse = max(_COARSE_MM, picture_mm)
        rows, depths = (np.arange(-margin_mm, size + margin_mm, coarse) for size in _FIELD_MM)
        return cls(spacing_mm=coarse, picture_mm=picture_mm, rows_mm=rows, depths_mm=depths)

    def textures(self, rng: np.random.Generator) -> tuple[Field, Field, Field]:
        """Gland lobes, unstructured stroma, and the field whose zero lines are ligaments; unit variance each."""
        size, spacing = (self.rows_mm.size, self.depths_mm.size), self.spacing_mm
        lobes = power_law_field(rng, size, spacing_mm=spacing, longest_mm=_PARENCHYMA_MM, exponent=_PARENCHYMA_EXPONENT)
        stroma = power_law_field(rng, size, spacing_mm=spacing, longest_mm=_STROMA_MM)
        strands = power_law_field(
            rng,
            size,
            spacing_mm=spacing,
            longest_mm=_STRANDS_MM,
            stretch=_STRANDS_STRETCH,
            exponent=_STRANDS_EXPONENT,
        )
        return lobes, stroma, strands

    def sample(self, plane: Field, rows_mm: Field, depths_mm: Field) -> Field:
        """A plane of this grid at places given in mm, linear, shape of `rows_mm`."""
        rows = ((rows_mm - self.rows_mm[0]) / self.spacing_mm).astype(np.float32)
        cols = ((depths_mm - self.depths_mm[0]) / self.spacing_mm).astype(np.float32)
        return np.asarray(cv2.remap(plane, cols, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT))

    def with_muscle(self, tissue: _Plane, texture: Field, over_mm: _Plane) -> _Plane:
        """Tissue under the pectoral muscle; `over_mm` is how far inside the muscle each place lies."""
        muscle = expit(over_mm / _MUSCLE_BORDER_MM)
        over = _MUSCLE_BRIGHTNESS + _MUSCLE_TEXTURE * texture + _MUSCLE_SHINE * tissue
        return np.asarray(tissue * (1 - muscle) + over * muscle)

    def tissue_map(self, rng: np.random.Generator, *, skin: _Plane, tissue: _Plane, gland: _Plane) -> TissueMap:
        """The coarse planes with the two tiles of finer texture."""
        coarse = self.spacing_mm
        tile = np.zeros((0, 0), dtype=np.float32)
        if self.picture_mm < coarse:
            band = {"longest_mm": _STROMA_MM, "only_below_mm": 2 * coarse}
            tile = power_law_field(rng, (_TILE, _TILE), spacing_mm=self.picture_mm, **band)
        longest, square = max(_CLUMP_MM, 4 * coarse), (_CLUMP_SIZE, _CLUMP_SIZE)
        clumps = power_law_field(rng, square, spacing_mm=coarse, longest_mm=longest, exponent=_CLUMP_EXPONENT)
        return TissueMap(
            spacing_mm=coarse,
            skin_mm=skin.astype(np.float32),
            tissue=tissue.astype(np.float32),
            gland=gland.astype(np.float32),
            tile=tile,
            tile_spacing_mm=self.picture_mm,
            clumps=np.asarray(clumps / clumps.std(), dtype=np.float32),
        )


def grow_tissue(rng: np.random.Generator, shape: BreastShape, *, gland_share: float, spacing_mm: float) -> TissueMap:
    """Generate the inside of one breast in one view.

    `gland_share` is the share of fibroglandular tissue, 0..1; `spacing_mm` that of the finest picture to be taken.
    """
    ground = Ground.of(spacing_mm)
    parenchyma, stroma, strands = ground.textures(rng)
    rows_mm, depths_mm = ground.rows_mm, ground.depths_mm
    skin = shape.skin_distance_mm(rows_mm, depths_mm)
    axes = rows_mm[:, None], depths_mm[None, :]
    drive = LOBE_GAIN * parenchyma + cone_drive(shape, *axes, share=gland_share)
    gland = gland_border(drive) * under_skin(skin)
    ridges = ligaments(strands)
    tissue = GLAND_BRIGHTNESS * gland + stroma_share(gland) * stroma + STRAND_BRIGHTNESS * ridges
    tissue = ground.with_muscle(tissue, parenchyma, shape.muscle_depth_at(axes[0]) - axes[1])
    return ground.tissue_map(rng, skin=skin, tissue=tissue, gland=gland)


def stroma_share(gland: _Plane) -> _Plane:
    """Strength of the unstructured texture where the gland share is as given; the same for coarse and fine waves."""
    return np.asarray(_STROMA_IN_FAT + (_STROMA_IN_GLAND - _STROMA_IN_FAT) * gland)


def cone_drive(shape: BreastShape, rows_mm: _Plane, depths_mm: _Plane, *, share: float) -> _Plane:
    """What makes a place glandular before its lobes are added: more behind the nipple, less at the chest wall."""
    rows, depths = (rows_mm - shape.nipple_row_mm) / shape.depth_mm, depths_mm / shape.depth_mm
    cone = np.exp(-((rows / _CONE[0]) ** 2) - ((depths - _CONE[1]) / _CONE[2]) ** 2)
    return np.asarray(ndtri(np.clip(share, 0.02, 0.98)) + _CONE_GAIN * (cone - _CONE_LEVEL))


def under_skin(skin_mm: _Plane) -> _Plane:
    """Share of gland that the fat under the skin leaves, 0..1."""
    return np.asarray(expit((skin_mm - _SUBCUTANEOUS_MM[0]) / _SUBCUTANEOUS_MM[1]))


def gland_border(drive: _Plane) -> _Plane:
    """Gland share where the drive is as given."""
    return np.asarray(expit(drive / _GLAND_BORDER))


def ligaments(strands: _Plane) -> _Plane:
    """Bright lines along the zero lines of a field, 0..1."""
    return np.asarray(np.exp(-((strands / _STRAND_WIDTH) ** 2)))
