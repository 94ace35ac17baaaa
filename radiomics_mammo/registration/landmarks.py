"""Landmarks of a breast: chest wall, edge of the pectoral muscle, nipple, skin line."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from radiomics_mammo.core.geometry import Points
from radiomics_mammo.core.images import BreastRegion
from radiomics_mammo.core.vocabulary import Laterality
from radiomics_mammo.registration.preprocessing import full_from_reduced

SAMPLES, CANDIDATES = 64, 48
"""Points at which the grey step is read along each candidate line; candidate intercepts along each of two edges."""

REACH_DOWN, REACH_ON = (0.08, 0.95), (0.08, 0.9)
"""Where a muscle may leave the chest wall and the upper edge, as shares of the breast's height and width."""

STEEPNESS_DEG = (30.0, 80.0)
"""How steep the edge of a muscle may be."""

MIN_POSITIVE_SHARE = 0.7
"""Share of a muscle's edge along which the muscle must be the brighter side."""

SKIN_RIM_SHARE = 0.02
"""Strip along the chest wall, as a share of the breast's width, that is no skin."""


def chest_wall_side(breast: NDArray[np.bool_]) -> Laterality:
    """Side of the picture on which the breast ends in a straight line: the other one, the skin, is curved.

    The line may be oblique and need not lie at the edge of the picture.

    Examples
    --------
    >>> chest_wall_side(np.tri(6, 5, dtype=bool))
    <Laterality.LEFT: 'L'>
    """
    rows = np.flatnonzero(breast.any(axis=1))
    ends = breast[rows].argmax(axis=1), breast[rows, ::-1].argmax(axis=1)
    left, right = (float(np.abs(end - np.polyval(np.polyfit(rows, end, 1), rows)).sum()) for end in ends)
    return Laterality.LEFT if left <= right else Laterality.RIGHT


def find_pectoral(
    grey: NDArray[np.float32], breast: NDArray[np.bool_], chest_wall: Laterality, *, min_step: float
) -> NDArray[np.bool_]:
    """Pixels of the breast that are pectoral muscle; none where no edge is strong enough.

    Straight-line search (as in the Hough transform): every line that cuts the upper chest wall corner is a
    candidate. Its strength is the mean grey step across it over the part that lies in the breast, in standard
    deviations of the breast; dense tissue is bright in `grey`, and below a strength of `min_step` there is no muscle.
    Of the others the one of the greatest strength times the root of its length is kept, as the sum of steps over its
    own standard deviation: a short line across a bright node in the corner is stronger than a curved edge.

    Examples
    --------
    >>> rows, cols = np.mgrid[:60, :50]
    >>> grey = np.where(rows + 1.2 * cols < 30, 2.0, 1.0).astype(np.float32)
    >>> muscle = find_pectoral(grey, rows + cols < 80, Laterality.LEFT, min_step=0.7)
    >>> bool(muscle[5, 5]), bool(muscle[40, 5])
    (True, False)
    """
    if chest_wall is Laterality.RIGHT:
        return find_pectoral(grey[:, ::-1], breast[:, ::-1], Laterality.LEFT, min_step=min_step)[:, ::-1]
    at_rows, at_cols = np.flatnonzero(breast.any(axis=1)), np.flatnonzero(breast.any(axis=0))
    corner, extent = (int(at_rows[0]), int(at_cols[0])), (int(np.ptp(at_rows)) + 1, int(np.ptp(at_cols)) + 1)
    down, on = _candidate_lines(extent)
    strength = _line_strengths(grey, breast, corner, (down, on, 0.03 * extent[1] + 1.0))
    best = int((np.where(strength < min_step, 0, strength) * np.sqrt(np.hypot(down, on))).argmax())
    if strength[best] < min_step:
        return np.zeros_like(breast)
    rows, cols = np.indices(breast.shape)
    muscle: NDArray[np.bool_] = breast & ((cols - corner[1]) / on[best] + (rows - corner[0]) / down[best] < 1)
    return muscle


