"""Regions whose rows several tables hold."""

from __future__ import annotations

import numpy as np
import pytest

from radiomics_mammo.core.geometry import PixelGrid
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.pairs import Roi
from radiomics_mammo.core.vocabulary import PriorPolicy, RoiSource

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


@pytest.fixture
def regions() -> tuple[Roi, Roi]:
    """A prior region that is not trusted, and breast tissue without a lesion or spacing."""
    return PRIOR, TISSUE
