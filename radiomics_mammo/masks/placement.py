"""Where an outlined copy lies on its DICOM grid, measured from the two pictures themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.config.masks import MaskConfig
from radiomics_mammo.core.errors import OutlineError
from radiomics_mammo.core.findings import AuditCode
from radiomics_mammo.core.images import Mammogram, OutlineOverlay
from radiomics_mammo.core.lesions import OverlayPlacement
from radiomics_mammo.masks.structure import REACH_PX, Structure, agreement, find_structure, reduce

_SIDES_PX = (160, 320, 640)
"""Longer sides of the reduced copies, coarse to fine."""

_JUDGED_LEVEL = 1
"""Similarity is judged on the middle copy: JPEG loss does not reach that far down."""

_STEPS = 12
"""Steps of refinement per level, at most."""

_PIXELS_USED = 100_000
"""Pixels that the refinement looks at: enough for four numbers."""

_STILL_PX = 0.003
"""Refinement ends when no corner of the reduced copy moves by more."""

_SURE = 0.75
"""A first guess that agrees so well needs no rivals."""

_LEAST_OVERLAP = 0.5
"""Share of the breast that the outlined copy must show."""

_SAME_SIDE_PX = 1.5
"""Sides of the two frames that are so near to each other, in reduced pixels, are one."""

_FLAT_CONTRAST = 0.003
"""Pictures with less structure than this share of their grey range are compared with the rim of the breast."""

_SCALES = np.exp(np.linspace(np.log(0.75), np.log(1.34), 30))
"""Scales tried for cropped and padded copies, relative to the whole frame; 2 percent apart."""

_RIVALS = 3
"""Best crops that are refined and compared."""


@dataclass(frozen=True, eq=False)
class _Level:
    """Both pictures at one size; `dicom_step` and `copy_step` are full pixels per reduced pixel (row, col)."""

    dicom: Structure
    copy: Structure
    dicom_step: NDArray[np.float64] = field(repr=False)
    copy_step: NDArray[np.float64] = field(repr=False)


@dataclass(frozen=True, eq=False)
class _Guess:
    """DICOM = scale * copy + offset in full pixels (row, col), on the mirrored copy where `flipped`."""

    scale: NDArray[np.float64]
    offset: NDArray[np.float64]
    flipped: bool = False
    similarity: float = 0.0


def place_overlay(
    mammogram: Mammogram, overlay: OutlineOverlay, *, painted: NDArray[np.bool_], config: MaskConfig
) -> OverlayPlacement:
    """Measure scale and offset per axis and a left-right flip.

    The copy is first taken to show the whole frame, then mirrored, then cropped or padded; the best reading is
    refined by least squares on fine structure (Lucas-Kanade, inverse compositional) to a fraction of a pixel.

    Parameters
    ----------
    mammogram : Mammogram
    overlay : OutlineOverlay
    painted : ndarray of bool
        Coloured pixels of the copy, on any grid that covers it; they count for nothing.
    config : MaskConfig

    Raises
    ------
    OutlineError
        If the copy does not show this mammogram: its similarity is below ``min_similarity``.
    """
    grey = cv2.cvtColor(overlay.rgb, cv2.COLOR_RGB2GRAY)
    pixels = mammogram.pixels
    frame = _Guess(np.divide(pixels.shape, grey.shape), (np.divide(pixels.shape, grey.shape) - 1) / 2)
    best = _best_of(_readings(pixels, grey, painted, frame))
    if best.similarity < config.min_similarity:
        raise OutlineError(
            str(overlay.key),
            f"an outlined copy of this mammogram (similarity >= {config.min_similarity:g})",
            f"similarity {best.similarity:.2f}",
            "check that the two files show the same exam",
            code=AuditCode.GT_MISPLACED.name,
        )
    rows, cols = grey.shape
    scale_row, scale_col = (float(v) for v in best.scale)
    offset_row, offset_col = (float(v) for v in best.offset)
    return OverlayPlacement(
        rows, cols, scale_row, scale_col, offset_row, offset_col, min(1.0, best.similarity), best.flipped
    )


def _readings(
    pixels: NDArray[np.float32], grey: NDArray[np.uint8], painted: NDArray[np.bool_], frame: _Guess
) -> Iterator[_Guess]:
    """Refined readings, likeliest first; the caller stops when one is sure."""
    mirrored = np.ascontiguousarray(grey[:, ::-1]), np.ascontiguousarray(painted[:, ::-1])
    upright = _levels(pixels, grey, painted)
    yield _refined(upright, frame)
    flipped = _levels(pixels, *mirrored)
    yield _refined(flipped, _Guess(frame.scale, frame.offset, True))
    for levels, flip in ((upright, False), (flipped, True)):
        for guess in _crops(levels[0], frame, flip):
            yield _refined(levels, guess)


def _best_of(readings: Iterator[_Guess]) -> _Guess:
    """The first sure reading, else the one that agrees best."""
    tried = []
    for reading in readings:
        if reading.similarity >= _SURE:
            return reading
        tried.append(reading)
    return max(tried, key=lambda guess: guess.similarity)


def _levels(pixels: NDArray[np.float32], grey: NDArray[np.uint8], painted: NDArray[np.bool_]) -> tuple[_Level, ...]:
    sides = sorted({min(side, *map(max, (grey.shape, pixels.shape))) for side in _SIDES_PX})
    finest_dicom, finest_copy = reduce(pixels, sides[-1]), reduce(grey, sides[-1])
    levels = []
    for side in sides:
        dicom, copy = reduce(finest_dicom, side), reduce(finest_copy, side)
        covered = cv2.resize(painted.astype(np.float32), copy.shape[::-1], interpolation=cv2.INTER_AREA)
        levels.append(
            _Level(
                find_structure(dicom),
                find_structure(copy, painted=covered),
                np.divide(pixels.shape, dicom.shape),
                np.divide(grey.shape, copy.shape),
            )
        )
    return tuple(levels)


def _refined(levels: tuple[_Level, ...], guess: _Guess) -> _Guess:
    """Follow a guess from coarse to fine and say how well it then agrees."""
    for level in levels:
        guess = _follow(level, guess)
    judged = levels[min(_JUDGED_LEVEL, len(levels) - 1)]
    return _Guess(guess.scale, guess.offset, guess.flipped, abs(_similarity(judged, *_on_level(judged, guess))))


def _on_level(level: _Level, guess: _Guess) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Scale and offset from reduced copy to reduced DICOM pixels."""
    scale = guess.scale * level.copy_step / level.dicom_step
    centre = guess.scale * ((level.copy_step - 1) / 2) + guess.offset
    return scale, (centre + 0.5) / level.dicom_step - 0.5


