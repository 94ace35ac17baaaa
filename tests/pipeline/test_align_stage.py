"""Every recent lesion gets a prior region under both policies, or a finding says why not."""

from dataclasses import replace

import numpy as np
import pytest

from radiomics_mammo.core.vocabulary import PriorPolicy, RoiSource
from radiomics_mammo.pipeline.align_stage import align_regions, aligned_pair, kept_lesions, pair_rng
from radiomics_mammo.pipeline.outline_stage import lesions_of, outline_pair


@pytest.fixture
def outlined(pair_images, small_study):
    return outline_pair(pair_images, small_study.options.config)


def test_every_recent_lesion_has_a_prior_region_under_both_policies(pair_images, outlined, small_study):
    aligned = align_regions(pair_images, outlined, small_study.options.config)
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


def test_each_pair_has_its_own_repeatable_generator(pair_images, outlined, small_study):
    aligned = align_regions(pair_images, outlined, small_study.options.config)
    pair = aligned_pair(pair_images, outlined, aligned)
    assert pair_rng(pair, 1).integers(1 << 30) == pair_rng(pair, 1).integers(1 << 30)
    assert pair_rng(pair, 1).integers(1 << 30) != pair_rng(pair, 2).integers(1 << 30)
    assert np.isfinite(aligned.lesions[0].prior.contour_px).all()
