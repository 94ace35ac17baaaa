"""Masses: their drawn outline, and the brightness they add to the tissue around them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.core.geometry import Points, frozen_array
from radiomics_mammo.synthetic.texture import Field

_WAVES = 11
"""Highest number of bumps around an outline."""
_OUTLINE_POINTS = 240


@dataclass(frozen=True)
class MassLook:
    """How suspicious one mass looks; each figure overlaps between the classes.

    Parameters
    ----------
    radius_mm : float
        Radius of the circle of the same area.
    aspect : float
        Short by long axis, 0..1.
    irregularity : float
        Relative size of the bumps of the outline; about 0.03 is smooth, above 0.1 irregular.
    edge_mm : float
        Width over which the margin fades.
    contrast : float
        Brightness added, in units of gland over fat.
    heterogeneity : float
        Texture inside, as a share of the contrast.
    spicules : float
        Strength of radiating lines, 0 is none.
    """

    radius_mm: float
    aspect: float
    irregularity: float
    edge_mm: float
    contrast: float
    heterogeneity: float
    spicules: float


@dataclass(frozen=True, eq=False)
class MassForm:
    """One mass as seen in one view.

    Parameters
    ----------
    centre_mm : tuple of float
        (row_mm, depth_mm) in the recent frame.
    look : MassLook
    angle : float
        Direction of the long axis, radians from the row axis.
    bumps : ndarray of shape (n, 2)
        (cosine, sine) part of each wave of the outline, from the third wave up, relative to the radius.
    rays : ndarray of shape (m, 2)
        (angle, length beyond the margin in radii) of each spicule.
    """

    centre_mm: tuple[float, float]
    look: MassLook
    angle: float
    bumps: NDArray[np.float64]
    rays: NDArray[np.float64]

    def __post_init__(self) -> None:
        if not self.look.radius_mm > 0:
            raise InvariantError("mass", "radius > 0 mm", str(self.look.radius_mm), "draw it again")
        object.__setattr__(self, "bumps", frozen_array(self.bumps))
        object.__setattr__(self, "rays", frozen_array(self.rays))

    @property
    def reach_mm(self) -> float:
        """Distance from the centre beyond which the mass changes nothing."""
        return self.look.radius_mm * (3.2 if self.look.spicules > 0 else 2.0) + 4 * self.look.edge_mm

    def margin_mm(self, angles: NDArray[np.floating]) -> NDArray[np.float64]:
        """Distance of the margin from the centre in directions `angles` (radians from the row axis).

        Examples
        --------
        >>> look = MassLook(5.0, 1.0, 0.0, 0.5, 0.3, 0.1, 0.0)
        >>> form = MassForm((40.0, 30.0), look, 0.0, np.zeros((2, 2)), np.zeros((0, 2)))
        >>> form.margin_mm(np.array([0.0, 1.0]))
        array([5., 5.])
        """
        turned = np.asarray(angles, dtype=np.float64) - self.angle
        aspect = self.look.aspect
        oval = np.sqrt(aspect) / np.sqrt((aspect * np.cos(turned)) ** 2 + np.sin(turned) ** 2)
        bumps = np.zeros_like(turned)
        for wave, (cosine, sine) in enumerate(self.bumps, start=3):
            bumps += cosine * np.cos(wave * turned) + sine * np.sin(wave * turned)
        return np.asarray(self.look.radius_mm * oval * (1 + bumps))

    def outline_mm(self, *, size: float = 1.0) -> Points:
        """The outline a radiologist draws: the margin, shape (n, 2), in the recent frame.

        Parameters
        ----------
        size : float
            Relative size, for a mass that was smaller at the other exam.

        Examples
        --------
        >>> look = MassLook(5.0, 1.0, 0.0, 0.5, 0.3, 0.1, 0.0)
        >>> form = MassForm((40.0, 30.0), look, 0.0, np.zeros((2, 2)), np.zeros((0, 2)))
        >>> np.round(form.outline_mm()[0], 2)
        array([45., 30.])
        """
        angles = np.linspace(0, 2 * np.pi, _OUTLINE_POINTS, endpoint=False)
        radius = self.margin_mm(angles) * size
        return np.stack([self.centre_mm[0] + radius * np.cos(angles), self.centre_mm[1] + radius * np.sin(angles)], 1)

    def cast(self, rows_mm: Field, depths_mm: Field, texture: Field, *, size: float = 1.0) -> tuple[Field, Field]:
        """What the mass does to the picture at places of the recent frame: (cover, brightness added).

        Parameters
        ----------
        rows_mm, depths_mm, texture : ndarray of float32, equal shapes
            Where, and a unit-variance texture there.
        size : float
            As in `outline_mm`.
        """
        rows, depths = rows_mm - np.float32(self.centre_mm[0]), depths_mm - np.float32(self.centre_mm[1])
        distance, angle = np.hypot(rows, depths), np.arctan2(depths, rows)
        table = np.linspace(-np.pi, np.pi, 721)
        margin = np.interp(angle, table, self.margin_mm(table) * size).astype(np.float32)
        cover = expit((margin - distance) / np.float32(0.35 * self.look.edge_mm))
        dome = 0.72 + 0.28 * np.sqrt(np.clip(1 - (distance / margin) ** 2, 0, 1))
        added = cover * dome * (1 + self.look.heterogeneity * texture) + self._spicules(distance, angle, margin)
        return np.asarray(cover, dtype=np.float32), np.asarray(self.look.contrast * added, dtype=np.float32)

    def _spicules(self, distance: Field, angle: Field, margin: Field) -> Field:
        lines = np.zeros_like(distance)
        if self.look.spicules <= 0:
            return lines
        for direction, length in self.rays:
            aside = np.abs(np.angle(np.exp(1j * (angle - direction)))) * distance
            beyond = np.maximum(distance - margin, 0) / (length * margin)
            lines += np.exp(-((aside / 0.55) ** 2) - beyond**2 * 3) * (distance > 0.9 * margin)
        return np.asarray(self.look.spicules * np.minimum(lines, 1), dtype=np.float32)


def draw_form(rng: np.random.Generator, look: MassLook, centre_mm: tuple[float, float]) -> MassForm:
    """A random outline and spicules for a mass of the given look.

    Examples
    --------
    >>> look = MassLook(6.0, 0.8, 0.05, 0.5, 0.3, 0.1, 0.4)
    >>> form = draw_form(np.random.default_rng(4), look, (50.0, 40.0))
    >>> bool(abs(form.margin_mm(np.linspace(0, 6.28, 90)).mean() / 6.0 - 1) < 0.1)
    True
    """
    waves = np.arange(3, _WAVES + 1)
    bumps = rng.standard_normal((waves.size, 2)) / waves[:, None] ** 0.7
    bumps *= look.irregularity / np.sqrt((bumps**2).sum() / 2)
    n_rays = round(10 + 8 * rng.random()) if look.spicules > 0 else 0
    directions = np.sort(rng.uniform(0, 2 * np.pi, n_rays))
    rays = np.column_stack([directions, rng.uniform(0.4, 1.3, n_rays)])
    return MassForm(centre_mm, look, float(rng.uniform(0, np.pi)), bumps, rays)
