"""Pictures and prior masks lie where the tables say."""

import cv2
import numpy as np

from radiomics_mammo.pipeline.align_stage import align_regions
from radiomics_mammo.pipeline.outline_stage import outline_pair
from radiomics_mammo.pipeline.picture_stage import prior_mask_file, write_pictures, write_prior_masks
from radiomics_mammo.pipeline.store import Store


def test_pictures_and_prior_masks_are_written(pair_images, small_study, tmp_path):
    config, store = small_study.options.config, Store(tmp_path)
    outlined = outline_pair(pair_images, config)
    aligned = align_regions(pair_images, outlined, config)
    names = write_pictures(pair_images, outlined, aligned, store=store, config=config)
    assert all((tmp_path / name).stat().st_size for name in names)
    assert any(name.endswith("_after.png") for name in names)
    masks = write_prior_masks(aligned, store)
    roi = aligned.lesions[0].prior
    assert prior_mask_file(roi) in masks
    picture = cv2.imread(str(tmp_path / prior_mask_file(roi)), cv2.IMREAD_UNCHANGED)
    assert int((picture > 0).sum()) == roi.region.area_px
    assert set(np.unique(picture)) <= {0, 255}
