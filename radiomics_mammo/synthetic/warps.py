"""Deformation between two exams of one breast: a known smooth map, exact in both directions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Protocol

import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.core.geometry import Points, frozen_array
from radiomics_mammo.synthetic.anatomy import Field

_MODES = 4
"""Waves in each direction of displacement; few, so that the change stays smooth."""
_SHORTEST_WAVE = 0.8
"""Shortest wavelength of the displacement, in breast heights."""
_TURN_DEG, _SCALE_SD, _SHEAR, _SHIFT_MM, _WAVES_MM = 6.0, 0.05, 0.03, (11.0, 5.5), 3.0
"""Turn (mean size), scale, shear, (row, depth) shift and largest wave between two real exams."""
_INVERSE_STEPS = 40
"""Fixed-point steps of the inverse at most; the contraction is below 0.4, so 40 steps reach rounding."""
STILL_MM = 1e-11
"""Largest movement of a place below which an inverse is found."""


class ExamWarp(Protocol):
    """Map from one exam to the recent one, in mm, known in both directions."""

    def to_recent(self, prior_mm: Points) -> Points:
        """Points of the exam, (row_mm, depth_mm), to the recent one, shape (n, 2)."""
        ...

    def to_prior(self, recent_mm: Points) -> Points:
        """Inverse of `to_recent`, shape (n, 2)."""
        ...

    def maps(self, rows_mm: NDArray[np.float64], depths_mm: NDArray[np.float64]) -> tuple[Field, Field]:
        """`to_recent` on a whole grid: two arrays of shape (rows, depths)."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class SmoothWarp:
    """Map from the prior to the recent exam of one view, in mm: an affine part and a sum of smooth waves.

    ``recent = matrix @ (prior - centre) + centre + shift + waves(prior)``
    """

    matrix: Annotated[NDArray[np.float64], "(2, 2)"]
    centre_mm: Annotated[NDArray[np.float64], "(2,)"]
    shift_mm: Annotated[NDArray[np.float64], "(2,)"]
    amplitude_mm: Annotated[NDArray[np.float64], "(n, 2): (row, depth) displacement of each wave"]
    frequency: Annotated[NDArray[np.float64], "(n, 2): radians per mm along rows and depth"]
    phase: Annotated[NDArray[np.float64], "(n, 2)"]
    strong: Annotated[bool, "whether this pair is one of the deliberately difficult ones"] = False

    def __post_init__(self) -> None:
        if self.matrix.shape != (2, 2) or self.amplitude_mm.shape != self.frequency.shape:
            raise InvariantError("warp", "a 2x2 matrix and matching waves", str(self.matrix.shape), "draw it again")
        for name in ("matrix", "centre_mm", "shift_mm", "amplitude_mm", "frequency", "phase"):
            object.__setattr__(self, name, frozen_array(getattr(self, name)))

    @classmethod
    def identity(cls) -> SmoothWarp:
        """The warp that changes nothing."""
        zero, none = np.zeros(2), np.zeros((0, 2))
        return cls(matrix=np.eye(2), centre_mm=zero, shift_mm=zero, amplitude_mm=none, frequency=none, phase=none)

    def to_recent(self, prior_mm: Points) -> Points:
        """Prior (row_mm, depth_mm) points to the recent exam, shape (n, 2)."""
        prior = np.asarray(prior_mm, dtype=np.float64)
        return (prior - self.centre_mm) @ self.matrix.T + self.centre_mm + self.shift_mm + self._waves(prior)

    def to_prior(self, recent_mm: Points) -> Points:
        """Inverse of `to_recent` by fixed-point iteration, exact to rounding, shape (n, 2)."""
        recent = np.asarray(recent_mm, dtype=np.float64)
        prior = recent
        for _ in range(_INVERSE_STEPS):
            before = prior
            prior = self.nearer_prior(recent, before)
            if np.abs(prior - before).max(initial=0.0) <= STILL_MM:
                break
        return prior

    def nearer_prior(self, recent_mm: Points, prior_mm: Points) -> Points:
        """One step of the iteration of `to_prior` from a guess, both of shape (n, 2)."""
        inverse = np.linalg.inv(self.matrix).T
        unmoved = recent_mm - self.centre_mm - self.shift_mm - self._waves(prior_mm)
        return np.asarray(unmoved @ inverse + self.centre_mm)

    def _waves(self, points_mm: Points) -> Points:
        rows = np.cos(points_mm[:, :1] * self.frequency[:, 0] + self.phase[:, 0])
        depths = np.cos(points_mm[:, 1:] * self.frequency[:, 1] + self.phase[:, 1])
        return np.asarray((rows * depths) @ self.amplitude_mm)

    def maps(self, rows_mm: NDArray[np.float64], depths_mm: NDArray[np.float64]) -> tuple[Field, Field]:
        """`to_recent` on a whole grid: two arrays of shape (rows, depths), made from products of vectors."""
        row_waves = np.cos(rows_mm[:, None] * self.frequency[:, 0] + self.phase[:, 0])
        depth_waves = np.cos(depths_mm[:, None] * self.frequency[:, 1] + self.phase[:, 1])
        rows, depths = rows_mm - self.centre_mm[0], depths_mm - self.centre_mm[1]
        row_factors = np.column_stack([np.ones_like(rows), rows, row_waves])
        both = []
        for axis in (0, 1):
            along = self.matrix[axis, 1] * depths + self.centre_mm[axis] + self.shift_mm[axis]
            factors = [along, np.full_like(depths, self.matrix[axis, 0]), depth_waves * self.amplitude_mm[:, axis]]
            both.append(row_factors.astype(np.float32) @ np.column_stack(factors).astype(np.float32).T)
        return both[0], both[1]


