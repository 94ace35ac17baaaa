"""Null places lie in tissue, off every lesion, and are carried over like lesions."""

from dataclasses import replace

import numpy as np
import pytest

from radiomics_mammo.config.registration import RegistrationConfig
from radiomics_mammo.core.contours import contour_area_px, contour_centroid_px
from radiomics_mammo.core.vocabulary import PriorPolicy, RoiSource, View
from radiomics_mammo.registration import null_places


@pytest.fixture(scope="module")
def pair(aligned):
    return aligned(seed=2, view=View.MLO)


def places(pair, seed=1, **settings):
    return null_places(pair, rng=np.random.default_rng(seed), config=RegistrationConfig(**settings))


def test_places_are_lesion_sized_and_lesion_free(pair):
    aligned, _ = pair
    lesion = aligned.recent.lesions[0]
    found = places(aligned)
    assert 2 <= len(found) <= 4
    taken = [lesion.region.on_grid(lesion.grid.shape)]
    for place in found:
        inside = place.recent.region.on_grid(lesion.grid.shape)
        assert contour_area_px(place.recent.contour_px) == pytest.approx(contour_area_px(lesion.contour_px))
        assert not any((inside & other).any() for other in taken)
        assert aligned.recent.breast.tissue[inside].all()
        taken.append(inside)


def test_places_have_their_prior_region(pair):
    aligned, truth = pair
    for number, place in enumerate(places(aligned), start=1):
        assert place.recent.roi_id == f"malignant-07_MLO_recent-null-{number}-recent"
        assert place.prior.roi_id == f"malignant-07_MLO_recent-null-{number}-prior"
        assert place.recent.source is place.prior.source is RoiSource.NULL
        assert place.prior.prior_policy is PriorPolicy.REGISTERED
        assert place.recent.label == place.prior.recent_lesion_id == ""
        row, col = (round(part) for part in contour_centroid_px(place.recent.contour_px))
        gap = np.subtract(contour_centroid_px(place.prior.contour_px), truth.prior_points[:, row, col])
        assert np.linalg.norm(gap) * 0.7 < 1.5


def test_same_generator_same_places(pair):
    aligned, _ = pair
    one, again, other = places(aligned), places(aligned), places(aligned, seed=2)
    assert all(np.array_equal(a.recent.contour_px, b.recent.contour_px) for a, b in zip(one, again, strict=True))
    assert not np.array_equal(one[0].recent.contour_px, other[0].recent.contour_px)


def test_normal_exam_gets_circles(pair):
    aligned, _ = pair
    normal = replace(aligned, recent=replace(aligned.recent, lesions=()))
    for place in places(normal, null_radius_mm=5.0):
        area_mm2 = contour_area_px(place.recent.contour_px) * 0.49
        assert area_mm2 == pytest.approx(np.pi * 25, rel=0.01)


def test_full_breast_has_fewer_places(pair):
    aligned, _ = pair
    assert places(aligned, null_places=0) == ()
    normal = replace(aligned, recent=replace(aligned.recent, lesions=()))
    assert len(places(normal, null_radius_mm=35.0)) < 4
