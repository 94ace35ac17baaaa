"""Rows fit their schemas."""

import pytest

from radiomics_mammo.core.pairs import LesionLink
from radiomics_mammo.core.tables_lesions import LINKS, REGISTRATION, ROIS
from radiomics_mammo.registration import (
    link_row,
    prior_regions,
    registration_row,
    roi_row,
    tissue_roi,
)


def test_rows_fill_their_tables(aligned):
    pair, _ = aligned(seed=3, lesion_in_prior=True)
    table = REGISTRATION.from_rows([registration_row(pair.registration)])
    assert table.loc[0, ["patient_id", "view", "method"]].tolist() == ["malignant-07", "CC", "deformable"]
    regions = prior_regions(pair)
    rois = [regions[0].recent, *(region.prior for region in regions), tissue_roi(pair.recent)]
    rows = ROIS.from_rows([roi_row(roi, mask_file="a.png") for roi in rois])
    assert rows.source.tolist() == ["outlined", "registered", "outlined", "tissue"]
    assert rows.prior_policy.fillna("").tolist() == ["", "registered", "outlined-first", ""]
    assert rows.prior_lesion_id.fillna("").tolist() == ["", "", "malignant-07_CC_prior_1", ""]
    assert rows.label.fillna("").tolist() == ["benign", "benign", "benign", ""]
    assert rows.area_mm2[0] == pytest.approx(3.14159 * 36, rel=0.01)
    masks_px = [roi.region.area_px for roi in rois]
    assert rows.area_mm2.tolist() == [area * pair.recent.mammogram.grid.pixel_area_mm2 for area in masks_px]
    assert rows.trusted.all()


def test_unknown_spacing_leaves_mm_empty(aligned):
    pair, _ = aligned(seed=1, spacing_mm=None)
    assert registration_row(pair.registration)["inverse_consistency_mm"] is None
    region = prior_regions(pair)[0]
    assert roi_row(region.prior)["area_mm2"] is None


def test_link_row_fits():
    table = LINKS.from_rows([link_row(LesionLink("a", "b", "same-mass-prior", None, 0.5))])
    assert table.distance_mm.isna().all()
