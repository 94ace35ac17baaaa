"""DICOM Segmentation objects: they come back as the same masks and point at their source."""

from __future__ import annotations

import contextlib
import io
import warnings
from dataclasses import replace

import highdicom
import numpy as np
import pydicom
import pytest

from radiomics_mammo.core.errors import ExportError, ImageError, MissingExtraError
from radiomics_mammo.core.vocabulary import LesionLabel
from radiomics_mammo.export import dicom_seg, read_source, write_dicom_seg
from radiomics_mammo.release import read_mask


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


def test_without_highdicom_the_extra_is_named(lesions, source_dicom, monkeypatch, tmp_path):
    monkeypatch.setattr(dicom_seg, "highdicom", None)
    with pytest.raises(MissingExtraError, match=r"radiomics-mammo\[seg\]"):
        write_dicom_seg(lesions, source_dicom, tmp_path / "a.dcm")
    assert list(tmp_path.iterdir()) == []


def test_segments_are_read_back_as_masks_by_their_numbers(lesions, source_dicom, tmp_path):
    path = write_dicom_seg(lesions, source_dicom, tmp_path / "a.dcm")
    for number, lesion in enumerate(lesions, start=1):
        np.testing.assert_array_equal(read_mask(path, value=number), lesion.inside)
    with pytest.raises(ImageError, match="segment 9"):
        read_mask(path, value=9)
    with pytest.raises(ImageError, match=f"{len(lesions)} labels"):
        read_mask(path)


def test_segmentation_points_at_its_source(lesions, source_dicom, tmp_path):
    written = pydicom.dcmread(write_dicom_seg(lesions, source_dicom, tmp_path / "a.dcm"))
    source = written.PerFrameFunctionalGroupsSequence[0].DerivationImageSequence[0].SourceImageSequence[0]
    assert source.ReferencedSOPClassUID == "1.2.840.10008.5.1.4.1.1.1.2"
    assert source.ReferencedSOPInstanceUID
    assert written.ReferencedSeriesSequence[0].SeriesInstanceUID
    assert written.FrameOfReferenceUID
    assert written.SeriesDescription == "radiomics_mammo outlines"
    spacing = written.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].PixelSpacing
    assert [float(value) for value in spacing] == [0.1, 0.07]


def changed(source_dicom, **values):
    """The source with other values, valid or not."""
    dataset = pydicom.dcmread(io.BytesIO(source_dicom), force=True)
    content = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        for keyword, value in values.items():
            setattr(dataset, keyword, value)
        dataset.save_as(content, implicit_vr=False, little_endian=True)
    return content.getvalue()


def test_nothing_that_names_a_person_is_taken_over(lesions, source_dicom, tmp_path):
    names = {"PatientName": "Zyx^Quentina", "PatientBirthDate": "19510923", "AccessionNumber": "ACC73918"}
    content = changed(source_dicom, **names, OtherPatientIDs="OPI81234", StudyDescription="of Quentina")
    path = write_dicom_seg(lesions, content, tmp_path / "a.dcm")
    assert not [word for word in (b"Quentina", b"19510923", b"ACC73918", b"OPI81234") if word in path.read_bytes()]
    assert pydicom.dcmread(path).StudyInstanceUID


def test_an_archive_files_it_beside_its_image(lesions, source_dicom, tmp_path):
    content = changed(source_dicom, PatientID="PID-07", StudyInstanceUID="1.2.826.0.1")
    written = pydicom.dcmread(write_dicom_seg(lesions, content, tmp_path / "a.dcm"))
    assert (written.PatientID, written.StudyInstanceUID) == ("PID-07", "1.2.826.0.1")
    bare = write_dicom_seg(lesions, changed(source_dicom, PatientID=""), tmp_path / "b.dcm")
    assert pydicom.dcmread(bare).PatientID == ""


@pytest.mark.parametrize(("label", "said"), [("benign", ["Benign"]), ("malignant", ["Malignant"]), ("unconfirmed", [])])
def test_the_label_says_what_kind_of_mass_it_is(lesions, source_dicom, tmp_path, label, said):
    lesion = replace(lesions[0], label=LesionLabel(label))
    segment = pydicom.dcmread(write_dicom_seg([lesion], source_dicom, tmp_path / "a.dcm")).SegmentSequence[0]
    (kind,) = segment.SegmentedPropertyTypeCodeSequence
    assert kind.CodeMeaning == "Mass"
    assert [one.CodeMeaning for one in kind.get("SegmentedPropertyTypeModifierCodeSequence", [])] == said