def _candidate_lines(extent: tuple[int, int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Intercepts of lines steep enough: rows down the chest wall, columns along the upper edge."""
    shares_on, shares_down = np.meshgrid(np.linspace(*REACH_ON, CANDIDATES), np.linspace(*REACH_DOWN, CANDIDATES))
    down, on = shares_down.ravel() * extent[0], shares_on.ravel() * extent[1]
    steepness = np.degrees(np.arctan2(down, on))
    allowed = (steepness > STEEPNESS_DEG[0]) & (steepness < STEEPNESS_DEG[1])
    return down[allowed], on[allowed]


def _line_strengths(
    grey: NDArray[np.float32],
    breast: NDArray[np.bool_],
    corner: tuple[int, int],
    lines: tuple[NDArray[np.float64], NDArray[np.float64], float],
) -> NDArray[np.float64]:
    """Mean grey step across each line, read at the given distance on either side; 0 where it is no edge."""
    down, on, gap = lines[0][:, None], lines[1][:, None], lines[2]
    along = (np.arange(SAMPLES) + 0.5) / SAMPLES
    edge = np.stack([corner[0] + down * along, corner[1] + on * (1 - along)])
    normal = np.stack(np.broadcast_arrays(on / np.hypot(on, down), down / np.hypot(on, down)))
    smooth = ndimage.gaussian_filter(np.where(breast, grey, 0).astype(np.float64), 1.0)
    below, above = edge + gap * normal, edge - gap * normal
    inside = (_read(breast, below) > 0.99) & (_read(breast, above) > 0.99)
    spread = max(float(grey[breast].std()), 1e-12)
    steps = np.where(inside, _read(smooth, above) - _read(smooth, below), 0.0) / spread
    count = inside.sum(axis=1)
    mean = steps.sum(axis=1) / np.maximum(count, 1)
    positive = (steps > 0).sum(axis=1) / np.maximum(count, 1)
    return np.where((count >= SAMPLES // 2) & (positive >= MIN_POSITIVE_SHARE), mean, 0.0)


def _read(picture: NDArray[np.generic], where: NDArray[np.float64]) -> NDArray[np.float64]:
    grey = picture.astype(np.float64)
    values: NDArray[np.float64] = ndimage.map_coordinates(grey, where, order=1, mode="constant")
    return values


def nipple_px(region: BreastRegion) -> tuple[float, float]:
    """(row, col) full-resolution pixel of the breast that lies farthest from chest wall and pectoral muscle.

    Examples
    --------
    >>> from radiomics_mammo.core.geometry import PixelGrid
    >>> from radiomics_mammo.core.identity import ImageKey
    >>> breast = np.array([[1, 0, 0], [1, 1, 1], [1, 0, 0]], dtype=bool)
    >>> region = BreastRegion(
    ...     key=ImageKey.parse("benign-01_CC_recent"), grid=PixelGrid(3, 3), step_px=1, breast=breast,
    ...     pectoral=~breast & breast, chest_wall=Laterality.LEFT
    ... )
    >>> nipple_px(region)
    (1.0, 2.0)
    """
    distances = distance_from_chest_wall(region)
    farthest = np.argwhere(region.breast & (distances >= distances[region.breast].max() - 0.5))
    row, col = full_from_reduced(farthest.mean(axis=0)[None], region.step_px)[0]
    return float(row), float(col)


def distance_from_chest_wall(region: BreastRegion) -> NDArray[np.float64]:
    """Distance of every reduced pixel from the chest wall edge of the breast and its muscle, in reduced pixels."""
    wall = region.pectoral.copy()
    wall[:, _columns_from_wall(region)[0]] = True
    distances: NDArray[np.float64] = ndimage.distance_transform_edt(~wall)
    return distances


def skin_distance_px(region: BreastRegion, points_px: Points) -> NDArray[np.float64]:
    """Distance of full-resolution points, shape (n, 2), from the skin line, in full-resolution pixels.

    The edges at which the picture or the chest wall cuts the breast are no skin; NaN where there is none.
    """
    skin = skin_line(region)
    if not skin.any():
        return np.full(len(points_px), np.nan)
    line = full_from_reduced(np.argwhere(skin).astype(np.float64), region.step_px)
    nearest: NDArray[np.float64] = np.linalg.norm(np.asarray(points_px)[:, None] - line[None], axis=2).min(axis=1)
    return nearest


def skin_line(region: BreastRegion) -> NDArray[np.bool_]:
    """Reduced pixels of the breast that touch background, other than along the chest wall."""
    around = np.pad(region.breast, 1, mode="edge")
    eroded = ndimage.binary_erosion(around, np.ones((3, 3), dtype=np.bool_))[1:-1, 1:-1]
    rim: NDArray[np.bool_] = region.breast & ~eroded
    cols = _columns_from_wall(region)
    rim[:, cols[: max(1, round(SKIN_RIM_SHARE * cols.size))]] = False
    return rim


def _columns_from_wall(region: BreastRegion) -> NDArray[np.int64]:
    """Columns of the breast, from the chest wall to the skin."""
    cols: NDArray[np.int64] = np.flatnonzero(region.breast.any(axis=0))
    return cols if region.chest_wall is Laterality.LEFT else cols[::-1]
