"""Rows of images.csv."""

from __future__ import annotations

import numpy as np

from radiomics_mammo.core.geometry import PixelGrid
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.images import Acquisition, Mammogram
from radiomics_mammo.core.lesions import OverlayPlacement
from radiomics_mammo.core.vocabulary import SpacingSource
from radiomics_mammo.tables.images import IMAGES, ImageRow

KEY = ImageKey.parse("malignant-07_CC_recent")


def test_an_image_fills_every_column():
    acquisition = Acquisition(
        bits_stored=12, photometric="MONOCHROME2", spacing_source=SpacingSource.IMAGER, manufacturer="Acme"
    )
    mammogram = Mammogram(KEY, PixelGrid(4, 6, 0.1, 0.07), np.zeros((4, 6), np.float32), acquisition)
    placement = OverlayPlacement(
        gt_rows=2, gt_cols=3, scale_row=2.0, scale_col=2.0, offset_row_px=0.5, offset_col_px=0.5, similarity=0.99
    )
    table = IMAGES.of([ImageRow.of(KEY, mammogram=mammogram, placement=placement)])
    assert table.notna().all(axis=None)
    assert table.loc[0, ["rows", "cols", "spacing_source", "gt_rows"]].tolist() == [4, 6, "ImagerPixelSpacing", 2]


def test_an_image_that_cannot_be_read_keeps_its_row():
    table = IMAGES.of([ImageRow.of(KEY)])
    assert table["image_id"].tolist() == ["malignant-07_CC_recent"]
    assert table.drop(columns=["image_id", "patient_id", "view", "visit"]).isna().all(axis=None)
