"""Breast segmentation: background and frames taken off, the largest component, its chest wall side and its muscle."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from radiomics_mammo.config.registration import RegistrationConfig
from radiomics_mammo.core.errors import RegistrationError
from radiomics_mammo.core.findings import AuditCode
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.images import BreastRegion, Mammogram
from radiomics_mammo.core.vocabulary import View
from radiomics_mammo.registration.landmarks import chest_wall_side, find_pectoral
from radiomics_mammo.registration.preprocessing import reduced_picture, reduction_step_px

LEVELS = 256
"""Bins of the grey histogram in which background is looked for."""

NOISE_DEVIATIONS, MAD_TO_DEVIATION = 4.0, 1.4826
"""Background noise is told from tissue at this many robust standard deviations (one pixel in 30 000); robust standard
deviation of a normal distribution in median absolute deviations."""

OPENING_SHARE, CLOSING_SHARE = 0.008, 0.02
"""Radii, as shares of the longer side, of the opening that cuts labels, wires and frames off the breast (2 mm), and
of the closing that fills dark nicks of fatty tissue at the border (5 mm)."""

FRAME_REACH, FRAME_SHARE, FRAME_GAP = 0.05, 0.97, 0.5
"""Share of the picture within which a drawn frame ends; bright share of its lines, and of a line inside it at most."""

SMOOTHINGS = (1.0, 2.0, 4.0)
"""Gaussian sigmas, reduced pixels; the first that takes enough noise off to tell background from tissue is used."""


def find_breast(mammogram: Mammogram, *, config: RegistrationConfig | None = None) -> BreastRegion:
    """Find the breast, its chest wall side and, in MLO, the pectoral muscle.

    Parameters
    ----------
    mammogram : Mammogram
        Stored orientation; the photometry is judged from the picture, not from the header.
    config : RegistrationConfig, optional

    Returns
    -------
    BreastRegion
        On a grid reduced to about `working_spacing_mm`.

    Raises
    ------
    RegistrationError
        If the picture is constant, saturated, or holds nothing of the size of a breast.

    Examples
    --------
    >>> from radiomics_mammo.core.geometry import PixelGrid
    >>> rows, cols = np.mgrid[:60, :50]
    >>> disc = np.hypot(rows - 30, cols) < 25
    >>> key = ImageKey.parse("malignant-07_CC_recent")
    >>> picture = Mammogram(key, PixelGrid(60, 50), np.where(disc, 50 + rows, 0).astype(np.float32))
    >>> find_breast(picture).chest_wall
    <Laterality.LEFT: 'L'>
    """
    config = config or RegistrationConfig()
    key = mammogram.key
    step = reduction_step_px(mammogram.grid, config.working_spacing_mm)
    grey, tissue, valid = _grey_and_tissue(mammogram, step, config)
    breast = _largest_component(key, tissue, valid, config)
    inside = grey[breast]
    peak = float(np.mean(inside >= inside.max() - 1e-3 * abs(inside.max())))
    if peak > config.max_saturated_fraction:
        raise _refusal(key, "a breast with grey levels", f"{peak:.0%} of it at the brightest level")
    chest_wall = chest_wall_side(breast)
    pectoral = np.zeros_like(breast)
    if key.view.projection is View.MLO:
        pectoral = find_pectoral(grey, breast, chest_wall, min_step=config.min_pectoral_step)
    return BreastRegion(
        key=key, grid=mammogram.grid, step_px=step, breast=breast, pectoral=pectoral, chest_wall=chest_wall
    )


def inside_frame(pixels: NDArray[np.float32]) -> tuple[slice, slice]:
    """Rows and columns left after constant border lines (frames, paddings) are taken away; empty if all are.

    Examples
    --------
    >>> picture = np.zeros((5, 6), dtype=np.float32); picture[2:4, 1:5] = np.arange(8).reshape(2, 4)
    >>> inside_frame(picture)
    (slice(2, 4, None), slice(1, 5, None))
    """
    top, bottom, left, right = 0, pixels.shape[0], 0, pixels.shape[1]
    before = None
    while before != (top, bottom, left, right) and top < bottom and left < right:
        before = (top, bottom, left, right)
        while top < bottom and np.ptp(pixels[top, left:right]) == 0:
            top += 1
        while top < bottom and np.ptp(pixels[bottom - 1, left:right]) == 0:
            bottom -= 1
        while top < bottom and left < right and np.ptp(pixels[top:bottom, left]) == 0:
            left += 1
        while top < bottom and left < right and np.ptp(pixels[top:bottom, right - 1]) == 0:
            right -= 1
    return slice(top, bottom), slice(left, right)


def inside_drawn_frame(tissue: NDArray[np.bool_]) -> tuple[slice, slice]:
    """Rows and columns inside a bright line drawn around the picture, which need not be constant (JPEG, noise).

    A side is a frame where nearly all of a line within `FRAME_REACH` of it is bright and a line soon after is not; a
    breast at the chest wall stays wide for longer than that.

    Examples
    --------
    >>> tissue = np.zeros((40, 30), dtype=bool); tissue[:2] = tissue[-2:] = tissue[:, :2] = tissue[:, -2:] = True
    >>> inside_drawn_frame(tissue)
    (slice(2, 38, None), slice(2, 28, None))
    """
    sides = []
    for axis in (1, 0):
        share = tissue.mean(axis=axis)
        sides.append(slice(_frame_lines(share), share.size - _frame_lines(share[::-1])))
    return sides[0], sides[1]


def _frame_lines(share: NDArray[np.float64]) -> int:
    """Lines from the first on up to the last bright one of a frame; 0 where there is none."""
    reach = max(2, round(FRAME_REACH * share.size))
    bright = np.flatnonzero(share[:reach] > FRAME_SHARE)
    if not bright.size or share[bright[-1] + 1 : bright[-1] + 1 + reach].min(initial=1.0) > FRAME_GAP:
        return 0
    return int(bright[-1]) + 1


def background_level(values: NDArray[np.float32]) -> float:
    """Mode of the grey histogram: the background, which is flat while tissue is spread.

    Examples
    --------
    >>> background_level(np.array([7, 7, 7, 1, 4, 12, 90], dtype=np.float32))
    7.0
    """
    low, high = float(values.min()), float(values.max())
    if low == high:
        return low
    counts, edges = np.histogram(values, bins=LEVELS, range=(low, high))
    peak = int(counts.argmax())
    return float(np.median(values[(values >= edges[peak]) & (values <= edges[peak + 1])]))


def background_noise(values: NDArray[np.float32], level: float) -> float:
    """Robust standard deviation (from the MAD) of the background around its level, from its emptier side.

    Examples
    --------
    >>> background_noise(np.array([6, 7, 7, 7, 8, 50, 90], dtype=np.float32), 7.0)
    0.0
    """
    below, above = level - values[values < level], values[values > level] - level
    side = below if below.size < above.size else above
    if side.size == 0 or side.size < int((values == level).sum()):
        return 0.0
    return float(MAD_TO_DEVIATION * np.median(side))


def grey_above_background(
    values: NDArray[np.float32], background_fraction: float
) -> tuple[NDArray[np.float32], float, bool]:
    """Values with the background at zero and tissue above it, the threshold of tissue, and whether noise set it.

    Background is the most frequent level; tissue lies on the side of it that reaches further, so an inverted
    picture is recognised whatever its header says. `background_fraction` is the share of the grey range (background
    to 99th percentile) that is still background.
    """
    level = background_level(values)
    low, high = np.percentile(values, (1, 99))
    grey = level - values if level - low > high - level else values - level
    wanted = background_fraction * float(max(level - low, high - level))
    needed = NOISE_DEVIATIONS * background_noise(values, level)
    return grey.astype(np.float32), max(wanted, needed), needed > wanted


def _grey_and_tissue(
    mammogram: Mammogram, step: int, config: RegistrationConfig
) -> tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.bool_]]:
    """Reduced grey values above the background, dense tissue bright; what is tissue; what is not frame or padding."""
    rows, cols = inside_frame(mammogram.pixels)
    if rows.start >= rows.stop or cols.start >= cols.stop or not np.isfinite(mammogram.pixels).all():
        raise _refusal(mammogram.key, "a picture with tissue and background", "constant or not finite pixels")
    reduced = reduced_picture(mammogram, step)
    sides = zip((rows, cols), mammogram.pixels.shape, strict=True)
    window = tuple(_whole_cells(side, size=size, step=step) for side, size in sides)
    grey, valid = np.zeros_like(reduced), np.zeros(reduced.shape, dtype=np.bool_)
    valid[window] = True
    if not valid.any():
        raise _refusal(mammogram.key, "a picture with tissue and background", "a constant picture")
    for sigma in SMOOTHINGS:
        smooth = cv2.GaussianBlur(reduced[window], (0, 0), sigma)
        grey[window], threshold, noisy = grey_above_background(smooth, config.background_fraction)
        if not noisy:
            break
    tissue = valid & (grey > threshold)
    rows_left, cols_left = inside_drawn_frame(tissue[window])
    kept = np.zeros_like(tissue)
    kept[window][rows_left, cols_left] = tissue[window][rows_left, cols_left]
    return grey, kept, valid


def _whole_cells(side: slice, *, size: int, step: int) -> slice:
    """Reduced pixels that lie inside a side of the frame altogether; the last may be partial where no frame follows."""
    return slice(-(-side.start // step), side.stop // step if side.stop < size else -(-size // step))


def _largest_component(
    key: ImageKey, tissue: NDArray[np.bool_], valid: NDArray[np.bool_], config: RegistrationConfig
) -> NDArray[np.bool_]:
    """Largest connected component of the tissue after an opening, closed and filled."""
    labels, count = ndimage.label(_morphology(tissue, cv2.MORPH_OPEN, OPENING_SHARE))
    if count == 0:
        raise _refusal(key, "a breast", "nothing brighter than the background")
    largest = int(np.bincount(labels.ravel())[1:].argmax()) + 1
    closed = _morphology(labels == largest, cv2.MORPH_CLOSE, CLOSING_SHARE)
    breast: NDArray[np.bool_] = ndimage.binary_fill_holes(closed & valid)
    share = float(breast.sum() / valid.sum())
    if breast.mean() < config.min_breast_fraction or share > config.max_breast_fraction:
        raise _refusal(key, "a breast on a background", f"a region of {share:.0%} of the picture")
    return breast


def _morphology(mask: NDArray[np.bool_], operation: int, share: float) -> NDArray[np.bool_]:
    """Opening or closing with a disc; the border is repeated, so that the edge of the picture does not round it off."""
    radius = max(1, round(share * max(mask.shape)))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    padded = np.pad(mask, 2 * radius, mode="edge").astype(np.uint8)
    changed = cv2.morphologyEx(padded, operation, disc)[2 * radius : -2 * radius, 2 * radius : -2 * radius]
    return np.asarray(changed, dtype=np.bool_)


def _refusal(key: ImageKey, expected: str, found: str) -> RegistrationError:
    remedy = "look at the picture; the pair is left out"
    return RegistrationError(str(key), expected, found, remedy, code=AuditCode.IMAGE_EMPTY.name)
