"""Rows of rois.csv."""

from __future__ import annotations

import numpy as np
import pytest

from radiomics_mammo.tables.rois import ROIS, RoiRow


def test_a_region_is_a_row(regions):
    prior, tissue = regions
    table = ROIS.of([RoiRow.of(prior, mask_file="masks/prior/a.png"), RoiRow.of(tissue)])
    assert table["area_mm2"].tolist() == pytest.approx([12 * 0.007, np.nan], nan_ok=True)
    assert table["label"].tolist()[:1] == ["malignant"]
    assert table["trusted"].tolist() == [False, True]
    assert table.loc[1, ["recent_lesion_id", "prior_policy", "label", "mask_file"]].isna().all()
