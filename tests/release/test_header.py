from __future__ import annotations

import io
import math
import warnings
from dataclasses import replace

import pydicom
import pytest
from pydicom import Dataset
from pydicom.sequence import Sequence

from radiomics_mammo.core.findings import AuditCode
from radiomics_mammo.core.vocabulary import Laterality, SpacingSource
from radiomics_mammo.release.header import DicomHeader, Spacing, header_findings, laterality_of, numbers_of, read_header
from radiomics_mammo.release.pixels import quiet

KNOWN = Spacing(0.1, 0.1, SpacingSource.PIXEL_SPACING)
COMPLETE = DicomHeader(
    modality="MG",
    photometric="MONOCHROME2",
    bits_stored=12,
    manufacturer="Acme",
    view_position="CC",
    image_laterality="L",
)


def test_side_of_the_image_comes_before_side_of_the_series():
    assert laterality_of(DicomHeader(image_laterality="R", laterality="L")) is Laterality.RIGHT
    assert laterality_of(DicomHeader(image_laterality="B", laterality="left")) is Laterality.LEFT
    assert laterality_of(DicomHeader(image_laterality="U")) is None


def dataset(**tags) -> Dataset:
    made = Dataset()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for tag, value in tags.items():
            setattr(made, tag, Sequence(value) if tag.endswith("Sequence") else value)
    return made


@pytest.mark.parametrize("groups", ["SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"])
def test_enhanced_objects_keep_spacing_side_and_view_elsewhere(groups):
    group = dataset(
        PixelMeasuresSequence=[dataset(PixelSpacing=[0.085, 0.085])],
        FrameAnatomySequence=[dataset(FrameLaterality="R")],
    )
    header = read_header(dataset(ViewCodeSequence=[dataset(CodeValue="R-10226")], **{groups: [group]}))
    assert header.pixel_spacing == (0.085, 0.085)
    assert laterality_of(header) is Laterality.RIGHT
    assert header.view_position == "MLO"


def test_what_the_image_says_comes_before_its_groups():
    group = dataset(PixelMeasuresSequence=[dataset(PixelSpacing=[1, 1])])
    header = read_header(dataset(PixelSpacing=[0.1, 0.1], ViewPosition="CC", SharedFunctionalGroupsSequence=[group]))
    assert (header.pixel_spacing, header.view_position) == ((0.1, 0.1), "CC")


@pytest.mark.parametrize("broken", [[], [dataset()], [dataset(PixelMeasuresSequence=[])]])
def test_empty_groups_say_nothing(broken):
    header = read_header(dataset(SharedFunctionalGroupsSequence=broken, ViewCodeSequence=[]))
    assert (header.pixel_spacing, header.view_position) == (None, "")


def misspelt(dicom_bytes, make_picture, text: str) -> Dataset:
    """A file whose pixel spacing reads as given, whatever the library thinks of it."""
    data = dicom_bytes(make_picture(), ImagerPixelSpacing=["0.12345", "0.12345"])
    assert data.count(b"0.12345\\0.12345") == 1
    return pydicom.dcmread(io.BytesIO(data.replace(b"0.12345\\0.12345", text.encode().ljust(15))))


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("0,085\\0,085", (0.085, 0.085)),
        ("0,7e-1\\0,07", (0.07, 0.07)),
        ("0.085\\0,085", (0.085, 0.085)),
        ("0,1", (0.1,)),
    ],
)
def test_a_decimal_comma_is_read_where_it_can_mean_nothing_else(dicom_bytes, make_picture, text, numbers):
    with quiet():
        tags = misspelt(dicom_bytes, make_picture, text)
        assert numbers_of(tags, "ImagerPixelSpacing", decimal_comma=True) == pytest.approx(numbers)
        assert any(map(math.isnan, numbers_of(tags, "ImagerPixelSpacing")))
        assert dict(read_header(tags).spacing_texts)["ImagerPixelSpacing"] == text


