"""The header of a source image as a segmentation needs it: odd values are left out or replaced, and named."""

from __future__ import annotations

import io
import math
import re
import struct
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pydicom
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.multival import MultiValue
from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid

from radiomics_mammo.core.errors import ExportError
from radiomics_mammo.core.geometry import PixelGrid

MALFORMED = (
    *(ValueError, TypeError, AttributeError, KeyError, NotImplementedError, EOFError, OverflowError, IndexError),
    *(struct.error, BytesLengthException, InvalidDicomError),
)
"""What the DICOM libraries raise on content that breaks the standard."""

_MAMMOGRAM_CLASS = UID("1.2.840.10008.5.1.4.1.1.1.2")  # Digital Mammography X-Ray Image Storage - For Presentation.
SLICE_MM = 1.0
"""Thickness of the one slice; a mammogram is a projection and has none."""

_POSITION = (0.0, 0.0, 0.0)
_ORIENTATION = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
"""Where viewers put an image that has no place in space: columns along x, rows along y."""

_IDENTIFIERS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "FrameOfReferenceUID")
"""Derived from the content where the source has none."""

_DEFAULTS = {
    "SOPClassUID": _MAMMOGRAM_CLASS,
    "Modality": "MG",
    "PatientID": "",
    "PatientName": "",
    "PatientBirthDate": "",
    "PatientSex": "",
    "AccessionNumber": "",
    "StudyID": "",
    "StudyDate": "",
    "StudyTime": "",
    "ReferringPhysicianName": "",
}
"""What a segmentation must hold, where the source lacks it or it is not taken over."""


@dataclass(frozen=True, eq=False)
class SegmentationSource:
    """What a segmentation takes over of its image, and the tags that were odd and were left out or replaced."""

    header: Any
    repaired: tuple[str, ...] = ()


def _texts(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list | tuple | MultiValue) else [str(value)]


def _is_uid(value: object) -> bool:
    return len(texts := _texts(value)) == 1 and UID(texts[0]).is_valid


def _is_date(value: object) -> bool:
    text = str(value)
    return text == "" or (re.fullmatch(r"\d{8}", text) is not None and bool(date.fromisoformat(text)))


def _is_time(value: object) -> bool:
    return re.fullmatch(r"(([01]\d|2[0-3])([0-5]\d([0-5]\d(\.\d{1,6})?)?)?)? *", str(value)) is not None


def _is_sex(value: object) -> bool:
    return str(value).strip() in ("", "M", "F", "O")


def _are_words(value: object) -> bool:
    return all(re.fullmatch(r"[A-Z0-9 _]{1,16}", text) for text in _texts(value))


def _is_id(value: object) -> bool:
    """One long string (LO): at most 64 characters, no backslash, none that controls."""
    return len(texts := _texts(value)) == 1 and len(texts[0]) <= 64 and texts[0].isprintable() and "\\" not in texts[0]


def _is_count(value: object) -> bool:
    return isinstance(value, int) and value > 0


def _numbers(value: object, count: int) -> list[float]:
    numbers = [float(text) for text in _texts(value)]
    return numbers if len(numbers) == count and all(map(math.isfinite, numbers)) else []


def _is_spacing(value: object) -> bool:
    return bool(numbers := _numbers(value, 2)) and min(numbers) > 0


def _is_thickness(value: object) -> bool:
    return bool(numbers := _numbers(value, 1)) and numbers[0] > 0


def _is_position(value: object) -> bool:
    return bool(_numbers(value, 3))


def _is_orientation(value: object) -> bool:
    """Two unit vectors at a right angle (PS3.3 C.7.6.2.1.1)."""
    if not (numbers := _numbers(value, 6)):
        return False
    rows, cols = numbers[:3], numbers[3:]
    lengths = [math.hypot(*one) for one in (rows, cols)]
    across = sum(a * b for a, b in zip(rows, cols, strict=True))
    return all(abs(length - 1) < 1e-3 for length in lengths) and abs(across) < 1e-3


