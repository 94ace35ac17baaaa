"""Match squares of one working picture in another: places, where they went, and how alike they are."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.core.geometry import PlanarTransform, Points, frozen_array
from radiomics_mammo.registration.working import WorkingPicture

MIN_BREAST_SHARE = 0.6
"""Share of a square that must be usable breast."""


@dataclass(frozen=True)
class BlockGrid:
    """Which squares are matched: side, distance between their centres, reach of the search; working pixels."""

    side_px: int
    stride_px: int
    reach_px: int

    @classmethod
    def of_mm(cls, spacing_mm: float, *, side_mm: float, stride_mm: float, reach_mm: float) -> BlockGrid:
        """The grid nearest to lengths in mm; the side is odd.

        Examples
        --------
        >>> BlockGrid.of_mm(0.8, side_mm=19.0, stride_mm=6.4, reach_mm=16.0)
        BlockGrid(side_px=25, stride_px=8, reach_px=20)
        """
        side = 2 * max(2, round(side_mm / spacing_mm / 2)) + 1
        return cls(side, max(1, round(stride_mm / spacing_mm)), max(1, round(reach_mm / spacing_mm)))


@dataclass(frozen=True, eq=False)
class BlockMatches:
    """Squares of the fixed picture and where they were found in the moving one.

    Parameters
    ----------
    here_mm, there_mm : ndarray of shape (n, 2)
        (row, col) of the centres in either picture.
    scores : ndarray of shape (n,)
        Correlation at the place found; -1 where the best place was at the end of the reach.
    """

    here_mm: Points
    there_mm: Points
    scores: NDArray[np.float64]

    def __post_init__(self) -> None:
        for name in ("here_mm", "there_mm", "scores"):
            object.__setattr__(self, name, frozen_array(getattr(self, name)))


def warp_picture(moving: NDArray[np.float32], points: Points, shape: tuple[int, int]) -> NDArray[np.float32]:
    """Values of `moving` at (row, col) points, shape (rows * cols, 2), as a picture; 0 outside, linear.

    Examples
    --------
    >>> warp_picture(np.eye(2, dtype=np.float32), np.array([[0.0, 0.0], [0.5, 0.5]]), (1, 2))
    array([[1. , 0.5]], dtype=float32)
    """
    rows, cols = (np.ascontiguousarray(part.reshape(shape), dtype=np.float32) for part in points.T)
    warped: NDArray[np.float32] = cv2.remap(moving, cols, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    return warped


def pixel_points(shape: tuple[int, int]) -> Points:
    """(row, col) of every pixel, shape (rows * cols, 2).

    Examples
    --------
    >>> pixel_points((1, 2)).tolist()
    [[0.0, 0.0], [0.0, 1.0]]
    """
    return np.mgrid[: shape[0], : shape[1]].reshape(2, -1).T.astype(np.float64)


def moved_structure(fixed: WorkingPicture, moving: WorkingPicture, transform: PlanarTransform) -> NDArray[np.float32]:
    """Structure of `moving` carried onto the grid of `fixed`; `transform` maps mm of `fixed` to mm of `moving`."""
    shape = fixed.structure.shape
    points = moving.work_from_mm(transform.apply(fixed.mm_from_work(pixel_points(shape))))
    return warp_picture(moving.structure, points, shape)


def match_blocks(
    fixed: WorkingPicture, moving: WorkingPicture, transform: PlanarTransform, grid: BlockGrid
) -> BlockMatches:
    """Look for each usable square of `fixed` in `moving`, around the place where `transform` puts it.

    Guarded lesions are masked out of the correlation.

    Parameters
    ----------
    fixed, moving : WorkingPicture
    transform : PlanarTransform
        mm of `fixed` to mm of `moving`.
    grid : BlockGrid
    """
    pad = grid.side_px // 2 + grid.reach_px
    carried = cv2.copyMakeBorder(
        moved_structure(fixed, moving, transform), pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=0.0
    )
    centres = _block_centres(fixed, grid)
    found = np.zeros((len(centres), 2))
    scores = np.full(len(centres), -1.0)
    half = grid.side_px // 2
    for index, (row, col) in enumerate(centres):
        window = slice(row - half, row + half + 1), slice(col - half, col + half + 1)
        around = carried[row : row + 2 * pad + 1, col : col + 2 * pad + 1]
        guarded = fixed.breast[window] & ~fixed.usable[window]
        surface = correlation_surface(around, fixed.structure[window], ~guarded)
        shift, scores[index] = peak_of(surface)
        found[index] = (row + shift[0], col + shift[1])
    here = fixed.mm_from_work(centres.astype(np.float64))
    return BlockMatches(here, transform.apply(fixed.mm_from_work(found)), scores)


def correlation_surface(
    around: NDArray[np.float32], template: NDArray[np.float32], keep: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Normalised correlation (-1..1) of a template at every place inside `around`; only pixels kept count."""
    if keep.all():
        surface = cv2.matchTemplate(around, template, cv2.TM_CCOEFF_NORMED)
    else:
        surface = cv2.matchTemplate(around, template, cv2.TM_CCOEFF_NORMED, mask=keep.astype(np.float32))
    return np.clip(np.where(np.isfinite(surface), surface, -1.0), -1.0, 1.0).astype(np.float64)


def peak_of(surface: NDArray[np.float64]) -> tuple[tuple[float, float], float]:
    """(row, col) of the highest place from the centre of a surface, to a fraction of a pixel, and its height.

    A peak on the rim is no peak: the shift is 0 and the height -1.

    Examples
    --------
    >>> peak_of(np.array([[0, 0, 0, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 1.0, 0], [0, 0, 0, 0, 0]]))
    ((1.0, 1.0), 1.0)
    """
    row, col = (int(part) for part in np.unravel_index(int(surface.argmax()), surface.shape))
    if row in (0, surface.shape[0] - 1) or col in (0, surface.shape[1] - 1):
        return (0.0, 0.0), -1.0
    by_row = _vertex(surface[row - 1 : row + 2, col])
    by_col = _vertex(surface[row, col - 1 : col + 2])
    middle_row, middle_col = surface.shape[0] // 2, surface.shape[1] // 2
    return (row - middle_row + by_row, col - middle_col + by_col), float(surface[row, col])


def _vertex(three: NDArray[np.float64]) -> float:
    """Offset of the top of the parabola through three equally spaced values, -0.5..0.5."""
    bend = three[0] - 2 * three[1] + three[2]
    return 0.0 if bend >= 0 else float(np.clip((three[0] - three[2]) / (2 * bend), -0.5, 0.5))


def _block_centres(fixed: WorkingPicture, grid: BlockGrid) -> NDArray[np.int64]:
    half = grid.side_px // 2
    rows, cols = fixed.usable.shape
    if min(rows, cols) < grid.side_px:
        return np.zeros((0, 2), dtype=np.int64)
    share = cv2.blur(fixed.usable.astype(np.float32), (grid.side_px, grid.side_px), borderType=cv2.BORDER_CONSTANT)
    centres = np.mgrid[half : rows - half : grid.stride_px, half : cols - half : grid.stride_px].reshape(2, -1).T
    kept = fixed.breast[centres[:, 0], centres[:, 1]] & (share[centres[:, 0], centres[:, 1]] >= MIN_BREAST_SHARE)
    chosen: NDArray[np.int64] = centres[kept]
    return chosen
