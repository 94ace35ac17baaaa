"""Closed sub-pixel contours and the regions inside them; a mask is always made from a contour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from skimage.measure import find_contours

from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.core.geometry import Points, frozen_array


@dataclass(frozen=True, eq=False)
class Region:
    """Boolean region stored as its bounding window on a larger grid.

    Parameters
    ----------
    top_px, left_px : int
        First row and column of the window.
    inside : ndarray of bool, shape (rows, cols) of the window
    """

    top_px: int
    left_px: int
    inside: NDArray[np.bool_]

    def __post_init__(self) -> None:
        if self.inside.dtype != np.bool_ or self.inside.ndim != 2:
            raise InvariantError("region", "a 2-D boolean window", str(self.inside.dtype), "pass a boolean array")
        object.__setattr__(self, "inside", frozen_array(self.inside))

    @property
    def area_px(self) -> int:
        """Number of pixels inside."""
        return int(self.inside.sum())

    @property
    def bottom_px(self) -> int:
        """Last row of the window (inclusive)."""
        return int(self.top_px + self.inside.shape[0] - 1)

    @property
    def right_px(self) -> int:
        """Last column of the window (inclusive)."""
        return int(self.left_px + self.inside.shape[1] - 1)

    @property
    def centroid_px(self) -> tuple[float, float]:
        """(row, col) mean of the pixel centres inside; (nan, nan) when empty."""
        if not self.inside.any():
            return float("nan"), float("nan")
        rows, cols = np.nonzero(self.inside)
        return float(rows.mean() + self.top_px), float(cols.mean() + self.left_px)

    def on_grid(self, shape: tuple[int, int]) -> NDArray[np.bool_]:
        """The region on the full grid, shape `shape`.

        Examples
        --------
        >>> Region(1, 2, np.ones((1, 2), dtype=bool)).on_grid((3, 4)).sum()
        np.int64(2)
        """
        full = np.zeros(shape, dtype=np.bool_)
        full[self.top_px : self.bottom_px + 1, self.left_px : self.right_px + 1] = self.inside
        return full


def fill_contour(contour_px: Points, shape: tuple[int, int]) -> Region:
    """Pixels whose centre lies inside a closed contour, clipped to the grid, as the tight window around them.

    Parameters
    ----------
    contour_px : ndarray of shape (n, 2)
        (row, col) vertices; the last is joined to the first.
    shape : tuple of int
        (rows, cols) of the grid.

    Returns
    -------
    Region
        An empty window (area 0) at the nearest pixel when no centre lies inside.

    Examples
    --------
    >>> fill_contour(np.array([[0.5, 0.5], [0.5, 3.5], [2.5, 3.5], [2.5, 0.5]]), (5, 6)).area_px
    6
    """
    rows, starts = _crossings(np.asarray(contour_px, dtype=np.float64), shape)
    if rows.size == 0:
        return _nowhere(contour_px, shape)
    top, left = int(rows.min()), int(starts.min())
    toggled = np.zeros((int(rows.max()) - top + 1, max(int(starts.max()) - left, 1)), dtype=np.int32)
    kept = starts - left < toggled.shape[1]
    np.add.at(toggled, (rows[kept] - top, starts[kept] - left), 1)
    inside = (np.cumsum(toggled, axis=1) & 1).astype(np.bool_)
    rows_in, cols_in = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    if rows_in.size == 0:
        return _nowhere(contour_px, shape)
    tight = inside[rows_in[0] : rows_in[-1] + 1, cols_in[0] : cols_in[-1] + 1]
    return Region(top + int(rows_in[0]), left + int(cols_in[0]), tight)


def _crossings(contour_px: Points, shape: tuple[int, int]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Where the contour crosses pixel rows: the row, and the first column at or right of the crossing, clipped."""
    start, end = contour_px, np.roll(contour_px, -1, axis=0)
    low = np.clip(np.ceil(np.minimum(start[:, 0], end[:, 0])), 0, shape[0]).astype(np.intp)
    high = np.clip(np.ceil(np.maximum(start[:, 0], end[:, 0])), 0, shape[0]).astype(np.intp)
    edge = np.repeat(np.arange(len(start)), high - low)
    first = np.cumsum(high - low) - (high - low)
    rows = low[edge] + np.arange(edge.size) - first[edge]
    share = (rows - start[edge, 0]) / (end[edge, 0] - start[edge, 0])
    cols = start[edge, 1] + share * (end[edge, 1] - start[edge, 1])
    return rows, np.clip(np.ceil(cols), 0, shape[1]).astype(np.intp)


