"""Pixels are decoded at most once; what is missing is named; the warped prior lies on the recent grid."""

import io

import cv2
import numpy as np
import pydicom
import pytest

import radiomics_mammo as rm
from radiomics_mammo.config.study import StudyConfig
from radiomics_mammo.core.cases import ExamPair, FileRef, ImageRecord, Patient
from radiomics_mammo.core.errors import ImageError
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.vocabulary import Laterality, Visit
from radiomics_mammo.pipeline.exams import ExamImages, PairImages, warped_exam, warped_rois
from radiomics_mammo.pipeline.stages import aligned_pair
from radiomics_mammo.synthetic import synthetic_pair
from radiomics_mammo.synthetic.dicom import Machine, encode_dicom
from radiomics_mammo.synthetic.quirks import ScanQuirks

OWN_MM = 0.5

PATIENT = Patient(patient_id="a", case_class=None, folder="1")
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


@pytest.fixture
def ruled(tmp_path):
    """An image whose tags contradict each other; in its copy a ruler of centimetres for pixels of a given size."""

    def build(ruler_mm: float):
        key = ImageKey.parse("malignant-01_CC_recent")
        picture = synthetic_pair(np.random.default_rng(3), rows=512, cols=416, masses=()).recent
        grey = picture.astype(np.float32) / picture.max()
        named = {"laterality": Laterality.LEFT, "spacing_mm": OWN_MM, "machine": Machine("SIEMENS"), "seed": 1}
        dataset = pydicom.dcmread(io.BytesIO(encode_dicom(grey, key, ScanQuirks(), **named)))
        dataset.PixelSpacing = [0.7 * OWN_MM] * 2
        dataset.save_as(tmp_path / "CC_recent.dcm")
        copy = np.repeat((grey * 255).astype(np.uint8)[..., None], 3, axis=2)
        rows = [round(30 + number * 10 / ruler_mm) for number in range(9)]
        for row in rows:
            cv2.line(copy, (390, row), (398, row), (0, 0, 255))
        cv2.line(copy, (390, rows[0]), (390, rows[-1]), (0, 0, 255))
        cv2.imwrite(str(tmp_path / "CC_recent_GT.png"), copy)
        patient = Patient(patient_id="malignant-01", case_class=None, folder="1")
        refs = [FileRef(tmp_path, name) for name in ("CC_recent.dcm", "CC_recent_GT.png")]
        return ExamImages(ImageRecord(key, patient, *refs), StudyConfig())

    return build


@pytest.mark.parametrize(("ruler", "used"), [(0.7, 0.7), (1.0, 1.0), (0.5, 1.0)])
def test_a_ruler_in_the_copy_settles_which_of_two_tags_is_true(ruled, ruler, used):
    image = ruled(ruler * OWN_MM)
    assert image.mammogram.grid.row_spacing_mm == pytest.approx(used * OWN_MM, rel=1e-3)
    said = [finding.message for finding in image.header_findings if finding.code == "SPACING_CONFLICT"]
    assert any("ruler" in message for message in said) == (used == 0.7)


def test_visits_of_a_pair():
    images = PairImages.of(ExamPair(*RECORDS), StudyConfig())
    assert images.at(Visit.PRIOR) is images.prior
    assert images.at(Visit.RECENT).record is RECORDS[1]


def test_lesions_of_one_image_are_those_of_the_study(small_study):
    lesions = small_study.result.lesions
    row = lesions[lesions["label"] == "malignant"].iloc[0]
    release = rm.open_release(small_study.release)
    found = rm.outline_lesions(release[row["patient_id"], row["view"], row["visit"]])
    assert row["lesion_id"] in [str(lesion.key) for lesion in found]
    assert found[0].region.area_px > 0


def test_image_is_read_on_its_grid(small_study):
    record = rm.open_release(small_study.release)["malignant-01", "CC", "recent"]
    image = rm.read_image(record)
    assert image.pixels.shape == image.grid.shape


def test_prior_lies_on_the_recent_grid(pair_images, outlined, aligned):
    pair = aligned_pair(pair_images, outlined, aligned)
    exam = warped_exam(pair)
    assert exam.mammogram.grid == pair.recent.mammogram.grid
    assert exam.mammogram.key == pair.prior.mammogram.key
    overlap = (exam.breast.breast & pair.recent.breast.breast).sum()
    assert overlap > 0.85 * pair.recent.breast.breast.sum()
    (back,) = warped_rois(pair, [aligned.lesions[0].prior])
    distance = np.linalg.norm(back.contour_px.mean(0) - aligned.lesions[0].recent.contour_px.mean(0))
    assert distance * pair.recent.mammogram.grid.row_spacing_mm < 8
