"""Filters are two-dimensional; wavelet, gradient and local patterns equal those of PyRadiomics."""

import warnings
from dataclasses import replace
from itertools import product
from typing import get_args

import numpy as np
import pytest
import SimpleITK as sitk
from radiomics import imageoperations
from scipy import ndimage

from radiomics_mammo.config.features import FeatureConfig, ImageType, resolve_preset
from radiomics_mammo.features import filters
from radiomics_mammo.features.filters import (
    FILTERS,
    filter_of,
    filtered_images,
    image_types,
    laplacian_of_gaussian,
    margin_px,
    wavelet_bands,
)
from radiomics_mammo.features.measurement import FeatureExtractor
from radiomics_mammo.features.names import feature_names


def texture(shape=(41, 54)):
    return np.random.default_rng(4).normal(size=shape) * 30 + 400


def stock_image(kind, image, spacing, **settings):
    plane = sitk.GetImageFromArray(image[None])
    plane.SetSpacing((*spacing[::-1], 1.0))
    make = getattr(imageoperations, f"get{kind}Image")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        made = {name: picture for picture, name, _ in make(plane, plane, force2D=True, force2Ddimension=0, **settings)}
    return {name: sitk.GetArrayFromImage(picture)[0] for name, picture in made.items()}


def test_every_filter_names_each_of_its_pictures_and_is_found_by_their_names():
    config = resolve_preset(FeatureConfig(preset="full"))
    for each in FILTERS:
        names = each.names(config, "px")
        pictures = list(each.apply(texture(), config, (1.0, 1.0)))
        assert len(names) == len(pictures) > 0, each.kind
        assert all(filter_of(name) is each for name in names), each.kind
        assert {picture.shape for picture in pictures} == {(41, 54)}, each.kind
        assert {picture.dtype for picture in pictures} == {np.dtype(np.float64)}, each.kind
        assert each.margin(config, 0.1) >= 1, each.kind
    assert tuple(each.kind for each in FILTERS) == tuple(dict.fromkeys(get_args(ImageType)))


def test_columns_margin_and_measurement_follow_from_the_value_alone(monkeypatch, make_exam, make_roi):
    changed = {"names": lambda *_: ("gradient-2",), "apply": lambda image, *_: (image**2,), "margin": lambda *_: 7}
    other = [replace(each, **changed) if each.kind == "gradient" else each for each in FILTERS]
    monkeypatch.setattr(filters, "FILTERS", tuple(other))
    config, exam = FeatureConfig(image_types=("gradient",)), make_exam()
    assert margin_px(config, spacing=0.1) == 7
    assert "gradient-2_glcm_Contrast" in feature_names(config)
    (measured,) = FeatureExtractor(config).measure(exam, [make_roi(exam)])
    assert np.isfinite(measured.values["gradient-2_glcm_Contrast"])
    assert list(measured.grey_levels) == ["gradient-2"]


def test_wavelet_bands_equal_those_of_pyradiomics():
    for wavelet, shape in product(("coif1", "haar", "db4"), ((41, 54), (42, 53))):
        ours = wavelet_bands(texture(shape), wavelet)
        for name, expected in stock_image("Wavelet", texture(shape), (0.1, 0.1), wavelet=wavelet).items():
            np.testing.assert_allclose(ours[name.removeprefix("wavelet-")], expected, rtol=1e-12, atol=1e-12)


def test_the_first_letter_is_the_filter_along_a_row():
    stripes = np.tile(np.array([0.0, 1.0]), (20, 12))
    energy = {band: float((part**2).sum()) for band, part in wavelet_bands(stripes, "haar").items()}
    assert energy["HL"] > 100
    assert energy["LH"] == pytest.approx(0)


def test_gradient_and_local_patterns_equal_those_of_pyradiomics():
    config = FeatureConfig(image_types=("gradient", "lbp"))
    ours = dict(filtered_images(texture(), spacing=(0.1, 0.07), unit="mm", config=config))
    stock = {kind: stock_image(kind, texture(), (0.1, 0.07)) for kind in ("Gradient", "LBP2D")}
    assert ours.keys() == stock["Gradient"].keys() | stock["LBP2D"].keys()
    for name, expected in (stock["Gradient"] | stock["LBP2D"]).items():
        np.testing.assert_array_equal(ours[name], expected)


@pytest.mark.parametrize("sigma", [0.3, 0.6])
def test_log_equals_the_sampled_gaussian_derivative(sigma):
    smooth = ndimage.gaussian_filter(texture((120, 130)), 3)
    ours = laplacian_of_gaussian(smooth, sigma=sigma, spacing=(0.1, 0.1))
    reference = ndimage.gaussian_laplace(smooth, sigma / 0.1, truncate=8) * (sigma / 0.1) ** 2
    inner = (slice(30, -30), slice(30, -30))
    assert np.abs(ours - reference)[inner].max() < 0.02 * np.abs(reference).max()


def test_log_of_a_parabola_is_known_in_mm():
    rows = np.mgrid[:81, :83][0] * 0.1
    assert laplacian_of_gaussian(rows**2, sigma=0.4, spacing=(0.1, 0.2))[40, 41] == pytest.approx(2 * 0.4**2, rel=1e-3)


def test_log_of_a_blob_is_most_negative_at_its_own_width():
    rows, cols = np.mgrid[:161, :171]
    blob = np.exp(-((rows - 80) ** 2 + (cols - 85) ** 2) * 0.01 / (2 * 1.0**2))
    answers = {s: laplacian_of_gaussian(blob, sigma=s, spacing=(0.1, 0.1))[80, 85] for s in (0.5, 1.0, 2.0)}
    assert min(answers, key=answers.get) == 1.0
    assert answers[1.0] == pytest.approx(-0.5, rel=0.02)


def test_log_ignores_an_offset_of_the_grey_values():
    plain = laplacian_of_gaussian(texture(), sigma=0.3, spacing=(0.1, 0.1))
    lifted = laplacian_of_gaussian(texture() + 1e6, sigma=0.3, spacing=(0.1, 0.1))
    np.testing.assert_allclose(lifted, plain, atol=1e-4)


def test_names_come_in_column_order_whatever_the_order_of_the_setting():
    config = FeatureConfig(image_types=("log", "original"), log_sigma_mm=(2.5,))
    assert image_types(config, unit="px") == ("original", "log-sigma-2-5-px-2D")
    full = FeatureConfig(preset="full")
    assert tuple(dict(filtered_images(texture(), spacing=(0.1, 0.1), unit="mm", config=full))) == image_types(full)


def test_a_picture_too_small_for_the_filter_is_left_out():
    config = FeatureConfig(image_types=("original", "log"), log_sigma_mm=(1.0,))
    assert [n for n, _ in filtered_images(texture((3, 9)), spacing=(1, 1), unit="px", config=config)] == ["original"]


def test_the_margin_follows_the_largest_filter():
    for settings, spacing, expected in (
        ({"preset": "quick"}, 0.1, 1),
        ({"image_types": ("wavelet",), "wavelet": "db4"}, 0.1, 8),
        ({"image_types": ("log", "wavelet"), "log_sigma_mm": (0.5, 3.0)}, 0.1, 120),
        ({"image_types": ("log",), "log_sigma_mm": (3.0,)}, 1.0, 12),
    ):
        assert margin_px(FeatureConfig(**settings), spacing=spacing) == expected, settings