def test_two_exports_of_one_file_are_the_same_object(lesions, source_dicom, tmp_path):
    first, second = (pydicom.dcmread(write_dicom_seg(lesions, source_dicom, tmp_path / name)) for name in "ab")
    assert first.SOPInstanceUID == second.SOPInstanceUID
    assert first.StudyInstanceUID == second.StudyInstanceUID
    assert first.SegmentSequence[0].TrackingUID == second.SegmentSequence[0].TrackingUID


def test_no_lesion_is_said(source_dicom, tmp_path):
    with pytest.raises(ExportError, match="at least one lesion"):
        write_dicom_seg((), source_dicom, tmp_path / "a.dcm")


@pytest.mark.parametrize("content", [b"no DICOM at all", b"", bytes(128) + b"DICM"])
def test_source_that_is_no_image_is_said(content, lesions, tmp_path):
    with pytest.raises(ExportError, match="expected a DICOM source image"):
        write_dicom_seg(lesions, content, tmp_path / "a.dcm")


def test_source_of_another_size_is_said(lesions, source_dicom, tmp_path):
    with pytest.raises(ExportError, match="a source of 60 x 90"):
        write_dicom_seg(lesions, changed(source_dicom, Rows=61), tmp_path / "a.dcm")


ODD = {
    "StudyDate": ("2020", "ANON", "20201340"),
    "StudyTime": ("99", "noon"),
    "PatientSex": ("X", "female"),
    "SOPClassUID": (["1.2", "1.3"], "05703841015643452503209109170649121759226008273168", "no-uid"),
    "SOPInstanceUID": ("no-uid", "1.2." + "3" * 70),
    "StudyInstanceUID": ("1.2..x",),
    "SeriesInstanceUID": ("01.2",),
    "FrameOfReferenceUID": ("x",),
    "Modality": ("mammogram",),
    "ImageType": (["derived", "p/q"],),
    "PixelSpacing": (["-1", "0.1"], ["0.1"]),
    "SliceThickness": ("0", "-2"),
    "ImagePositionPatient": ([1, 2], [0, 0]),
    "ImageOrientationPatient": ([1, 0, 0, 1, 0, 0], [0] * 6, [1, 0, 0]),
}


@pytest.mark.parametrize(("keyword", "value"), [(k, v) for k, values in ODD.items() for v in values])
def test_an_odd_value_is_replaced_or_left_out_and_named(keyword, value, lesions, source_dicom, tmp_path):
    content = changed(source_dicom, **{keyword: value})
    assert read_source(content, lesions[0].grid, name="a").repaired == (keyword,)
    written = pydicom.dcmread(write_dicom_seg(lesions, content, tmp_path / "a.dcm"))
    source = written.ReferencedSeriesSequence[0].ReferencedInstanceSequence[0]
    uids = [written.SOPInstanceUID, written.StudyInstanceUID, written.FrameOfReferenceUID]
    uids += [source.ReferencedSOPClassUID, source.ReferencedSOPInstanceUID]
    assert [str(uid) for uid in uids if not uid.is_valid] == []
    assert highdicom.seg.segread(tmp_path / "a.dcm").number_of_segments == len(lesions)


@pytest.mark.parametrize("place", [[0.0, 0.0], [5.0, 6.0, 7.0]])
def test_place_in_space_without_thickness_or_with_too_few_numbers_is_completed(place, lesions, source_dicom, tmp_path):
    content = changed(source_dicom, ImagePositionPatient=place, ImageOrientationPatient=[1, 0, 0, 0, 1, 0])
    written = pydicom.dcmread(write_dicom_seg(lesions, content, tmp_path / "a.dcm"))
    plane = written.PerFrameFunctionalGroupsSequence[0].PlanePositionSequence[0].ImagePositionPatient
    assert [float(value) for value in plane] == (place if len(place) == 3 else [0.0, 0.0, 0.0])


def test_damaged_identifier_is_derived_like_a_missing_one(lesions, source_dicom, tmp_path):
    content = changed(source_dicom, StudyInstanceUID="1.2..x")
    assert pydicom.dcmread(write_dicom_seg(lesions, content, tmp_path / "a.dcm")).StudyInstanceUID.is_valid


def test_damaged_bytes_end_in_a_file_or_in_the_error_of_the_docstring(lesions, source_dicom, tmp_path):
    rng = np.random.default_rng(4)
    for _ in range(60):
        content = bytearray(source_dicom[: rng.integers(len(source_dicom) // 2, len(source_dicom) + 1)])
        for place in rng.integers(len(content), size=rng.integers(1, 6)):
            content[place] = rng.integers(256)
        with contextlib.suppress(ExportError):
            assert write_dicom_seg(lesions, bytes(content), tmp_path / "a.dcm").is_file()
