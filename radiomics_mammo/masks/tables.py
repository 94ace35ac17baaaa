"""Lesions as rows of ``lesions.csv``, their masks as pictures, and the hash that binds a reader's decision to one."""

from __future__ import annotations

import hashlib

import cv2
import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.config.masks import MaskConfig
from radiomics_mammo.core.lesions import LesionMask

_COMPRESSION = 3
"""PNG level: masks are two flat areas, so a low level is already small, and fast."""


def encode_mask(inside: NDArray[np.bool_]) -> bytes:
    """8-bit PNG, 0 outside and 255 inside.

    Parameters
    ----------
    inside : ndarray of bool, shape (rows, cols)

    Examples
    --------
    >>> encode_mask(np.ones((2, 3), dtype=bool))[1:4]
    b'PNG'
    """
    _, data = cv2.imencode(".png", inside.astype(np.uint8) * 255, [cv2.IMWRITE_PNG_COMPRESSION, _COMPRESSION])
    return bytes(data.tobytes())


def mask_sha256(lesion: LesionMask) -> str:
    """Hash (sha256, hex) of the picture of a mask, as ``sha256sum`` prints it of the file in ``masks/``.

    Two lesions have one hash exactly when their masks are the same picture.

    Examples
    --------
    >>> from radiomics_mammo.core.geometry import PixelGrid
    >>> from radiomics_mammo.core.identity import LesionKey
    >>> from radiomics_mammo.core.vocabulary import LesionLabel, OutlineColor
    >>> square = np.array([[0.5, 0.5], [0.5, 3.5], [2.5, 3.5], [2.5, 0.5]])
    >>> lesion = LesionMask(
    ...     LesionKey.parse("benign-01_CC_recent_1"), PixelGrid(5, 6), OutlineColor.BLUE, False,
    ...     LesionLabel.BENIGN, square)
    >>> mask_sha256(lesion) == hashlib.sha256(encode_mask(lesion.inside)).hexdigest()
    True
    """
    return hashlib.sha256(encode_mask(lesion.inside)).hexdigest()


def lesion_row(lesion: LesionMask, *, mask_file: str = "", sha256: str = "") -> dict[str, object]:
    """One row of ``lesions.csv`` (schema `core.tables_lesions.LESIONS`).

    Parameters
    ----------
    lesion : LesionMask
    mask_file : str
        Path of its mask below the output folder; empty where none was written.
    sha256 : str
        What `mask_sha256` said of it, since encoding a picture of full size takes a while.
    """
    region, key = lesion.region, lesion.key
    row, col = region.centroid_px
    pixel_mm2 = lesion.grid.pixel_area_mm2
    return {
        "lesion_id": str(key),
        "image_id": str(key.image),
        "patient_id": key.image.patient_id,
        "view": str(key.image.view),
        "visit": str(key.image.visit),
        "color": str(lesion.color),
        "boxed": lesion.boxed,
        "label": str(lesion.label),
        "area_px": region.area_px,
        "area_mm2": None if pixel_mm2 is None else region.area_px * pixel_mm2,
        "centroid_row_px": row,
        "centroid_col_px": col,
        "top_px": region.top_px,
        "left_px": region.left_px,
        "bottom_px": region.bottom_px,
        "right_px": region.right_px,
        "gap_fraction": lesion.gap_fraction,
        "quality": str(lesion.quality),
        "mask_file": mask_file,
        "mask_sha256": sha256,
    }


def is_measured(lesion: LesionMask, *, config: MaskConfig) -> bool:
    """Whether a lesion is measured: its outline is reliable, or unreliable ones are asked for."""
    return lesion.quality.measurable or config.measure_unreliable
