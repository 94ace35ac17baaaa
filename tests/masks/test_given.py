"""A mask given is the mask of the lesion, bit for bit."""

import numpy as np

from radiomics_mammo.core.geometry import PixelGrid
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.images import Mammogram
from radiomics_mammo.core.vocabulary import LesionLabel
from radiomics_mammo.masks import given_lesions, view_conflicts


def test_masks_labels_and_numbers_are_those_given():
    rng = np.random.default_rng(2)
    masks = [rng.random((31, 47)) > share for share in (0.4, 0.9)]
    labels = [LesionLabel.MALIGNANT, LesionLabel.UNCONFIRMED]
    mammogram = Mammogram(ImageKey.parse("a_LCC_recent"), PixelGrid(31, 47), rng.random((31, 47)).astype(np.float32))
    found = given_lesions(mammogram, list(zip(masks, labels, ["", "mass A"], strict=True)))
    assert [str(lesion.key) for lesion in found.lesions] == ["a_LCC_recent_1", "mass A"]
    for lesion, inside, label in zip(found.lesions, masks, labels, strict=True):
        np.testing.assert_array_equal(lesion.inside, inside)
        assert lesion.label is label


def test_masks_without_a_pen_in_both_views_are_no_conflict_of_pens():
    inside = np.zeros((12, 9), dtype=bool)
    inside[3:6, 2:7] = True
    images = []
    for view, count in (("LCC", 1), ("LMLO", 2)):
        key = ImageKey.parse(f"a_{view}_recent")
        mammogram = Mammogram(key, PixelGrid(12, 9), np.arange(108, dtype=np.float32).reshape(12, 9))
        images.append(given_lesions(mammogram, [(inside, LesionLabel.MALIGNANT, "")] * count))
    assert view_conflicts(images) == ()
