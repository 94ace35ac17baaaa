"""Rows of lesions.csv."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from radiomics_mammo.core.geometry import PixelGrid
from radiomics_mammo.core.identity import LesionKey
from radiomics_mammo.core.lesions import LesionMask
from radiomics_mammo.core.vocabulary import LesionLabel, OutlineColor
from radiomics_mammo.tables.lesions import LESIONS, LesionRow

SQUARE = np.array([[1.5, 2.5], [1.5, 6.5], [4.5, 6.5], [4.5, 2.5]])
KEY = LesionKey.parse("benign-03_MLO_prior_2")
LESION = LesionMask(
    key=KEY,
    grid=PixelGrid(9, 12, 0.1, 0.07),
    color=OutlineColor.BLUE,
    boxed=False,
    label=LesionLabel.BENIGN,
    contour_px=SQUARE,
)


def test_a_lesion_fills_every_column():
    row = LesionRow.of(LESION, mask_file="masks/benign-03_MLO_prior_2.png", mask_sha256="ab")
    table = LESIONS.of([row])
    assert table.notna().all(axis=None)
    assert LESIONS.rows(table) == (row,)
    assert row.area_px == 12
    assert row.area_mm2 == pytest.approx(12 * 0.007)
    assert (row.top_px, row.left_px, row.bottom_px, row.right_px) == (2, 3, 4, 6)
    assert (row.centroid_row_px, row.centroid_col_px) == (3.0, 4.5)


def test_area_is_missing_where_the_spacing_is_unknown():
    assert LesionRow.of(replace(LESION, grid=PixelGrid(9, 12))).area_mm2 is None
