"""Every region is measured once; unreliable outlines keep their rows, empty."""

from dataclasses import replace

import numpy as np
import pytest

from radiomics_mammo.config.loading import config_from
from radiomics_mammo.core.vocabulary import OutlineQuality
from radiomics_mammo.pipeline.align_stage import align_regions
from radiomics_mammo.pipeline.measure_stage import measure_regions, unreliable_lesions
from radiomics_mammo.pipeline.outline_stage import outline_pair

FEATURE = "original_firstorder_Mean"


@pytest.fixture
def outlined(pair_images, small_study):
    return outline_pair(pair_images, small_study.options.config)


def measured(images, outlined, config):
    aligned = align_regions(images, outlined, config)
    return aligned, measure_regions(images, outlined, aligned, config=config)


def test_every_region_is_measured_once(pair_images, outlined, small_study):
    aligned, found = measured(pair_images, outlined, small_study.options.config)
    ids = [row["roi_id"] for row in found.features]
    assert len(ids) == len(set(ids))
    assert {pair.prior.roi_id for pair in aligned.lesions} <= set(ids)
    lesion_rows = [row for row in found.features if row["source"] in ("outlined", "registered", "fallback")]
    assert all(np.isfinite(row[FEATURE]) for row in lesion_rows)
    assert len(found.similarity) == len(aligned.lesions)
    assert {row["roi_id"] for row in found.grey_levels} == {row["roi_id"] for row in lesion_rows}
    assert all(row["occupied"] <= small_study.options.config.features.bin_count for row in found.grey_levels)


def test_unreliable_outline_is_not_measured_unless_asked_for(pair_images, outlined, small_study):
    config = small_study.options.config
    lesions = tuple(replace(lesion, quality=OutlineQuality.OPEN) for lesion in outlined.recent.outlined.lesions)
    unreliable = replace(
        outlined, recent=replace(outlined.recent, outlined=replace(outlined.recent.outlined, lesions=lesions))
    )
    assert unreliable_lesions(unreliable) == {str(lesion.key) for lesion in lesions}
    _, found = measured(pair_images, unreliable, config)
    rows = [row for row in found.features if row.get("recent_lesion_id")]
    assert rows
    assert not any(FEATURE in row for row in rows)
    _, asked = measured(pair_images, unreliable, replace(config, masks=replace(config.masks, measure_unreliable=True)))
    assert all(FEATURE in row for row in asked.features if row.get("recent_lesion_id"))


def test_warped_prior_is_measured_at_the_recent_contour(pair_images, outlined, small_study):
    config = small_study.options.config
    warped = replace(config, features=config_from({"features": {"preset": "quick", "measure_on": "warped"}}).features)
    (aligned, native), (_, bent) = measured(pair_images, outlined, config), measured(pair_images, outlined, warped)
    native_rows = {row["roi_id"]: row for row in native.features}
    bent_rows = {row["roi_id"]: row for row in bent.features}
    assert native_rows.keys() == bent_rows.keys()
    prior = aligned.lesions[0].prior.roi_id
    assert bent_rows[prior][FEATURE] == pytest.approx(native_rows[prior][FEATURE], rel=0.1)
    assert bent_rows[prior][FEATURE] != native_rows[prior][FEATURE]