def _nowhere(contour_px: Points, shape: tuple[int, int]) -> Region:
    row, col = np.clip(np.round(contour_px.mean(axis=0)), 0, np.subtract(shape, 1)).astype(int)
    return Region(int(row), int(col), np.zeros((1, 1), dtype=np.bool_))


def trace_contour(inside: NDArray[np.bool_]) -> Points:
    """Longest outer contour of a boolean mask at half a pixel, shape (n, 2), open (first vertex not repeated).

    Raises
    ------
    InvariantError
        If the mask is empty.

    Examples
    --------
    >>> mask = np.zeros((5, 6), dtype=bool); mask[1:3, 1:4] = True
    >>> fill_contour(trace_contour(mask), (5, 6)).area_px
    6
    """
    contours = find_contours(np.pad(inside, 1).astype(np.float64), 0.5)
    if not contours:
        raise InvariantError("mask", "at least one pixel", "none", "drop empty masks before tracing them")
    longest: Points = max(contours, key=len)
    return np.asarray(longest[:-1] - 1.0, dtype=np.float64)


def trace_parts(inside: NDArray[np.bool_]) -> Points:
    """All borders of a boolean mask as one closed contour, shape (n, 2): every part, every hole.

    The borders are joined by bridges that run along rows and columns and are walked there and back, so that they
    enclose nothing: `fill_contour` of the result gives the mask back bit for bit, and areas and centroids of the
    contour are those of the mask. Wherever a contour can go (another resolution, another exam), holes go with it.

    Raises
    ------
    InvariantError
        If the mask is empty.

    Examples
    --------
    >>> ring = np.ones((5, 6), dtype=bool); ring[2, 2:4] = False; ring[0, 0] = False
    >>> bool((fill_contour(trace_parts(ring), (5, 6)).on_grid((5, 6)) == ring).all())
    True
    """
    borders = find_contours(np.pad(inside, 1).astype(np.float64), 0.5)
    if not borders:
        raise InvariantError("mask", "at least one pixel", "none", "drop empty masks before tracing them")
    closed = sorted((np.asarray(border - 1.0, dtype=np.float64) for border in borders), key=len, reverse=True)
    if len(closed) == 1:
        return closed[0][:-1]
    home = closed[0][0]
    walked = [closed[0]]
    for border in closed[1:]:
        corner = np.array([border[0][0], home[1]])
        walked += [corner[None], border, corner[None], home[None]]
    return np.concatenate(walked)


def contour_area_px(contour_px: Points) -> float:
    """Area inside a closed contour (shoelace formula), in square pixels.

    Examples
    --------
    >>> contour_area_px(np.array([[0.0, 0.0], [0.0, 3.0], [2.0, 3.0], [2.0, 0.0]]))
    6.0
    """
    rows, cols = contour_px[:, 0], contour_px[:, 1]
    return float(abs(np.dot(rows, np.roll(cols, -1)) - np.dot(cols, np.roll(rows, -1))) / 2)


def contour_centroid_px(contour_px: Points) -> tuple[float, float]:
    """Centroid of the area inside a closed contour; the mean vertex when the area is zero.

    Examples
    --------
    >>> contour_centroid_px(np.array([[0.0, 0.0], [0.0, 4.0], [2.0, 4.0], [2.0, 0.0]]))
    (1.0, 2.0)
    """
    start = contour_px.mean(axis=0)
    rows, cols = (contour_px - start).T
    cross = rows * np.roll(cols, -1) - np.roll(rows, -1) * cols
    if abs(cross.sum()) < 1e-12:
        return float(start[0]), float(start[1])
    row = ((rows + np.roll(rows, -1)) * cross).sum() / (3 * cross.sum())
    col = ((cols + np.roll(cols, -1)) * cross).sum() / (3 * cross.sum())
    return float(row + start[0]), float(col + start[1])