def _off_level(level: _Level, scale: NDArray[np.float64], offset: NDArray[np.float64], flipped: bool) -> _Guess:
    """Inverse of `_on_level`."""
    full = scale * level.dicom_step / level.copy_step
    return _Guess(full, (offset + 0.5) * level.dicom_step - 0.5 - full * (level.copy_step - 1) / 2, flipped)


def _warp(
    image: NDArray[np.float32], scale: NDArray[np.float64], offset: NDArray[np.float64], shape: tuple[int, int]
) -> NDArray[np.float32]:
    """The copy resampled on the DICOM grid, 0 outside it."""
    matrix = np.array([[scale[1], 0, offset[1]], [0, scale[0], offset[0]]])
    return np.asarray(cv2.warpAffine(image, matrix, shape[::-1], flags=cv2.INTER_LINEAR), dtype=np.float32)


def _weight(level: _Level, scale: NDArray[np.float64], offset: NDArray[np.float64]) -> NDArray[np.float32]:
    """Where both pictures show clean breast, on the DICOM grid; with its rim where there is no structure inside.

    Where the breast is, the DICOM image says alone: in a dark display of the copy much of it passes for air.
    """
    shape = (level.dicom.values.shape[0], level.dicom.values.shape[1])
    if min(level.dicom.contrast, level.copy.contrast) < _FLAT_CONTRAST:
        covered = _warp(np.ones(level.copy.values.shape, np.float32), scale, offset, shape)
        return np.asarray(covered >= 0.99, dtype=np.float32)
    shown = (_warp(level.copy.clean, scale, offset, shape) >= 0.99) & _shared_frame(level, scale, offset)
    return level.dicom.inside * shown


def _shared_frame(level: _Level, scale: NDArray[np.float64], offset: NDArray[np.float64]) -> NDArray[np.bool_]:
    """What is away from the sides of the two frames that do not coincide, on the DICOM grid.

    What lies beyond such a side is in one picture only, and spoils the structure of both within its reach.
    """
    shape = np.array(level.dicom.values.shape)
    first = offset - scale / 2 + 0.5
    last = shape - (offset + scale * (np.array(level.copy.values.shape) - 0.5) + 0.5)
    inside = np.ones(level.dicom.values.shape, dtype=np.bool_)
    for axis in (0, 1):
        along = np.arange(shape[axis], dtype=np.float64)
        for gap, place in ((first[axis], along), (last[axis], shape[axis] - 1 - along)):
            if abs(gap) > _SAME_SIDE_PX:
                kept = place >= max(gap, 0.0) + REACH_PX
                inside &= kept[:, None] if axis == 0 else kept[None, :]
    return inside


