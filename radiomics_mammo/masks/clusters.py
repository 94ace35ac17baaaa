"""The sibling release: blue outlines are regions of calcifications, filled red marks single ones, biopsy the label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.core.cases import Patient
from radiomics_mammo.core.contours import fill_contour
from radiomics_mammo.core.findings import AuditCode, Finding
from radiomics_mammo.core.geometry import PixelGrid, Points
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.vocabulary import CaseClass, LesionLabel, OutlineColor
from radiomics_mammo.masks.biopsy import BiopsyVerdict, read_biopsy
from radiomics_mammo.masks.sorting import SortedOut

_LEAST_RED, _RED_SHARE = 60, 0.5
"""Levels by which red must exceed green and blue; and that as a share of the reddest pixel."""
_MARK_SHARE, _MARK_PX = 0.03, 12
"""Longest side of a mark, as a share of the rows of the copy; and where that is less, in pixels."""
_LABELS = {BiopsyVerdict.BENIGN: LesionLabel.BENIGN, BiopsyVerdict.MALIGNANT: LesionLabel.MALIGNANT}


def red_marks_px(rgb: NDArray[np.uint8]) -> Points:
    """Middle of every connected piece of red of a copy, (row, col), shape (n, 2).

    Marks are as small as one pixel and lie close together: pieces are told apart at full resolution, by the pixels at
    least half as red as the reddest. What is long, as the badge of a viewer, is no mark.

    Examples
    --------
    >>> page = np.full((9, 11, 3), 90, np.uint8)
    >>> page[2, 3] = page[2, 5] = page[6:8, 8] = (250, 0, 0)
    >>> red_marks_px(page).tolist()
    [[2.0, 3.0], [2.0, 5.0], [6.5, 8.0]]
    """
    redness = rgb[..., 0].astype(np.int16) - rgb[..., 1:].max(axis=2)
    red = redness >= max(_LEAST_RED, _RED_SHARE * float(redness.max()))
    _, _, boxes, middles = cv2.connectedComponentsWithStats(red.astype(np.uint8), connectivity=8)
    short = boxes[1:, 2:4].max(axis=1) <= max(_MARK_SHARE * red.shape[0], _MARK_PX)
    return np.asarray(middles[1:][short][:, ::-1], dtype=np.float64)


def split_clusters(told: SortedOut, red_px: Points, *, grid: PixelGrid) -> tuple[SortedOut, tuple[int, int]]:
    """Blue outlines alone, how many marks there are, and how many of these lie in the outlines.

    Parameters
    ----------
    told : SortedOut
    red_px : ndarray of shape (n, 2)
        (row, col) DICOM pixel of the middle of every mark.
    grid : PixelGrid
    """
    blue = tuple(one for one in told.found if one.color is OutlineColor.BLUE)
    regions = [fill_contour(one.contour_px, grid.shape).on_grid(grid.shape) for one in blue]
    places = np.clip(np.round(red_px), 0, np.subtract(grid.shape, 1)).astype(int)
    held = np.any([region[tuple(places.T)] for region in regions], axis=0) if regions else np.zeros(0, dtype=bool)
    return replace(told, found=blue), (len(red_px), int(held.sum()))


def label_clusters(
    count: int, *, marks: tuple[int, int], key: ImageKey, patient: Patient
) -> tuple[Sequence[LesionLabel], tuple[Finding, ...]]:
    """Labels of the regions of one image by the biopsy of the patient, and what is said of them.

    Parameters
    ----------
    count : int
        Regions.
    marks : (int, int)
        Single calcifications marked on the image, and how many of these in its regions.
    key : ImageKey
    patient : Patient
        Her biopsy column: benign; malignant or in situ; anything else leaves the regions unconfirmed.
    """
    found = []
    if marks[0]:
        words = f"{marks[0]} single calcifications marked, {marks[1]} of them in the outlined regions"
        found.append(Finding.of(AuditCode.CALCIFICATIONS, words, image_id=str(key)))
    verdict = read_biopsy(patient.biopsy)
    if patient.case_class is CaseClass.NORMAL:
        if count:
            found.append(Finding.of(AuditCode.OUTLINE_IN_NORMAL, image_id=str(key)))
        return (LesionLabel.UNCONFIRMED,) * count, tuple(found)
    if count and verdict not in _LABELS:
        code = AuditCode.BIOPSY_MISSING if verdict is BiopsyVerdict.MISSING else AuditCode.BIOPSY_UNCLEAR
        said = repr(patient.biopsy) if patient.biopsy else "no biopsy result"
        found.append(Finding.of(code, f"{said}; its regions are unconfirmed", image_id=str(key)))
    return (_LABELS.get(verdict, LesionLabel.UNCONFIRMED),) * count, tuple(found)
