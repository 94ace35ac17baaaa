"""Taking the picture: one exam of one breast as the detector and its processing would show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from radiomics_mammo.synthetic.frames import PictureFrame
from radiomics_mammo.synthetic.masses import MassForm
from radiomics_mammo.synthetic.texture import Field
from radiomics_mammo.synthetic.tissue import TissueMap
from radiomics_mammo.synthetic.warps import SmoothWarp

_FAT = 0.27
"""Brightness of fat on the 0..1 scale of a finished picture."""
_RANGE = 0.50
"""Brightness of gland above fat."""
_EDGE_MM = 14.0
"""Depth under the skin over which the compressed breast reaches its full thickness."""
_FINE_SHARE = (0.05, 0.09)
"""Fine texture in fat, and more in gland; the same shares as the coarse texture of `tissue`."""


@dataclass(frozen=True)
class Exposure:
    """Detector and processing of one exam.

    Parameters
    ----------
    gain, gamma : float
        Brightness scale and curve of the finished picture.
    noise : float
        Standard deviation of the quantum noise at full brightness of 1, per 0.07 mm pixel.
    background : float
        Brightness of air.
    """

    gain: float = 1.0
    gamma: float = 1.0
    noise: float = 0.012
    background: float = 0.004


@dataclass(frozen=True)
class ShownMass:
    """A mass as far as it is there at one exam: relative brightness and size."""

    form: MassForm
    strength: float = 1.0
    size: float = 1.0


def draw_exposure(rng: np.random.Generator) -> Exposure:
    """A random detector setting.

    Examples
    --------
    >>> 0.85 < draw_exposure(np.random.default_rng(0)).gain < 1.15
    True
    """
    return Exposure(rng.uniform(0.9, 1.1), rng.uniform(0.92, 1.08), rng.uniform(0.009, 0.016), rng.uniform(0, 0.008))


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
    masses : sequence of ShownMass
    exposure : Exposure

    Returns
    -------
    ndarray of float32, shape (rows, cols)
        Brightness 0..1 in stored orientation.
    """
    depths = frame.depth_centres_mm
    rows_mm, depths_mm = warp.maps(frame.row_centres_mm, depths)
    skin = tissue.sample(tissue.skin_mm, rows_mm, depths_mm)
    bright = tissue.sample(tissue.tissue, rows_mm, depths_mm)
    fine_share = _FINE_SHARE[0] + _FINE_SHARE[1] * tissue.sample(tissue.gland, rows_mm, depths_mm)
    bright += fine_share * tissue.sample_tile(rows_mm, depths_mm)
    for mass in masses:
        _add_mass(bright, mass, tissue, (rows_mm, depths_mm))
    picture = _finish(bright, skin, frame.spacing_mm, exposure)
    # Quantum noise per pixel falls with the pixel side.
    deviation = exposure.noise * np.sqrt(np.maximum(picture, 0.01)) * min(1.0, 0.07 / frame.spacing_mm * 2)
    picture += rng.standard_normal(picture.shape, dtype=np.float32) * deviation
    np.clip(picture, 0, 1, out=picture)
    return np.ascontiguousarray(picture[:, ::-1]) if frame.chest_wall_right else picture


def _finish(bright: Field, skin_mm: Field, spacing_mm: float, exposure: Exposure) -> Field:
    """Brightness with the fall of thickness under the skin, the skin line, the air, gain and curve."""
    cover = np.clip(skin_mm / np.float32(spacing_mm) + 0.5, 0, 1)
    depth = np.clip(1 - skin_mm / np.float32(_EDGE_MM), 0, 1)
    thickness = np.sqrt(np.maximum(1 - depth * depth, 0))
    skin_line = 0.07 * np.exp(-(((skin_mm - 1.2) / 0.9) ** 2))
    value = (0.3 + 0.7 * thickness) * (_FAT + _RANGE * bright) + skin_line
    value = np.clip(value, 0, None) ** np.float32(exposure.gamma) * np.float32(exposure.gain)
    # Highlights roll off softly instead of clipping.
    value = np.where(value > 0.8, 0.8 + 0.2 * np.tanh((value - 0.8) / 0.2), value)
    return np.asarray(exposure.background + cover * (value - exposure.background), dtype=np.float32)


def _add_mass(bright: Field, mass: ShownMass, tissue: TissueMap, maps: tuple[Field, Field]) -> None:
    """Lay one mass over the tissue, in the window it can reach."""
    rows_mm, depths_mm = maps
    reach = np.float32(mass.form.reach_mm)
    near_row = np.abs(rows_mm - np.float32(mass.form.centre_mm[0])) < reach
    near = near_row & (np.abs(depths_mm - np.float32(mass.form.centre_mm[1])) < reach)
    if not near.any():
        return
    rows, cols = np.flatnonzero(near.any(axis=1)), np.flatnonzero(near.any(axis=0))
    window = np.s_[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1]
    here = rows_mm[window], depths_mm[window]
    texture = tissue.sample(tissue.tissue, *here)
    texture = (texture - texture.mean()) / max(float(texture.std()), 1e-6)
    added = mass.form.brightness(*here, texture, size=mass.size)
    # Where gland is dense already, less of a mass stands out.
    bright[window] += np.float32(mass.strength) * added * (1.1 - 0.35 * np.clip(bright[window], 0, 1))
