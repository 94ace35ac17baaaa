"""Rows of rejected.csv."""

import numpy as np
import pytest

from radiomics_mammo.core.findings import AuditCode
from radiomics_mammo.core.geometry import PixelGrid
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.lesions import RejectedOutline
from radiomics_mammo.core.vocabulary import OutlineColor
from radiomics_mammo.tables.rejected import REJECTED, RejectedRow

SQUARE = np.array([[1.5, 2.5], [1.5, 6.5], [4.5, 6.5], [4.5, 2.5]])
MARK = RejectedOutline(
    code=AuditCode.FILLED_MARK,
    reason="95% of what its edge encloses is pen",
    color=OutlineColor.RED,
    contour_px=SQUARE,
    region_sha256="ab",
)
KEY = ImageKey.parse("benign-03_MLO_prior")


def test_a_rejected_mark_fills_every_column_and_comes_back():
    row = RejectedRow.of(KEY, PixelGrid(9, 12, 0.1, 0.07), MARK)
    table = REJECTED.of([row])
    assert table.notna().all(axis=None)
    assert REJECTED.rows(table) == (row,)
    assert row.area_mm2 == pytest.approx(12 * 0.007)
    assert (row.top_px, row.left_px, row.bottom_px, row.right_px) == (1.5, 2.5, 4.5, 6.5)


def test_area_is_missing_where_the_spacing_is_unknown():
    assert RejectedRow.of(KEY, PixelGrid(9, 12), MARK).area_mm2 is None
