"""Behind one protocol: where the lesions of an image come from, in every layout that a study can start from.

=============  ======================================  =================================================
layout         index                                   lesions
=============  ======================================  =================================================
public         `release.index`                         coloured copy: the pen is the label (`masks.outlines`)
cases          `release.index`, no class               coloured copy, all unconfirmed
cohort file    `release.cohort`                        masks, polygons, or a coloured copy (`masks.given`)
sibling        `release.sibling`                       blue outlines, labelled by biopsy (`masks.clusters`)
=============  ======================================  =================================================

A layout of one's own is an index that makes records of a type of its own, and one `LesionReader` in `READERS`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Protocol

from radiomics_mammo.core.cases import CalcificationImage, CohortImage, FiledImage, ImageRecord
from radiomics_mammo.core.lesions import OutlinedImage
from radiomics_mammo.masks import given_lesions, outline_image
from radiomics_mammo.release import read_given

if TYPE_CHECKING:
    from radiomics_mammo.pipeline.exams import ExamImages


class LesionReader(Protocol):
    """Reads the lesions of one image."""

    def __call__(self, image: ExamImages, included: Collection[str]) -> OutlinedImage:
        """The lesions of an image, whose pixels are decoded when they are asked for."""


def read_outlines(image: ExamImages, included: Collection[str]) -> OutlinedImage:
    """Lesions outlined on the coloured copy; of new cases all are unconfirmed."""
    record, config = image.record, image.config.masks
    return outline_image(image.mammogram, image.overlay, patient=record.patient, config=config, included=included)


def read_clusters(image: ExamImages, included: Collection[str]) -> OutlinedImage:
    """Regions of calcifications outlined in blue, labelled by biopsy."""
    patient, config = image.record.patient, image.config.masks
    return outline_image(
        image.mammogram, image.overlay, patient=patient, config=config, included=included, clusters=True
    )


def read_cohort(image: ExamImages, included: Collection[str]) -> OutlinedImage:
    """Lesions that a cohort file gives, exactly as given; those of a coloured copy where it names one."""
    record = image.record
    if record.overlay is not None or not isinstance(record, CohortImage):
        return read_outlines(image, included)
    given = read_given(record, image.mammogram.grid.shape, config=image.config.release)
    return given_lesions(image.mammogram, given)


READERS: Mapping[type[ImageRecord], LesionReader] = {
    ImageRecord: read_outlines,
    FiledImage: read_outlines,
    CohortImage: read_cohort,
    CalcificationImage: read_clusters,
}
"""How the lesions of a record are read, by the type of the record that its index makes."""


def read_lesions(image: ExamImages, included: Collection[str] = ()) -> OutlinedImage:
    """The lesions of an image, by the layout it comes from.

    Parameters
    ----------
    image : ExamImages
    included : collection of str
        Hashes of rejected outlines that a reader brought back.

    Raises
    ------
    ImageError
        If copy or mask is missing or cannot be read.
    OutlineError
        If the copy does not show the mammogram.
    """
    return READERS[type(image.record)](image, included)
