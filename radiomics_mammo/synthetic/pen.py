"""What a reader's pen and a picture program do: coloured antialiased outlines, boxes, JPEG."""

from __future__ import annotations

import io
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.core.geometry import Points

_FINER = 4
"""Strokes are drawn this many times finer and averaged, which antialiases them."""
_SHIFT = 4
"""Binary digits of sub-pixel precision handed to OpenCV."""


def draw_outline(
    rgb: NDArray[np.uint8],
    contour_px: Points,
    *,
    color_rgb: tuple[int, int, int] = (255, 0, 0),
    width_px: float = 3.0,
    gaps: Sequence[tuple[float, float]] = (),
    opacity: float = 1.0,
) -> NDArray[np.uint8]:
    """Draw a closed pen line along a contour, antialiased.

    Parameters
    ----------
    rgb : ndarray of uint8, shape (rows, cols, 3)
        Left as it is.
    contour_px : ndarray of shape (n, 2)
        (row, col) course of the middle of the pen, pixel centres at whole numbers; may leave the picture.
    color_rgb : tuple of int
    width_px : float
        Width of the pen.
    gaps : sequence of (start, stop)
        Parts of the perimeter left out, as shares 0..1 counted from the first vertex.
    opacity : float
        Of the ink, 0..1.

    Returns
    -------
    ndarray of uint8
        A new picture.

    Raises
    ------
    InvariantError
        If the picture is not uint8 RGB or the pen has no width.

    Examples
    --------
    >>> page = np.zeros((20, 24, 3), dtype=np.uint8)
    >>> square = np.array([[5.0, 5.0], [5.0, 15.0], [15.0, 15.0], [15.0, 5.0]])
    >>> draw_outline(page, square, width_px=2.0)[5, 10]
    array([255,   0,   0], dtype=uint8)
    """
    if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3 or not width_px > 0:
        found = f"{rgb.dtype} {rgb.shape}, width {width_px}"
        raise InvariantError("pen line", "a uint8 RGB picture and a width > 0", found, "convert the picture")
    contour = np.asarray(contour_px, dtype=np.float64)
    pad = width_px + 2
    low = np.maximum(np.floor(contour.min(axis=0) - pad), 0).astype(int)
    high = np.minimum(np.ceil(contour.max(axis=0) + pad) + 1, rgb.shape[:2]).astype(int)
    drawn = rgb.copy()
    if (high <= low).any():
        return drawn
    ink = _ink(_strokes(contour, gaps), low, high, width_px)[..., None] * np.float32(opacity)
    window = drawn[low[0] : high[0], low[1] : high[1]]
    blended = window * (1 - ink) + np.asarray(color_rgb, dtype=np.float32) * ink
    window[:] = np.round(blended).astype(np.uint8)
    return drawn


def _ink(strokes: list[Points], low: NDArray[np.int_], high: NDArray[np.int_], width_px: float) -> NDArray[np.float32]:
    """Share of each pixel of a window that the pen covers."""
    rows, cols = (int(size) for size in high - low)
    course = np.full((rows * _FINER, cols * _FINER), 255, dtype=np.uint8)
    for stroke in strokes:
        fine = ((stroke - low + 0.5) * _FINER - 0.5)[:, ::-1]
        points = np.round(fine * 2**_SHIFT).astype(np.int32)
        cv2.polylines(course, [points], False, 0, 1, cv2.LINE_8, _SHIFT)
    distance = cv2.distanceTransform(course, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    ink = np.clip(width_px * _FINER / 2 - distance + 0.5, 0, 1)
    return np.asarray(cv2.resize(ink, (cols, rows), interpolation=cv2.INTER_AREA), dtype=np.float32)


def _strokes(contour: Points, gaps: Sequence[tuple[float, float]]) -> list[Points]:
    """Course of the pen in pieces, without the gaps."""
    closed = np.vstack([contour, contour[:1]])
    if not gaps:
        return [closed]
    length = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(closed, axis=0).T))])
    share = length / length[-1]
    starts = [0.0, *(stop for _, stop in sorted(gaps))]
    stops = [*(start for start, _ in sorted(gaps)), 1.0]
    pieces = []
    for start, stop in zip(starts, stops, strict=True):
        if stop > start:
            where = np.concatenate([[start], share[(share > start) & (share < stop)], [stop]])
            pieces.append(np.column_stack([np.interp(where, share, closed[:, axis]) for axis in (0, 1)]))
    return pieces


def save_jpeg_like(rgb: NDArray[np.uint8], quality: int = 90, subsampling: str = "4:2:0") -> bytes:
    """Compress a picture as JPEG.

    Parameters
    ----------
    rgb : ndarray of uint8, shape (rows, cols, 3)
    quality : int
        1..100.
    subsampling : str
        Chroma subsampling: ``4:4:4``, ``4:2:2`` or ``4:2:0``.

    Examples
    --------
    >>> save_jpeg_like(np.zeros((8, 9, 3), dtype=np.uint8))[:2] == bytes.fromhex("ffd8")
    True
    """
    target = io.BytesIO()
    Image.fromarray(rgb).save(target, format="JPEG", quality=quality, subsampling=subsampling)
    return target.getvalue()
