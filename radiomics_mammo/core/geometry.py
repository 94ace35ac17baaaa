"""Pixel grids and planar transforms; points are (row, col), row 0 at the top, pixel centres at whole numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from radiomics_mammo.core.errors import InvariantError

Points = NDArray[np.float64]
"""Array of shape (n, 2): (row, col)."""


def frozen_array(array: NDArray[np.generic]) -> NDArray[np.generic]:
    """Read-only view of an array, so that a frozen value stays what it was.

    Examples
    --------
    >>> frozen_array(np.zeros((2, 3))).flags.writeable
    False
    """
    view = array.view()
    view.flags.writeable = False
    return view


@dataclass(frozen=True)
class PixelGrid:
    """Shape and pixel spacing of one image.

    Parameters
    ----------
    rows, cols : int
        Shape in pixels.
    row_spacing_mm, col_spacing_mm : float or None
        Distance between neighbouring rows and columns in mm; both or neither is known.

    Raises
    ------
    InvariantError
        If a size or spacing is not positive, or just one spacing is given.

    Examples
    --------
    >>> PixelGrid(7, 9, 0.1, 0.07).pixel_area_mm2
    0.007
    """

    rows: int
    cols: int
    row_spacing_mm: float | None = None
    col_spacing_mm: float | None = None

    def __post_init__(self) -> None:
        if self.rows < 1 or self.cols < 1:
            raise InvariantError("pixel grid", "rows and cols >= 1", f"{self.rows} x {self.cols}", "check the image")
        if (self.row_spacing_mm is None) != (self.col_spacing_mm is None):
            raise InvariantError("pixel spacing", "both or neither", "one", "give both spacings")
        for spacing in (self.row_spacing_mm, self.col_spacing_mm):
            if spacing is not None and not 0 < spacing < np.inf:
                raise InvariantError("pixel spacing", "> 0 mm", str(spacing), "check the DICOM header")

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, cols)."""
        return self.rows, self.cols

    @property
    def spacing_known(self) -> bool:
        """Whether lengths in mm are known."""
        return self.row_spacing_mm is not None

    @property
    def unit_spacing(self) -> tuple[float, float]:
        """(row, col) spacing in mm, or (1, 1) pixel where the spacing is unknown."""
        if self.row_spacing_mm is None or self.col_spacing_mm is None:
            return 1.0, 1.0
        return self.row_spacing_mm, self.col_spacing_mm

    @property
    def pixel_area_mm2(self) -> float | None:
        """Area of one pixel in mm2, or None where the spacing is unknown."""
        if self.row_spacing_mm is None or self.col_spacing_mm is None:
            return None
        return round(self.row_spacing_mm * self.col_spacing_mm, 12)

    def to_units(self, points_px: Points) -> Points:
        """Pixel coordinates to mm (to pixels where the spacing is unknown), shape (n, 2).

        Examples
        --------
        >>> PixelGrid(7, 9, 0.1, 0.07).to_units(np.array([[1.0, 2.0]]))
        array([[0.1 , 0.14]])
        """
        points: Points = np.asarray(points_px, dtype=np.float64) * np.asarray(self.unit_spacing)
        return points

    def to_pixels(self, points_units: Points) -> Points:
        """Inverse of `to_units`, shape (n, 2).

        Examples
        --------
        >>> PixelGrid(7, 9, 0.1, 0.07).to_pixels(np.array([[0.1, 0.14]]))
        array([[1., 2.]])
        """
        points: Points = np.asarray(points_units, dtype=np.float64) / np.asarray(self.unit_spacing)
        return points


@dataclass(frozen=True, eq=False)
class DisplacementField:
    """A smooth displacement sampled on a coarse regular grid, in the units of its frame.

    Parameters
    ----------
    origin_units, step_units : tuple of float
        (row, col) of the first sample and distance between samples.
    shift_units : ndarray of shape (n_rows, n_cols, 2)
        (row, col) displacement at each sample; constant beyond the border.
    """

    origin_units: tuple[float, float]
    step_units: tuple[float, float]
    shift_units: NDArray[np.float64]

    def __post_init__(self) -> None:
        if self.shift_units.ndim != 3 or self.shift_units.shape[2] != 2 or not np.isfinite(self.shift_units).all():
            raise InvariantError("displacement", "finite (n, m, 2)", str(self.shift_units.shape), "check the field")
        object.__setattr__(self, "shift_units", frozen_array(self.shift_units))

    def at(self, points_units: Points) -> Points:
        """Displacement at points of shape (n, 2), bilinear.

        Examples
        --------
        >>> field = DisplacementField((0.0, 0.0), (1.0, 1.0), np.ones((2, 3, 2)))
        >>> field.at(np.array([[0.5, 0.5]]))
        array([[1., 1.]])
        """
        where = ((np.asarray(points_units) - self.origin_units) / self.step_units).T
        shifts = np.moveaxis(self.shift_units, 2, 0)
        return np.stack([ndimage.map_coordinates(part, where, order=1, mode="nearest") for part in shifts], axis=1)


@dataclass(frozen=True, eq=False)
class PlanarTransform:
    """Affine map followed by an optional displacement, between the unit frames of two images.

    Parameters
    ----------
    matrix : ndarray of shape (3, 3)
        Homogeneous; acts on column vectors (row, col, 1) in the units of `PixelGrid.to_units`.
    displacement : DisplacementField or None
        Added after the affine map, sampled in the *target* frame at the mapped point.

    Raises
    ------
    InvariantError
        If the matrix is not a finite, invertible affine matrix.

    Examples
    --------
    >>> PlanarTransform.identity().apply(np.array([[1.0, 2.0]]))
    array([[1., 2.]])
    """

    matrix: NDArray[np.float64]
    displacement: DisplacementField | None = None

    def __post_init__(self) -> None:
        matrix = np.array(self.matrix, dtype=np.float64)
        affine = matrix.shape == (3, 3) and bool(np.isfinite(matrix).all()) and bool((matrix[2] == (0, 0, 1)).all())
        if not affine or abs(np.linalg.det(matrix)) < 1e-9:
            raise InvariantError("transform", "an invertible 3x3 affine matrix", str(matrix), "check the alignment")
        object.__setattr__(self, "matrix", frozen_array(matrix))

    @classmethod
    def identity(cls) -> Self:
        """The transform that changes nothing."""
        return cls(np.eye(3))

    @property
    def is_identity(self) -> bool:
        """Whether points come back exactly as they went in."""
        return self.displacement is None and bool((self.matrix == np.eye(3)).all())

    def apply(self, points_units: Points) -> Points:
        """Map points of shape (n, 2).

        Examples
        --------
        >>> shift = PlanarTransform(np.array([[1.0, 0, 3], [0, 1, 0], [0, 0, 1]]))
        >>> shift.apply(np.array([[1.0, 2.0]]))
        array([[4., 2.]])
        """
        points = np.asarray(points_units, dtype=np.float64)
        if self.is_identity:
            return points.copy()
        mapped = points @ self.matrix[:2, :2].T + self.matrix[:2, 2]
        return mapped if self.displacement is None else mapped + self.displacement.at(mapped)
