"""The head of features.csv says of a region what rois.csv says."""

from __future__ import annotations

from radiomics_mammo.tables.features import FEATURES, FeatureRow
from radiomics_mammo.tables.rois import ROIS, RoiRow


def test_features_name_the_same_region(regions):
    prior, tissue = regions
    head = FEATURES.of([FeatureRow.of(prior), FeatureRow.of(tissue)])
    both = [name for name in FEATURES.names if name in ROIS.names]
    assert head[both].equals(ROIS.of([RoiRow.of(prior), RoiRow.of(tissue)])[both])
