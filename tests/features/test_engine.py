"""The engine gives the values of the stock PyRadiomics extractor, with work shared, matrices counted in the plane."""

import logging
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from radiomics import cMatrices

from radiomics_mammo.config.features import FeatureConfig
from radiomics_mammo.features.engine import (
    SHAPE_CLASS,
    class_features,
    cooccurrence,
    discretise,
    finite_value,
    measure_region,
    measure_shape,
    neighbourhood_difference_matrix,
    quiet_engine,
    size_zone_matrix,
)
from radiomics_mammo.features.names import DROPPED, plane_features
from radiomics_mammo.features.selftest import stock_features

TOTAL = 5


def blob(shape=(52, 61)):
    rows, cols = np.mgrid[: shape[0], : shape[1]]
    return ((rows - 25) / 17) ** 2 + ((cols - 28) / 22) ** 2 < 1 + 0.3 * np.sin(cols / 3)


def picture(kind, shape=(52, 61)):
    rng = np.random.default_rng(11)
    noise = rng.normal(size=shape)
    pictures = {
        "noise": noise * 100 + 300,
        "smooth": np.cumsum(np.cumsum(noise, axis=0), axis=1) * 5,
        "eight-bit": rng.integers(0, 256, size=shape).astype(np.uint8),
        "sparse levels": np.where(noise > 1.2, 900.0, np.round(noise)),
        "negative": -np.abs(noise) * 40 - 3,
    }
    return pictures[kind]


def test_every_value_equals_the_stock_extractor():
    inside, spacing = blob(), (0.1, 0.07)
    shape = {f"{SHAPE_CLASS}_{name}": value for name, value in measure_shape(inside, spacing).items()}
    for kind, width in product(("noise", "smooth", "eight-bit", "sparse levels", "negative"), (None, 25.0)):
        image = picture(kind)
        config = FeatureConfig(image_types=("original",), bin_count=32, bin_width=width)
        stock = stock_features(image.astype(np.float64), inside, spacing=spacing, config=config)
        expected = {name.removeprefix("original_"): value for name, value in stock.items()}
        ours = shape | measure_region(discretise(image, inside, bin_count=32, bin_width=width), plane_features())
        assert ours.keys() == expected.keys() - DROPPED.keys(), kind
        np.testing.assert_allclose(list(ours.values()), [expected[k] for k in ours], rtol=1e-9, atol=0, err_msg=kind)


def test_two_dimensional_shape_is_there_and_three_dimensional_is_not():
    names = class_features(SHAPE_CLASS)
    assert "Perimeter" in names
    assert "MeshVolume" not in names
    assert "SphericalDisproportion" not in names


def test_shape_of_a_rectangle_is_known():
    inside = np.zeros((20, 30), dtype=bool)
    inside[4:10, 5:17] = True
    shape = measure_shape(inside, (0.5, 0.25))
    assert shape["PixelSurface"] == 6 * 0.5 * 12 * 0.25
    assert shape["MajorAxisLength"] == pytest.approx(4 * np.sqrt(0.25**2 * (12**2 - 1) / 12))


def test_grey_levels_start_at_one_and_stay_inside():
    image, inside = picture("noise"), blob()
    region = discretise(image, inside, bin_count=8)
    assert region.levels[region.inside].min() == 1
    assert region.levels[region.inside].max() == 8
    assert (region.levels[~region.inside] == 0).all()
    assert region.grey_levels.size == 8


def test_a_shift_of_grey_values_moves_first_order_only():
    image, inside = picture("noise"), blob()
    plain, moved = (measure_region(discretise(i, inside, bin_count=32), plane_features()) for i in (image, image + 64))
    assert moved["firstorder_Mean"] == pytest.approx(plain["firstorder_Mean"] + 64)
    assert moved["glcm_Contrast"] == pytest.approx(plain["glcm_Contrast"], rel=1e-9)


def test_a_feature_without_a_value_is_missing():
    line = np.array([[1.0, 2.0, 3.0, 4.0]])
    shape = measure_shape(np.ones((1, 1), dtype=bool), (1.0, 1.0))
    assert np.isnan(shape["Elongation"])
    assert np.isfinite(measure_region(discretise(line, line > 0, bin_count=4), ["glcm_Contrast"])["glcm_Contrast"])


def test_cooccurrence_of_a_checkerboard_by_hand():
    levels = np.array([[1, 2, 1], [2, 1, 2]])
    counts = cooccurrence(levels, np.ones((2, 3), dtype=bool), levels_total=2)
    # 7 side-by-side pairs differ (both orders), 2 + 2 diagonal pairs are alike, counted twice
    assert counts.tolist() == [[4.0, 7.0], [7.0, 4.0]]


@st.composite
def regions(draw):
    shape = draw(array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=9))
    levels = draw(arrays(np.int_, shape, elements=st.integers(0, TOTAL)))
    levels.flat[draw(st.integers(0, levels.size - 1))] = TOTAL
    return levels, levels > 0


@given(regions())
def test_zones_are_those_of_pyradiomics(region):
    levels, inside = region
    expected = cMatrices.calculate_glszm(levels, inside, TOTAL, int(inside.sum()), False, 0)[0]
    np.testing.assert_array_equal(size_zone_matrix(levels, levels_total=TOTAL), expected)


@given(regions())
def test_neighbourhood_differences_are_those_of_pyradiomics(region):
    levels, inside = region
    expected = cMatrices.calculate_ngtdm(levels, inside, np.array([1]), TOTAL, False, 0)[0]
    found = neighbourhood_difference_matrix(levels, inside, levels_total=TOTAL)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-15)


def test_many_grey_levels_stay_exact():
    levels = np.array([[60_000, 59_999, 60_000]])
    found = neighbourhood_difference_matrix(levels, levels > 0, levels_total=60_000)
    assert found[59_999, 1] == pytest.approx(2)
    assert found[59_998, 1] == pytest.approx(1)


def test_any_form_of_a_number_is_a_float_and_anything_else_is_missing():
    for value in (1.5, np.float32(1.5), np.array([1.5]), np.array([[1.5 + 0j]]), np.sqrt(2.25 + 0j)):
        assert finite_value(value) == 1.5
        assert type(finite_value(value)) is float
    for value in (np.nan, np.inf, -np.inf, complex("nan"), np.sqrt(-2 + 0j), np.array([1 + 1j])):
        assert np.isnan(finite_value(value)), value


def test_the_log_of_the_engine_is_silent_for_a_while_only():
    engine = logging.getLogger("radiomics")
    before = engine.level
    with quiet_engine():
        assert not engine.isEnabledFor(logging.CRITICAL)
    assert engine.level == before
