"""Synthetic mammograms as DICOM objects; the same values always give the same bytes."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import UID, DigitalMammographyXRayImageStorageForPresentation, ExplicitVRLittleEndian, generate_uid

from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.vocabulary import Laterality, View

_IMPLEMENTATION = UID("1.2.826.0.1.3680043.8.498.20240531")


@dataclass(frozen=True)
class DicomStyle:
    """How one image is stored.

    Parameters
    ----------
    laterality : Laterality
    spacing_mm : float
    manufacturer : str
    bits : int
        8, or 12 stored in 16.
    inverted : bool
        MONOCHROME1.
    transfer_syntax : UID
    spacing_tag : str
        ``PixelSpacing``, ``ImagerPixelSpacing`` or empty for none.
    magnification : float
        Estimated radiographic magnification factor, by which Imager Pixel Spacing is larger than `spacing_mm`.
    laterality_tag : bool
        Whether Image Laterality is written.
    """

    laterality: Laterality
    spacing_mm: float
    manufacturer: str
    bits: int = 8
    inverted: bool = False
    transfer_syntax: UID = ExplicitVRLittleEndian
    spacing_tag: str = "ImagerPixelSpacing"
    magnification: float = 1.0
    laterality_tag: bool = True


def stored_values(picture: NDArray[np.float32], style: DicomStyle) -> NDArray[np.unsignedinteger]:
    """Brightness 0..1 as stored pixel values, MONOCHROME1 inverted.

    Examples
    --------
    >>> style = DicomStyle(Laterality.LEFT, 0.07, "ACME", bits=12, inverted=True)
    >>> stored_values(np.array([[0.0, 1.0]], dtype=np.float32), style)
    array([[4095,    0]], dtype=uint16)
    """
    highest = 2**style.bits - 1
    values = np.round(picture * np.float32(highest)).astype(np.uint8 if style.bits == 8 else np.uint16)
    return np.asarray(highest - values if style.inverted else values, dtype=values.dtype)


def encode_dicom(picture: NDArray[np.float32], key: ImageKey, style: DicomStyle, *, seed: int) -> bytes:
    """One mammogram as a DICOM file.

    Parameters
    ----------
    picture : ndarray of float32, shape (rows, cols)
        Brightness 0..1.
    key : ImageKey
    style : DicomStyle
    seed : int
        Enters the unique identifiers.

    Examples
    --------
    >>> from radiomics_mammo.core.vocabulary import Visit
    >>> key = ImageKey("benign-04", View.CC, Visit.RECENT)
    >>> data = encode_dicom(np.zeros((8, 6), np.float32), key, DicomStyle(Laterality.LEFT, 0.07, "ACME"), seed=1)
    >>> data[128:132]
    b'DICM'
    """
    values = stored_values(picture, style)
    dataset = _described(key, style, seed=seed)
    dataset.Rows, dataset.Columns = values.shape
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = (8, 8, 7) if style.bits == 8 else (16, 12, 11)
    dataset.PixelData = values.tobytes() + b"\0" * (values.nbytes % 2)
    dataset["PixelData"].VR = "OB" if style.bits == 8 else "OW"
    if style.transfer_syntax != ExplicitVRLittleEndian:
        dataset.compress(style.transfer_syntax, generate_instance_uid=False)
    target = io.BytesIO()
    dcmwrite(target, dataset, enforce_file_format=True)
    return target.getvalue()


def _described(key: ImageKey, style: DicomStyle, *, seed: int) -> Dataset:
    """Header without the pixels; nothing in it could identify a person."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.ImplementationClassUID = _IMPLEMENTATION
    dataset.file_meta.ImplementationVersionName = "SYNTHETIC"
    _identify(dataset, key, seed=seed)
    dataset.SOPClassUID = DigitalMammographyXRayImageStorageForPresentation
    dataset.Modality = "MG"
    dataset.PresentationIntentType = "FOR PRESENTATION"
    dataset.Manufacturer = style.manufacturer
    dataset.SeriesNumber, dataset.InstanceNumber = 1, 1
    dataset.ImageType = ["DERIVED", "PRIMARY"]
    dataset.BodyPartExamined = "BREAST"
    dataset.ViewPosition = str(key.view)
    if style.laterality_tag:
        dataset.ImageLaterality = str(style.laterality)
    dataset.PatientOrientation = [
        "P" if style.laterality is Laterality.RIGHT else "A",
        "L" if key.view is View.CC else "F",
    ]
    if style.spacing_tag:
        scale = style.magnification if style.spacing_tag == "ImagerPixelSpacing" else 1.0
        spacing = f"{style.spacing_mm * scale:.10g}"
        setattr(dataset, style.spacing_tag, [spacing, spacing])
        if scale != 1.0:
            dataset.EstimatedRadiographicMagnificationFactor = f"{scale:g}"
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME1" if style.inverted else "MONOCHROME2"
    dataset.PixelRepresentation = 0
    dataset.RescaleIntercept, dataset.RescaleSlope, dataset.RescaleType = "0", "1", "US"
    middle = 2 ** (style.bits - 1)
    dataset.WindowCenter, dataset.WindowWidth = str(middle - 1), str(2 * middle)
    dataset.PresentationLUTShape = "INVERSE" if style.inverted else "IDENTITY"
    dataset.BurnedInAnnotation = "NO"
    return dataset


def _identify(dataset: Dataset, key: ImageKey, *, seed: int) -> None:
    """Unique identifiers that follow from seed and image, and the empty fields that would name a person."""
    dataset.SOPInstanceUID = generate_uid(entropy_srcs=[str(seed), str(key)])
    dataset.StudyInstanceUID = generate_uid(entropy_srcs=[str(seed), key.patient_id, key.visit])
    dataset.SeriesInstanceUID = generate_uid(entropy_srcs=[str(seed), str(key), "series"])
    dataset.StudyDate = dataset.StudyTime = dataset.AccessionNumber = dataset.StudyID = ""
    dataset.PatientName = dataset.PatientID = dataset.PatientBirthDate = ""
    dataset.PatientSex = "F"
    dataset.ReferringPhysicianName = ""
