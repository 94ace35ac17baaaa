"""Printable, sortable names of patients, images and lesions."""

from __future__ import annotations

import re
from dataclasses import dataclass

from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.core.vocabulary import CaseClass, View, Visit, is_view

_IMAGE = re.compile(r"(?P<patient>.+)_(?P<view>[A-Z]{2,5})_(?P<visit>prior|recent)")


def patient_id_of(case_class: CaseClass, folder: str) -> str:
    """Class-qualified patient id: folder numbers repeat across classes.

    Parameters
    ----------
    case_class : CaseClass
        Class folder.
    folder : str
        Folder name; a number is padded to two digits, anything else is kept.

    Examples
    --------
    >>> patient_id_of(CaseClass.MALIGNANT, "7")
    'malignant-07'
    """
    return f"{case_class}-{int(folder):02d}" if folder.isdecimal() else f"{case_class}-{folder}"


@dataclass(frozen=True, order=True)
class ImageKey:
    """One mammogram: patient, view, visit.

    Examples
    --------
    >>> str(ImageKey("malignant-07", View.CC, Visit.RECENT))
    'malignant-07_CC_recent'
    """

    patient_id: str
    view: View
    visit: Visit

    def __str__(self) -> str:
        return f"{self.patient_id}_{self.view}_{self.visit}"

    @classmethod
    def parse(cls, text: str) -> ImageKey:
        """Read an image id back.

        Raises
        ------
        InvariantError
            If the text is not an image id.

        Examples
        --------
        >>> ImageKey.parse("benign-03_MLO_prior").view
        <View.MLO: 'MLO'>
        """
        match = _IMAGE.fullmatch(text)
        if match is None or not is_view(match["view"]):
            raise InvariantError("image id", "PATIENT_{CC,MLO}_{prior,recent}", repr(text), "correct the id")
        return cls(match["patient"], View(match["view"]), Visit(match["visit"]))


@dataclass(frozen=True, order=True)
class LesionKey:
    """One outlined lesion of one image, numbered from 1 top to bottom, then left to right.

    `name` is the id that a cohort file gives it; it is then what is printed.

    Examples
    --------
    >>> str(LesionKey(ImageKey("malignant-07", View.CC, Visit.RECENT), 1))
    'malignant-07_CC_recent_1'
    """

    image: ImageKey
    number: int
    name: str = ""

    def __post_init__(self) -> None:
        if self.number < 1:
            raise InvariantError("lesion number", ">= 1", str(self.number), "number lesions from 1")

    def __str__(self) -> str:
        return self.name or f"{self.image}_{self.number}"

    @classmethod
    def parse(cls, text: str) -> LesionKey:
        """Read a lesion id back.

        Raises
        ------
        InvariantError
            If the text is not a lesion id.

        Examples
        --------
        >>> LesionKey.parse("malignant-07_CC_recent_12").number
        12
        """
        image, _, number = text.rpartition("_")
        if not number.isdecimal():
            raise InvariantError("lesion id", "IMAGE_ID_<number>", repr(text), "correct the id")
        return cls(ImageKey.parse(image), int(number))
