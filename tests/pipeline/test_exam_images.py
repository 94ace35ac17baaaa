"""Pixels are decoded at most once, and what is missing is named."""

import pytest

from radiomics_mammo.config.study import StudyConfig
from radiomics_mammo.core.cases import ExamPair, ImageRecord, Patient
from radiomics_mammo.core.errors import ImageError
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.vocabulary import Visit
from radiomics_mammo.pipeline.exam_images import ExamImages, PairImages

PATIENT = Patient("a", None, "1")
RECORDS = [ImageRecord(ImageKey.parse(f"a_CC_{visit}"), PATIENT, None, None) for visit in ("prior", "recent")]


@pytest.mark.parametrize(("part", "code"), [("mammogram", "MISSING_DICOM"), ("overlay", "MISSING_GT")])
def test_missing_file_is_an_image_error_with_its_code(part, code):
    with pytest.raises(ImageError) as caught:
        getattr(ExamImages(RECORDS[0], StudyConfig()), part)
    assert caught.value.code == code


def test_image_is_decoded_once(small_release):
    image = ExamImages(small_release["malignant-01", "CC", "recent"], StudyConfig())
    assert image.mammogram is image.mammogram
    assert image.breast is image.breast
    assert image.breast.key == image.mammogram.key


def test_visits_of_a_pair():
    images = PairImages.of(ExamPair(*RECORDS), StudyConfig())
    assert images.at(Visit.PRIOR) is images.prior
    assert images.at(Visit.RECENT).record is RECORDS[1]
