"""Regions to measure: both policies by one code path, tissue."""

from dataclasses import replace

import numpy as np
import pytest

from radiomics_mammo.core.contours import contour_centroid_px
from radiomics_mammo.core.errors import RegistrationError
from radiomics_mammo.core.pairs import AlignedPair, Exam
from radiomics_mammo.core.vocabulary import OutlineQuality, RoiSource, View
from radiomics_mammo.registration import doubtful_regions, find_breast, prior_regions, register_exams, tissue_roi


def test_every_recent_lesion_has_a_region_under_both_policies(aligned):
    pair, truth = aligned(seed=1)
    registered, first = prior_regions(pair)
    assert [registered.prior.roi_id, first.prior.roi_id] == [
        "malignant-07_CC_recent_1-prior-registered",
        "malignant-07_CC_recent_1-prior-outlined-first",
    ]
    assert registered.recent is first.recent
    assert registered.recent.roi_id == "malignant-07_CC_recent_1-recent"
    assert registered.recent.source is RoiSource.OUTLINED
    assert registered.recent.prior_policy is None
    assert registered.prior.trusted
    assert doubtful_regions([registered, first]) == ()
    found = contour_centroid_px(registered.prior.contour_px)
    assert np.linalg.norm(np.subtract(found, truth.prior_centre_px)) * 0.7 < 1.0
    assert np.array_equal(first.prior.contour_px, registered.prior.contour_px)
    assert first.prior.source is RoiSource.REGISTERED


def test_prior_outline_counts_under_outlined_first_only(aligned):
    pair, _ = aligned(seed=3, lesion_in_prior=True)
    registered, first = prior_regions(pair)
    assert registered.prior.source is RoiSource.REGISTERED
    assert registered.prior.prior_lesion_id == ""
    assert first.prior.source is RoiSource.OUTLINED
    assert first.prior.prior_lesion_id == "malignant-07_CC_prior_1"
    assert np.array_equal(first.prior.contour_px, pair.prior.lesions[0].contour_px)
    blind = replace(pair, prior=replace(pair.prior, lesions=()))
    assert np.array_equal(prior_regions(blind)[0].prior.contour_px, registered.prior.contour_px)


def test_unreadable_prior_outline_is_not_used(aligned):
    pair, _ = aligned(seed=3, lesion_in_prior=True)
    lesions = (replace(pair.prior.lesions[0], quality=OutlineQuality.OPEN),)
    first = prior_regions(replace(pair, prior=replace(pair.prior, lesions=lesions)))[1]
    assert first.prior.source is RoiSource.REGISTERED


def test_identical_exams_give_the_same_contour(drawn):
    (_, recent), _ = drawn(seed=1)
    key = replace(recent.mammogram.key, visit="prior")
    prior = Exam(replace(recent.mammogram, key=key), replace(recent.breast, key=key))
    pair = AlignedPair(prior, recent, register_exams(prior, recent))
    region = prior_regions(pair)[0]
    assert np.array_equal(region.prior.contour_px, region.recent.contour_px)
    assert region.prior.search_shift_mm == 0
    assert region.prior.search_score == pytest.approx(1)
    assert region.prior.trusted


def test_region_of_a_stranger_is_a_fallback_and_not_trusted(drawn):
    (prior, _), _ = drawn(seed=1)
    (_, recent), _ = drawn(seed=4)
    pair = AlignedPair(prior, recent, register_exams(prior, recent))
    regions = prior_regions(pair)
    for region in regions:
        assert region.prior.source is RoiSource.FALLBACK
        assert not region.prior.trusted
    (finding,) = doubtful_regions(regions)
    assert finding.code == "REGISTRATION_UNTRUSTED"
    off = replace(regions[0], prior=replace(regions[0].prior, contour_px=regions[0].prior.contour_px + 900))
    assert doubtful_regions([off])[0].code == "REGION_OUTSIDE"


def test_unknown_spacing_leaves_lengths_empty(aligned):
    pair, _ = aligned(seed=1, spacing_mm=None)
    prior = prior_regions(pair)[0].prior
    assert prior.trusted
    assert prior.search_shift_mm is None


def test_normal_exam_has_no_lesion_regions(aligned):
    pair, _ = aligned(seed=1)
    assert prior_regions(replace(pair, recent=replace(pair.recent, lesions=()))) == ()


def test_tissue_is_the_breast_without_muscle(drawn):
    (_, recent), _ = drawn(seed=2, view=View.MLO)
    roi = tissue_roi(recent)
    region = recent.breast
    assert roi.roi_id == "malignant-07_MLO_recent-tissue"
    assert roi.source is RoiSource.TISSUE
    assert roi.region.area_px == pytest.approx(region.tissue.sum() * region.step_px**2, rel=0.02)


def test_tissue_of_nothing_is_refused(drawn):
    (_, recent), _ = drawn(seed=1)
    covered = replace(find_breast(recent.mammogram), pectoral=np.ones_like(recent.breast.breast))
    with pytest.raises(RegistrationError, match="tissue"):
        tissue_roi(replace(recent, breast=covered))