_KEPT: dict[str, Callable[[object], bool]] = {
    **dict.fromkeys((*_IDENTIFIERS, "SOPClassUID"), _is_uid),
    "Modality": _are_words,
    "PatientID": _is_id,
    "PatientSex": _is_sex,
    "StudyDate": _is_date,
    "StudyTime": _is_time,
    "ImageType": _are_words,
    "Rows": _is_count,
    "Columns": _is_count,
    "PixelSpacing": _is_spacing,
    "SliceThickness": _is_thickness,
    "ImagePositionPatient": _is_position,
    "ImageOrientationPatient": _is_orientation,
}
"""All that is taken over from the source, and what it must be: what ties a segmentation to its image. What names a
person beside the identifier of the archive stays behind."""


def read_source(content: bytes, grid: PixelGrid, *, name: str) -> SegmentationSource:
    """Header of the source image with the attributes that a segmentation must copy.

    Parameters
    ----------
    content : bytes
        The source file.
    grid : PixelGrid
        Of the masks.
    name : str
        For messages.

    Raises
    ------
    ExportError
        If the source is no DICOM image, or has another size than the masks.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        try:
            read = pydicom.dcmread(io.BytesIO(content), stop_before_pixels=True, force=True)
            header, odd = _kept(read)
        except MALFORMED as error:
            found = str(error)[:120] or type(error).__name__
            raise ExportError(name, "a DICOM source image", found, "check the source file") from error
        if "Rows" not in header or "Columns" not in header:
            raise ExportError(name, "a DICOM source image", "no Rows and Columns", "check the source file")
        if (header.Rows, header.Columns) != grid.shape:
            found = f"{header.Rows} x {header.Columns}"
            raise ExportError(name, f"a source of {grid.rows} x {grid.cols}", found, "pass the lesions' own image")
        _complete(header, content, grid)
    return SegmentationSource(header, odd)


def _kept(read: Any) -> tuple[Any, tuple[str, ...]]:  # noqa: ANN401 - pydicom
    """The attributes of `_KEPT` that are what they must be, and the names of those that are not."""
    kept, odd = pydicom.Dataset(), []
    for keyword, is_right in _KEPT.items():
        if keyword not in read:
            continue
        try:
            element = read[keyword]
            right = element.value in (None, "") or is_right(element.value)
        except MALFORMED:
            right = False
        if not right:
            odd.append(keyword)
        elif element.value not in (None, ""):
            kept.add(element)
    kept.file_meta = getattr(read, "file_meta", None) or pydicom.dataset.FileMetaDataset()
    if not _is_uid(kept.file_meta.get("TransferSyntaxUID") or ""):
        kept.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return kept, tuple(odd)


def _complete(header: Any, content: bytes, grid: PixelGrid) -> None:  # noqa: ANN401 - pydicom
    """Fill in what a segmentation must hold and the source lacks."""
    for keyword in _IDENTIFIERS:
        if keyword not in header:
            setattr(header, keyword, derived_uid(content, keyword))
    for keyword, value in _DEFAULTS.items():
        header.setdefault(keyword, value)
    if "ImagePositionPatient" not in header or "ImageOrientationPatient" not in header:
        header.ImagePositionPatient, header.ImageOrientationPatient = list(_POSITION), list(_ORIENTATION)
        header.PixelSpacing, header.SliceThickness = list(grid.unit_spacing), SLICE_MM
    header.setdefault("PixelSpacing", list(grid.unit_spacing))
    header.setdefault("SliceThickness", SLICE_MM)


def derived_uid(*parts: str | bytes) -> UID:
    """A UID that the same content always gives.

    Examples
    --------
    >>> derived_uid("a") == derived_uid("a"), derived_uid("a") == derived_uid("b")
    (True, False)
    """
    return generate_uid(entropy_srcs=[part.hex() if isinstance(part, bytes) else part for part in parts])
