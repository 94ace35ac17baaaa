"""Coarse start: masked normalised correlation of two exams over all shifts and turns, by the fast Fourier transform."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import fft

from radiomics_mammo.core.geometry import PlanarTransform
from radiomics_mammo.registration.preprocessing import WorkingPicture

Plane = NDArray[np.float32]

COARSE_SPACING_MM = 2.4
"""Pixel spacing of the coarse search: three working pixels; the next step reaches much farther than half of it."""

REACH_MM, REACH_DEG, STEP_DEG = 40.0, 20.0, 4.0
"""Shifts and turns looked through: two real exams differ by up to 35 mm and 18 degrees."""

LEAST_OVERLAP = 0.5
"""Share of the smaller breast that must overlap for a shift to count."""

PEAKS, APART_MM, APART_DEG = 2, 8.0, 6.0
"""Starts kept of each channel, and how far they must differ."""

RANK_MM = 4.0
"""Blur of the grey ranks: the distribution of gland, not its texture."""


@dataclass(frozen=True)
class Start:
    """A rigid start, how well it correlates (-1..1), and by how much more than the best start elsewhere."""

    transform: PlanarTransform
    score: float


@dataclass(frozen=True, eq=False)
class _Spectra:
    """Transforms of mask, masked values and their squares."""

    mask: NDArray[np.complex64]
    values: NDArray[np.complex64]
    squares: NDArray[np.complex64]


def coarse_starts(fixed: WorkingPicture, moving: WorkingPicture) -> tuple[Start, ...]:
    """The best rigid starts of both channels, structure and grey ranks, best first within each.

    Masked normalised correlation (Padfield 2012): for every turn the correlation of the overlapping parts of both
    breasts (muscle left out), at every shift at once. `Start.transform` maps mm of `fixed` to mm of `moving`.
    """
    starts: list[Start] = []
    for channel in ("structure", "ranks"):
        starts += _channel_starts(fixed, moving, channel)
    return tuple(starts)


def _channel_starts(fixed: WorkingPicture, moving: WorkingPicture, channel: str) -> list[Start]:
    step = max(1, round(COARSE_SPACING_MM / fixed.spacing_mm))
    here, mask = _reduced(fixed, channel, step)
    there, other = _reduced(moving, channel, step)
    spacing = step * fixed.spacing_mm
    size = [fft.next_fast_len(a + b - 1, real=True) for a, b in zip(here.shape, there.shape, strict=True)]
    still = _spectra(there, other, size)
    between = (np.argwhere(other).mean(axis=0) - np.argwhere(mask).mean(axis=0)).round()
    found = []
    for angle in np.arange(-REACH_DEG, REACH_DEG + 1, STEP_DEG):
        turn = _turn(angle, np.argwhere(mask).mean(axis=0))
        turned, kept = _turned(here, mask, turn)
        surface = _correlation(_spectra(turned, kept, size), still, size, LEAST_OVERLAP * min(mask.sum(), other.sum()))
        for score, shift in _peaks(surface, between, spacing):
            found.append((score, angle, shift, turn))
    found.sort(key=lambda one: -one[0])
    kept_starts: list[tuple[float, float, NDArray[np.float64], NDArray[np.float64]]] = []
    for one in found:
        if all(
            np.linalg.norm(one[2] - k[2]) * spacing > APART_MM or abs(one[1] - k[1]) > APART_DEG for k in kept_starts
        ):
            kept_starts.append(one)
        if len(kept_starts) == PEAKS:
            break
    return [Start(_in_mm(fixed, moving, (turn, shift), step), score) for score, _, shift, turn in kept_starts]


def _reduced(picture: WorkingPicture, channel: str, step: int) -> tuple[Plane, NDArray[np.bool_]]:
    """A channel and its mask on the coarse grid."""
    usable = picture.usable.astype(np.float32)
    values = picture.structure if channel == "structure" else picture.ranks
    blur = step / 2 if channel == "structure" else RANK_MM / picture.spacing_mm
    weight = cv2.GaussianBlur(usable, (0, 0), blur)
    smooth = cv2.GaussianBlur(np.where(picture.usable, values, 0).astype(np.float32), (0, 0), blur)
    smooth = np.where(picture.usable, smooth / np.maximum(weight, 1e-3), 0)
    offset = step // 2
    return smooth[offset::step, offset::step], picture.usable[offset::step, offset::step]


def _turn(angle: float, centre: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rotation (row, col, 1) about a centre."""
    cosine, sine = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    matrix = np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1.0]])
    matrix[:2, 2] = centre - matrix[:2, :2] @ centre
    return matrix


