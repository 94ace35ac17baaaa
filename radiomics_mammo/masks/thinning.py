"""Pieces of line thinned to their middle: tips, side branches, distances along it; what is a dot, what encloses."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra
from skimage.morphology import skeletonize

from radiomics_mammo.masks.distances import distance_to_unset

_DOT_ELONGATION, _DOT_FILL = 1.6, 0.9
"""A dot is rounder than the first and fills more than the second of its ellipse of inertia."""


def pool(mask: NDArray[np.bool_], shrink: int) -> NDArray[np.bool_]:
    """Reduce by whole blocks; a block is set when any of its pixels is, so that no line breaks."""
    if shrink == 1:
        return mask
    rows, cols = (-(-n // shrink) * shrink for n in mask.shape)
    full = np.zeros((rows, cols), dtype=bool)
    full[: mask.shape[0], : mask.shape[1]] = mask
    blocks = full.reshape(rows // shrink, shrink, cols // shrink, shrink)
    return np.asarray(blocks.any(axis=(1, 3)), dtype=np.bool_)


def opening_depth(padded: NDArray[np.bool_]) -> float:
    """Depth of the deepest enclosed part of the background, 0 where there is none."""
    count, parts = cv2.connectedComponents((~padded).astype(np.uint8), connectivity=4)
    if count <= 2:
        return 0.0
    enclosed = ~padded & (parts != parts[0, 0])
    return float(distance_to_unset(enclosed).max())


def is_round(mask: NDArray[np.bool_]) -> bool:
    """Whether a piece is about as wide as it is long, and filled."""
    places = np.argwhere(mask).astype(np.float64)
    around = places - places.mean(axis=0)
    short, long = np.sqrt(np.linalg.eigvalsh(around.T @ around / len(places) + np.eye(2) / 12))
    return bool(long <= _DOT_ELONGATION * short and len(places) >= _DOT_FILL * 4 * np.pi * long * short)


def find_tips(skeleton: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Skeleton pixels with one neighbour."""
    return [(int(r), int(c)) for r, c in np.argwhere(skeleton & (_neighbours(skeleton) == 1))]


def _neighbours(skeleton: NDArray[np.bool_]) -> NDArray[np.int16]:
    """Number of set pixels around every set one."""
    return np.asarray(
        cv2.filter2D(skeleton.astype(np.int16), -1, np.ones((3, 3)), borderType=cv2.BORDER_CONSTANT) - 1, dtype=np.int16
    )


def walk_line(skeleton: NDArray[np.bool_], tip: tuple[int, int], steps: int) -> NDArray[np.float64]:
    """Positions along the skeleton from a tip, shape (n, 2), until it branches, ends or `steps` are done."""
    path = [tip]
    seen = {tip}
    front = [tip]
    for _ in range(steps):
        front = [
            (r + dr, c + dc)
            for r, c in front
            for dr in (-1, 0, 1)
            for dc in (-1, 0, 1)
            if skeleton[r + dr, c + dc] and (r + dr, c + dc) not in seen
        ]
        front = list(dict.fromkeys(front))
        spread = max((max(abs(a[0] - b[0]), abs(a[1] - b[1])) for a in front for b in front), default=0)
        if not front or spread > 2:
            break
        seen.update(front)
        path.append(front[0])
    return np.array(path, dtype=np.float64)


def without_burrs(skeleton: NDArray[np.bool_], longest: float) -> NDArray[np.bool_]:
    """Side branches up to a length taken off; where a blunt end forked into two, the stem's end is left."""
    cleared = skeleton.copy()
    for tip in find_tips(skeleton):
        path = walk_line(skeleton, tip, int(longest) + 1)
        if len(path) <= longest:
            cleared[tuple(path[:-1].astype(int).T)] = False
    return cleared


def without_spurs(skeleton: NDArray[np.bool_], longest: int) -> NDArray[np.bool_]:
    """Side branches up to a length taken off, the ends of the line left whole; the skeleton's rim is empty.

    The skeleton is worn off from all its tips. Where a tip is left then, an end was worn off; where none is left, a
    side branch was. Of a side branch the pixel that touches the line may stay.

    Parameters
    ----------
    skeleton : ndarray of bool, shape (rows, cols)
    longest : int
        Pixels.

    Examples
    --------
    >>> line = np.zeros((12, 30), dtype=bool); line[9, 2:28] = True; line[5:9, 14] = True
    >>> int(without_spurs(line, 4).sum()), int(without_spurs(line, 2).sum())
    (27, 30)
    """
    core = skeleton.copy()
    for _ in range(longest):
        tips = find_tips(core)
        if not tips:
            break
        core[tuple(np.transpose(tips))] = False
    count, worn = cv2.connectedComponents((skeleton & ~core).astype(np.uint8), connectivity=8)
    # Where a fork was worn off, a corner of three pixels may be left, none of which is a tip before it is thinned.
    thin = skeletonize(core)
    left = (thin & (_neighbours(thin) <= 1)).astype(np.uint8)
    ends = np.unique(worn[cv2.dilate(left, np.ones((5, 5), np.uint8)) > 0])
    spurs = np.setdiff1d(np.arange(1, count), ends)
    return np.asarray(skeleton & ~np.isin(worn, spurs), dtype=np.bool_)


def along_line(skeleton: NDArray[np.bool_], tips: list[tuple[int, int]]) -> NDArray[np.float64]:
    """Distances between tips along the line, in steps, shape (n, n); the skeleton's rim is empty."""
    number = np.full(skeleton.shape, -1, dtype=np.int32)
    number[skeleton] = np.arange(np.count_nonzero(skeleton), dtype=np.int32)
    rows, cols = np.nonzero(skeleton)
    pairs = []
    for down, right in ((0, 1), (1, -1), (1, 0), (1, 1)):
        other = number[rows + down, cols + right]
        pairs.append(np.stack([number[rows, cols], other])[:, other >= 0])
    start, stop = np.concatenate(pairs, axis=1)
    graph = coo_array((np.ones(len(start)), (start, stop)), shape=(len(rows),) * 2).tocsr()
    places = [int(number[tip]) for tip in tips]
    away = dijkstra(graph, directed=False, indices=places)[:, places]
    return np.asarray(away, dtype=np.float64)
