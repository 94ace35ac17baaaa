"""Synthetic mammograms as DICOM objects; the same values always give the same bytes."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import UID, DigitalMammographyXRayImageStorageForPresentation, ExplicitVRLittleEndian, generate_uid

from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.vocabulary import Laterality, View
from radiomics_mammo.synthetic.quirks import ScanQuirks


@dataclass(frozen=True)
class Machine:
    """A manufacturer, the tag it keeps the spacing in, and the radiographic magnification by which that is larger."""

    manufacturer: str
    spacing_tag: Literal["PixelSpacing", "ImagerPixelSpacing"] = "ImagerPixelSpacing"
    magnification: float = 1.0


MACHINES = (
    Machine("HOLOGIC, Inc.", magnification=1.06),
    Machine("GE MEDICAL SYSTEMS", "PixelSpacing"),
    Machine("SIEMENS"),
)


def stored_values(picture: NDArray[np.float32], scan: ScanQuirks) -> NDArray[np.unsignedinteger]:
    """Brightness 0..1 as stored pixel values, MONOCHROME1 inverted.

    Examples
    --------
    >>> stored_values(np.array([[0.0, 1.0]], dtype=np.float32), ScanQuirks(bits=12, inverted=True))
    array([[4095,    0]], dtype=uint16)
    """
    highest = 2**scan.bits - 1
    values = np.round(picture * np.float32(highest)).astype(np.uint8 if scan.bits == 8 else np.uint16)
    return np.asarray(highest - values if scan.inverted else values, dtype=values.dtype)


def encode_dicom(
    picture: NDArray[np.float32],
    key: ImageKey,
    scan: ScanQuirks,
    *,
    laterality: Laterality,
    spacing_mm: float,
    machine: Machine,
    seed: int,
) -> bytes:
    """One mammogram, brightness 0..1 and shape (rows, cols), as a DICOM file; the seed enters its identifiers."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.ImplementationClassUID = UID("1.2.826.0.1.3680043.8.498.20240531")
    dataset.file_meta.ImplementationVersionName = "SYNTHETIC"
    _identify(dataset, key, seed=seed)
    _describe(dataset, key, laterality, machine)
    if scan.laterality_tag:
        dataset.ImageLaterality = str(laterality)
    if scan.spacing_tag:
        setattr(dataset, machine.spacing_tag, [f"{spacing_mm * machine.magnification:.10g}"] * 2)
        if machine.magnification != 1.0:
            dataset.EstimatedRadiographicMagnificationFactor = f"{machine.magnification:g}"
    _set_pixels(dataset, stored_values(picture, scan), scan)
    if scan.transfer_syntax != ExplicitVRLittleEndian:
        dataset.compress(scan.transfer_syntax, generate_instance_uid=False)
    target = io.BytesIO()
    dcmwrite(target, dataset, enforce_file_format=True)
    return target.getvalue()


def _identify(dataset: Dataset, key: ImageKey, *, seed: int) -> None:
    """Unique identifiers that follow from seed and image, and the empty fields that would name a person."""
    dataset.SOPInstanceUID = generate_uid(entropy_srcs=[str(seed), str(key)])
    dataset.StudyInstanceUID = generate_uid(entropy_srcs=[str(seed), key.patient_id, key.visit])
    dataset.SeriesInstanceUID = generate_uid(entropy_srcs=[str(seed), str(key), "series"])
    dataset.StudyDate = dataset.StudyTime = dataset.AccessionNumber = dataset.StudyID = ""
    dataset.PatientName = dataset.PatientID = dataset.PatientBirthDate = dataset.ReferringPhysicianName = ""
    dataset.PatientSex = "F"


def _describe(dataset: Dataset, key: ImageKey, laterality: Laterality, machine: Machine) -> None:
    """What was taken, of which side, by which machine."""
    dataset.SOPClassUID = DigitalMammographyXRayImageStorageForPresentation
    dataset.Modality = "MG"
    dataset.PresentationIntentType = "FOR PRESENTATION"
    dataset.Manufacturer = machine.manufacturer
    dataset.SeriesNumber, dataset.InstanceNumber = 1, 1
    dataset.ImageType = ["DERIVED", "PRIMARY"]
    dataset.BodyPartExamined = "BREAST"
    dataset.ViewPosition = str(key.view)
    side, down = "P" if laterality is Laterality.RIGHT else "A", "L" if key.view is View.CC else "F"
    dataset.PatientOrientation = [side, down]
    dataset.BurnedInAnnotation = "NO"


def _set_pixels(dataset: Dataset, values: NDArray[np.unsignedinteger], scan: ScanQuirks) -> None:
    """The stored values and how to read and show them."""
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME1" if scan.inverted else "MONOCHROME2"
    dataset.PixelRepresentation = 0
    dataset.Rows, dataset.Columns = values.shape
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = (8, 8, 7) if scan.bits == 8 else (16, 12, 11)
    dataset.PixelData = values.tobytes() + b"\0" * (values.nbytes % 2)
    dataset["PixelData"].VR = "OB" if scan.bits == 8 else "OW"
    dataset.RescaleIntercept, dataset.RescaleSlope, dataset.RescaleType = "0", "1", "US"
    middle = 2 ** (scan.bits - 1)
    dataset.WindowCenter, dataset.WindowWidth = str(middle - 1), str(2 * middle)
    dataset.PresentationLUTShape = "INVERSE" if scan.inverted else "IDENTITY"
