"""Placement: where an outlined copy lies on its DICOM grid, measured from the fine structure of both pictures.

Fine structure, band-passed and of equal contrast everywhere, is what two displays of one mammogram share whatever their
window, gamma or polarity.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.config.reading import MaskConfig
from radiomics_mammo.core.errors import OutlineError
from radiomics_mammo.core.findings import AuditCode
from radiomics_mammo.core.images import Mammogram, OutlineOverlay
from radiomics_mammo.core.lesions import OverlayPlacement

_SIDES_PX = (160, 320, 640)  # Longer sides of the reduced copies, coarse to fine.
_JUDGED_LEVEL = 1  # Similarity is judged on the middle copy: JPEG loss does not reach that far down.
_SCALES = np.exp(np.linspace(np.log(0.75), np.log(1.34), 30))  # Tried for crops, relative to the frame; 2 % apart.
_RIVALS = 3  # Best crops that are refined and compared.
_SURE = 0.75  # A first guess that agrees so well needs no rivals.

_STEPS = 12  # Steps of refinement per level, at most.
_STILL_PX = 0.003  # Refinement ends when no corner of the reduced copy moves by more.
_PIXELS_USED = 100_000  # Pixels that the refinement looks at: enough for four numbers.

_LEAST_OVERLAP = 0.5  # Share of the breast that the outlined copy must show.
_SAME_SIDE_PX = 1.5  # Sides of the two frames that are so near to each other, in reduced pixels, are one.
_FLAT_CONTRAST = (
    0.003  # Pictures with less structure, as a share of their grey range, are compared by the breast's rim.
)

_FINE_PX = 1.0  # Standard deviation below which structure is smoothed away.
_COARSE_BOX_PX, _CONTRAST_BOX_PX = 9, 19  # Boxes, applied twice: coarser structure goes, contrast is made equal.
_LEAST_CONTRAST = 0.15  # Contrast below this share of the picture's is not raised further: it is noise.
_AIR_LEVEL = 0.05  # Air is darker than this share of the way from the darkest to the brightest percentile.
_RIM_PX = 6  # Width of the breast's rim that is left out: skin lines of different women resemble each other.

_Sides = tuple[int, int, int, int]
"""Lines along the top, bottom, left and right edge."""


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
    """Image registration by Lucas-Kanade: scale and offset per axis and a left-right flip.

    The copy is first taken to show the whole frame, then mirrored, then cropped or padded; the best reading is
    refined by least squares on fine structure (inverse compositional) to a fraction of a pixel.

    Parameters
    ----------
    painted : ndarray of bool
        Coloured pixels of the copy, on any grid that covers it; they count for nothing.

    Raises
    ------
    OutlineError
        If the copy does not show this mammogram: its similarity is below ``min_similarity``.
    """
    grey = cv2.cvtColor(overlay.rgb, cv2.COLOR_RGB2GRAY)
    pixels, hidden = mammogram.pixels, mammogram.acquisition.frame_px
    frame = _Guess(np.divide(pixels.shape, grey.shape), (np.divide(pixels.shape, grey.shape) - 1) / 2)
    tried: list[_Guess] = []
    for reading in _readings((pixels, hidden), grey, painted, frame):
        tried.append(reading)
        if reading.similarity >= _SURE:
            break
    best = max(tried, key=lambda guess: guess.similarity)
    if best.similarity < config.min_similarity:
        raise OutlineError(
            str(overlay.key),
            f"an outlined copy of this mammogram (similarity >= {config.min_similarity:g})",
            f"similarity {best.similarity:.2f}",
            "check that the two files show the same exam",
            code=AuditCode.GT_MISPLACED.name,
        )
    return OverlayPlacement(
        gt_rows=grey.shape[0],
        gt_cols=grey.shape[1],
        scale_row=float(best.scale[0]),
        scale_col=float(best.scale[1]),
        offset_row_px=float(best.offset[0]),
        offset_col_px=float(best.offset[1]),
        similarity=min(1.0, best.similarity),
        flipped=best.flipped,
    )


def _readings(
    dicom: tuple[NDArray[np.float32], _Sides], grey: NDArray[np.uint8], painted: NDArray[np.bool_], frame: _Guess
) -> Iterator[_Guess]:
    """Refined readings, likeliest first; the caller stops when one is sure."""
    mirrored = np.ascontiguousarray(grey[:, ::-1]), np.ascontiguousarray(painted[:, ::-1])
    upright = _levels(dicom, grey, painted)
    yield _refined(upright, frame)
    flipped = _levels(dicom, *mirrored)
    yield _refined(flipped, _Guess(frame.scale, frame.offset, True))
    for levels, flip in ((upright, False), (flipped, True)):
        for guess in _crops(levels[0], frame, flip):
            yield _refined(levels, guess)


def _levels(
    dicom: tuple[NDArray[np.float32], _Sides], grey: NDArray[np.uint8], painted: NDArray[np.bool_]
) -> tuple[_Level, ...]:
    pixels, hidden = dicom
    sides = sorted({min(side, *map(max, (grey.shape, pixels.shape))) for side in _SIDES_PX})
    finest_dicom, finest_copy = reduce(pixels, sides[-1]), reduce(grey, sides[-1])
    levels = []
    for side in sides:
        small, copy = reduce(finest_dicom, side), reduce(finest_copy, side)
        covered = cv2.resize(painted.astype(np.float32), copy.shape[::-1], interpolation=cv2.INTER_AREA)
        steps = np.divide(pixels.shape, small.shape), np.divide(grey.shape, copy.shape)
        shown = _away_from(hidden, find_structure(small), steps[0])
        levels.append(_Level(shown, find_structure(copy, painted=covered), *steps))
    return tuple(levels)


def _away_from(hidden: _Sides, structure: Structure, step: NDArray[np.float64]) -> Structure:
    """Structure that counts only where no frame of the DICOM image is within its reach."""
    inside = structure.inside.copy()
    for number, lines in enumerate(hidden):
        if lines:
            axis, last = divmod(number, 2)
            reach = -(-lines // step[axis]) + _COARSE_BOX_PX
            along = np.moveaxis(inside, axis, 0)
            along[slice(-int(reach), None) if last else slice(0, int(reach))] = 0
    return replace(structure, inside=inside)


def _refined(levels: tuple[_Level, ...], guess: _Guess) -> _Guess:
    """Follow a guess from coarse to fine and say how well it then agrees: not at all where too little is shown."""
    for level in levels:
        guess = _follow(level, guess)
    judged = levels[min(_JUDGED_LEVEL, len(levels) - 1)]
    scale, offset = _on_level(judged, guess)
    weight = _weight(judged, scale, offset)
    if float(weight.sum()) < _LEAST_OVERLAP * float(judged.dicom.inside.sum()):
        return replace(guess, similarity=0.0)
    placed = _warp(judged.copy.values, scale, offset, judged.dicom.shape)
    return replace(guess, similarity=abs(agreement(judged.dicom.values, placed, weight)))


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
    shape = level.dicom.shape
    if min(level.dicom.contrast, level.copy.contrast) < _FLAT_CONTRAST:
        covered = _warp(np.ones(level.copy.values.shape, np.float32), scale, offset, shape)
        return np.asarray(covered >= 0.99, dtype=np.float32)
    shown = (_warp(level.copy.clean, scale, offset, shape) >= 0.99) & _shared_frame(level, scale, offset)
    return level.dicom.inside * shown


def _shared_frame(level: _Level, scale: NDArray[np.float64], offset: NDArray[np.float64]) -> NDArray[np.bool_]:
    """What is away from the sides of the two frames that do not coincide, on the DICOM grid.

    What lies beyond such a side is in one picture only, and spoils the structure of both within its reach.
    """
    shape = level.dicom.shape
    first = offset - scale / 2 + 0.5
    last = shape - (offset + scale * (np.array(level.copy.shape) - 0.5) + 0.5)
    inside = np.ones(shape, dtype=np.bool_)
    for axis in (0, 1):
        along = np.arange(shape[axis], dtype=np.float64)
        for gap, place in ((first[axis], along), (last[axis], shape[axis] - 1 - along)):
            if abs(gap) > _SAME_SIDE_PX:
                kept = place >= max(gap, 0.0) + _COARSE_BOX_PX
                inside &= kept[:, None] if axis == 0 else kept[None, :]
    return inside


def _follow(level: _Level, guess: _Guess) -> _Guess:
    """Least-squares scale and offset per axis at one level; in double precision, so that no library's sums show."""
    scale, offset = _on_level(level, guess)
    target, shape = level.dicom.values, level.dicom.shape
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
            rows, cols = (max(8, round(n * s)) for n, s in zip(level.copy.shape, scale, strict=True))
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


