"""Find the breast in a mammogram: skin line, labels removed, chest wall side, pectoral muscle."""

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
from radiomics_mammo.core.vocabulary import Laterality, View
from radiomics_mammo.registration.background import TissuePicture, grey_above_background, inside_frame
from radiomics_mammo.registration.pectoral import find_pectoral
from radiomics_mammo.registration.reduction import reduce_pixels, reduction_step_px

OPENING_SHARE = 0.008
"""Radius, as a share of the longer side, of the opening that cuts labels, wires and frames off the breast (2 mm)."""

CLOSING_SHARE = 0.02
"""Radius, as a share of the longer side, of the closing that fills dark nicks of fatty tissue at the border (5 mm)."""

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
    >>> from radiomics_mammo.core.vocabulary import Visit
    >>> rows, cols = np.mgrid[:60, :50]
    >>> disc = np.hypot(rows - 30, cols) < 25
    >>> key = ImageKey("malignant-07", View.CC, Visit.RECENT)
    >>> picture = Mammogram(key, PixelGrid(60, 50), np.where(disc, 50 + rows, 0).astype(np.float32))
    >>> find_breast(picture).chest_wall
    <Laterality.LEFT: 'L'>
    """
    config = config or RegistrationConfig()
    key = mammogram.key
    step = reduction_step_px(mammogram.grid, config.working_spacing_mm)
    picture = _tissue_picture(mammogram, step, config)
    breast = _breast_component(key, picture, config)
    _refuse_saturated(key, picture.grey[breast], config)
    chest_wall = chest_wall_side(breast)
    pectoral = np.zeros_like(breast)
    if key.view is View.MLO:
        pectoral = find_pectoral(picture.grey, breast, chest_wall, min_step=config.min_pectoral_step)
    return BreastRegion(key, mammogram.grid, step, breast, pectoral, chest_wall)


def chest_wall_side(breast: NDArray[np.bool_]) -> Laterality:
    """Side of the picture on which the breast ends in a straight line: the other one, the skin, is curved.

    The line may be oblique and need not lie at the edge of the picture.

    Examples
    --------
    >>> chest_wall_side(np.tri(6, 5, dtype=bool))
    <Laterality.LEFT: 'L'>
    """
    rows = np.flatnonzero(breast.any(axis=1))
    left = breast[rows].argmax(axis=1)
    right = breast[rows, ::-1].argmax(axis=1)
    bends = [float(np.abs(ends - np.polyval(np.polyfit(rows, ends, 1), rows)).sum()) for ends in (left, right)]
    return Laterality.LEFT if bends[0] <= bends[1] else Laterality.RIGHT


def _tissue_picture(mammogram: Mammogram, step: int, config: RegistrationConfig) -> TissuePicture:
    rows, cols = inside_frame(mammogram.pixels)
    if rows.start >= rows.stop or cols.start >= cols.stop or not np.isfinite(mammogram.pixels).all():
        raise _refusal(mammogram.key, "a picture with tissue and background", "constant or not finite pixels")
    reduced = reduce_pixels(mammogram.pixels, step)
    valid = np.zeros(reduced.shape, dtype=np.bool_)
    window = (
        slice(-(-rows.start // step), rows.stop // step + 1),
        slice(-(-cols.start // step), cols.stop // step + 1),
    )
    valid[window] = True
    if not valid.any():
        raise _refusal(mammogram.key, "a picture with tissue and background", "a constant picture")
    smooth = reduced.copy()
    for sigma in SMOOTHINGS:
        smooth[window] = cv2.GaussianBlur(reduced[window], (0, 0), sigma)
        picture = grey_above_background(smooth, valid, config.background_fraction)
        if not picture.noisy:
            break
    return picture


def _breast_component(key: ImageKey, picture: TissuePicture, config: RegistrationConfig) -> NDArray[np.bool_]:
    tissue = picture.valid & (picture.grey > picture.threshold)
    opened = _morphology(tissue, cv2.MORPH_OPEN, OPENING_SHARE)
    labels, count = ndimage.label(opened)
    if count == 0:
        raise _refusal(key, "a breast", "nothing brighter than the background")
    sizes = np.bincount(labels.ravel())[1:]
    largest = _morphology(labels == int(sizes.argmax()) + 1, cv2.MORPH_CLOSE, CLOSING_SHARE)
    breast: NDArray[np.bool_] = ndimage.binary_fill_holes(largest & picture.valid)
    share = float(breast.sum() / picture.valid.sum())
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


def _refuse_saturated(key: ImageKey, grey: NDArray[np.float32], config: RegistrationConfig) -> None:
    peak = float(np.mean(grey >= grey.max() - 1e-3 * abs(grey.max())))
    if peak > config.max_saturated_fraction:
        raise _refusal(key, "a breast with grey levels", f"{peak:.0%} of it at the brightest level")


def _refusal(key: ImageKey, expected: str, found: str) -> RegistrationError:
    remedy = "look at the picture; the pair is left out"
    return RegistrationError(str(key), expected, found, remedy, code=AuditCode.IMAGE_EMPTY.name)
