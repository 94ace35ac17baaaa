import io

import numpy as np
import pydicom
import pytest
from pydicom.uid import ExplicitVRLittleEndian, JPEG2000Lossless, RLELossless

from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.vocabulary import Laterality, View, Visit
from radiomics_mammo.synthetic.dicom import Machine, encode_dicom, stored_values
from radiomics_mammo.synthetic.quirks import ScanQuirks

KEY = ImageKey("benign-04", View.MLO, Visit.RECENT)
PICTURE = np.linspace(0, 1, 69 * 43, dtype=np.float32).reshape(69, 43)
ACME = Machine("ACME")


def read_back(*, machine=ACME, seed=1, **quirks):
    options = {"laterality": Laterality.RIGHT, "spacing_mm": 0.07, "machine": machine, "seed": seed}
    return pydicom.dcmread(io.BytesIO(encode_dicom(PICTURE, KEY, ScanQuirks(**quirks), **options)))


@pytest.mark.parametrize("bits", [8, 12])
@pytest.mark.parametrize("inverted", [False, True])
def test_pixels_come_back_exactly(bits, inverted):
    stored = stored_values(PICTURE, ScanQuirks(bits=bits, inverted=inverted))
    for syntax in (ExplicitVRLittleEndian, RLELossless, JPEG2000Lossless):
        dataset = read_back(bits=bits, inverted=inverted, transfer_syntax=syntax)
        assert dataset.file_meta.TransferSyntaxUID == syntax
        assert (dataset.pixel_array == stored).all(), syntax.name
        assert dataset.BitsStored == bits


def test_header_says_what_and_where():
    dataset = read_back()
    assert (dataset.Modality, dataset.ViewPosition, dataset.ImageLaterality) == ("MG", "MLO", "R")
    assert dataset.PatientOrientation == ["P", "F"]
    assert float(dataset.ImagerPixelSpacing[0]) == pytest.approx(0.07)


def test_magnified_spacing_is_the_detector_plane():
    dataset = read_back(machine=Machine("ACME", magnification=1.06))
    ratio = float(dataset.ImagerPixelSpacing[1]) / float(dataset.EstimatedRadiographicMagnificationFactor)
    assert ratio == pytest.approx(0.07)
    assert "PixelSpacing" not in dataset
    assert float(read_back(machine=Machine("ACME", "PixelSpacing")).PixelSpacing[0]) == pytest.approx(0.07)


def test_tags_can_be_missing_and_nothing_identifies_a_person():
    dataset = read_back(spacing_tag=False, laterality_tag=False)
    assert not {"PixelSpacing", "ImagerPixelSpacing", "ImageLaterality"} & set(dataset.dir())
    assert [str(dataset.get(name)) for name in ("PatientName", "PatientID", "PatientBirthDate")] == ["", "", ""]


def test_identifiers_follow_from_seed_and_image():
    first, again, other = (read_back(seed=seed).SOPInstanceUID for seed in (1, 1, 2))
    assert first == again != other