@dataclass(frozen=True, eq=False, kw_only=True)
class Structure:
    """Fine structure of one picture, of equal contrast everywhere; arrays of shape (rows, cols) on a reduced grid."""

    values: NDArray[np.float32] = field(repr=False)  # Band-passed grey values divided by their local spread.
    inside: NDArray[np.float32] = field(repr=False)  # 1 well inside the breast where nothing was painted, else 0.
    clean: NDArray[np.float32] = field(repr=False)  # 1 where nothing was painted over.
    tissue: NDArray[np.bool_] = field(repr=False)  # Breast with its rim.
    contrast: float  # Spread of the band-passed grey values inside, as a share of the picture's grey range.

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, cols) of the reduced grid."""
        return self.values.shape[0], self.values.shape[1]


def reduce(image: NDArray[np.generic], side_px: int) -> NDArray[np.float32]:
    """Copy whose longer side is at most `side_px`, by averaging areas; both grids cover the same field.

    Examples
    --------
    >>> reduce(np.ones((40, 60), np.uint8), 30).shape
    (20, 30)
    """
    rows, cols = image.shape
    factor = max(1.0, max(rows, cols) / side_px)
    size = (max(1, round(cols / factor)), max(1, round(rows / factor)))
    return np.asarray(cv2.resize(image.astype(np.float32), size, interpolation=cv2.INTER_AREA), dtype=np.float32)


def find_structure(grey: NDArray[np.float32], *, painted: NDArray[np.float32] | None = None) -> Structure:
    """Band-pass a grey picture and equalise its contrast.

    Painted pixels are filled from around and count for nothing: `painted` is the share (0..1) of every pixel that a pen
    covers, on the grid of `grey`.
    """
    clean = np.ones(grey.shape, np.float32) if painted is None else np.asarray(painted <= 0.02, dtype=np.float32)
    if painted is not None:
        around = _box(grey * clean, _COARSE_BOX_PX) / np.maximum(_box(clean, _COARSE_BOX_PX), 1e-3)
        grey = np.where(clean > 0, grey, around).astype(np.float32)
    low, high = (float(v) for v in np.percentile(grey[::2, ::2], (1, 99.5)))
    span = max(high - low, 1e-6)
    tissue = grey > low + _AIR_LEVEL * span
    if tissue.mean() > 0.98:
        tissue = np.ones_like(tissue)
    kernel = np.ones((2 * _RIM_PX + 1, 2 * _RIM_PX + 1), np.uint8)
    filled = tissue.astype(np.uint8)
    for freed_of in (cv2.MORPH_OPEN, cv2.MORPH_CLOSE):  # Specks, then holes.
        filled = cv2.morphologyEx(filled, freed_of, np.ones((5, 5), np.uint8))
    inside = cv2.erode(filled, kernel, borderValue=1).astype(np.float32) * clean
    band = (cv2.GaussianBlur(grey, (5, 5), _FINE_PX) - _box(grey, _COARSE_BOX_PX)) / span
    spread = np.sqrt(np.maximum(_box(band**2, _CONTRAST_BOX_PX), 0))
    typical = float(np.sqrt((band**2 * inside).sum(dtype=np.float64) / max(float(inside.sum(dtype=np.float64)), 1.0)))
    values = band / (spread + _LEAST_CONTRAST * typical + 1e-9)
    return Structure(values=values.astype(np.float32), inside=inside, clean=clean, tissue=tissue, contrast=typical)


def agreement(first: NDArray[np.float32], second: NDArray[np.float32], weight: NDArray[np.float32]) -> float:
    """Weighted correlation of two arrays of one shape, -1..1; 0 where either is constant.

    Examples
    --------
    >>> ramp = np.arange(6, dtype=np.float32).reshape(2, 3)
    >>> round(agreement(ramp, 5 - ramp, np.ones((2, 3), np.float32)), 6)
    -1.0
    """
    share = weight.astype(np.float64)
    total = max(float(share.sum()), 1e-9)
    one = first - float((first * share).sum()) / total
    two = second - float((second * share).sum()) / total
    norm = float(np.sqrt((one**2 * share).sum() * (two**2 * share).sum()))
    return float((one * two * share).sum()) / norm if norm > 1e-9 else 0.0


def _box(image: NDArray[np.float32], side_px: int) -> NDArray[np.float32]:
    """Mean over a box, twice: nearly Gaussian, at a cost that does not grow with the box."""
    return np.asarray(cv2.blur(cv2.blur(image, (side_px, side_px)), (side_px, side_px)), dtype=np.float32)
