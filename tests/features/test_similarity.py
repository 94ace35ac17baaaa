"""Alike places are found alike, and what cannot be compared is missing."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from radiomics_mammo.config.features import FeatureConfig
from radiomics_mammo.core.geometry import PlanarTransform
from radiomics_mammo.core.pairs import AlignedPair, Registration, RoiPair
from radiomics_mammo.core.vocabulary import PriorPolicy, RegistrationMethod, RoiSource, View, Visit
from radiomics_mammo.features.similarity import (
    SIMILARITY_COLUMNS,
    measure_similarity,
    mutual_information,
    normalised_correlation,
    similarity_table,
)

CONFIG = FeatureConfig(preset="quick", intensity_scale="native")


@pytest.fixture
def compare(make_exam, make_roi):
    def run(recent, prior, *, shift=(0.0, 0.0), spacing=((0.1, 0.1), (0.1, 0.1)), config=CONFIG, centre=(47.0, 55.0)):
        new = make_exam(recent, spacing=spacing[0])
        old = make_exam(prior, visit=Visit.PRIOR, spacing=spacing[1])
        same = PlanarTransform.identity()
        how = Registration("malignant-07", View.CC, same, same, RegistrationMethod.IDENTITY, True, 1, 1, 1, 0, 0, 1)
        there = (centre[0] + shift[0], centre[1] + shift[1])
        prior_roi = make_roi(old, centre=there, source=RoiSource.REGISTERED, policy=PriorPolicy.REGISTERED)
        pair = RoiPair(make_roi(new, centre=centre), prior_roi)
        return measure_similarity(AlignedPair(old, new, how), [pair], config=config)[0]

    return run


def texture(seed=0, shape=(96, 110)):
    return ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=shape), 2) * 500 + 400


def test_the_same_place_is_wholly_alike(compare):
    values = compare(texture(), texture()).values
    assert tuple(values) == SIMILARITY_COLUMNS
    np.testing.assert_allclose(list(values.values()), [1, 1, 1, 0, 0], atol=1e-9)


def test_a_moved_place_is_found_by_the_shift_of_its_region(compare):
    prior = np.roll(texture(), (7, -5), axis=(0, 1))
    values = compare(texture(), prior, shift=(7, -5)).values
    assert values["similarity_ncc"] == pytest.approx(1, abs=1e-6)
    assert values["similarity_histogram"] == pytest.approx(0, abs=1e-6)


def test_another_place_is_not_alike(compare):
    values = compare(texture(0), texture(1)).values
    assert abs(values["similarity_ncc"]) < 0.5
    assert values["similarity_mi"] < 0.5
    assert values["similarity_ssim"] < 0.8
    assert values["similarity_texture"] > 0.02


def test_a_brighter_prior_moves_the_histogram_only(compare):
    values = compare(texture() + 50, texture()).values
    assert values["similarity_histogram"] == pytest.approx(50, abs=1e-3)
    assert values["similarity_ncc"] == pytest.approx(1)


def test_gain_cancels_in_the_breast_scale(compare):
    scaled = FeatureConfig(preset="quick")
    values = compare(texture() * 3 + 20, texture(), config=scaled).values
    np.testing.assert_allclose(list(values.values()), [1, 1, 1, 0, 0], atol=1e-3)


def test_one_unknown_spacing_leaves_everything_missing(compare):
    values = compare(texture(), texture(), spacing=((0.1, 0.1), None)).values
    assert np.isnan(list(values.values())).all()


@pytest.mark.parametrize("shift", [(400.0, 0.0), (0.0, -500.0)])
def test_a_place_beyond_the_image_is_missing(compare, shift):
    assert np.isnan(list(compare(texture(), texture(), shift=shift).values.values())).all()


def test_a_flat_breast_leaves_everything_missing(compare):
    flat = np.full((96, 110), 4.0)
    assert np.isnan(
        list(compare(flat, texture(), config=replace(CONFIG, intensity_scale="breast-zscore")).values.values())
    ).all()


def test_a_flat_region_has_no_correlation(compare):
    flat = texture()
    flat[20:75, 25:85] = 100.0
    values = compare(texture(), flat).values
    assert np.isnan(values["similarity_ncc"])
    assert values["similarity_histogram"] > 0


def test_a_region_at_the_border_uses_what_both_exams_show(compare):
    values = compare(texture(), texture(), centre=(5.0, 6.0)).values
    assert values["similarity_ncc"] == pytest.approx(1)


def test_correlation_and_information_by_hand():
    a = np.array([0.0, 0.0, 1.0, 1.0])
    assert normalised_correlation(a, -a) == -1.0
    assert mutual_information(np.repeat(a, 24), np.tile(a, 24)) == pytest.approx(0)
    assert np.isnan(mutual_information(np.ones(9), np.ones(9)))


def test_the_table_names_both_regions(compare):
    table = similarity_table([compare(texture(), texture())])
    assert table.columns.tolist() == ["recent_roi_id", "prior_roi_id", *SIMILARITY_COLUMNS]
    assert similarity_table([]).columns.tolist() == table.columns.tolist()
