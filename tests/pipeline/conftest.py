"""The small study of the whole suite, opened."""

import pytest

from radiomics_mammo.core.cases import ExamPair
from radiomics_mammo.pipeline.exams import PairImages
from radiomics_mammo.pipeline.stages import AlignedRegions, OutlinedPair, align_regions, outline_pair
from radiomics_mammo.release import open_release


@pytest.fixture(scope="session")
def small_release(small_study):
    return open_release(small_study.release)


@pytest.fixture(scope="session")
def lesion_pair(small_release, small_study) -> ExamPair:
    """A pair of the small study with a confirmed malignant mass in the recent exam."""
    lesions = small_study.result.lesions
    malignant = lesions[(lesions["label"] == "malignant") & (lesions["visit"] == "recent") & (lesions["view"] == "CC")]
    wanted = malignant["patient_id"].iloc[0]
    return next(pair for pair in small_release.pairs() if pair.patient.patient_id == wanted and pair.view == "CC")


@pytest.fixture(scope="session")
def pair_images(lesion_pair, small_study) -> PairImages:
    return PairImages.of(lesion_pair, small_study.options.config)


@pytest.fixture(scope="session")
def outlined(pair_images) -> OutlinedPair:
    return outline_pair(pair_images)


@pytest.fixture(scope="session")
def aligned(pair_images, outlined, small_study) -> AlignedRegions:
    return align_regions(pair_images, outlined, small_study.options.config)
