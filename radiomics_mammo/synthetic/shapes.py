"""Outline of a breast, its nipple and its pectoral muscle as smooth functions of the place in the picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.core.geometry import Points
from radiomics_mammo.core.vocabulary import View

_Plane = NDArray[np.floating]
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


@dataclass(frozen=True)
class BreastShape:
    """Form of one breast in one view; lengths in mm of the recent exam, depth counted from the chest wall.

    Parameters
    ----------
    view : View
    nipple_row_mm : float
    depth_mm : float
        Chest wall to skin at the nipple.
    upper_mm, lower_mm : float
        Extent of the breast above and below the nipple row.
    axilla : float
        MLO: width of the upper end as a share of `depth_mm`.
    power : float
        Roundness: 2 is an ellipse, more is fuller.
    muscle_depth_mm, muscle_height_mm : float
        MLO: pectoral muscle along the upper edge and along the chest wall; 0 in CC.
    """

    view: View
    nipple_row_mm: float
    depth_mm: float
    upper_mm: float
    lower_mm: float
    axilla: float
    power: float
    muscle_depth_mm: float
    muscle_height_mm: float

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
        outward = np.maximum(depths_mm, 0)
        below = np.maximum(offset, 0) / self.lower_mm
        nipple = _NIPPLE_MM[0] * np.exp(-((offset / _NIPPLE_MM[1]) ** 4))
        if self.view is View.CC:
            above, reach_mm = np.maximum(-offset, 0) / self.upper_mm, self.depth_mm + nipple
            radius = (below + above) ** self.power + (outward / reach_mm) ** 2
            return np.asarray(1 - radius ** (1 / self.power))
        climb = np.clip(-offset / self.upper_mm, 0, 1.2)
        reach_mm = self.depth_mm * (1 - (1 - self.axilla) * climb**1.7) + nipple
        radius = below**self.power + (outward / reach_mm) ** 2
        return np.asarray(1 - radius ** (1 / self.power))

    def skin_distance_mm(self, rows_mm: _Plane, depths_mm: _Plane) -> _Plane:
        """Distance to the skin on a regular grid, positive inside; first order, so exact at the skin itself.

        Parameters
        ----------
        rows_mm, depths_mm : ndarray of shape (rows,) and (cols,)
            Evenly spaced coordinates.

        Examples
        --------
        >>> shape = draw_shape(np.random.default_rng(3), View.CC, depth_mm=90.0)
        >>> shape.skin_distance_mm(np.arange(0.0, 287.0), np.arange(0.0, 233.0)).shape
        (287, 233)
        """
        inside = self.roundness(rows_mm[:, None], depths_mm[None, :])
        slopes = np.gradient(inside, rows_mm, depths_mm)
        return np.asarray(inside / np.maximum(np.hypot(*slopes), 1e-3))

    def muscle_depth_at(self, rows_mm: _Plane) -> _Plane:
        """Depth of the border of the pectoral muscle in each row; negative where there is none.

        Examples
        --------
        >>> draw_shape(np.random.default_rng(3), View.CC, depth_mm=90.0).muscle_depth_at(np.array([10.0]))
        array([-1000.])
        """
        if self.view is View.CC:
            return np.full_like(rows_mm, -1e3)
        height = self.muscle_height_mm
        return np.asarray(self.muscle_depth_mm * (1 - rows_mm / height) + 2.5 * np.sin(np.pi * rows_mm / height))

    def room_mm(self, points_mm: Points) -> NDArray[np.float64]:
        """Free distance around points to skin, chest wall, muscle and upper edge, shape (n,); for placing masses.

        Examples
        --------
        >>> shape = draw_shape(np.random.default_rng(3), View.CC, depth_mm=90.0)
        >>> shape.room_mm(np.array([[shape.nipple_row_mm, 4.0]]))
        array([4.])
        """
        rows, depths = np.asarray(points_mm, dtype=np.float64).T
        step = _ROOM_STEP_MM
        here = self.roundness(rows, depths)
        slope_row = (self.roundness(rows + step, depths) - self.roundness(rows - step, depths)) / (2 * step)
        slope_depth = (self.roundness(rows, depths + step) - self.roundness(rows, depths - step)) / (2 * step)
        skin = here / np.maximum(np.hypot(slope_row, slope_depth), 1e-3)
        muscle = depths - self.muscle_depth_at(rows)
        return np.asarray(np.min([skin, depths, muscle, rows], axis=0))


def draw_shape(rng: np.random.Generator, view: View, *, depth_mm: float) -> BreastShape:
    """A random breast of about `depth_mm` from nipple to chest wall, inside a field of 287 x 233 mm.

    Examples
    --------
    >>> shape = draw_shape(np.random.default_rng(3), View.MLO, depth_mm=90.0)
    >>> shape.muscle_height_mm > 0
    True
    """
    depth = depth_mm * rng.uniform(0.96, 1.04)
    if view is View.CC:
        half = np.clip(depth * rng.uniform(0.78, 0.92), *_CC_HALF_MM)
        lean = rng.uniform(0.93, 1.07)
        row = _CC_NIPPLE_ROW_MM + rng.uniform(-7, 7)
        return BreastShape(view, row, depth, half * lean, half / lean, 0.0, rng.uniform(2.0, 2.4), 0.0, 0.0)
    lower = np.clip(depth * rng.uniform(0.72, 0.85), *_MLO_LOWER_MM)
    row = rng.uniform(*_MLO_NIPPLE_ROW_MM)
    axilla = rng.uniform(*_AXILLA)
    muscle = axilla * depth * rng.uniform(0.62, 0.85)
    return BreastShape(view, row, depth, row, lower, axilla, 2.2, muscle, rng.uniform(*_MUSCLE_HEIGHT_MM))
