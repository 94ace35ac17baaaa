"""Outlines of a pair become lesions; what cannot be read costs that image alone."""

import hashlib
from dataclasses import replace

import cv2
import numpy as np
import pytest

from radiomics_mammo.config.study import StudyConfig
from radiomics_mammo.core.cases import ExamPair, FileRef
from radiomics_mammo.pipeline.exam_images import PairImages
from radiomics_mammo.pipeline.outline_stage import lesions_of, mask_file, outline_pair, write_masks
from radiomics_mammo.pipeline.store import Store


def test_lesions_of_the_recent_exam_are_outlined(pair_images, small_study):
    outlined = outline_pair(pair_images, small_study.options.config)
    assert "malignant" in [lesion.label for lesion in lesions_of(outlined.recent)]
    assert outlined.recent.image_row["gt_similarity"] > 0.5
    assert outlined.recent.dropped == ""


def test_masks_are_pictures_on_the_dicom_grid(pair_images, small_study, tmp_path):
    outlined = outline_pair(pair_images, small_study.options.config)
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
    outlined = outline_pair(PairImages.of(ExamPair(broken, lesion_pair.recent), StudyConfig()), StudyConfig())
    assert outlined.prior.outlined is None
    assert outlined.prior.dropped.startswith(code)
    assert [finding.code for finding in outlined.prior.findings if finding.severity == "error"] == [code]
    assert outlined.prior.image_row["image_id"] == str(lesion_pair.prior.key)
    assert lesions_of(outlined.recent)


def test_copy_of_another_mammogram_is_refused(lesion_pair, small_release):
    own = lesion_pair.recent.key
    other = next(image for image in small_release.images if image.key.patient_id != own.patient_id)
    swapped = replace(lesion_pair.recent, overlay=other.overlay)
    outlined = outline_pair(PairImages.of(ExamPair(lesion_pair.prior, swapped), StudyConfig()), StudyConfig())
    assert outlined.recent.dropped.startswith("GT_MISPLACED")
