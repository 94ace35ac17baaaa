"""Recent and prior rows of one lesion stand side by side, under both policies."""

import numpy as np
import pytest

from radiomics_mammo.core.errors import TableError
from radiomics_mammo.features.pairing import delta_features, pair_lesions, pair_null_places


def test_every_recent_lesion_has_a_row_per_policy(tables):
    tables.pair("malignant-01_CC_recent_1", {"f": 3.0}, {"f": 2.0})
    tables.region("malignant-02_CC_recent_1", "malignant-02_CC_recent_1", visit="recent", source="outlined", f=1.0)
    pairs = pair_lesions(tables.features, tables.rois)
    assert (
        pairs.rows["recent_lesion_id"].tolist() == ["malignant-01_CC_recent_1"] * 2 + ["malignant-02_CC_recent_1"] * 2
    )
    assert pairs.rows["prior_policy"].tolist() == ["registered", "outlined-first"] * 2
    np.testing.assert_array_equal(pairs.prior[:, 0], [2, 2, np.nan, np.nan])
    np.testing.assert_array_equal(pairs.recent[:, 0], [3, 3, 1, 1])


def test_null_places_and_tissue_are_no_lesions(tables):
    tables.null("normal-01_CC_recent-null-1", {"f": 1.0}, {"f": 4.0})
    tables.region("normal-01_CC_recent-tissue", "", visit="recent", source="tissue", label="", f=9.0)
    assert len(pair_lesions(tables.features, tables.rois).rows) == 0
    nulls = pair_null_places(tables.features, tables.rois)
    assert (nulls.recent - nulls.prior).tolist() == [[-3.0]]


def test_two_prior_regions_of_one_policy_are_an_error(tables):
    tables.pair("malignant-01_CC_recent_1", {"f": 3.0}, {"f": 2.0})
    tables.region(
        "malignant-01_CC_x", "malignant-01_CC_recent_1", visit="prior", source="outlined", policy="registered"
    )
    with pytest.raises(TableError, match="malignant-01_CC_recent_1"):
        pair_lesions(tables.features, tables.rois)


def test_tissue_columns_do_not_change_over_time(tables):
    tables.region("normal-01_CC_a", "", visit="recent", source="tissue", tissue_dense_fraction=0.5, f=1.0)
    assert delta_features(tables.features) == ["f"]


def test_no_regions_give_no_rows(tables):
    pairs = pair_lesions(tables.features, tables.rois)
    assert pairs.recent.shape == (0, 0)
    assert len(pairs.rows) == 0
