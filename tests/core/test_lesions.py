"""Lesions are bounded by contours on the DICOM grid."""

import numpy as np
import pytest

from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.core.geometry import PixelGrid
from radiomics_mammo.core.identity import LesionKey
from radiomics_mammo.core.lesions import LesionMask, OverlayPlacement
from radiomics_mammo.core.vocabulary import LesionLabel, OutlineColor

KEY = LesionKey.parse("benign-01_CC_recent_1")
SQUARE = np.array([[1.5, 2.5], [1.5, 5.5], [4.5, 5.5], [4.5, 2.5]])


def lesion(contour=SQUARE, gap_fraction=0.0):
    grid = PixelGrid(7, 9, 0.1, 0.07)
    return LesionMask(
        key=KEY,
        grid=grid,
        color=OutlineColor.BLUE,
        boxed=False,
        label=LesionLabel.BENIGN,
        contour_px=contour,
        gap_fraction=gap_fraction,
    )


def test_mask_is_rasterised_from_the_contour():
    assert lesion().region.area_px == lesion().inside.sum() == 9
    assert lesion().inside.shape == (7, 9)


@pytest.mark.parametrize("contour", [SQUARE[:2], SQUARE * np.nan, SQUARE.T])
def test_impossible_contour_is_refused(contour):
    with pytest.raises(InvariantError, match="contour"):
        lesion(contour)


def test_impossible_gap_is_refused():
    with pytest.raises(InvariantError, match="gap"):
        lesion(gap_fraction=1.2)


def test_flipped_copy_is_mirrored_before_it_is_scaled():
    placement = OverlayPlacement(
        gt_rows=10,
        gt_cols=12,
        scale_row=2.0,
        scale_col=3.0,
        offset_row_px=0.5,
        offset_col_px=1.0,
        similarity=1.0,
        flipped=True,
    )
    np.testing.assert_allclose(placement.to_dicom(np.array([[1.0, 11.0]])), [[2.5, 1.0]])


def test_lesion_shows_its_contour_in_a_notebook():
    html = lesion()._repr_html_()
    assert html.count("<polygon") == 1
    assert "benign-01_CC_recent_1: blue, benign, closed, 9 px" in html
