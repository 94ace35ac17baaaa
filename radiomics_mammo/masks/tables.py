"""Lesions as rows of ``lesions.csv``, and the hash that binds a mask to a reader's decision."""

from __future__ import annotations

import hashlib

import numpy as np

from radiomics_mammo.config.masks import MaskConfig
from radiomics_mammo.core.lesions import LesionMask


def mask_sha256(lesion: LesionMask) -> str:
    """Hash (sha256, hex) of a mask: shape of its grid and the pixels inside, nothing else.

    Notes
    -----
    Hashed are the ASCII text ``rows,cols,top,left,height,width;`` and the bits (``numpy.packbits``, row by row) of the
    tight window around the mask. Two lesions have one hash exactly when their masks are the same picture.

    Examples
    --------
    >>> from radiomics_mammo.core.geometry import PixelGrid
    >>> from radiomics_mammo.core.identity import LesionKey
    >>> from radiomics_mammo.core.vocabulary import LesionLabel, OutlineColor
    >>> square = np.array([[0.5, 0.5], [0.5, 3.5], [2.5, 3.5], [2.5, 0.5]])
    >>> lesion = LesionMask(
    ...     LesionKey.parse("benign-01_CC_recent_1"), PixelGrid(5, 6), OutlineColor.BLUE, False,
    ...     LesionLabel.BENIGN, square)
    >>> mask_sha256(lesion)[:8]
    '9fc7fce1'
    """
    region = lesion.region
    height, width = region.inside.shape
    window = (lesion.grid.rows, lesion.grid.cols, region.top_px, region.left_px, height, width)
    text = ",".join(str(number) for number in window) + ";"
    return hashlib.sha256(text.encode() + np.packbits(region.inside).tobytes()).hexdigest()


def lesion_row(lesion: LesionMask, *, mask_file: str = "") -> dict[str, object]:
    """One row of ``lesions.csv`` (schema `core.tables_lesions.LESIONS`).

    Parameters
    ----------
    lesion : LesionMask
    mask_file : str
        Path of its mask below the output folder; empty where none was written.
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
        "mask_sha256": mask_sha256(lesion),
    }


def is_measured(lesion: LesionMask, *, config: MaskConfig) -> bool:
    """Whether a lesion is measured: its outline is reliable, or unreliable ones are asked for."""
    return lesion.quality.measurable or config.measure_unreliable
