"""One image of a release, for notebooks: its pixels, and the lesions outlined on it."""

from __future__ import annotations

from radiomics_mammo.config.study import StudyConfig
from radiomics_mammo.core.cases import ImageRecord
from radiomics_mammo.core.images import Mammogram
from radiomics_mammo.core.lesions import LesionMask
from radiomics_mammo.masks import outline_image
from radiomics_mammo.pipeline.exam_images import ExamImages


def read_image(record: ImageRecord, *, config: StudyConfig | None = None) -> Mammogram:
    """Decode one mammogram.

    Parameters
    ----------
    record : ImageRecord
        Such as ``release["malignant-07", "CC", "recent"]``.
    config : StudyConfig, optional

    Raises
    ------
    ImageError
        If it is missing or cannot be read.
    """
    return ExamImages(record, config or StudyConfig()).mammogram


def outline_lesions(record: ImageRecord, *, config: StudyConfig | None = None) -> tuple[LesionMask, ...]:
    """The lesions outlined on one image, as masks on its DICOM grid.

    Parameters
    ----------
    record : ImageRecord
        Such as ``release["malignant-07", "CC", "recent"]``.
    config : StudyConfig, optional

    Returns
    -------
    tuple of LesionMask
        Top to bottom, then left to right; none where nothing is outlined.

    Raises
    ------
    ImageError
        If the mammogram or its outlined copy is missing or cannot be read.
    OutlineError
        If the copy does not show the mammogram.
    """
    settings = config or StudyConfig()
    image = ExamImages(record, settings)
    return outline_image(image.mammogram, image.overlay, patient=record.patient, config=settings.masks).lesions
