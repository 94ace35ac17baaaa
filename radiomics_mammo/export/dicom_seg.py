"""Masks as DICOM Segmentation objects that point at their source image."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.sr.coding import Code

from radiomics_mammo._version import __version__
from radiomics_mammo.core.errors import ExportError, MissingExtraError
from radiomics_mammo.core.lesions import LesionMask
from radiomics_mammo.core.vocabulary import LesionLabel
from radiomics_mammo.export.source import MALFORMED, SLICE_MM, derived_uid, read_source

try:
    import highdicom
    import highdicom.seg
    import highdicom.sr
except ImportError:  # the extra is not installed
    highdicom = None

_MAKER = "radiomics_mammo"
_CATEGORY = Code("49755003", "SCT", "Morphologically Altered Structure")
_TYPE = Code("4147007", "SCT", "Mass")
_MODIFIERS = {
    LesionLabel.BENIGN: Code("30807003", "SCT", "Benign"),
    LesionLabel.MALIGNANT: Code("21594007", "SCT", "Malignant"),
}
"""What the label adds to the type, a mass; an unconfirmed one adds nothing."""
_FAMILY = Code("123109", "DCM", "Manual Processing")  # Contours are drawn by hand; the software only reads them.
_SERIES = "radiomics_mammo outlines"
_SERIES_NUMBER = 900  # Far from the series numbers of a screening study.
_MAX_LABEL = 64  # Characters a DICOM LO value may hold.


def write_dicom_seg(lesions: Sequence[LesionMask], source_dicom: bytes, path: Path) -> Path:
    """Write the lesions of one image as the segments of one binary DICOM Segmentation.

    Identifiers that the source lacks or misspells (study, series, instance, frame of reference) are derived from its
    content, so that two exports of one file agree; other odd values are left out (`source.read_source` names them).
    Where the source has no place in space, as mammograms have none, the plane lies at the origin with the image's
    spacing (1 mm where unknown), which is where viewers put it. Segments may overlap. Patient ID and study are those of
    the source, so that an archive files the segmentation beside its image; name, birth date, accession number and
    every other attribute that could tell who the patient is are left empty or out.

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
    MissingExtraError
        If highdicom is not installed.
    ExportError
        If there is no lesion, if the lesions are of several images, if the source is no DICOM image or has another size
        than the masks, or if what a segmentation takes over from it breaks the standard.
    OSError
        If the file cannot be written.
    """
    if highdicom is None:
        raise MissingExtraError(
            "DICOM SEG", "the extra 'seg' (highdicom)", "none", "pip install 'radiomics-mammo[seg]'"
        )
    if not lesions:
        raise ExportError(path.name, "at least one lesion", "none", "export images that have lesions")
    grid = lesions[0].grid
    if any(lesion.grid != grid or lesion.key.image != lesions[0].key.image for lesion in lesions):
        raise ExportError(path.name, "lesions of one image", "several images", "export image by image")
    source = read_source(source_dicom, grid, name=path.name)
    try:
        segmentation = _segmentation(lesions, source.header, source_dicom)
    except MALFORMED as error:
        raise _unusable(path.name, "a source header that a segmentation can follow", error) from error
    segmentation.save_as(path)
    return path


def _segmentation(lesions: Sequence[LesionMask], source: Any, content: bytes) -> highdicom.seg.Segmentation:  # noqa: ANN401 - pydicom
    series, instance = (derived_uid(content, str(lesions[0].key.image), part) for part in ("series", "instance"))
    return highdicom.seg.Segmentation(
        source_images=[source],
        pixel_array=np.stack([lesion.inside for lesion in lesions], axis=-1)[None].astype(np.uint8),
        segmentation_type="BINARY",
        segment_descriptions=[_describe(lesion, number) for number, lesion in enumerate(lesions, start=1)],
        series_instance_uid=series,
        series_number=_SERIES_NUMBER,
        series_description=_SERIES,
        sop_instance_uid=instance,
        instance_number=1,
        manufacturer=_MAKER,
        manufacturer_model_name=_MAKER,
        software_versions=__version__,
        device_serial_number="0",
        content_label="MASSES",
        content_description="Outlined masses",
        pixel_measures=highdicom.PixelMeasuresSequence(lesions[0].grid.unit_spacing, SLICE_MM),
        plane_orientation=highdicom.PlaneOrientationSequence("PATIENT", source.ImageOrientationPatient),
        plane_positions=[highdicom.PlanePositionSequence("PATIENT", source.ImagePositionPatient)],
        omit_empty_frames=False,
    )


def _unusable(name: str, expected: str, error: Exception) -> ExportError:
    return ExportError(name, expected, str(error)[:120] or type(error).__name__, "check the source file")


def _describe(lesion: LesionMask, number: int) -> highdicom.seg.SegmentDescription:
    identifier = str(lesion.key)
    described = highdicom.seg.SegmentDescription(
        segment_number=number,
        segment_label=identifier[:_MAX_LABEL],
        segmented_property_category=_CATEGORY,
        segmented_property_type=_TYPE,
        algorithm_type="SEMIAUTOMATIC",
        algorithm_identification=highdicom.AlgorithmIdentificationSequence(
            name=f"{_MAKER} outlines", family=_FAMILY, version=__version__
        ),
        tracking_uid=derived_uid("tracking", identifier),
        tracking_id=identifier[:_MAX_LABEL],
    )
    if modifier := _MODIFIERS.get(lesion.label):
        concept = highdicom.sr.CodedConcept(*modifier[:3])
        described.SegmentedPropertyTypeCodeSequence[0].SegmentedPropertyTypeModifierCodeSequence = [concept]
    return described
