from __future__ import annotations

import math
from dataclasses import replace

import pytest

from radiomics_mammo.core.vocabulary import Laterality, SpacingSource
from radiomics_mammo.release.header import DicomHeader, Spacing, header_findings, laterality_of, spacing_of

KNOWN = Spacing(0.1, 0.1, SpacingSource.PIXEL_SPACING)
COMPLETE = DicomHeader(
    modality="MG",
    photometric="MONOCHROME2",
    bits_stored=12,
    manufacturer="Acme",
    view_position="CC",
    image_laterality="L",
)


@pytest.mark.parametrize(
    ("header", "row_mm", "col_mm", "source"),
    [
        (DicomHeader(pixel_spacing=(0.1, 0.07), imager_spacing=(0.2, 0.2)), 0.1, 0.07, SpacingSource.PIXEL_SPACING),
        (DicomHeader(imager_spacing=(0.1, 0.07)), 0.1, 0.07, SpacingSource.IMAGER),
        (DicomHeader(imager_spacing=(0.1, 0.05), magnification=(2.0,)), 0.05, 0.025, SpacingSource.IMAGER_MAGNIFIED),
        (DicomHeader(), 0.09, 0.09, SpacingSource.ASSUMED),
    ],
)
def test_spacing_is_taken_in_the_agreed_order(header, row_mm, col_mm, source):
    found = spacing_of(header, assumed_spacing_mm=0.09)
    assert (found.row_mm, found.col_mm, found.source, found.invalid_tags) == (row_mm, col_mm, source, ())


def test_magnification_never_changes_pixel_spacing():
    found = spacing_of(DicomHeader(pixel_spacing=(0.1, 0.1), magnification=(1.5,)))
    assert (found.row_mm, found.source) == (0.1, SpacingSource.PIXEL_SPACING)


def test_unknown_spacing_stays_unknown():
    assert spacing_of(DicomHeader()) == Spacing(None, None, SpacingSource.UNKNOWN)


def test_impossible_spacing_is_reported_and_passed_over():
    pairs = ((0.0, 0.1), (-0.1, -0.1), (math.nan, 0.1), (math.inf, 0.1), (70.0, 70.0))
    for values in (*pairs, (0.1,), (0.1, 0.1, 0.1)):
        found = spacing_of(DicomHeader(pixel_spacing=values, imager_spacing=(0.1, 0.07)))
        assert (found.source, found.invalid_tags) == (SpacingSource.IMAGER, ("PixelSpacing",)), values
        assert spacing_of(DicomHeader(imager_spacing=values)).source is SpacingSource.UNKNOWN, values


def test_impossible_magnification_is_reported_and_passed_over():
    for factor in ((0.0,), (-1.0,), (math.nan,), (math.inf,), (1.0, 2.0)):
        found = spacing_of(DicomHeader(imager_spacing=(0.1, 0.1), magnification=factor))
        assert (found.row_mm, found.source) == (0.1, SpacingSource.IMAGER), factor
        assert found.invalid_tags == ("EstimatedRadiographicMagnificationFactor",), factor


def test_side_of_the_image_comes_before_side_of_the_series():
    assert laterality_of(DicomHeader(image_laterality="R", laterality="L")) is Laterality.RIGHT
    assert laterality_of(DicomHeader(image_laterality="B", laterality="left")) is Laterality.LEFT
    assert laterality_of(DicomHeader(image_laterality="U")) is None


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
        "SPACING_INVALID": Spacing(0.1, 0.1, SpacingSource.IMAGER, ("PixelSpacing",)),
    }
    for code, spacing in doubtful.items():
        assert [finding.code for finding in findings(make_record, COMPLETE, spacing)] == [code]
