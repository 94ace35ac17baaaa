"""Which end of the grey values is dense tissue, and which pixels are no picture at all.

Three witnesses speak of polarity: the header (Photometric Interpretation), the picture (air is dark) and its outlined
copy. Padding, by its tag or as a white frame, is turned into air before anything is measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from scipy import ndimage

from radiomics_mammo.release.header import PYDICOM_ERRORS, integer_of

_LONGEST_PX = 192
"""Longer side of the reduced picture that is looked at."""
_INSETS = (0.01, 0.04, 0.08)
"""Frames that are looked along, as shares of the sides away from the edge: a film's own border is no air."""
_END_SHARE = 0.15
"""Air lies within this share of the grey range from its darkest or brightest end."""
_LEAST_SHARE, _TIMES = 0.3, 3.0
"""Air covers at least this share of every frame, and so many times what the other end covers."""
_MOST_SHARE = 0.5
"""What covers more of every frame is air, even or not."""
_EVEN = 0.04
"""Interquartile range of air on the reduced picture, as a share of the grey range, at most."""
_FRAME_SHARE = 0.98
"""A line of a white frame holds the brightest value in at least this share of its pixels."""
_MOST_FRAME = 0.25
"""A frame is narrower than this share of a side."""


class Air(StrEnum):
    """How air looks in a picture."""

    DARK = "dark"
    BRIGHT = "bright"
    UNCLEAR = "unclear"


def air_of(picture: NDArray[np.generic]) -> Air:
    """Whether air, the even ground around the breast, is dark or bright; unclear where a picture does not tell.

    Parameters
    ----------
    picture : ndarray of shape (rows, cols)
        Finite grey values.

    Examples
    --------
    >>> breast = np.zeros((60, 50)); breast[15:45, :25] = np.linspace(300, 900, 25)
    >>> air_of(breast).value, air_of(1000 - breast).value
    ('dark', 'bright')
    """
    factor = max(1.0, max(picture.shape) / _LONGEST_PX)
    size = [max(8, round(side / factor)) for side in picture.shape[::-1]]
    small = cv2.resize(np.asarray(picture, dtype=np.float32), size, interpolation=cv2.INTER_AREA)
    low, high = np.percentile(small, (0.5, 99.5))
    if not high > low:
        return Air.UNCLEAR
    grey = (small - low) / (high - low)
    frames = [_frame_of(grey, round(inset * min(grey.shape))) for inset in _INSETS]
    dark, uneven_dark = _end_of(frames)
    bright, uneven_bright = _end_of([1 - frame for frame in frames])
    even = bright > _MOST_SHARE or uneven_bright <= _EVEN
    alone = bright > _TIMES * dark or uneven_dark > _EVEN + _TIMES * uneven_bright
    if bright >= _LEAST_SHARE and even and alone:
        return Air.BRIGHT
    return Air.DARK if dark >= _LEAST_SHARE and dark > _TIMES * bright else Air.UNCLEAR


def _end_of(frames: Sequence[NDArray[np.float32]]) -> tuple[float, float]:
    """Least share of the frames at the dark end of the grey range, and the widest interquartile range of what is there.

    Air is even, tissue is not, however much of the picture either covers.
    """
    ends = [frame[frame < _END_SHARE] for frame in frames]
    share = min(end.size / frame.size for end, frame in zip(ends, frames, strict=True))
    return share, max(float(np.subtract(*np.percentile(end, (75, 25)))) if end.size else 0.0 for end in ends)


def _frame_of(grey: NDArray[np.float32], inset: int) -> NDArray[np.float32]:
    inner = grey[inset : grey.shape[0] - inset, inset : grey.shape[1] - inset]
    return np.concatenate([inner[0], inner[-1], inner[1:-1, 0], inner[1:-1, -1]])


def display_inverts(dataset: Dataset, *, lut_shape: str) -> str:
    """Which tag turns the picture over on its way to the screen, beyond Photometric Interpretation; empty where none.

    Presentation LUT Shape INVERSE belongs to MONOCHROME1 (PS3.3, C.8.11.3), beside MONOCHROME2 it inverts; a VOI lookup
    table that falls inverts whatever it stands beside.
    """
    try:
        if lut_shape == "INVERSE" and dataset.get("PhotometricInterpretation") == "MONOCHROME2":
            return "PresentationLUTShape INVERSE"
        for item in list(dataset.get("VOILUTSequence") or ())[:1]:
            entries = _entries(item)
            if entries.size > 1 and entries[-1] < entries[0]:
                return "a VOI lookup table that falls"
        width = dataset.get("WindowWidth")
        first = width if isinstance(width, float | int | str) else next(iter(width or ()), None)
        return "a negative WindowWidth" if first is not None and float(first) < 0 else ""
    except PYDICOM_ERRORS:
        return ""