def draw_turned_warp(rng: np.random.Generator, *, height_mm: float, width_mm: float) -> SmoothWarp:
    """A random warp as far as two real exams of a breast move: turn, shift mostly along rows, scale, waves of 3 mm.

    The distributions follow 25 real view pairs with matched calcifications (median and bounds: turn 4 and 18 degrees,
    shift along rows 8 and 24 mm, in depth 3 and 13 mm; scale 0.95 to 1.11 from p10 to p90).
    """
    angle = np.deg2rad(np.clip(rng.laplace(0, _TURN_DEG), -20, 20))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    stretch = np.eye(2) * np.clip(rng.normal(1, _SCALE_SD), 0.85, 1.18) + rng.uniform(-_SHEAR, _SHEAR, (2, 2))
    shift = np.clip(rng.normal(0, _SHIFT_MM), (-35, -14), (35, 14))
    wavelength = rng.uniform(_SHORTEST_WAVE, 2.0, (_MODES, 2)) * height_mm
    amplitude = rng.uniform(-1, 1, (_MODES, 2))
    return SmoothWarp(
        matrix=turn @ stretch,
        centre_mm=np.array([height_mm * 0.7, width_mm * 0.4]),
        shift_mm=shift,
        amplitude_mm=amplitude * _WAVES_MM / np.abs(amplitude).sum(axis=0).max(),
        frequency=2 * np.pi / wavelength,
        phase=rng.uniform(0, 2 * np.pi, (_MODES, 2)),
    )


def draw_warp(rng: np.random.Generator, *, height_mm: float, width_mm: float, strength: float = 1.0) -> SmoothWarp:
    """A random warp: scale and shear up to 5 %, 5 degrees, shift up to 4 % and waves up to 3 % of the breast width.

    The breast measures `height_mm` along its rows and `width_mm` from nipple to chest wall. `strength` multiplies every
    bound; above 1 the pair counts as strong.

    Examples
    --------
    >>> warp = draw_warp(np.random.default_rng(2), height_mm=180.0, width_mm=90.0)
    >>> points = np.array([[60.0, 30.0], [120.0, 80.0]])
    >>> bool(np.allclose(warp.to_recent(warp.to_prior(points)), points))
    True
    """
    angle = np.deg2rad(rng.uniform(-5, 5) * strength)
    stretch = np.eye(2) + rng.uniform(-0.05, 0.05, (2, 2)) * np.array([[1, 0.5], [0.5, 1]]) * strength
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shift = rng.uniform(-0.04, 0.04, 2) * width_mm * strength
    wavelength = rng.uniform(_SHORTEST_WAVE, 2.0, (_MODES, 2)) * height_mm
    amplitude = rng.uniform(-1, 1, (_MODES, 2))
    largest = np.abs(amplitude).sum(axis=0).max()
    amplitude *= 0.03 * width_mm * strength * rng.uniform(0.4, 1.0) / largest
    return SmoothWarp(
        matrix=turn @ stretch,
        centre_mm=np.array([height_mm * 0.7, width_mm * 0.4]),
        shift_mm=shift,
        amplitude_mm=amplitude,
        frequency=2 * np.pi / wavelength,
        phase=rng.uniform(0, 2 * np.pi, (_MODES, 2)),
        strong=strength > 1,
    )