@pytest.mark.parametrize("text", ["0,085,0,085", "0.1,5", "abc", "1,2,3", "0.07mm\\0.07", "0,07x0,07"])
def test_other_commas_are_no_numbers_and_are_quoted(dicom_bytes, make_picture, text):
    with quiet():
        header = read_header(misspelt(dicom_bytes, make_picture, text))
    assert any(map(math.isnan, header.imager_spacing))
    assert dict(header.spacing_texts)["ImagerPixelSpacing"] == text


@pytest.mark.parametrize(
    ("tags", "iso"),
    [
        ({"StudyDate": "20160314"}, "2016-03-14"),
        ({"StudyDate": "", "AcquisitionDate": "20160315"}, "2016-03-15"),
        ({"StudyDate": "ANON", "ContentDate": "20160316"}, "2016-03-16"),
        ({"StudyDate": "19000101"}, ""),
        ({"StudyDate": "20161340"}, ""),
        ({}, ""),
    ],
)
def test_the_first_tag_that_holds_a_date_dates_the_exam(tags, iso):
    assert read_header(dataset(**tags)).study_date == iso


def findings(make_record, header, spacing=KNOWN, **options):
    return header_findings(header, spacing, make_record(b"", **options), file="a/CC_recent.dcm")


def test_a_complete_header_says_nothing(make_record):
    assert findings(make_record, COMPLETE, side=Laterality.LEFT) == ()


@pytest.mark.parametrize(
    ("changes", "code", "word"),
    [
        ({"view_position": ""}, "TAG_MISSING", "ViewPosition"),
        ({"image_laterality": ""}, "TAG_MISSING", "ImageLaterality"),
        ({"view_position": "MLO"}, "VIEW_CONFLICT", "MLO"),
        ({"laterality": "R"}, "LATERALITY_CONFLICT", "Laterality says R"),
        ({"photometric": "MONOCHROME1"}, "PHOTOMETRIC_INVERTED", "inverted"),
        ({"presentation_intent": "FOR PROCESSING"}, "RAW_IMAGE", "raw"),
        ({"identity": (("PatientName", "Doe^Jane"),)}, "PATIENT_IDENTITY", "PatientName"),
        ({"identity": (("AccessionNumber", "ACC739"),)}, "PATIENT_IDENTITY", "AccessionNumber"),
    ],
)
def test_each_oddity_is_one_finding(make_record, changes, code, word):
    (finding,) = findings(make_record, replace(COMPLETE, **changes))
    assert (finding.code, finding.image_id, finding.file) == (code, "malignant-07_CC_recent", "a/CC_recent.dcm")
    assert word in finding.message
    assert "Doe" not in finding.message


def test_workbook_and_header_disagree_on_the_side(make_record):
    (finding,) = findings(make_record, COMPLETE, side=Laterality.RIGHT)
    assert finding.message == "ImageLaterality says L, workbook says R"


def test_emptied_names_identify_nobody(make_record):
    for text in ("", "ANONYMOUS", "Anonymized^1", "removed", "DEIDENTIFIED"):
        assert findings(make_record, replace(COMPLETE, identity=(("PatientName", text),))) == (), text


def test_declared_pseudonyms_identify_nobody_but_birthdays_do(make_record):
    identity = (("PatientName", "P1"), ("PatientID", "P1"), ("PatientBirthDate", "19500101"))
    header = replace(COMPLETE, identity_removed=True, identity=identity)
    (finding,) = findings(make_record, header)
    assert finding.message.startswith("PatientBirthDate filled in")
    assert "P1" not in repr(header)


def test_doubtful_spacing_is_said(make_record):
    doubtful = {
        "SPACING_UNKNOWN": Spacing(None, None, SpacingSource.UNKNOWN),
        "SPACING_ASSUMED": Spacing(0.1, 0.1, SpacingSource.ASSUMED),
        "SPACING_INVALID": Spacing(0.1, 0.1, SpacingSource.IMAGER, ((AuditCode.SPACING_INVALID, "why"),)),
    }
    for code, spacing in doubtful.items():
        assert [finding.code for finding in findings(make_record, COMPLETE, spacing)] == [code]
