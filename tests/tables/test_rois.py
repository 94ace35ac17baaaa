"""Rows of rois.csv."""

from __future__ import annotations

import numpy as np
import pytest

from radiomics_mammo.core.geometry import PixelGrid
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.pairs import Roi
from radiomics_mammo.core.vocabulary import PriorPolicy, RoiSource
from radiomics_mammo.tables.rois import ROIS, RoiRow

SQUARE = np.array([[1.5, 2.5], [1.5, 6.5], [4.5, 6.5], [4.5, 2.5]])
PRIOR = Roi(
    roi_id="malignant-07_CC_recent_1_registered",
    image=ImageKey.parse("malignant-07_CC_prior"),
    grid=PixelGrid(9, 12, 0.1, 0.07),
    source=RoiSource.REGISTERED,
    contour_px=SQUARE,
    recent_lesion_id="malignant-07_CC_recent_1",
    prior_policy=PriorPolicy.REGISTERED,
    trusted=False,
    label="malignant",
)
TISSUE = Roi(roi_id="tissue", image=PRIOR.image, grid=PixelGrid(9, 12), source=RoiSource.TISSUE, contour_px=SQUARE)


def test_a_region_is_a_row():
    table = ROIS.of([RoiRow.of(PRIOR, mask_file="masks/prior/a.png"), RoiRow.of(TISSUE)])
    assert table["area_mm2"].tolist() == pytest.approx([12 * 0.007, np.nan], nan_ok=True)
    assert table["label"].tolist()[:1] == ["malignant"]
    assert table["trusted"].tolist() == [False, True]
    assert table.loc[1, ["recent_lesion_id", "prior_policy", "label", "mask_file"]].isna().all()
