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
)

OF_ZONES = tuple(f"similarity_{name}" for name in ("best", "margin", "rank"))
CONFIG = FeatureConfig(preset="quick", intensity_scale="native")


@pytest.fixture
def compare(make_exam, make_roi):
    def run(recent, prior, *, shift=(0.0, 0.0), spacing=((0.1, 0.1), (0.1, 0.1)), config=CONFIG, centre=(47.0, 55.0)):
        new = make_exam(recent, spacing=spacing[0])
        old = make_exam(prior, visit=Visit.PRIOR, spacing=spacing[1])
        same = PlanarTransform.identity()
        how = Registration(
            patient_id="malignant-07",
            view=View.CC,
            recent_to_prior=same,
            prior_to_recent=same,
            method=RegistrationMethod.IDENTITY,
            trusted=True,
            similarity_before=1,
            similarity_affine=1,
            similarity_after=1,
            negative_jacobian_fraction=0,
            inverse_consistency_mm=0,
            breast_dice=1,
        )
        there = (centre[0] + shift[0], centre[1] + shift[1])
        prior_roi = make_roi(old, centre=there, source=RoiSource.REGISTERED, policy=PriorPolicy.REGISTERED)
        pair = RoiPair(make_roi(new, centre=centre), prior_roi)
        return values_of(measure_similarity(AlignedPair(old, new, how), [pair], config=config)[0])

    return run


def values_of(similarity):
    return {name: getattr(similarity, name) for name in SIMILARITY_COLUMNS if name not in OF_ZONES}


def texture(seed=0, shape=(96, 110)):
    return ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=shape), 2) * 500 + 400


def test_the_same_place_is_wholly_alike(compare):
    values = compare(texture(), texture())
    np.testing.assert_allclose(list(values.values()), [1, 1, 1, 0, 0], atol=1e-9)


def test_a_moved_place_is_found_by_the_shift_of_its_region(compare):
    prior = np.roll(texture(), (7, -5), axis=(0, 1))
    values = compare(texture(), prior, shift=(7, -5))
    assert values["similarity_ncc"] == pytest.approx(1, abs=1e-6)
    assert values["similarity_histogram"] == pytest.approx(0, abs=1e-6)


def test_another_place_is_not_alike(compare):
    values = compare(texture(0), texture(1))
    assert abs(values["similarity_ncc"]) < 0.5
    assert values["similarity_mi"] < 0.5
    assert values["similarity_ssim"] < 0.8
    assert values["similarity_texture"] > 0.02


def test_a_brighter_prior_moves_the_histogram_only(compare):
    values = compare(texture() + 50, texture())
    assert values["similarity_histogram"] == pytest.approx(50, abs=1e-3)
    assert values["similarity_ncc"] == pytest.approx(1)


def test_gain_cancels_in_the_breast_scale(compare):
    scaled = FeatureConfig(preset="quick")
    values = compare(texture() * 3 + 20, texture(), config=scaled)
    np.testing.assert_allclose(list(values.values()), [1, 1, 1, 0, 0], atol=1e-3)


def test_one_unknown_spacing_leaves_everything_missing(compare):
    values = compare(texture(), texture(), spacing=((0.1, 0.1), None))
    assert np.isnan(list(values.values())).all()


def test_a_place_beyond_the_image_is_missing(compare):
    for shift in ((400.0, 0.0), (0.0, -500.0)):
        assert np.isnan(list(compare(texture(), texture(), shift=shift).values())).all()


def test_a_flat_breast_leaves_everything_missing(compare):
    flat = np.full((96, 110), 4.0)
    assert np.isnan(
        list(compare(flat, texture(), config=replace(CONFIG, intensity_scale="breast-zscore")).values())
    ).all()


def test_a_flat_region_has_no_correlation(compare):
    flat = texture()
    flat[20:75, 25:85] = 100.0
    values = compare(texture(), flat)
    assert np.isnan(values["similarity_ncc"])
    assert values["similarity_histogram"] > 0


def test_a_region_at_the_border_uses_what_both_exams_show(compare):
    values = compare(texture(), texture(), centre=(5.0, 6.0))
    assert values["similarity_ncc"] == pytest.approx(1)


def test_correlation_and_information_by_hand():
    a = np.array([0.0, 0.0, 1.0, 1.0])
    assert normalised_correlation(a, -a) == -1.0
    assert mutual_information(np.repeat(a, 24), np.tile(a, 24)) == pytest.approx(0)
    assert np.isnan(mutual_information(np.ones(9), np.ones(9)))


def test_every_pair_is_answered_in_order_with_the_columns_of_the_contract(make_exam, make_roi):
    new, old = make_exam(texture()), make_exam(texture(), visit=Visit.PRIOR)
    same = PlanarTransform.identity()
    how = Registration(
        patient_id="malignant-07",
        view=View.CC,
        recent_to_prior=same,
        prior_to_recent=same,
        method=RegistrationMethod.IDENTITY,
        trusted=True,
        similarity_before=1,
        similarity_affine=1,
        similarity_after=1,
        negative_jacobian_fraction=0,
        inverse_consistency_mm=0,
        breast_dice=1,
    )
    there = {"source": RoiSource.REGISTERED, "policy": PriorPolicy.REGISTERED}
    pairs = [RoiPair(make_roi(new, name=f"r{n}"), make_roi(old, name=f"p{n}", **there)) for n in "ab"]
    found = measure_similarity(AlignedPair(old, new, how), pairs, config=CONFIG)
    assert [(one.recent_roi_id, one.prior_roi_id) for one in found] == [("ra", "pa"), ("rb", "pb")]
    points = tuple(f"similarity_{name}" for name in ("ncc", "mi", "ssim", "histogram", "texture"))
    assert (*points, *OF_ZONES) == SIMILARITY_COLUMNS
