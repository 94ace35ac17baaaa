import io

import numpy as np
import pydicom
import pytest
from pydicom.uid import ExplicitVRLittleEndian, JPEG2000Lossless, RLELossless

from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.vocabulary import Laterality, View, Visit
from radiomics_mammo.synthetic.dicom import DicomStyle, encode_dicom, stored_values

KEY = ImageKey("benign-04", View.MLO, Visit.RECENT)
PICTURE = np.linspace(0, 1, 69 * 43, dtype=np.float32).reshape(69, 43)


def read_back(**style):
    data = encode_dicom(PICTURE, KEY, DicomStyle(Laterality.RIGHT, 0.07, "ACME", **style), seed=1)
    return pydicom.dcmread(io.BytesIO(data))


@pytest.mark.parametrize("bits", [8, 12])
@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, RLELossless, JPEG2000Lossless])
def test_pixels_come_back_exactly(bits, inverted, syntax):
    dataset = read_back(bits=bits, inverted=inverted, transfer_syntax=syntax)
    style = DicomStyle(Laterality.RIGHT, 0.07, "ACME", bits=bits, inverted=inverted)
    assert dataset.file_meta.TransferSyntaxUID == syntax
    assert (dataset.pixel_array == stored_values(PICTURE, style)).all()
    assert dataset.BitsStored == bits


def test_header_says_what_and_where():
    dataset = read_back()
    assert (dataset.Modality, dataset.ViewPosition, dataset.ImageLaterality) == ("MG", "MLO", "R")
    assert dataset.PatientOrientation == ["P", "F"]
    assert float(dataset.ImagerPixelSpacing[0]) == pytest.approx(0.07)


def test_magnified_spacing_is_the_detector_plane():
    dataset = read_back(magnification=1.06)
    ratio = float(dataset.ImagerPixelSpacing[1]) / float(dataset.EstimatedRadiographicMagnificationFactor)
    assert ratio == pytest.approx(0.07)
    assert "PixelSpacing" not in dataset
    assert float(read_back(spacing_tag="PixelSpacing").PixelSpacing[0]) == pytest.approx(0.07)


def test_tags_can_be_missing_and_nothing_identifies_a_person():
    dataset = read_back(spacing_tag="", laterality_tag=False)
    assert not {"PixelSpacing", "ImagerPixelSpacing", "ImageLaterality"} & set(dataset.dir())
    assert [str(dataset.get(name)) for name in ("PatientName", "PatientID", "PatientBirthDate")] == ["", "", ""]


def test_identifiers_follow_from_seed_and_image():
    first, again = read_back(), read_back()
    assert first.SOPInstanceUID == again.SOPInstanceUID
    other = encode_dicom(PICTURE, KEY, DicomStyle(Laterality.RIGHT, 0.07, "ACME"), seed=2)
    assert pydicom.dcmread(io.BytesIO(other)).SOPInstanceUID != first.SOPInstanceUID
