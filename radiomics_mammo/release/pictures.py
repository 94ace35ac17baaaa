"""Pictures that are no DICOM (PNG, TIFF, NRRD, NIfTI) as mammograms, and mask files of any kind as regions."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import SimpleITK as sitk
from numpy.typing import NDArray
from PIL import Image

from radiomics_mammo.config.reading import DEFAULT_RELEASE, ReleaseConfig
from radiomics_mammo.core.errors import ImageError
from radiomics_mammo.core.findings import AuditCode
from radiomics_mammo.release.files import DECODER_ERRORS
from radiomics_mammo.release.header import PYDICOM_ERRORS

PHOTOGRAPHIC = (".png", ".tif", ".tiff", ".bmp", ".jpg", ".jpeg", ".pgm")
"""Endings of pictures without a spacing one could believe: dots per inch are those of a screen or printer."""
VOLUMETRIC = (".nrrd", ".nhdr", ".nii", ".nii.gz", ".mha", ".mhd")
"""Endings of pictures with a spacing in mm."""
_NO_SPACING = (1.0, 1.0)
"""What formats write where no spacing is known; no mammogram has pixels of 1 mm."""
_CHANNELS = (3, 4)
_PAIR, _NAMED_VALUES = 2, 5


@dataclass(frozen=True, eq=False)
class Picture:
    """A decoded picture.

    Parameters
    ----------
    values : ndarray of shape (rows, cols) or (rows, cols, channels)
    spacing_mm : (float, float) or None
        Distance between rows and between columns in mm, None where the file does not say.
    """

    values: NDArray[Any] = field(repr=False)
    spacing_mm: tuple[float, float] | None = None


def is_picture(name: str) -> bool:
    """Whether a file name is one of a picture this chapter reads; everything else is taken for DICOM.

    Examples
    --------
    >>> is_picture("a/left_cc.NII.gz"), is_picture("a/left_cc.dcm")
    (True, False)
    """
    return name.casefold().endswith((*PHOTOGRAPHIC, *VOLUMETRIC))


def read_picture(path: Path, *, config: ReleaseConfig = DEFAULT_RELEASE) -> Picture:
    """Decode a PNG, TIFF, BMP, JPEG, NRRD, NIfTI or MetaImage file of one slice; indexed colours stay indices.

    Raises
    ------
    ImageError
        If it is missing, damaged, too large, or no single picture.
    """
    name = path.name
    try:
        if name.casefold().endswith(VOLUMETRIC):
            picture = picture_of(sitk.ReadImage(str(path)), name=name)
        else:
            with Image.open(path) as opened:
                if opened.width * opened.height > config.max_image_pixels:
                    raise _unreadable(name, f"at most {config.max_image_pixels} pixels", "more", "IMAGE_TOO_LARGE")
                picture = Picture(np.asarray(opened))
    except DECODER_ERRORS as error:
        found = "no such file" if isinstance(error, FileNotFoundError) or not path.exists() else _short(error)
        raise _unreadable(name, "a readable picture", found) from error
    low, high = config.plausible_spacing_mm
    if picture.spacing_mm is not None and not all(low <= one <= high for one in picture.spacing_mm):
        found = " x ".join(f"{one:g}" for one in picture.spacing_mm)
        raise _unreadable(name, f"a pixel spacing of {low:g} to {high:g} mm", found)
    return picture


def picture_of(image: sitk.Image, *, name: str = "image") -> Picture:
    """A SimpleITK image of one slice; a spacing of exactly 1 by 1 counts as unknown.

    Raises
    ------
    ImageError
        If it has several slices.
    """
    values = sitk.GetArrayFromImage(image)
    depth = image.GetDimension()
    if depth > _PAIR and values.shape[0] != 1:
        raise _unreadable(name, "one slice", f"{values.shape[0]}")
    values = values[0] if depth > _PAIR else values
    col_mm, row_mm = image.GetSpacing()[:_PAIR]
    spacing = float(row_mm), float(col_mm)
    return Picture(values, None if spacing == _NO_SPACING else spacing)


def grey_values(picture: Picture, *, name: str) -> NDArray[np.float32]:
    """Grey values of a picture, float32 of shape (rows, cols).

    Raises
    ------
    ImageError
        If it has several channels that differ, holds values that are no numbers, or shows one value only.
    """
    values = one_channel(picture.values, name=name).astype(np.float32)
    if not np.isfinite(values).all():
        raise _unreadable(name, "grey values", "values that are no numbers")
    if values.min() == values.max():
        raise _unreadable(name, "a picture", f"one grey value, {values.flat[0]:g}", "IMAGE_EMPTY")
    return values


def one_channel(values: NDArray[Any], *, name: str) -> NDArray[Any]:
    """The one channel of a grey picture stored as colours; a fourth channel (transparency) is not looked at.

    Raises
    ------
    ImageError
        If the channels differ, or the array is no picture.
    """
    if values.ndim == _PAIR:
        return values
    if values.ndim != _PAIR + 1 or values.shape[2] not in _CHANNELS:
        raise _unreadable(name, "an array of shape (rows, cols)", str(values.shape))
    if (values[..., 1:3] != values[..., :1]).any():
        raise _unreadable(name, "one grey channel", "three different channels: a coloured picture")
    return np.asarray(values[..., 0])


def read_mask(path: Path, *, value: int | None = None, config: ReleaseConfig = DEFAULT_RELEASE) -> NDArray[np.bool_]:
    """One region of a mask file (PNG, TIFF, NRRD, NIfTI, DICOM Segmentation), bool of shape (rows, cols).

    Parameters
    ----------
    path : Path
    value : int, optional
        Value of the region in a labelled mask, or number of its segment; not needed where there is only one.
    config : ReleaseConfig

    Raises
    ------
    ImageError
        If the file cannot be read, holds no such value, several and none is named, or nothing at all.
    """
    if is_picture(path.name):
        return region_of(one_channel(read_picture(path, config=config).values, name=path.name), value, name=path.name)
    segments = _segments(path)
    if value is None and len(segments) > 1:
        raise _several(path.name, np.array(sorted(segments)))
    chosen = segments.get(value) if value is not None else next(iter(segments.values()))
    if chosen is None or not chosen.any():
        raise _unreadable(path.name, f"a segment {value}" if chosen is None else "a region", "none")
    return chosen


def region_of(values: NDArray[Any], value: int | None = None, *, name: str = "mask") -> NDArray[np.bool_]:
    """The pixels of one region of a mask array.

    Parameters
    ----------
    values : ndarray of shape (rows, cols)
        Boolean, or zero outside; where several values occur, `value` names the one that is meant.
    value : int, optional
    name : str
        For messages.

    Raises
    ------
    ImageError
        If the region is empty, or the array has several values and none is named.

    Examples
    --------
    >>> int(region_of(np.array([[0, 2], [3, 3]]), 3).sum())
    2
    """
    flat = one_channel(np.asarray(values), name=name)
    if value is not None:
        inside = flat == value
        if not inside.any():
            raise _unreadable(name, f"pixels of value {value}", f"values {_named(np.unique(flat))}")
        return np.asarray(inside)
    held = np.unique(flat[flat != 0])
    if held.size == 0:
        raise _unreadable(name, "a region", "a mask without any pixel")
    if held.size > 1:
        raise _several(name, held)
    return np.asarray(flat != 0)


def _several(name: str, values: NDArray[Any]) -> ImageError:
    return ImageError(
        name, "one region, or a mask_value that names it", f"{len(values)} labels ({_named(values)})",
        "name the value of the lesion in mask_value", code=AuditCode.MASK_UNREADABLE.name,
    )  # fmt: skip


def _named(values: NDArray[Any]) -> str:
    return ", ".join(f"{value:g}" for value in values[:_NAMED_VALUES]) + (
        ", ..." if len(values) > _NAMED_VALUES else ""
    )


def _segments(path: Path) -> dict[int, NDArray[np.bool_]]:
    """Every segment of a DICOM Segmentation of one image, by its number."""
    try:
        dataset = pydicom.dcmread(path)
        if dataset.get("Modality") != "SEG":
            modality = str(dataset.get("Modality", ""))[:16] or "unknown"
            raise _unreadable(path.name, "a DICOM Segmentation", f"modality {modality}")
        frames = np.atleast_3d(dataset.pixel_array)
        frames = frames.reshape(-1, dataset.Rows, dataset.Columns) > 0
        groups = dataset.PerFrameFunctionalGroupsSequence
        numbers = [int(one.SegmentIdentificationSequence[0].ReferencedSegmentNumber) for one in groups]
    except PYDICOM_ERRORS as error:
        raise _unreadable(path.name, "a mask file", _short(error)) from error
    found: dict[int, NDArray[np.bool_]] = {}
    for number, frame in zip(numbers, frames, strict=True):
        found[number] = frame | found[number] if number in found else frame
    return found


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[-120:] or type(error).__name__


def _unreadable(name: str, expected: str, found: str, code: str = "MASK_UNREADABLE") -> ImageError:
    return ImageError(name, expected, found, "correct the file, or leave its row out", code=code)
