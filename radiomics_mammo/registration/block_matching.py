"""Block matching: where each block of one working picture lies in another, and how alike the two places are."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.config.registration import RegistrationConfig
from radiomics_mammo.core.geometry import PlanarTransform, Points, frozen_array
from radiomics_mammo.registration.preprocessing import WorkingPicture, resample

MIN_BREAST_SHARE = 0.6
"""Share of a block that must be usable breast."""


@dataclass(frozen=True)
class BlockGrid:
    """Which blocks are matched: side (odd), distance between their centres, reach of the search; working pixels."""

    side_px: int
    stride_px: int
    reach_px: int

    @classmethod
    def of(cls, config: RegistrationConfig, reach_share: float = 1.0) -> BlockGrid:
        """The grid nearest to the lengths of the configuration, searched over a share of its reach.

        Examples
        --------
        >>> BlockGrid.of(RegistrationConfig())
        BlockGrid(side_px=25, stride_px=8, reach_px=20)
        """
        side = 2 * max(2, round(config.block_mm / config.working_spacing_mm / 2)) + 1
        lengths = config.block_stride_mm, config.block_search_mm * reach_share
        stride, reach = (max(1, round(length / config.working_spacing_mm)) for length in lengths)
        return cls(side, stride, reach)


@dataclass(frozen=True, eq=False)
class BlockMatches:
    """Centres (n, 2) of blocks of the fixed picture, and where they were found in the moving one.

    `scores` (n,) are the correlations there; -1 where the best place was at the end of the reach.
    """

    here_mm: Points
    there_mm: Points
    scores: NDArray[np.float64]

    def __post_init__(self) -> None:
        for name in ("here_mm", "there_mm", "scores"):
            object.__setattr__(self, name, frozen_array(getattr(self, name)))

    def distances_mm(self, transform: PlanarTransform) -> NDArray[np.float64]:
        """Distance between where each block was found and where a map puts it; infinite where it was not found."""
        gaps: NDArray[np.float64] = np.linalg.norm(transform.apply(self.here_mm) - self.there_mm, axis=1)
        return np.where(self.scores > -1, gaps, np.inf)

    def agreement(self, transform: PlanarTransform, inlier_mm: float) -> float:
        """Share of all blocks found within `inlier_mm` of where a map puts them; 0 where there are none.

        Found without looking at the map, blocks of an unrelated picture agree by chance only.
        """
        return float(np.mean(self.distances_mm(transform) <= inlier_mm)) if len(self.scores) else 0.0


def match_blocks(
    fixed: WorkingPicture, moving: WorkingPicture, transform: PlanarTransform, grid: BlockGrid
) -> BlockMatches:
    """Look for each usable block of `fixed` in `moving`, around the place where `transform` puts it.

    Block matching by normalised cross-correlation with sub-pixel peaks; guarded lesions are masked out of it.
    `transform` maps mm of `fixed` to mm of `moving`.
    """
    half = grid.side_px // 2
    pad = half + grid.reach_px
    resampled = resample(np.where(moving.usable, moving.structure, 0), moving, fixed, transform)
    padded = cv2.copyMakeBorder(resampled, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=0.0)
    centres = _block_centres(fixed, grid)
    found = np.zeros((len(centres), 2))
    scores = np.full(len(centres), -1.0)
    for index, (row, col) in enumerate(centres):
        window = slice(row - half, row + half + 1), slice(col - half, col + half + 1)
        around = padded[row : row + 2 * pad + 1, col : col + 2 * pad + 1]
        guarded = fixed.breast[window] & ~fixed.usable[window]
        shift, scores[index] = peak_of(correlation_surface(around, fixed.structure[window], ~guarded))
        found[index] = (row + shift[0], col + shift[1])
    here = fixed.mm_from_work(centres.astype(np.float64))
    return BlockMatches(here, transform.apply(fixed.mm_from_work(found)), scores)


def correlation_surface(
    around: NDArray[np.float32], template: NDArray[np.float32], keep: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Normalised correlation (-1..1) of a template at every place inside `around`; only pixels kept count."""
    mask = None if keep.all() else keep.astype(np.float32)
    surface = cv2.matchTemplate(around, template, cv2.TM_CCOEFF_NORMED, mask=mask)
    return np.clip(np.where(np.isfinite(surface), surface, -1.0), -1.0, 1.0).astype(np.float64)


def peak_of(surface: NDArray[np.float64]) -> tuple[tuple[float, float], float]:
    """(row, col) of the highest place from the centre of a surface, to a fraction of a pixel, and its height.

    Sub-pixel by a parabola along each axis. A peak on the rim is no peak: the shift is 0 and the height -1.

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
    kept = fixed.breast & (share >= MIN_BREAST_SHARE)
    chosen: NDArray[np.int64] = centres[kept[centres[:, 0], centres[:, 1]]]
    return chosen