def _entries(table: Dataset) -> NDArray[np.float64]:
    """Values of a lookup table, stored as words (OW) or as numbers (US)."""
    data = table.LUTData
    if isinstance(data, bytes):
        return np.frombuffer(data[: len(data) // 2 * 2], dtype="<u2").astype(np.float64)
    return np.atleast_1d(np.asarray(data, dtype=np.float64))


def padding_of(stored: NDArray[np.integer], dataset: Dataset) -> NDArray[np.bool_]:
    """Pixels that Pixel Padding Value (and Range Limit) names, as far as they reach in from the edge of the picture.

    Parameters
    ----------
    stored : ndarray of int, shape (rows, cols)
        Stored values, before any transformation (PS3.3, C.7.5.1.1.2).
    dataset : Dataset

    Notes
    -----
    Pixels of the same value that touch no edge are tissue at the end of the range, whatever the tag says.
    """
    value = integer_of(dataset, "PixelPaddingValue")
    if value is None:
        return np.zeros(stored.shape, dtype=np.bool_)
    limit = integer_of(dataset, "PixelPaddingRangeLimit", value)
    low, high = sorted(_as_stored(one, stored.dtype) for one in (value, value if limit is None else limit))
    return _from_edge((stored >= low) & (stored <= high))


def _as_stored(value: int, kind: np.dtype[np.integer]) -> int:
    """A tag's number as the pixel cells spell it: writers mix up signed and unsigned."""
    info = np.iinfo(kind)
    return value if info.min <= value <= info.max else int(np.array(value & (2**info.bits - 1)).astype(kind))


def _from_edge(where: NDArray[np.bool_]) -> NDArray[np.bool_]:
    if not where.any():
        return where
    labels, _ = ndimage.label(where)
    edge = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    return np.isin(labels, np.setdiff1d(edge, [0]))


def air_within(picture: NDArray[np.float32]) -> Air:
    """As `air_of`, of the picture without a white frame or, where it then does not tell, without a black one."""
    inner = without(picture, white_frame(picture))
    told = air_of(inner)
    return air_of(without(inner, white_frame(-inner))) if told is Air.UNCLEAR else told


def white_frame(picture: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Lines along the edges that hold nothing but the brightest value: the frame of a film or of a screen.

    Parameters
    ----------
    picture : ndarray of shape (rows, cols)
        Bright where tissue is dense.

    Examples
    --------
    >>> framed = np.arange(400.0).reshape(20, 20); framed[:2] = framed[:, -1] = 500
    >>> white_frame(framed).sum(axis=1)[:4].tolist()
    [20, 20, 1, 1]
    """
    white = picture == picture.max()
    framed = np.zeros(picture.shape, dtype=np.bool_)
    for axis, lines in ((0, white), (1, white.T)):
        full = lines.mean(axis=1) >= _FRAME_SHARE
        most = _MOST_FRAME * lines.shape[0]
        first = int(np.argmin(full)) if not full.all() else 0
        last = int(np.argmin(full[::-1])) if not full.all() else 0
        for count, part in ((first, slice(0, first)), (last, slice(lines.shape[0] - last, None))):
            if 0 < count <= most:
                framed[(part, slice(None)) if axis == 0 else (slice(None), part)] = True
    return framed


def frame_lines(hidden: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """Lines along the (top, bottom, left, right) edge that are hidden nearly all along; 0 where the whole picture is.

    Examples
    --------
    >>> hidden = np.zeros((6, 8), dtype=bool); hidden[:2] = hidden[:, -1] = True
    >>> frame_lines(hidden)
    (2, 0, 0, 1)
    """
    if hidden.all():
        return 0, 0, 0, 0
    rows, cols = (np.flatnonzero(hidden.mean(axis=axis) < _FRAME_SHARE) for axis in (1, 0))
    if not (rows.size and cols.size):
        return 0, 0, 0, 0
    last_row, last_col = (size - 1 for size in hidden.shape)
    return int(rows[0]), int(last_row - rows[-1]), int(cols[0]), int(last_col - cols[-1])


def without(picture: NDArray[np.float32], padding: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The smallest rectangle of a picture that holds all that is no padding; the whole where all of it is.

    Examples
    --------
    >>> without(np.arange(6, dtype=np.float32).reshape(2, 3), np.array([[True] * 3, [True, False, False]])).tolist()
    [[4.0, 5.0]]
    """
    rows, cols = (np.flatnonzero(~padding.all(axis=axis)) for axis in (1, 0))
    return picture[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1] if rows.size and cols.size else picture


def filled_with_air(picture: NDArray[np.float32], padding: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The picture with its padding as dark as its darkest pixel; unchanged where the padding is no brighter than that.

    Examples
    --------
    >>> filled_with_air(np.array([[9, 1, 3]], np.float32), np.array([[True, False, False]])).tolist()
    [[1.0, 1.0, 3.0]]
    """
    if not padding.any() or padding.all():
        return picture
    air = picture[~padding].min()
    return np.where(padding & (picture > air), air, picture).astype(np.float32)
