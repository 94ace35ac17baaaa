"""Outlines become lesions, every recent lesion gets its prior regions, every region is measured once."""

import hashlib
from dataclasses import replace

import cv2
import numpy as np
import pytest

from radiomics_mammo.config.loading import config_from
from radiomics_mammo.config.study import StudyConfig
from radiomics_mammo.core.cases import ExamPair, FileRef
from radiomics_mammo.core.vocabulary import OutlineQuality, PriorPolicy, RoiSource
from radiomics_mammo.pipeline.exams import PairImages
from radiomics_mammo.pipeline.stages import (
    AlignedRegions,
    MeasuredRegions,
    align_regions,
    aligned_pair,
    kept_lesions,
    lesions_of,
    mask_file,
    measure_regions,
    outline_pair,
    pair_rng,
    prior_mask_file,
    unmeasured_lesions,
    write_masks,
    write_pictures,
    write_prior_masks,
)
from radiomics_mammo.pipeline.store import Store, from_record, to_record


def test_lesions_of_the_recent_exam_are_outlined(outlined):
    assert "malignant" in [lesion.label for lesion in lesions_of(outlined.recent)]
    assert outlined.recent.row.gt_similarity > 0.5
    assert outlined.recent.dropped == ""


def test_masks_are_pictures_on_the_dicom_grid(outlined, tmp_path):
    names = write_masks(outlined, Store(tmp_path))
    lesion = lesions_of(outlined.recent)[0]
    assert mask_file(lesion) in names
    picture = cv2.imread(str(tmp_path / mask_file(lesion)), cv2.IMREAD_UNCHANGED)
    assert picture.dtype == np.uint8
    np.testing.assert_array_equal(picture, lesion.inside * 255)
    found = {name: hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() for name in names}
    assert found == {f"masks/{lesion}.png": sha256 for lesion, sha256 in outlined.mask_sha256.items()}


@pytest.mark.parametrize(("part", "code"), [("dicom", "DICOM_UNREADABLE"), ("overlay", "GT_UNREADABLE")])
def test_unreadable_file_costs_its_image_alone(lesion_pair, tmp_path, part, code):
    (tmp_path / "broken").write_bytes(b"nothing of the sort")
    broken = replace(lesion_pair.prior, **{part: FileRef(tmp_path, "broken")})
    outlined = outline_pair(PairImages.of(ExamPair(broken, lesion_pair.recent), StudyConfig()))
    assert outlined.prior.outlined is None
    assert outlined.prior.dropped.startswith(code)
    assert [finding.code for finding in outlined.prior.findings if finding.severity == "error"] == [code]
    assert outlined.prior.row.image_id == str(lesion_pair.prior.key)
    assert lesions_of(outlined.recent)


def test_copy_of_another_mammogram_is_refused(lesion_pair, small_release):
    own = lesion_pair.recent.key
    other = next(image for image in small_release.images if image.key.patient_id != own.patient_id)
    swapped = replace(lesion_pair.recent, overlay=other.overlay)
    outlined = outline_pair(PairImages.of(ExamPair(lesion_pair.prior, swapped), StudyConfig()))
    assert outlined.recent.dropped.startswith("GT_MISPLACED")


def test_a_rejected_lesion_has_no_mask(outlined, tmp_path):
    first, *others = outlined.kept
    kept = replace(outlined, excluded=(str(first.key),))
    assert write_masks(kept, Store(tmp_path)) == tuple(mask_file(lesion) for lesion in others)
    assert not (tmp_path / mask_file(first)).exists()


def test_every_recent_lesion_has_a_prior_region_under_both_policies(outlined, aligned):
    found = {(pair.recent.recent_lesion_id, pair.prior.prior_policy) for pair in aligned.lesions}
    lesions = {str(lesion.key) for lesion in lesions_of(outlined.recent)}
    assert found == {(lesion, policy) for lesion in lesions for policy in PriorPolicy}
    assert {roi.source for roi in aligned.tissue} == {RoiSource.TISSUE}
    assert all(pair.recent.source is RoiSource.NULL for pair in aligned.null_places)


def test_rejected_lesion_is_nowhere(pair_images, outlined, small_study):
    rejected = replace(outlined, excluded=tuple(str(lesion.key) for lesion in lesions_of(outlined.recent)))
    aligned = align_regions(pair_images, rejected, small_study.options.config)
    assert aligned.lesions == ()
    assert aligned.places == ()
    assert kept_lesions(rejected.recent, rejected.excluded) == ()


def test_without_a_prior_exam_the_recent_lesions_stand_alone(pair_images, outlined, small_study):
    alone = replace(outlined, prior=replace(outlined.prior, outlined=None))
    aligned = align_regions(pair_images, alone, small_study.options.config)
    assert aligned.registration is None
    assert aligned_pair(pair_images, alone, aligned) is None
    assert [roi.recent_lesion_id for roi in aligned.single] == [
        str(lesion.key) for lesion in lesions_of(outlined.recent)
    ]
    assert "PAIR_INCOMPLETE" in [finding.code for finding in aligned.findings]


