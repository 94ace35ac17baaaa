"""Regions that were given as masks become lesions: numbered and labelled as given, holes and parts included."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.core.contours import trace_parts
from radiomics_mammo.core.geometry import Points
from radiomics_mammo.core.identity import LesionKey
from radiomics_mammo.core.images import Mammogram
from radiomics_mammo.core.lesions import LesionMask, OutlinedImage, OverlayPlacement
from radiomics_mammo.core.vocabulary import LesionLabel, OutlineColor


def given_lesions(mammogram: Mammogram, given: Sequence[tuple[NDArray[np.bool_], LesionLabel, str]]) -> OutlinedImage:
    """The lesions of an image whose masks were given, in the order in which they were.

    Parameters
    ----------
    mammogram : Mammogram
    given : sequence of (mask, label, id)
        Masks are bool of the shape of the image and hold at least one pixel; an empty id is a number.

    Returns
    -------
    OutlinedImage
        The mask of every lesion is the one given, bit for bit; no pen, placed as the image lies.
    """
    grid = mammogram.grid
    lesions = tuple(
        LesionMask(
            key=LesionKey(mammogram.key, number, name),
            grid=grid,
            color=OutlineColor.NONE,
            boxed=False,
            label=label,
            contour_px=mask_contour(inside),
        )
        for number, (inside, label, name) in enumerate(given, start=1)
    )
    placement = OverlayPlacement(
        gt_rows=grid.rows, gt_cols=grid.cols, scale_row=1.0, scale_col=1.0, offset_row_px=0.0, offset_col_px=0.0,
        similarity=1.0,
    )  # fmt: skip
    return OutlinedImage(key=mammogram.key, grid=grid, placement=placement, lesions=lesions)


def mask_contour(inside: NDArray[np.bool_]) -> Points:
    """The contour of a mask with all its parts and holes, shape (n, 2); tracing its window alone is faster."""
    rows, cols = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    window = inside[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1]
    return trace_parts(window) + np.array([rows[0], cols[0]], dtype=np.float64)