def _similarity(level: _Level, scale: NDArray[np.float64], offset: NDArray[np.float64]) -> float:
    """Correlation of the placed structures; 0 when too little of the breast is shown."""
    weight = _weight(level, scale, offset)
    if float(weight.sum()) < _LEAST_OVERLAP * float(level.dicom.inside.sum()):
        return 0.0
    shape = (weight.shape[0], weight.shape[1])
    return agreement(level.dicom.values, _warp(level.copy.values, scale, offset, shape), weight)


def _follow(level: _Level, guess: _Guess) -> _Guess:
    """Least-squares scale and offset per axis at one level; in double precision, so that no library's sums show."""
    scale, offset = _on_level(level, guess)
    target = level.dicom.values
    shape = (target.shape[0], target.shape[1])
    weight = _weight(level, scale, offset)
    used = np.flatnonzero(weight.ravel() > 0)[:: max(1, int(weight.sum()) // _PIXELS_USED)]
    slopes = _slopes(target).reshape(4, -1)[:, used].astype(np.float64)
    normal = slopes @ slopes.T
    normal += np.eye(4) * 1e-4 * max(float(np.trace(normal)), 1e-6)
    sign = np.sign(agreement(target, _warp(level.copy.values, scale, offset, shape), weight)) or 1.0
    for _ in range(_STEPS):
        error = sign * _warp(level.copy.values, scale, offset, shape).ravel()[used] - target.ravel()[used]
        step = np.linalg.solve(normal, slopes @ error.astype(np.float64))
        stretch, shift = 1 + step[[1, 3]] / shape, step[[0, 2]]
        # D(v + step(v)) = C(v): the copy's point that lay at v belongs at v + step(v).
        scale, offset = scale * stretch, offset * stretch + shift
        if np.abs(step).max() < _STILL_PX:
            break
    return _off_level(level, scale, offset, guess.flipped)


def _slopes(target: NDArray[np.float32]) -> NDArray[np.float32]:
    """Change of the picture by row shift, row stretch, column shift and column stretch, shape (4, rows, cols)."""
    by_row = cv2.Sobel(target, cv2.CV_32F, 0, 1, scale=1 / 8)
    by_col = cv2.Sobel(target, cv2.CV_32F, 1, 0, scale=1 / 8)
    rows = (np.arange(target.shape[0], dtype=np.float32) / target.shape[0])[:, None]
    cols = (np.arange(target.shape[1], dtype=np.float32) / target.shape[1])[None, :]
    return np.stack([by_row, by_row * rows, by_col, by_col * cols])


def _crops(level: _Level, frame: _Guess, flipped: bool) -> list[_Guess]:
    """Best places of a cropped or padded copy: one scale for both axes, offset by cross-correlation."""
    target = level.dicom.values * level.dicom.inside
    size = tuple(cv2.getOptimalDFTSize(2 * n) for n in target.shape)
    spectrum = np.fft.rfft2(target, size)
    found = []
    for middle in (float(frame.scale.min()), float(frame.scale.max())):
        for factor in _SCALES:
            scale = np.full(2, middle * factor) * level.copy_step / level.dicom_step
            rows, cols = (max(8, round(n * s)) for n, s in zip(level.copy.values.shape, scale, strict=True))
            if rows > size[0] or cols > size[1]:
                continue
            moved = cv2.resize(level.copy.values * level.copy.inside, (cols, rows), interpolation=cv2.INTER_LINEAR)
            product = np.fft.irfft2(spectrum * np.conj(np.fft.rfft2(moved, size)), size)
            peak = np.unravel_index(int(np.abs(product).argmax()), product.shape)
            height = float(np.abs(product[peak])) / max(float(np.sqrt((moved**2).sum())), 1e-9)
            shift = np.array([p - n if p > n // 2 else p for p, n in zip(peak, size, strict=True)], dtype=float)
            found.append((height, _off_level(level, scale, shift + (scale - 1) / 2, flipped)))
    found.sort(key=lambda item: -item[0])
    return [guess for _, guess in found[:_RIVALS]]
