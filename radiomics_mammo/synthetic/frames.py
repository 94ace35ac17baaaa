"""Where a picture lies on the anatomy: the map between stored pixels and millimetres from the chest wall."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.core.geometry import Points


@dataclass(frozen=True)
class PictureFrame:
    """Grid of one stored picture in the anatomical frame (row_mm downwards, depth_mm away from the chest wall).

    Parameters
    ----------
    rows, cols : int
    spacing_mm : float
        Pixel spacing, equal in both directions.
    top_mm : float
        Row coordinate of the upper edge of the picture.
    chest_wall_right : bool
        Whether the chest wall lies along the right edge of the stored picture.

    Examples
    --------
    >>> frame = PictureFrame(40, 30, 0.5, chest_wall_right=True)
    >>> frame.to_mm(np.array([[0.0, 29.0]]))
    array([[0.25, 0.25]])
    """

    rows: int
    cols: int
    spacing_mm: float
    top_mm: float = 0.0
    chest_wall_right: bool = False

    def __post_init__(self) -> None:
        if self.rows < 1 or self.cols < 1 or not self.spacing_mm > 0:
            found = f"{self.rows} x {self.cols}, {self.spacing_mm} mm"
            raise InvariantError("picture frame", "positive size and spacing", found, "check the sizes asked for")

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
        """Inverse of `to_mm`, shape (n, 2).

        Examples
        --------
        >>> PictureFrame(40, 30, 0.5).to_px(np.array([[0.25, 1.25]]))
        array([[0., 2.]])
        """
        rows_mm, depths_mm = np.asarray(points_mm, dtype=np.float64).T
        rows = (rows_mm - self.top_mm) / self.spacing_mm - 0.5
        cols = depths_mm / self.spacing_mm - 0.5
        cols = self.cols - 1 - cols if self.chest_wall_right else cols
        return np.stack([rows, cols], axis=1)
