"""A small mammogram with two lesions and its DICOM file, complete or bare."""

from __future__ import annotations

import io

import numpy as np
import pydicom
import pytest
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from radiomics_mammo.core.geometry import PixelGrid
from radiomics_mammo.core.identity import ImageKey, LesionKey
from radiomics_mammo.core.images import Mammogram
from radiomics_mammo.core.lesions import LesionMask
from radiomics_mammo.core.vocabulary import LesionLabel, OutlineColor

KEY = ImageKey.parse("malignant-07_CC_recent")
GRID = PixelGrid(60, 90, 0.1, 0.07)


def circle(row: float, col: float, radius: float) -> np.ndarray:
    turn = np.linspace(0, 2 * np.pi, 80, endpoint=False)
    return np.stack([row + radius * np.sin(turn), col + radius * np.cos(turn)], axis=1)


@pytest.fixture(scope="session")
def mammogram() -> Mammogram:
    pixels = np.random.default_rng(1).uniform(200, 900, GRID.shape).astype(np.float32)
    return Mammogram(KEY, GRID, pixels)


@pytest.fixture(scope="session")
def lesions() -> tuple[LesionMask, ...]:
    """Two overlapping masses."""
    places = ((20, 30, 11), (27, 40, 8))
    return tuple(
        LesionMask(
            key=LesionKey(KEY, n),
            grid=GRID,
            color=OutlineColor.RED,
            boxed=False,
            label=LesionLabel.UNCONFIRMED,
            contour_px=circle(*place),
        )
        for n, place in enumerate(places, start=1)
    )


@pytest.fixture(params=["complete", "bare"])
def source_dicom(request) -> bytes:
    """A DICOM file; the bare one has no identifiers, no frame of reference and no patient."""
    dataset = pydicom.Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.Rows, dataset.Columns = GRID.shape
    if request.param == "complete":
        dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.1.2"
        for keyword in ("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID"):
            setattr(dataset, keyword, generate_uid(entropy_srcs=[keyword]))
        dataset.PatientID, dataset.Modality = "7", "MG"
    content = io.BytesIO()
    dataset.save_as(content, enforce_file_format=False, implicit_vr=False, little_endian=True)
    return content.getvalue()
