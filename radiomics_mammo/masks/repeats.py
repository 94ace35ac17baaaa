"""Repeats: one shape at one place in pictures of several patients is of a viewer, however like an outline it looks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from radiomics_mammo.core.findings import AuditCode, Finding
from radiomics_mammo.core.geometry import Points
from radiomics_mammo.core.lesions import LesionMask, OutlinedImage

_FEWEST_PATIENTS = 3
_SAME_PLACE = 0.01  # Centres this near, as shares of the rows of the copies, are one place;
_SAME_SIZE = 0.15  # heights and widths that differ by this share at most are one shape.


def repeated_outlines(images: Sequence[OutlinedImage]) -> tuple[Finding, ...]:
    """REPEATED_OUTLINE for every outline that stands at one place of the copies of at least three patients.

    Nothing is rejected for it: a single picture is read the same whatever release it is part of. A reader excludes such
    outlines after a look.

    Parameters
    ----------
    images : sequence of OutlinedImage
        Of a whole release.
    """
    every = [(image, lesion, _box(image, lesion)) for image in images for lesion in image.lesions]
    if len(every) < _FEWEST_PATIENTS:
        return ()
    boxes = np.array([box for _, _, box in every])
    patients = np.array([image.key.patient_id for image, _, _ in every])
    colors = np.array([str(lesion.color) for _, lesion, _ in every])
    found = []
    for k, (image, lesion, box) in enumerate(every):
        near = np.abs(boxes[:, :2] - box[:2]).max(axis=1) <= _SAME_PLACE
        alike = np.abs(boxes[:, 2:] / box[2:] - 1).max(axis=1) <= _SAME_SIZE
        others = len({*patients[near & alike & (colors == colors[k])]})
        if others >= _FEWEST_PATIENTS:
            message = f"{lesion.key}: the same place and size in the copies of {others} patients; kept"
            found.append(Finding.of(AuditCode.REPEATED_OUTLINE, message, image_id=str(image.key)))
    return tuple(found)


def _box(image: OutlinedImage, lesion: LesionMask) -> Points:
    """(row, column) of the centre, height and width in the copy, as shares of its rows."""
    where = image.placement
    low, high = lesion.contour_px.min(axis=0), lesion.contour_px.max(axis=0)
    scale = np.array([where.scale_row, where.scale_col])
    middle = ((low + high) / 2 - (where.offset_row_px, where.offset_col_px)) / scale
    if where.flipped:
        middle[1] = where.gt_cols - 1 - middle[1]
    box = np.r_[middle, np.maximum((high - low) / scale, 1.0)] / where.gt_rows
    return np.asarray(box, dtype=np.float64)