def test_each_pair_has_its_own_repeatable_generator(pair_images, outlined, aligned):
    pair = aligned_pair(pair_images, outlined, aligned)
    assert pair_rng(pair, 1).integers(1 << 30) == pair_rng(pair, 1).integers(1 << 30)
    assert pair_rng(pair, 1).integers(1 << 30) != pair_rng(pair, 2).integers(1 << 30)
    assert np.isfinite(aligned.lesions[0].prior.contour_px).all()


FEATURE = "original_firstorder_Mean"


def values(measured) -> dict[str, dict[str, float]]:
    """Measured values of every region by its id."""
    return {one.row.roi_id: one.values for one in measured.features}


@pytest.fixture(scope="module")
def native(pair_images, outlined, aligned, small_study):
    return measure_regions(pair_images, outlined, aligned, config=small_study.options.config)


def test_every_region_is_measured_once(native, aligned, small_study):
    assert len(values(native)) == len(native.features)
    assert {pair.prior.roi_id for pair in aligned.lesions} <= set(values(native))
    lesions = [one for one in native.features if one.row.source in (RoiSource.OUTLINED, RoiSource.REGISTERED)]
    assert all(np.isfinite(one.values[FEATURE]) for one in lesions)
    assert len(native.similarity) == len(aligned.lesions)
    levels = [count for one in lesions for count in one.grey_levels.values()]
    assert 0 < max(levels) <= small_study.options.config.features.bin_count


def test_unreliable_outline_is_not_measured_unless_asked_for(pair_images, outlined, small_study):
    config = small_study.options.config
    lesions = tuple(replace(lesion, quality=OutlineQuality.OPEN) for lesion in outlined.recent.outlined.lesions)
    recent = replace(outlined.recent, outlined=replace(outlined.recent.outlined, lesions=lesions))
    unreliable = replace(outlined, recent=recent)
    assert unmeasured_lesions(unreliable, StudyConfig()) == {str(lesion.key) for lesion in lesions}
    aligned = align_regions(pair_images, unreliable, config)
    asked = replace(config, masks=replace(config.masks, measure_unreliable=True))
    for settings, measured in ((config, False), (asked, True)):
        found = measure_regions(pair_images, unreliable, aligned, config=settings)
        rows = [one for one in found.features if one.row.recent_lesion_id]
        assert rows
        assert {FEATURE in one.values for one in rows} == {measured}


def test_warped_prior_is_measured_at_the_recent_contour(pair_images, outlined, aligned, native, small_study):
    features = config_from({"features": {"preset": "quick", "measure_on": "warped"}}).features
    warped = replace(small_study.options.config, features=features)
    bent_values = values(measure_regions(pair_images, outlined, aligned, config=warped))
    native_values = values(native)
    assert native_values.keys() == bent_values.keys()
    prior = aligned.lesions[0].prior.roi_id
    assert bent_values[prior][FEATURE] == pytest.approx(native_values[prior][FEATURE], rel=0.1)
    assert bent_values[prior][FEATURE] != native_values[prior][FEATURE]


def test_pictures_and_prior_masks_are_written(pair_images, outlined, aligned, small_study, tmp_path):
    config, store = small_study.options.config, Store(tmp_path)
    names = write_pictures(pair_images, outlined, aligned, store=store, config=config)
    assert all((tmp_path / name).stat().st_size for name in names)
    assert any(name.endswith("_pair-prior.png") for name in names)
    masks = write_prior_masks(aligned, store)
    roi = aligned.lesions[0].prior
    assert prior_mask_file(roi) in masks
    picture = cv2.imread(str(tmp_path / prior_mask_file(roi)), cv2.IMREAD_UNCHANGED)
    assert int((picture > 0).sum()) == roi.region.area_px
    assert set(np.unique(picture)) <= {0, 255}


def test_records_without_anything_to_measure_come_back_equal():
    assert from_record(AlignedRegions, to_record(AlignedRegions())) == AlignedRegions()
    assert from_record(MeasuredRegions, to_record(MeasuredRegions())) == MeasuredRegions()


def test_a_pair_with_a_possible_negative_has_no_trusted_prior_region(outlined, lesion_pair):
    images = PairImages.of(lesion_pair, StudyConfig())
    plain = align_regions(images, outlined, StudyConfig())
    mammogram = images.recent.mammogram
    doubted = replace(mammogram, acquisition=replace(mammogram.acquisition, polarity_doubted=True))
    vars(images.recent)["_read"] = (doubted, images.recent.header_findings)
    found = align_regions(images, outlined, StudyConfig())
    assert any(pair.prior.trusted for pair in plain.lesions)
    assert len(found.lesions) == len(plain.lesions) > 0
    assert not any(pair.prior.trusted for pair in found.lesions)
    assert not found.registration.trusted
