"""Regions to measure: both policies by one code path, control regions, tissue."""

from dataclasses import replace

import numpy as np
import pytest

from radiomics_mammo.config.registration import RegistrationConfig
from radiomics_mammo.core.contours import contour_area_px, contour_centroid_px
from radiomics_mammo.core.errors import RegistrationError
from radiomics_mammo.core.vocabulary import OutlineQuality, PriorPolicy, RoiSource, View
from radiomics_mammo.registration import doubtful_regions, null_places, prior_regions, tissue_roi
from radiomics_mammo.registration.quality import place_error
from radiomics_mammo.tables.registration import REGISTRATION, RegistrationRow
from radiomics_mammo.tables.rois import ROIS, RoiRow


def test_every_recent_lesion_has_a_region_under_every_policy(aligned):
    pair, truth = aligned(seed=1)
    regional, registered, first = prior_regions(pair)
    assert [one.prior.roi_id for one in (regional, registered, first)] == [
        "malignant-07_CC_recent_1-prior-regional",
        "malignant-07_CC_recent_1-prior-registered",
        "malignant-07_CC_recent_1-prior-outlined-first",
    ]
    assert registered.recent is first.recent
    assert registered.recent.roi_id == "malignant-07_CC_recent_1-recent"
    assert registered.recent.source is RoiSource.OUTLINED
    assert registered.recent.prior_policy is None
    assert registered.prior.trusted
    assert doubtful_regions([regional, registered, first]) == ()
    found = contour_centroid_px(registered.prior.contour_px)
    assert np.linalg.norm(np.subtract(found, truth.prior_centre_px)) * 0.7 < 1.0
    assert np.array_equal(first.prior.contour_px, registered.prior.contour_px)
    assert first.prior.source is RoiSource.REGISTERED


def test_prior_outline_counts_under_outlined_first_only(aligned):
    pair, _ = aligned(seed=3, lesion_in_prior=True)
    _, registered, first = prior_regions(pair)
    assert registered.prior.source is RoiSource.REGISTERED
    assert registered.prior.prior_lesion_id == ""
    assert first.prior.source is RoiSource.OUTLINED
    assert first.prior.prior_lesion_id == "malignant-07_CC_prior_1"
    assert np.array_equal(first.prior.contour_px, pair.prior.lesions[0].contour_px)
    blind = replace(pair, prior=replace(pair.prior, lesions=()))
    assert np.array_equal(prior_regions(blind)[1].prior.contour_px, registered.prior.contour_px)


def test_regions_and_registration_fill_their_tables(aligned):
    pair, _ = aligned(seed=3, lesion_in_prior=True)
    table = REGISTRATION.of([RegistrationRow.of(pair.registration)])
    assert table.loc[0, ["patient_id", "view", "method"]].tolist() == ["malignant-07", "CC", "deformable"]
    regions = prior_regions(pair)
    rois = [regions[0].recent, *(region.prior for region in regions), tissue_roi(pair.recent)]
    rows = ROIS.of([RoiRow.of(roi, mask_file="a.png") for roi in rois])
    assert rows.source.tolist() == ["outlined", "registered", "registered", "outlined", "tissue"]
    assert rows.prior_policy.fillna("").tolist() == ["", "regional", "registered", "outlined-first", ""]
    assert rows.prior_lesion_id.fillna("").tolist() == ["", "", "", "malignant-07_CC_prior_1", ""]
    assert rows.label.fillna("").tolist() == ["benign", "benign", "benign", "benign", ""]
    assert rows.radius90_mm.notna().tolist() == [False, True, True, False, False]
    assert rows.area_mm2[0] == pytest.approx(np.pi * 36, rel=0.01)
    pixel_mm2 = pair.recent.mammogram.grid.pixel_area_mm2
    assert rows.area_mm2.tolist() == [roi.region.area_px * pixel_mm2 for roi in rois]
    assert rows.trusted.all()


def test_unreadable_prior_outline_is_not_used(aligned):
    pair, _ = aligned(seed=3, lesion_in_prior=True)
    lesions = (replace(pair.prior.lesions[0], quality=OutlineQuality.OPEN),)
    first = prior_regions(replace(pair, prior=replace(pair.prior, lesions=lesions)))[2]
    assert first.prior.source is RoiSource.REGISTERED


def test_identical_exams_give_the_same_contour(twins):
    regional, region, _ = prior_regions(twins)
    assert np.allclose(regional.prior.contour_px, regional.recent.contour_px, atol=1e-9)
    assert (regional.prior.expected_error_mm, regional.prior.radius90_mm) == (0, 0)
    assert np.array_equal(region.prior.contour_px, region.recent.contour_px)
    assert region.prior.search_shift_mm == 0
    assert region.prior.search_score == pytest.approx(1)
    assert region.prior.trusted


