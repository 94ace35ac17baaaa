"""Masks as DICOM Segmentation objects that point at their source image."""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import highdicom
import numpy as np
import pydicom
from highdicom.seg import Segmentation, SegmentDescription
from pydicom.errors import BytesLengthException
from pydicom.sr.coding import Code
from pydicom.uid import UID, generate_uid

from radiomics_mammo._version import __version__
from radiomics_mammo.core.errors import ExportError
from radiomics_mammo.core.geometry import PixelGrid
from radiomics_mammo.core.lesions import LesionMask

_MAKER = "radiomics_mammo"
_CATEGORY = Code("49755003", "SCT", "Morphologically Altered Structure")
_TYPE = Code("4147007", "SCT", "Mass")
_FAMILY = Code("123109", "DCM", "Manual Processing")  # Contours are drawn by hand; the software only reads them.
_MAMMOGRAM_CLASS = UID("1.2.840.10008.5.1.4.1.1.1.2")  # Digital Mammography X-Ray Image Storage - For Presentation.
_SERIES_NUMBER = 900  # Far from the series numbers of a screening study.
_SLICE_MM = 1.0  # Thickness of the one slice; a mammogram is a projection and has none.
_MAX_LABEL = 64  # Characters a DICOM LO value may hold.

_POSITION = (0.0, 0.0, 0.0)
_ORIENTATION = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
"""Where viewers put an image that has no place in space: columns along x, rows along y."""

_IDENTIFIERS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "FrameOfReferenceUID")
"""Derived from the content where the source has none."""

_KEPT = (
    *_IDENTIFIERS,
    "SOPClassUID",
    "Modality",
    "PatientSex",
    "StudyDate",
    "StudyTime",
    "ImageType",
    "Rows",
    "Columns",
    "PixelSpacing",
    "SliceThickness",
    "ImagePositionPatient",
    "ImageOrientationPatient",
)
"""All that is taken over from the source: what ties a segmentation to its image. What names a person stays behind."""

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

_MALFORMED = (
    *(ValueError, TypeError, AttributeError, KeyError, NotImplementedError, EOFError, OverflowError),
    *(struct.error, BytesLengthException),
)
"""What the DICOM libraries raise on content that breaks the standard."""


def write_dicom_seg(lesions: Sequence[LesionMask], source_dicom: bytes, path: Path) -> Path:
    """Write the lesions of one image as the segments of one binary DICOM Segmentation.

    Identifiers that the source lacks or misspells (study, series, instance, frame of reference) are derived from its
    content, so that two exports of one file agree. Where the source has no place in space, as mammograms have none, the
    plane lies at the origin with the image's spacing (1 mm where unknown), which is where viewers put it. Segments may
    overlap. Name, birth date, numbers and every other attribute that could tell who the patient is are left empty or
    out.

    Parameters
    ----------
    lesions : sequence of LesionMask
        At least one, all of the source image; segment labels and tracking identifiers are their ids.
    source_dicom : bytes
        Content of the source file.
    path : Path
        Ends in ``.dcm``; its folder exists.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    ExportError
        If there is no lesion, if the lesions are of several images, if the source is no DICOM image or has another size
        than the masks, or if what a segmentation takes over from it breaks the standard.
    OSError
        If the file cannot be written.
    """
    if not lesions:
        raise ExportError(path.name, "at least one lesion", "none", "export images that have lesions")
    grid = lesions[0].grid
    if any(lesion.grid != grid or lesion.key.image != lesions[0].key.image for lesion in lesions):
        raise ExportError(path.name, "lesions of one image", "several images", "export image by image")
    source = _source_of(source_dicom, grid, path.name)
    try:
        segmentation = _segmentation(lesions, source, source_dicom)
    except _MALFORMED as error:
        raise _unusable(path.name, "a source header that a segmentation can follow", error) from error
    segmentation.save_as(path)
    return path


