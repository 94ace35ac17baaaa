"""Regions measured together have the values they have alone, whatever stands beside them."""

import numpy as np
import pytest
from scipy import ndimage

from radiomics_mammo.features.engine import discretise, measure_region
from radiomics_mammo.features.names import plane_features
from radiomics_mammo.features.stacks import MOST_LEVELS, finite_values, formulas_of, measure_regions

ALL = plane_features()


def ellipse(rows, cols, shape=(60, 70)):
    r, c = np.mgrid[: shape[0], : shape[1]]
    return ((r - 29) / rows) ** 2 + ((c - 33) / cols) ** 2 < 1


def picture(seed, blur=1.0):
    return ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=(60, 70)), blur) * 100


def mixed_regions():
    """Sizes, holes, few and many grey levels, a line without three of the four directions, rare levels."""
    bar = np.zeros((60, 70), dtype=bool)
    bar[20, 5:40] = True
    ring = ellipse(20, 25) & ~ellipse(8, 9)
    sparse = np.where(picture(4) > 25, 900.0, np.round(picture(5) / 30))
    return [
        discretise(picture(1), ellipse(9, 14), bin_count=32),
        discretise(picture(2, 3.0), ellipse(27, 31), bin_count=32),
        discretise(picture(3), bar, bin_count=32),
        discretise(picture(3), ring, bin_count=32),
        discretise(sparse, ellipse(15, 15), bin_count=32),
        discretise((picture(6) > 0).astype(float), ellipse(15, 12), bin_count=2),
        discretise(picture(7), ellipse(12, 17), bin_count=8),
        discretise(picture(8), ellipse(20, 20), bin_count=MOST_LEVELS + 1),
        discretise(picture(9), ellipse(2, 2.5), bin_count=32),
    ]


def test_values_are_those_of_regions_measured_alone():
    regions = mixed_regions()
    for region, found in zip(regions, measure_regions(regions, [tuple(ALL)] * len(regions)), strict=True):
        alone = measure_region(region, ALL)
        assert list(found) == list(alone)
        np.testing.assert_allclose(list(found.values()), list(alone.values()), rtol=1e-9, atol=1e-12)


def test_each_region_has_the_features_asked_for_in_their_order():
    regions = mixed_regions()[:3]
    wanted = [("glcm_Contrast", "firstorder_Mean"), ("firstorder_Energy",), ()]
    found = measure_regions(regions, wanted)
    assert [tuple(one) for one in found] == wanted
    assert found[1]["firstorder_Energy"] == pytest.approx((regions[1].image[regions[1].inside] ** 2).sum())


def test_more_regions_than_fit_in_a_stack_come_back_in_order():
    regions = [discretise(picture(seed), ellipse(9, 9), bin_count=MOST_LEVELS) for seed in range(9)]
    found = measure_regions(regions, [("ngtdm_Coarseness", "glcm_Contrast")] * 9)
    alone = [measure_region(region, ["glcm_Contrast"])["glcm_Contrast"] for region in regions]
    assert [one["glcm_Contrast"] for one in found] == pytest.approx(alone, rel=1e-12)


def test_nothing_asked_is_nothing_measured():
    assert measure_regions([], []) == []


def test_every_level_has_a_row():
    assert formulas_of("glrlm", 4).coefficients["grayLevels"].tolist() == [1, 2, 3, 4]


def test_what_is_no_number_is_missing():
    found = finite_values(np.array([1.5, np.inf, np.nan, 2 + 1j]), 4)
    np.testing.assert_array_equal(found, [1.5, np.nan, np.nan, np.nan])
