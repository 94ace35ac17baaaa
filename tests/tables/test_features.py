"""The head of features.csv says of a region what rois.csv says."""

from __future__ import annotations

import numpy as np

from radiomics_mammo.core.geometry import PixelGrid
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.pairs import Roi
from radiomics_mammo.core.vocabulary import PriorPolicy, RoiSource
from radiomics_mammo.tables.features import FEATURES, FeatureRow
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


def test_features_name_the_same_region():
    head = FEATURES.of([FeatureRow.of(PRIOR), FeatureRow.of(TISSUE)])
    both = [name for name in FEATURES.names if name in ROIS.names]
    assert head[both].equals(ROIS.of([RoiRow.of(PRIOR), RoiRow.of(TISSUE)])[both])
