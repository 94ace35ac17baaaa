"""The engine gives the values of the stock PyRadiomics extractor, with work shared."""

import logging

import numpy as np
import pytest
import SimpleITK as sitk
from radiomics.featureextractor import RadiomicsFeatureExtractor

from radiomics_mammo.features.columns import DROPPED, PLANE_CLASSES, SHAPE_CLASS, plane_features
from radiomics_mammo.features.engine import class_features, cooccurrence, discretise, measure_region, measure_shape


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


def stock(image, inside, spacing, **settings):
    planes = [sitk.GetImageFromArray(part[None]) for part in (image.astype(np.float64), inside.astype(np.uint8))]
    for plane in planes:
        plane.SetSpacing((*spacing[::-1], 1.0))
    extractor = RadiomicsFeatureExtractor(additionalInfo=False, force2D=True, force2Ddimension=0, **settings)
    extractor.disableAllFeatures()
    for family in (*PLANE_CLASSES, SHAPE_CLASS):
        extractor.enableFeaturesByName(**{family: list(class_features(family))})
    logging.getLogger("radiomics").setLevel(logging.CRITICAL)
    values = extractor.execute(*planes)
    return {name.removeprefix("original_"): float(np.real_if_close(value)) for name, value in values.items()}


@pytest.mark.parametrize("kind", ["noise", "smooth", "eight-bit", "sparse levels", "negative"])
@pytest.mark.parametrize("settings", [{"binCount": 32}, {"binWidth": 25.0}], ids=["count", "width"])
def test_every_value_equals_the_stock_extractor(kind, settings):
    image, inside, spacing = picture(kind), blob(), (0.1, 0.07)
    region = discretise(image, inside, bin_count=32, bin_width=settings.get("binWidth"))
    ours = measure_region(region, plane_features())
    ours |= {f"{SHAPE_CLASS}_{name}": value for name, value in measure_shape(inside, spacing).items()}
    expected = {k: v for k, v in stock(image, inside, spacing, **settings).items() if k not in DROPPED}
    assert ours.keys() == expected.keys()
    np.testing.assert_allclose([ours[k] for k in expected], list(expected.values()), rtol=1e-9, atol=0)


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
    assert region.occupied_levels == 8


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