def test_region_of_a_stranger_is_not_trusted(strangers):
    regions = prior_regions(strangers)
    for region in regions:
        assert region.prior.source is RoiSource.REGISTERED
        assert not region.prior.trusted
    (finding,) = doubtful_regions(regions)
    assert finding.code == "REGISTRATION_UNTRUSTED"
    off = replace(regions[1], prior=replace(regions[1].prior, contour_px=regions[1].prior.contour_px + 900))
    assert doubtful_regions([off])[0].code == "REGION_OUTSIDE"


def test_unknown_spacing_leaves_lengths_empty(aligned):
    pair, _ = aligned(seed=1, spacing_mm=None)
    regional, prior = (one.prior for one in prior_regions(pair)[:2])
    assert prior.trusted
    assert prior.search_shift_mm is None
    assert prior.radius90_mm is None
    assert regional.expected_error_mm is None
    width_px = pair.prior.breast.breast.sum(axis=1).max() * pair.prior.breast.step_px
    centre = np.array([contour_centroid_px(pair.recent.lesions[0].contour_px)])
    nominal_mm = max(3.0, float(place_error(pair, centre).radius90_mm[0]))
    assert regional.zone.radius_px[0] == pytest.approx(nominal_mm * width_px / 80, rel=0.03)
    assert RegistrationRow.of(pair.registration).inverse_consistency_mm is None
    assert RoiRow.of(prior).area_mm2 is None


def test_zone_lies_around_the_carried_place_and_is_bounded(aligned):
    pair, _ = aligned(seed=1)
    pair = replace(pair, registration=replace(pair.registration, evidence=None))
    recent = pair.recent.lesions[0].contour_px
    centre = np.array([contour_centroid_px(recent)])
    radii = {}
    for most in (20.0, 12.0):
        prior = prior_regions(pair, config=RegistrationConfig(max_zone_mm=most))[0].prior
        assert prior.zone.centre_px == pytest.approx(tuple(pair.prior_px(centre)[0]))
        assert np.allclose(prior.contour_px - prior.zone.centre_px, recent - centre)
        radii[most] = prior.zone.radius_px[0] * 0.7
        assert prior.radius90_mm == pytest.approx(15.9, abs=0.01)
    assert radii == pytest.approx({20.0: 15.9, 12.0: 12.0}, abs=0.01)


def test_regional_is_used_where_the_point_is_not_sure_but_never_on_a_stranger(aligned):
    pair, _ = aligned(seed=1)
    strict = RegistrationConfig(max_radius90_mm=0.5)
    assert [one.prior.trusted for one in prior_regions(pair, config=strict)] == [True, False, False]
    unknown = replace(pair, registration=replace(pair.registration, told_apart=False, trusted=False))
    assert not any(one.prior.trusted for one in prior_regions(unknown))


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
    covered = replace(recent.breast, pectoral=np.ones_like(recent.breast.breast))
    with pytest.raises(RegistrationError, match="tissue"):
        tissue_roi(replace(recent, breast=covered))


@pytest.fixture(scope="module")
def pair(aligned):
    return aligned(seed=2, view=View.MLO)


def places(pair, seed=1, **settings):
    return null_places(pair, rng=np.random.default_rng(seed), config=RegistrationConfig(**settings))


def test_control_regions_are_lesion_sized_and_lesion_free(pair):
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


def test_control_regions_have_their_prior_region(pair):
    aligned, truth = pair
    for number, place in enumerate(places(aligned), start=1):
        name = f"malignant-07_MLO_recent-null-{number}"
        assert (place.recent.roi_id, place.prior.roi_id) == (f"{name}-recent", f"{name}-prior")
        assert place.recent.source is place.prior.source is RoiSource.NULL
        assert place.prior.prior_policy is PriorPolicy.REGISTERED
        assert place.recent.label == place.prior.recent_lesion_id == ""
        row, col = (round(part) for part in contour_centroid_px(place.recent.contour_px))
        gap = np.subtract(contour_centroid_px(place.prior.contour_px), truth.prior_points[:, row, col])
        assert np.linalg.norm(gap) * 0.7 < 1.5


def test_same_generator_same_control_regions(pair):
    one, again, other = places(pair[0]), places(pair[0]), places(pair[0], seed=2)
    assert all(np.array_equal(a.recent.contour_px, b.recent.contour_px) for a, b in zip(one, again, strict=True))
    assert not np.array_equal(one[0].recent.contour_px, other[0].recent.contour_px)


def test_normal_exam_gets_circles_and_a_full_breast_fewer(pair):
    normal = replace(pair[0], recent=replace(pair[0].recent, lesions=()))
    for place in places(normal, null_radius_mm=5.0):
        assert contour_area_px(place.recent.contour_px) * 0.49 == pytest.approx(np.pi * 25, rel=0.01)
    assert len(places(normal, null_radius_mm=35.0)) < 4
    assert places(pair[0], null_places=0) == ()
