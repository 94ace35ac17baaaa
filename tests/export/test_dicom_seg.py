"""DICOM Segmentation objects: they come back as the same masks and point at their source."""

from __future__ import annotations

import io

import highdicom
import numpy as np
import pydicom
import pytest

from radiomics_mammo.core.errors import ExportError
from radiomics_mammo.export import write_dicom_seg


def test_round_trip_gives_the_same_masks(lesions, source_dicom, tmp_path):
    path = write_dicom_seg(lesions, source_dicom, tmp_path / "a.dcm")
    segmentation = highdicom.seg.segread(path)
    frames = segmentation.pixel_array.astype(bool)
    numbers = [
        int(frame.SegmentIdentificationSequence[0].ReferencedSegmentNumber)
        for frame in segmentation.PerFrameFunctionalGroupsSequence
    ]
    labels = {int(s.SegmentNumber): s.SegmentLabel for s in segmentation.SegmentSequence}
    found = {labels[number]: frame for number, frame in zip(numbers, frames, strict=True)}
    assert set(found) == {str(lesion.key) for lesion in lesions}
    for lesion in lesions:
        np.testing.assert_array_equal(found[str(lesion.key)], lesion.inside)


def test_segmentation_points_at_its_source(lesions, source_dicom, tmp_path):
    written = pydicom.dcmread(write_dicom_seg(lesions, source_dicom, tmp_path / "a.dcm"))
    source = written.PerFrameFunctionalGroupsSequence[0].DerivationImageSequence[0].SourceImageSequence[0]
    assert source.ReferencedSOPClassUID == "1.2.840.10008.5.1.4.1.1.1.2"
    assert source.ReferencedSOPInstanceUID
    assert written.ReferencedSeriesSequence[0].SeriesInstanceUID
    assert written.FrameOfReferenceUID
    spacing = written.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].PixelSpacing
    assert [float(value) for value in spacing] == [0.1, 0.07]


def test_nothing_that_names_a_person_is_taken_over(lesions, source_dicom, tmp_path):
    dataset = pydicom.dcmread(io.BytesIO(source_dicom), force=True)
    dataset.PatientName, dataset.PatientBirthDate, dataset.AccessionNumber = "Zyx^Quentina", "19510923", "ACC73918"
    dataset.OtherPatientIDs, dataset.StudyDescription = "OPI81234", "of Quentina"
    content = io.BytesIO()
    dataset.save_as(content, implicit_vr=False, little_endian=True)
    path = write_dicom_seg(lesions, content.getvalue(), tmp_path / "a.dcm")
    assert not [word for word in (b"Quentina", b"19510923", b"ACC73918", b"OPI81234") if word in path.read_bytes()]
    assert pydicom.dcmread(path).StudyInstanceUID


def test_two_exports_of_one_file_are_the_same_object(lesions, source_dicom, tmp_path):
    first, second = (pydicom.dcmread(write_dicom_seg(lesions, source_dicom, tmp_path / name)) for name in "ab")
    assert first.SOPInstanceUID == second.SOPInstanceUID
    assert first.StudyInstanceUID == second.StudyInstanceUID
    assert first.SegmentSequence[0].TrackingUID == second.SegmentSequence[0].TrackingUID


@pytest.mark.parametrize("case", ["none", "size", "text"])
def test_what_cannot_be_exported_is_said(case, lesions, source_dicom, tmp_path):
    if case == "size":
        dataset = pydicom.dcmread(io.BytesIO(source_dicom), force=True)
        dataset.Rows = 61
        content = io.BytesIO()
        dataset.save_as(content, implicit_vr=False, little_endian=True)
        source_dicom = content.getvalue()
    if case == "text":
        source_dicom = b"no DICOM at all"
    with pytest.raises(ExportError):
        write_dicom_seg(() if case == "none" else lesions, source_dicom, tmp_path / "a.dcm")