def _turned(values: Plane, mask: NDArray[np.bool_], turn: NDArray[np.float64]) -> tuple[Plane, NDArray[np.bool_]]:
    """Values moved along by a turn; cv2 wants (x, y)."""
    swap = np.array([[0, 1, 0], [1, 0, 0], [0, 0, 1]])
    xy = (swap @ turn @ swap)[:2]
    moved = cv2.warpAffine(values, xy, values.shape[::-1], flags=cv2.INTER_LINEAR)
    kept = cv2.warpAffine(mask.astype(np.float32), xy, values.shape[::-1], flags=cv2.INTER_LINEAR) > 0.5
    return np.where(kept, moved, 0).astype(np.float32), kept


def _spectra(values: Plane, mask: NDArray[np.bool_], size: list[int]) -> _Spectra:
    weight = mask.astype(np.float32)
    masked = np.where(mask, values, 0).astype(np.float32)
    return _Spectra(*(fft.rfft2(part, size) for part in (weight, masked, masked**2)))


def _correlation(one: _Spectra, other: _Spectra, size: list[int], least: float) -> NDArray[np.float32]:
    """Correlation at every shift (added to `one` to lie on `other`), wrapped; -1 where too little overlaps."""

    def across(a: NDArray[np.complex64], b: NDArray[np.complex64]) -> NDArray[np.float32]:
        """Cross-correlation of two spectra at every shift."""
        summed: NDArray[np.float32] = fft.irfft2(np.conj(a) * b, size)
        return summed

    count = np.maximum(across(one.mask, other.mask), 1)
    sums = across(one.values, other.mask), across(one.mask, other.values)
    covariance = across(one.values, other.values) - sums[0] * sums[1] / count
    spreads = (
        across(one.squares, other.mask) - sums[0] ** 2 / count,
        across(one.mask, other.squares) - sums[1] ** 2 / count,
    )
    scale = np.sqrt(np.maximum(spreads[0], 0) * np.maximum(spreads[1], 0))
    enough = (count >= least) & (scale > 1e-6)
    return np.where(enough, covariance / np.maximum(scale, 1e-6), -1).astype(np.float32)


def _peaks(
    surface: NDArray[np.float32], between: NDArray[np.float64], spacing_mm: float
) -> Iterator[tuple[float, NDArray[np.float64]]]:
    """The highest places of a wrapped surface within reach of zero shift or of centroid on centroid."""
    reach = int(REACH_MM / spacing_mm)
    shifts = [
        np.arange(int(min(0, middle)) - reach, int(max(0, middle)) + reach + 1).astype(np.int64) for middle in between
    ]
    rows, cols = (axis[np.abs(axis - middle) <= 2 * reach] for axis, middle in zip(shifts, between, strict=True))
    window = surface[np.ix_(rows % surface.shape[0], cols % surface.shape[1])].copy()
    apart = max(1, round(APART_MM / spacing_mm))
    for _ in range(PEAKS):
        row, col = np.unravel_index(int(window.argmax()), window.shape)
        score = float(window[row, col])
        if score <= -1:
            return
        yield score, np.array([rows[row], cols[col]], dtype=np.float64)
        window[max(0, row - apart) : row + apart + 1, max(0, col - apart) : col + apart + 1] = -1


def _in_mm(
    fixed: WorkingPicture,
    moving: WorkingPicture,
    motion: tuple[NDArray[np.float64], NDArray[np.float64]],
    step: int,
) -> PlanarTransform:
    """Turn and shift on the coarse grid as a map between mm."""
    turn, shift = motion
    moved = turn.copy()
    moved[:2, 2] += shift
    offset = step // 2
    to_work = np.array([[step, 0, offset], [0, step, offset], [0, 0, 1.0]])
    matrix = moving.to_mm @ to_work @ moved @ np.linalg.inv(to_work) @ np.linalg.inv(fixed.to_mm)
    matrix[2] = (0, 0, 1)
    return PlanarTransform(matrix)