def _segmentation(lesions: Sequence[LesionMask], source: Any, content: bytes) -> Segmentation:  # noqa: ANN401 - pydicom
    series, instance = (_derived(content, str(lesions[0].key.image), part) for part in ("series", "instance"))
    return Segmentation(
        source_images=[source],
        pixel_array=np.stack([lesion.inside for lesion in lesions], axis=-1)[None].astype(np.uint8),
        segmentation_type="BINARY",
        segment_descriptions=[_describe(lesion, number) for number, lesion in enumerate(lesions, start=1)],
        series_instance_uid=series,
        series_number=_SERIES_NUMBER,
        sop_instance_uid=instance,
        instance_number=1,
        manufacturer=_MAKER,
        manufacturer_model_name=_MAKER,
        software_versions=__version__,
        device_serial_number="0",
        content_label="MASSES",
        content_description="Outlined masses",
        pixel_measures=highdicom.PixelMeasuresSequence(lesions[0].grid.unit_spacing, _SLICE_MM),
        plane_orientation=highdicom.PlaneOrientationSequence("PATIENT", source.ImageOrientationPatient),
        plane_positions=[highdicom.PlanePositionSequence("PATIENT", source.ImagePositionPatient)],
        omit_empty_frames=False,
    )


def _source_of(content: bytes, grid: PixelGrid, name: str) -> Any:  # noqa: ANN401
    """Header of the source image with the attributes that a segmentation must copy."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        try:
            source = _anonymous(pydicom.dcmread(io.BytesIO(content), stop_before_pixels=True, force=True))
            found = f"{source.get('Rows')} x {source.get('Columns')}"
            for keyword in _IDENTIFIERS:
                if not UID(source.get(keyword) or "").is_valid:
                    setattr(source, keyword, _derived(content, keyword))
            for keyword, value in _DEFAULTS.items():
                source.setdefault(keyword, value)
            placed = len(source.get("ImagePositionPatient") or ()), len(source.get("ImageOrientationPatient") or ())
        except _MALFORMED as error:
            raise _unusable(name, "a DICOM source image", error) from error
    if "Rows" not in source or "Columns" not in source:
        raise ExportError(name, "a DICOM source image", "no Rows and Columns", "check the source file")
    if (source.Rows, source.Columns) != grid.shape:
        raise ExportError(name, f"a source of {grid.rows} x {grid.cols}", found, "pass the lesions' own image")
    if placed != (len(_POSITION), len(_ORIENTATION)):
        source.ImagePositionPatient, source.ImageOrientationPatient = list(_POSITION), list(_ORIENTATION)
        source.PixelSpacing, source.SliceThickness = list(grid.unit_spacing), _SLICE_MM
    for keyword, value in (("PixelSpacing", list(grid.unit_spacing)), ("SliceThickness", _SLICE_MM)):
        if not source.get(keyword):
            setattr(source, keyword, value)
    return source


def _unusable(name: str, expected: str, error: Exception) -> ExportError:
    return ExportError(name, expected, str(error)[:120] or type(error).__name__, "check the source file")


def _anonymous(header: Any) -> Any:  # noqa: ANN401
    """The attributes of `_KEPT` alone: the library copies every patient and study attribute it finds."""
    kept = pydicom.Dataset()
    for keyword in _KEPT:
        if keyword in header:
            kept.add(header[keyword])
    kept.file_meta = header.file_meta
    return kept


def _derived(*parts: str | bytes) -> UID:
    """A UID that the same content always gives."""
    return generate_uid(entropy_srcs=[part.hex() if isinstance(part, bytes) else part for part in parts])


def _describe(lesion: LesionMask, number: int) -> SegmentDescription:
    identifier = str(lesion.key)
    return SegmentDescription(
        segment_number=number,
        segment_label=identifier[:_MAX_LABEL],
        segmented_property_category=_CATEGORY,
        segmented_property_type=_TYPE,
        algorithm_type="SEMIAUTOMATIC",
        algorithm_identification=highdicom.AlgorithmIdentificationSequence(
            name=f"{_MAKER} outlines", family=_FAMILY, version=__version__
        ),
        tracking_uid=_derived("tracking", identifier),
        tracking_id=identifier[:_MAX_LABEL],
    )
