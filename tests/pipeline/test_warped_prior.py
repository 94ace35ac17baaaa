"""The warped prior lies on the recent grid, and its regions come back to where they were taken from."""

import numpy as np

from radiomics_mammo.pipeline.align_stage import align_regions, aligned_pair
from radiomics_mammo.pipeline.outline_stage import outline_pair
from radiomics_mammo.pipeline.warped_prior import warped_exam, warped_rois


def test_prior_lies_on_the_recent_grid(pair_images, small_study):
    config = small_study.options.config
    outlined = outline_pair(pair_images, config)
    aligned = align_regions(pair_images, outlined, config)
    pair = aligned_pair(pair_images, outlined, aligned)
    exam = warped_exam(pair)
    assert exam.mammogram.grid == pair.recent.mammogram.grid
    assert exam.mammogram.key == pair.prior.mammogram.key
    overlap = (exam.breast.breast & pair.recent.breast.breast).sum()
    assert overlap > 0.85 * pair.recent.breast.breast.sum()
    (back,) = warped_rois(pair, [aligned.lesions[0].prior])
    distance = np.linalg.norm(back.contour_px.mean(0) - aligned.lesions[0].recent.contour_px.mean(0))
    assert distance * pair.recent.mammogram.grid.row_spacing_mm < 8
